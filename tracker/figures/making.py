"""Figures made from their cube when they are asked for: days, and periods that are not stored as asked."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils import timezone

from tracker.figures.cubes import CubeKey, LoadedCube, changed_at, load, warning_codes
from tracker.figures.moments import built_at
from tracker.figures.places import before, packed
from tracker.figures.rows import PLACE_IN_CUBE, FigureFilter, FigureRow, midnight
from tracker.figures.rows import stands_since as stored_since
from tracker.models import Figure
from tracker.models.figures import STORED_PERIODS
from tracker.reconcile.cube import Flags, Ints, Tree
from tracker.reconcile.periods import day_number, day_of
from tracker.vocabulary import PeriodType

if TYPE_CHECKING:
    from tracker.reconcile.figures import Days, Figures


@dataclass(frozen=True)
class StandingCube:
    """A cube as an answer takes it, and since when it has been so."""

    loaded: LoadedCube
    since: datetime


def standing_cube(
    key: CubeKey, *, as_of: datetime | None, behind: Collection[CubeKey]
) -> StandingCube | None:
    """The cube as of a moment, or of its last build, so that days and weeks agree; None if it was not built.

    `behind` are the cubes whose figures as of the moment are not stored.
    """
    now = as_of or timezone.now()
    built = None if key in behind else built_at(key, by=as_of)
    if as_of is None and built is None and not Figure.objects.filter(**key.fields).exists():
        return None
    since = built or changed_at(key, as_of=now)
    if since is None:
        return None
    return StandingCube(load(key, as_of=as_of or built or now), since)


def made(loaded: LoadedCube, kinds: Sequence[str], *, until: date, settled: Days | None = None) -> Figures:
    """The figures of a cube as of the day `until`, by the rules."""
    # The compiled rules stay out of a process that serves until somebody asks for what is not stored.
    from tracker.reconcile.figures import figures

    return figures(loaded.cube, period_types=kinds, until=day_number(until), settled=settled)


def figure_row(loaded: LoadedCube, columns: Figures, number: int, *, recorded_at: datetime) -> FigureRow:
    """Row `number` of a cube's figures."""
    region = int(columns.region[number])
    low, value, high = (int(people) for people in columns.people[:, number])
    return FigureRow(
        **loaded.key.fields,
        region=loaded.cube.tree.pcodes[region],
        level=loaded.levels[region],
        period_type=columns.period_types[int(columns.period_type[number])],
        start=day_of(columns.start[number]),
        end=day_of(columns.end[number]),
        low=low,
        value=value,
        high=high,
        unlocated=int(columns.unlocated[number]),
        reports=int(columns.reports[number]),
        sources=frozenset(
            loaded.source_codes[source] for source in columns.source_sets[int(columns.sources[number])]
        ),
        warnings=warning_codes(int(columns.warnings[number])),
        recorded_at=recorded_at,
    )


def rows_made(
    wanted: FigureFilter,
    keys: Collection[CubeKey],
    kinds: Collection[str],
    *,
    behind: Collection[CubeKey],
    after: tuple[Any, ...] | None,
) -> Iterator[FigureRow]:
    """The figures of these cubes in order, made from each in turn.

    One cube is in memory, or one for each cause where these are added up. `after` is a place in the order.
    """
    before: tuple[Any, ...] = () if after is None else after[: wanted.order.index("period_type")]
    place = after and tuple(after[wanted.order.index(name)] for name in PLACE_IN_CUBE)
    series_of = wanted.series_of
    for series, cubes in groupby(sorted(keys, key=series_of), key=series_of):
        if after is not None and series < before:
            continue
        streams = [
            _rows_of(wanted, key, kinds, behind=behind, after=place if series == before else None)
            for key in cubes
        ]
        yield from heapq.merge(*streams, key=lambda row: row.sort_key(wanted.order))


