"""Changes of single days, which are not stored: by the builds of their cubes, and by each new day."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

import numpy as np

from tracker.figures.changed_days import ChangedDays, changed_days, moves_on
from tracker.figures.cubes import CubeKey, changed_at, cube_keys
from tracker.figures.making import figure_row, is_wanted
from tracker.figures.moments import Built, builds_since, built_at
from tracker.figures.rows import FigureFilter, FigureName, day_in_utc, midnight
from tracker.figures.updates import DAYS, Place, Stretch, Update, total_of
from tracker.models import Figure
from tracker.reconcile.periods import ONE_DAY, day_number, day_of
from tracker.vocabulary import PeriodType


@dataclass(frozen=True)
class BuiltCube:
    """A cube whose days may be others: its builds since the moment asked for, and the last one before.

    Where one of them answers to a change that was recorded before the build before it, as an archive that is
    loaded is, the days as they were told then cannot be made again.
    """

    key: CubeKey
    builds: tuple[datetime, ...]
    before: datetime | None
    is_backdated: bool = False

    @property
    def last(self) -> datetime:
        last = self.builds[-1] if self.builds else self.before
        assert last is not None  # noqa: S101 - a cube that was never built has no figures
        return last


def updates_of_days(wanted: FigureFilter, stretch: Stretch) -> Iterator[Update]:
    """The changes of single days in order, made from one cube at a time, or one for each cause of a sum."""
    groups: list[tuple[Place, list[BuiltCube]]] = []
    cubes = sorted(_built_cubes(wanted, stretch), key=lambda cube: wanted.series_of(cube.key))
    for series, found in groupby(cubes, key=lambda cube: wanted.series_of(cube.key)):
        together = list(found)
        for moment in _moments(together, stretch, today=wanted.day):
            groups.append(((moment, DAYS, *series), together))
    for place, together in sorted(groups, key=lambda group: group[0]):
        if stretch.after is None or stretch.after[: len(place)] <= place:
            yield from _of_group(wanted, stretch, place, together)


def _built_cubes(wanted: FigureFilter, stretch: Stretch) -> Iterator[BuiltCube]:
    """The cubes that were built, or that the calendar may have moved on; for sums also those beside them."""
    since, today = day_in_utc(stretch.since), wanted.day
    builds = builds_since(stretch.since)
    found: list[BuiltCube] = []
    touched: set[tuple[str, ...]] = set()
    for key in filter(wanted.wants, cube_keys()):
        cube = _built_cube(key, builds.get(key, []), built_at(key, by=stretch.since))
        if cube.before is None and not cube.builds:
            cube = BuiltCube(key, tuple(_without_runs(key, wanted, stretch)), None)
            if not cube.builds:
                continue
        found.append(cube)
        if cube.builds or (since < today and moves_on(key, since=since, today=today)):
            touched.add(wanted.series_of(key))
    return (cube for cube in found if wanted.series_of(cube.key) in touched)


def _built_cube(key: CubeKey, builds: list[Built], before: datetime | None) -> BuiltCube:
    moments = [build.moment for build in builds]
    is_backdated = any(
        earlier is not None and build.changed_since is not None and build.changed_since <= earlier
        for earlier, build in zip([before, *moments], builds, strict=False)
    )
    return BuiltCube(key, tuple(moments), before, is_backdated)


def _without_runs(key: CubeKey, wanted: FigureFilter, stretch: Stretch) -> Iterator[datetime]:
    """When a cube was last changed whose figures no known run has built."""
    if Figure.objects.filter(**key.fields).exists():
        changed = changed_at(key, as_of=wanted.moment)
        if changed is not None and changed > stretch.since:
            yield changed


def _moments(together: list[BuiltCube], stretch: Stretch, *, today: date) -> Iterator[datetime]:
    """The moments of the changes of these cubes: that of the last build, and the beginning of this day."""
    last = max(cube.last for cube in together)
    for moment in sorted({last, max(last, midnight(today))}):
        if moment > stretch.since and moment < stretch.until:
            yield moment


def _of_group(
    wanted: FigureFilter, stretch: Stretch, place: Place, together: list[BuiltCube]
) -> Iterator[Update]:
    """The changes of cubes that are added up, or of one cube, at one moment."""
    moment, since = place[0], day_in_utc(stretch.since)
    built_on = day_in_utc(max(cube.last for cube in together))
    # A build may change any day up to its own; those after it came with the calendar.
    is_build = any(moment == cube.last for cube in together)
    first, last = (date.min, built_on) if is_build else (max(since, built_on) + ONE_DAY, wanted.day)
    window = (max(first, wanted.start or first), min(last, wanted.end or last))
    streams = [
        _days_of(
            wanted,
            cube,
            changed_days(
                cube.key,
                builds=cube.builds,
                before=cube.before,
                since=since,
                today=wanted.day,
                is_backdated=cube.is_backdated,
            ),
            window,
        )
        for cube in together
    ]
    days = heapq.merge(*streams, key=lambda day: (day.region, day.start))
    for (region, start), parts in groupby(days, key=lambda day: (day.region, day.start)):
        at = (*place, region, start.isoformat())
        same = list(parts)
        if any(day.is_changed for day in same) and (stretch.after is None or at > stretch.after):
            updates = [day.update(at) for day in same]
            yield total_of(updates, at) if wanted.all_causes else updates[0]


@dataclass(frozen=True)
class Day:
    """The figure of one day, or that there is none any more."""

    region: str
    start: date
    is_changed: bool
    update: Callable[[Place], Update]


def _days_of(
    wanted: FigureFilter, cube: BuiltCube, found: ChangedDays, window: tuple[date, date]
) -> Iterator[Day]:
    """The days of one cube by region and day: those that changed and, to add up, those that did not."""
    loaded, columns = found.state.loaded, found.state.columns
    first, last = map(day_number, window)
    is_given = np.zeros(len(columns), dtype=np.bool_)
    is_given[found.given] = True
    chosen = is_wanted(wanted, loaded, columns) & (columns.start >= first) & (columns.start <= last)
    if not wanted.all_causes:
        chosen &= is_given
    numbers = np.flatnonzero(chosen)
    numbers = numbers[np.lexsort((columns.start[numbers], loaded.cube.tree.rank[columns.region[numbers]]))]

    def stands(number: int) -> Day:
        start = day_of(columns.start[number])
        since = max(cube.last, midnight(start))
        row = figure_row(loaded, columns, number, recorded_at=since)
        return Day(row.region, start, bool(is_given[number]), lambda at: Update(at, row, row, since))

    def withdrawn(region: str, level: int, start: date) -> Day:
        name = FigureName(
            **cube.key.fields, region=region, level=level, period_type=PeriodType.DAY.value,
            start=start, end=start,
        )  # fmt: skip
        return Day(region, start, True, lambda at: Update(at, name, None, cube.last))

    gone = (
        withdrawn(region, level, day)
        for region, level, day in sorted(found.gone)
        if window[0] <= day <= window[1]
        and (wanted.pcodes is None or region in wanted.pcodes)
        and (not wanted.levels or level in wanted.levels)
    )
    standing = (stands(number) for number in numbers.tolist())
    return heapq.merge(standing, gone, key=lambda day: (day.region, day.start))
