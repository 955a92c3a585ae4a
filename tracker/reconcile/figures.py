"""From days to figures: one call makes a whole cube, columns in and columns out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracker.reconcile.cube import VALUE, Cube, Flags, Ints
from tracker.reconcile.flows import NOBODY, FlowDays, flow_days
from tracker.reconcile.periods import period_bounds, period_numbers
from tracker.reconcile.stocks import SILENT, StockDays, stock_days
from tracker.vocabulary import PeriodType

WHOLE_PERIODS = (
    PeriodType.WEEK.value,
    PeriodType.MONTH.value,
    PeriodType.QUARTER.value,
    PeriodType.YEAR.value,
)
Days = FlowDays | StockDays

_BITS = 62
"""Sources to one word of a set of sources."""


@dataclass(frozen=True)
class Figures:
    """Columns of length n, in order of period type, region and start.

    Attributes
    ----------
    period_type : int64, place in `period_types`
    region : int64, index in the cube's tree
    start, end : int64, days since 1970-01-01, both included
    exists : bool; where false there is no figure at the period's end, but there was one earlier in it
    people : int64, (3, n): low, value, high; 0 where there is no figure
    unlocated : int64
    reports : int64, number of reports used, sub-regions included
    sources : int64, place in `source_sets` of the set of sources used, each a tuple of source numbers
    warnings : int64, bit n for the n-th of `FigureWarning`
    final_from : int64, the first as-of day for which the figure is as given here
    """

    period_types: tuple[str, ...]
    period_type: Ints
    region: Ints
    start: Ints
    end: Ints
    exists: Flags
    people: Ints
    unlocated: Ints
    reports: Ints
    sources: Ints
    warnings: Ints
    final_from: Ints
    source_sets: list[tuple[int, ...]]

    def __len__(self) -> int:
        return len(self.region)


@dataclass(frozen=True)
class _Grid:
    """Figures of one period type before those that do not exist are left out; (regions, periods) each."""

    start: Ints
    end: Ints
    shown: Flags
    exists: Flags
    people: Ints
    unlocated: Ints
    reports: Ints
    sources: Ints
    warnings: Ints
    final_from: Ints


def settle(cube: Cube) -> Days:
    """The days of the cube by the rules for its measure."""
    return stock_days(cube) if cube.is_stock else flow_days(cube)


def figures(
    cube: Cube,
    *,
    period_types: Sequence[str] = WHOLE_PERIODS,
    until: int | None = None,
    settled: Days | None = None,
) -> Figures:
    """Figures of all regions and periods of a cube.

    Parameters
    ----------
    until : the as-of day, in days since 1970-01-01: periods are cut there, later ones left out. None takes
        every period whole, also those ahead; `final_from` says from which as-of day on that is right.
    settled : the days of this cube, where they are at hand

    Method: docs/methodology.md#figures
    """
    days = settle(cube) if settled is None else settled
    grids = [
        _stock_grid(cube, days, kind, until)
        if isinstance(days, StockDays)
        else _flow_grid(cube, days, kind, until)
        for kind in period_types
    ]
    picked = [np.nonzero(grid.shown) for grid in grids]

    def column(name: str) -> Ints:
        return np.concatenate([getattr(grid, name)[at] for grid, at in zip(grids, picked, strict=True)])

    def bounds(name: str) -> Ints:
        return np.concatenate([getattr(grid, name)[at[1]] for grid, at in zip(grids, picked, strict=True)])

    words, sources = np.unique(column("sources"), axis=0, return_inverse=True)
    exists = np.concatenate([grid.exists[at] for grid, at in zip(grids, picked, strict=True)])
    return Figures(
        period_types=tuple(period_types),
        period_type=np.concatenate([np.full(len(at[0]), place) for place, at in enumerate(picked)]).astype(
            np.int64
        ),
        region=np.concatenate([at[0] for at in picked]).astype(np.int64),
        start=bounds("start"),
        end=bounds("end"),
        exists=exists,
        people=np.concatenate(
            [grid.people[:, at[0], at[1]] for grid, at in zip(grids, picked, strict=True)], axis=1
        )
        * exists,
        unlocated=column("unlocated") * exists,
        reports=column("reports") * exists,
        sources=sources.reshape(-1).astype(np.int64),
        warnings=column("warnings") * exists,
        final_from=column("final_from"),
        source_sets=[_members(row) for row in words],
    )


def _members(words: Ints) -> tuple[int, ...]:
    return tuple(
        place * _BITS + bit
        for place, word in enumerate(words)
        for bit in range(_BITS)
        if (int(word) >> bit) & 1
    )


def _words(cube: Cube) -> int:
    return len(cube.tier) // _BITS + 1


def _flow_grid(cube: Cube, days: FlowDays, kind: str, until: int | None) -> _Grid:
    regions, length = days.exists.shape
    if until is not None:
        length = max(0, min(length, until - days.first_day + 1))
    all_days = np.arange(days.first_day, days.first_day + length, dtype=np.int64)
    if length == 0:
        return _empty_grid(regions, _words(cube))
    numbers = period_numbers(all_days, kind)
    cuts = np.flatnonzero(np.r_[True, np.diff(numbers) != 0])
    start, end = period_bounds(numbers[cuts], kind)
    exists = np.logical_or.reduceat(days.exists[:, :length], cuts, axis=1)
    last_day = np.where(days.exists[:, :length], all_days, start[0])
    place = np.cumsum(np.r_[False, np.diff(numbers) != 0])
    reports, sources = _count_flow_reports(
        cube.tree.parent,
        days.taker[:, :length],
        days.own[:, :length],
        cube.reports.people[VALUE],
        cube.reports.source,
        place,
        len(cuts),
        _words(cube),
    )
    return _Grid(
        start=start,
        end=end,
        shown=exists,
        exists=exists,
        people=np.add.reduceat(days.people[:, :, :length], cuts, axis=2),
        unlocated=np.add.reduceat(days.own[:, :length], cuts, axis=1),
        reports=reports,
        sources=sources,
        warnings=np.logical_or.reduceat(days.exceeds[:, :length], cuts, axis=1).astype(np.int64),
        final_from=np.maximum.reduceat(last_day, cuts, axis=1),
    )


def _stock_grid(cube: Cube, days: StockDays, kind: str, until: int | None) -> _Grid:
    regions, moments = days.exists.shape
    if moments == 0 or (until is not None and until < days.days[0]):
        return _empty_grid(regions, _words(cube))
    last_day = int(days.days[-1]) if until is None else min(until, int(days.days[-1]))
    ends = period_numbers(np.array([days.days[0], last_day]), kind)
    start, end = period_bounds(np.arange(ends[0], ends[1] + 1, dtype=np.int64), kind)
    taken_on = end if until is None else np.minimum(end, until)
    at = np.searchsorted(days.days, taken_on, side="right") - 1
    since = np.searchsorted(days.days, start, side="right") - 1
    exists = days.exists[:, at]
    # How often a figure began to exist, or existed, up to each moment: more at the end than before the start?
    so_far = np.cumsum(days.exists, axis=1)
    before = np.where(since > 0, so_far[:, np.maximum(since, 1) - 1], 0)
    existed = so_far[:, at] > before
    shown = exists if until is not None else existed

    used, used_reports = _used_statements(cube, days)
    reports, sources = _count_statements(
        cube.tree.parent, used, used_reports, days.speaker, days.statements.source, _words(cube)
    )
    warnings = days.exceeds.astype(np.int64) | (days.outdated.astype(np.int64) << 1)
    constant_since = _constant_since(days, reports, sources, warnings)
    return _Grid(
        start=start,
        end=end,
        shown=shown,
        exists=exists,
        people=days.people[:, :, at],
        unlocated=days.own[:, at],
        reports=reports[:, at],
        sources=sources[:, at],
        warnings=warnings[:, at],
        final_from=np.maximum(start, constant_since[:, at]),
    )


def _empty_grid(regions: int, words: int) -> _Grid:
    none = np.zeros((regions, 0), dtype=np.int64)
    return _Grid(
        start=np.zeros(0, dtype=np.int64),
        end=np.zeros(0, dtype=np.int64),
        shown=none.astype(np.bool_),
        exists=none.astype(np.bool_),
        people=np.zeros((3, regions, 0), dtype=np.int64),
        unlocated=none,
        reports=none,
        sources=np.zeros((regions, 0, words), dtype=np.int64),
        warnings=none,
        final_from=none,
    )


def _constant_since(days: StockDays, reports: Ints, sources: Ints, warnings: Ints) -> Ints:
    """For each region and moment the day since which its figure has been as it is then."""
    changed = np.ones(days.exists.shape, dtype=np.bool_)
    changed[:, 1:] = (
        (np.diff(days.exists.astype(np.int8)) != 0)
        | (np.diff(days.people, axis=2) != 0).any(axis=0)
        | (np.diff(days.own) != 0)
        | (np.diff(reports) != 0)
        | (np.diff(sources, axis=1) != 0).any(axis=2)
        | (np.diff(warnings) != 0)
    )
    return np.maximum.accumulate(np.where(changed, days.days, days.days[0]), axis=1)


def _used_statements(cube: Cube, days: StockDays) -> tuple[Flags, Flags]:
    """Where the region's own statement is used, and where that statement is a report."""
    spoken = days.speaker != SILENT
    number = np.where(spoken, days.speaker, 0)
    adds = days.own > 0
    below = np.zeros(days.exists.shape, dtype=np.bool_)
    for region in range(len(cube.tree) - 1, 0, -1):
        if cube.tree.parent[region] >= 0:
            below[cube.tree.parent[region]] |= days.exists[region]
    if not len(days.statements):
        return adds, adds
    # A zero that nothing below explains is a finding of its own.
    is_sum = days.statements.is_sum[number]
    used = spoken & ~is_sum & (adds | (~below & (days.people[VALUE] == 0)))
    return used, used & (days.statements.report[number] >= 0)


