"""The figures of flows: a period's is the sum of its days (METHOD, "Flows")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracker.reconcile.cube import VALUE, Cube, Flags, Ints
from tracker.reconcile.flows import FlowDays
from tracker.reconcile.grid import Grid, periods_over, word_and_bit, words_for
from tracker.reconcile.laying import NOBODY


class _Days(NamedTuple):
    """`FlowDays` as the loop reads it; `people` is (regions, 3, days), the others are (regions, days)."""

    exists: Flags
    people: Ints
    own: Ints
    taker: NDArray[np.int32]
    exceeds: Flags


class _Reports(NamedTuple):
    """Of each report its value, and its source's place in a set of sources."""

    value: Ints
    word: Ints
    bit: Ints


class _Sums(NamedTuple):
    """What `Grid` holds."""

    exists: Flags
    people: Ints
    unlocated: Ints
    reports: Ints
    sources: Ints
    warnings: Ints
    last_day: Ints


def flow_grid(cube: Cube, days: FlowDays, period_types: Sequence[str], until: int | None) -> Grid:
    """Every period that has a day of the cube, cut after the day `until`."""
    last_day = days.first_day + days.exists.shape[1] - 1
    last_day = last_day if until is None else min(until, last_day)
    periods = periods_over(days.first_day, last_day, period_types)
    sums = _sum_days(
        cube.tree.parent,
        cube.tree.shown_in,
        _Days(days.exists, days.people.transpose(1, 0, 2), days.own, days.taker, days.exceeds),
        _Reports(cube.reports.people[VALUE], *word_and_bit(cube.reports.source)),
        np.maximum(periods.start - days.first_day, 0),
        np.minimum(periods.end, last_day) - days.first_day + 1,
        words_for(len(cube.tier)),
    )
    return Grid(
        periods=periods,
        shown=sums.exists,
        exists=sums.exists,
        people=sums.people,
        unlocated=sums.unlocated,
        reports=sums.reports,
        sources=sums.sources,
        warnings=sums.warnings,
        final_from=sums.last_day + days.first_day,
    )


@njit(cache=True, nogil=True)
def _sum_days(
    parent: Ints, shown_in: Ints, days: _Days, reports: _Reports, first: Ints, past: Ints, words: int
) -> _Sums:
    """Sum the days from `first` to before `past` of each period."""
    regions, periods = len(parent), len(first)
    sums = _Sums(
        np.zeros((regions, periods), np.bool_),
        np.zeros((3, regions, periods), np.int64),
        np.zeros((regions, periods), np.int64),
        np.zeros((regions, periods), np.int64),
        np.zeros((regions, periods, words), np.int64),
        np.zeros((regions, periods), np.int64),
        np.zeros((regions, periods), np.int64),
    )
    last_used = np.full(len(reports.value), -1, np.int64)
    used_before = np.empty(days.exists.shape[1], np.int64)
    for region in range(regions - 1, -1, -1):
        _look_back(region, days, reports, last_used, used_before)
        for period in range(periods):
            for kind in range(3):
                people = 0
                for day in range(first[period], past[period]):
                    people += days.people[region, kind, day]
                sums.people[kind, region, period] = people
            for day in range(first[period], past[period]):
                if days.exists[region, day]:
                    sums.exists[region, period] = True
                    sums.last_day[region, period] = day
                sums.unlocated[shown_in[region], period] += days.own[region, day]
                sums.warnings[region, period] |= days.exceeds[region, day]
                if used_before[day] < first[period]:
                    report = days.taker[region, day]
                    sums.reports[region, period] += 1
                    sums.sources[region, period, reports.word[report]] |= reports.bit[report]
        above = parent[region]
        if above >= 0:
            for period in range(periods):
                sums.reports[above, period] += sums.reports[region, period]
                for word in range(words):
                    sums.sources[above, period, word] |= sums.sources[region, period, word]
    return sums


@njit(cache=True, nogil=True)
def _look_back(region: int, days: _Days, reports: _Reports, last_used: Ints, used_before: Ints) -> None:
    """Note for each day when the report used there was used before: -1 never, a day ahead for no report."""
    for day in range(len(used_before)):
        report = days.taker[region, day]
        if report != NOBODY and (days.own[region, day] > 0 or reports.value[report] == 0):
            used_before[day] = last_used[report]
            last_used[report] = day
        else:
            used_before[day] = len(used_before)
