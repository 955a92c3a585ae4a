"""What the figures of a cube would become if other report versions stood: nothing is written."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.utils import timezone

from tracker.figures.cubes import KINDS, CubeKey, LoadedCube, assembled, regions_of, report_columns
from tracker.figures.making import made
from tracker.figures.places import day_in, packed, region_in
from tracker.figures.rows import day_in_utc
from tracker.models import Report
from tracker.models.columns import NULL, Numbers, texts
from tracker.models.figures import STORED_PERIODS
from tracker.reconcile.cube import HIGH, LOW, VALUE, Ints
from tracker.reconcile.periods import day_number, day_of, period_of
from tracker.vocabulary import Role, Status

_KIND_BITS = 3


@dataclass(frozen=True)
class People:
    """How many a figure says, of people."""

    value: int
    low: int
    high: int


@dataclass(frozen=True)
class FigureChange:
    """One figure, as the reports that stand make it (`old`) and others would (`new`); None: no figure."""

    key: CubeKey
    region: str
    region_name: str
    level: int
    period_type: str
    period: str
    """The period's label."""
    start: date
    end: date
    old: People | None
    new: People | None

    @property
    def difference(self) -> int:
        """People more (or less, below zero), where no figure counts as nobody."""
        return (self.new.value if self.new else 0) - (self.old.value if self.old else 0)


def preview(
    key: CubeKey,
    *,
    added: Sequence[Report] = (),
    removed: Sequence[int] = (),
    period_types: Sequence[str] = STORED_PERIODS,
) -> list[FigureChange]:
    """The figures of the cube, as of today, that would be others; those that change most come first.

    Both sides are made from the reports, so that a build that is still due makes no difference.

    Parameters
    ----------
    added : reports as they would stand, unsaved, their codes checked; those of other cubes are left out
    removed : primary keys of report versions that would no longer stand
    period_types : any of `PeriodType`
    """
    said = report_columns(key, as_of=None)
    others = _others(key, said, [report for report in added if CubeKey.of_row(report) == key], removed)
    before, after = (assembled(key, columns, as_of=None) for columns in (said, others))
    regions, kinds = Numbers(), list(period_types)
    was, becomes = (_people_by_place(loaded, kinds, regions) for loaded in (before, after))
    places = np.union1d(was[0], becomes[0])
    old, new = (_at(places, *side) for side in (was, becomes))
    changed = np.flatnonzero((old != new).any(axis=0))
    by_most = np.abs(np.maximum(new[VALUE], 0) - np.maximum(old[VALUE], 0))[changed]
    changed = changed[np.argsort(-by_most, kind="stable")]
    levels = dict(zip(before.cube.tree.pcodes, before.levels, strict=True))
    levels |= dict(zip(after.cube.tree.pcodes, after.levels, strict=True))
    return list(
        _changes(key, places[changed], old[:, changed], new[:, changed], kinds, list(regions), levels)
    )


@dataclass(frozen=True)
class Effect:
    """What a change of many reports does to the figures.

    `changes` are those that change most, `count` is how many change in all of the cubes that were looked at;
    `left_out` are the cubes for which there was no time.
    """

    changes: list[FigureChange]
    count: int
    left_out: list[CubeKey]


def effect(
    exchanges: Iterable[tuple[Sequence[Report], Report | None]],
    *,
    most: int = 20,
    seconds: float = 2.0,
    period_types: Sequence[str] = STORED_PERIODS,
    tell: Callable[[float], None] = lambda share: None,
) -> Effect:
    """What happens to the figures if of each pair the versions go and the other one stands.

    Cubes in which most reports change come first; none is begun after so many `seconds`. `tell` hears, after
    each, which share of them was looked at.
    """
    added, removed = defaultdict(list), defaultdict(list)
    for gone, new in exchanges:
        for version in gone:
            removed[CubeKey.of_row(version)].append(version.pk)
        if new is not None:
            added[CubeKey.of_row(new)].append(new)
    keys = sorted(added.keys() | removed.keys(), key=lambda key: (-len(added[key]) - len(removed[key]), key))
    until = time.monotonic() + seconds
    found: list[FigureChange] = []
    count, left_out = 0, []
    for done, key in enumerate(keys, start=1):
        if time.monotonic() > until:
            left_out.append(key)
            continue
        changes = preview(key, added=added[key], removed=removed[key], period_types=period_types)
        count += len(changes)
        found += changes[:most]
        tell(done / len(keys))
    found.sort(key=lambda change: -abs(change.difference))
    return Effect(found[:most], count, left_out)