@njit(cache=True, nogil=True)
def _count_flow_reports(
    parent: Ints,
    taker: NDArray[np.int32],
    own: Ints,
    value: Ints,
    source: Ints,
    place: Ints,
    periods: int,
    words: int,
) -> tuple[Ints, Ints]:
    """Reports used in each region and period, and the sets of their sources, sub-regions included."""
    regions, days = taker.shape
    counts = np.zeros((regions, periods), np.int64)
    sets = np.zeros((regions, periods, words), np.int64)
    seen_in = np.full(len(value), -1, np.int64)
    for region in range(regions - 1, -1, -1):
        for day in range(days):
            report = taker[region, day]
            if report == NOBODY or (own[region, day] == 0 and value[report] > 0):
                continue
            period = place[day]
            if seen_in[report] != period:
                seen_in[report] = period
                counts[region, period] += 1
                sets[region, period, source[report] // _BITS] |= 1 << (source[report] % _BITS)
        if parent[region] >= 0:
            counts[parent[region]] += counts[region]
            sets[parent[region]] |= sets[region]
    return counts, sets


@njit(cache=True, nogil=True)
def _count_statements(
    parent: Ints, used: Flags, used_reports: Flags, speaker: NDArray[np.int32], source: Ints, words: int
) -> tuple[Ints, Ints]:
    """The same for stocks, at each moment; a round's zero counts for its source but is no report."""
    regions, moments = used.shape
    counts = np.zeros((regions, moments), np.int64)
    sets = np.zeros((regions, moments, words), np.int64)
    for region in range(regions - 1, -1, -1):
        for moment in range(moments):
            if used[region, moment]:
                said_by = source[speaker[region, moment]]
                sets[region, moment, said_by // _BITS] |= 1 << (said_by % _BITS)
            if used_reports[region, moment]:
                counts[region, moment] += 1
        if parent[region] >= 0:
            counts[parent[region]] += counts[region]
            sets[parent[region]] |= sets[region]
    return counts, sets