def _rows_of(
    wanted: FigureFilter,
    key: CubeKey,
    kinds: Collection[str],
    *,
    behind: Collection[CubeKey],
    after: tuple[Any, ...] | None,
) -> Iterator[FigureRow]:
    standing = standing_cube(key, as_of=wanted.as_of, behind=behind)
    if standing is None:
        return
    loaded, ordered = standing.loaded, sorted(kinds)
    # Days after those asked for need not be made; a longer period has all its days.
    only_days = ordered == [PeriodType.DAY]
    until = min(wanted.day, wanted.end) if only_days and wanted.end else wanted.day
    columns = made(loaded, ordered, until=until)
    place = _places(columns, loaded.cube.tree)
    chosen = np.flatnonzero(is_wanted(wanted, loaded, columns))
    chosen = chosen[np.argsort(place[chosen], kind="stable")]
    if after is not None:
        past = _place_number(after, ordered, loaded.cube.tree)
        chosen = chosen[np.searchsorted(place[chosen], past, side="right") :]
    for number in chosen:
        begins = midnight(day_of(columns.start[number]))
        yield figure_row(loaded, columns, int(number), recorded_at=max(standing.since, begins))


def is_wanted(wanted: FigureFilter, loaded: LoadedCube, columns: Figures) -> Flags:
    """Which rows of a cube's figures lie in the places and days asked for."""
    tree = loaded.cube.tree
    regions = np.array(
        [
            (wanted.pcodes is None or pcode in wanted.pcodes)
            and (not wanted.levels or level in wanted.levels)
            for pcode, level in zip(tree.pcodes, loaded.levels, strict=True)
        ],
        dtype=np.bool_,
    )
    chosen: Flags = regions[columns.region]
    if wanted.start is not None:
        chosen &= columns.end >= day_number(wanted.start)
    if wanted.end is not None:
        chosen &= columns.start <= day_number(wanted.end)
    return chosen


def _places(columns: Figures, tree: Tree) -> Ints:
    """Period type, region and start in one number, in the order of all three."""
    region = columns.period_type * len(tree) + tree.rank[columns.region]
    return packed(region, columns.start)


def _place_number(place: tuple[Any, ...], kinds: Sequence[str], tree: Tree) -> int:
    """The same of a place, of whatever region."""
    kind, pcode, start = place
    pcodes = sorted(tree.pcodes)
    rank = bisect_left(pcodes, pcode)
    is_there = rank < bisect_right(pcodes, pcode)
    region = bisect_left(kinds, kind) * len(tree) + rank
    return packed(region, day_number(start)) if is_there else before(region)


class RunningPeriods:
    """Figures of stored periods that the as-of day cuts, made from their cubes."""

    def __init__(self, wanted: FigureFilter) -> None:
        self._wanted = wanted
        self._made: dict[CubeKey, dict[tuple[Any, ...], FigureRow]] = {}

    def row(self, figure: Figure) -> FigureRow | None:
        """The figure as of the day asked for; None where there is none on that day."""
        key = CubeKey.of_row(figure)
        if key not in self._made:
            self._made[key] = self._running(key)
        place = tuple(getattr(figure, name) for name in PLACE_IN_CUBE)
        found = self._made[key].get(place)
        if found is None:
            return None
        since = stored_since(figure, day=self._wanted.day)
        return FigureRow(**{**vars(found), "recorded_at": since})

    def _running(self, key: CubeKey) -> dict[tuple[Any, ...], FigureRow]:
        standing = standing_cube(key, as_of=self._wanted.as_of, behind=())
        if standing is None:
            return {}
        columns = made(standing.loaded, STORED_PERIODS, until=self._wanted.day)
        rows = (
            figure_row(standing.loaded, columns, int(number), recorded_at=standing.since)
            for number in np.flatnonzero(columns.end >= day_number(self._wanted.day))
        )
        return {row.sort_key(PLACE_IN_CUBE): row for row in rows}