def _others(
    key: CubeKey, said: Mapping[str, Any], added: Sequence[Report], removed: Sequence[int]
) -> dict[str, Any]:
    """The columns without what is removed and with what is added."""
    import pyarrow as pa

    rows = [report for report in added if _takes_part(report) or (key.is_stock and report.round)]
    kept = np.flatnonzero(~np.isin(said["pk"], np.array(list(removed), dtype=np.int64)))
    columns: dict[str, Any] = {}
    for name, column in said.items():
        if column is None:
            columns[name] = None
            continue
        join = pa.concat_arrays if KINDS[name] == "text" else np.concatenate
        columns[name] = join([column.take(kept), _column(name, rows)])
    return columns


def _column(name: str, rows: Sequence[Report]) -> Any:
    """One column of reports that are not stored."""
    if KINDS[name] == "text":
        return texts([getattr(report, name) for report in rows])
    if KINDS[name] == "day":
        return np.array([day_number(getattr(report, name)) for report in rows], dtype=np.int64)
    if name == "takes_part":
        return np.array([_takes_part(report) for report in rows], dtype=np.bool_)
    if name == "pk":
        return np.full(len(rows), NULL, dtype=np.int64)
    return np.array([getattr(report, name) for report in rows], dtype=np.int64)


def _takes_part(report: Report) -> bool:
    """Whether it would be counted; a retracted row of a round is not, but its region was not empty."""
    return report.role == Role.COUNTED and report.status != Status.RETRACTED


def _people_by_place(loaded: LoadedCube, kinds: Sequence[str], regions: Numbers) -> tuple[Ints, Ints]:
    """Place of each figure in one number, and its people (3, n)."""
    columns = made(loaded, kinds, until=day_in_utc(timezone.now()))
    region = regions.of_words(loaded.cube.tree.pcodes, columns.region)
    place: Ints = packed(region, columns.start) << _KIND_BITS | columns.period_type
    return place[columns.exists], columns.people[:, columns.exists]


def _at(places: Ints, place: Ints, people: Ints) -> Ints:
    """The people at each of the places, (3, n); NULL where there is no figure."""
    found = np.full((3, len(places)), NULL, dtype=np.int64)
    found[:, np.searchsorted(places, place)] = people
    return found


def _changes(
    key: CubeKey,
    places: Ints,
    old: Ints,
    new: Ints,
    kinds: Sequence[str],
    pcodes: Sequence[str],
    levels: Mapping[str, int],
) -> Iterator[FigureChange]:
    names = regions_of(key.country, None)
    for row, place in enumerate(places.tolist()):
        kind = kinds[place & ((1 << _KIND_BITS) - 1)]
        pcode = pcodes[region_in(place >> _KIND_BITS)]
        period = period_of(day_of(day_in(place >> _KIND_BITS)), kind)
        yield FigureChange(
            key=key,
            region=pcode,
            region_name=names[pcode].name if pcode in names else "",
            level=levels[pcode],
            period_type=kind,
            period=period.label,
            start=period.start,
            end=period.end,
            old=_people(old[:, row]),
            new=_people(new[:, row]),
        )


def _people(column: Ints) -> People | None:
    low, value, high = (int(column[place]) for place in (LOW, VALUE, HIGH))
    return None if value == NULL else People(value, low, high)
