"""The figures of stocks: a period's is taken on its last day (METHOD, "Stocks")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracker.reconcile.cube import VALUE, Cube, Flags, Ints
from tracker.reconcile.grid import Grid, periods_over, word_and_bit, words_for
from tracker.reconcile.speaking import SILENT
from tracker.reconcile.statements import NO_REPORT
from tracker.reconcile.stocks import StockDays


class _Days(NamedTuple):
    """`StockDays` as the loop reads it: a row for each day, (days, regions), `people` (days, regions, 3)."""

    days: Ints
    exists: Flags
    people: Ints
    own: Ints
    speaker: NDArray[np.int32]
    exceeds: Flags
    outdated: Flags


class _Stated(NamedTuple):
    """Of each statement whether it is a round's sum, or a report, and where its source stands in a set."""

    is_sum: Flags
    is_report: Flags
    word: Ints
    bit: Ints


class _Moment(NamedTuple):
    """The figures on one day; length `regions`, `people` (regions, 3), `sources` (regions, words)."""

    exists: Flags
    people: Ints
    unlocated: Ints
    reports: Ints
    sources: Ints
    warnings: Ints


class _Taken(NamedTuple):
    """What `Grid` holds; `existed`: there was a figure on some day of the period, its last included."""

    exists: Flags
    existed: Flags
    people: Ints
    unlocated: Ints
    reports: Ints
    sources: Ints
    warnings: Ints
    constant_since: Ints


def stock_grid(cube: Cube, days: StockDays, period_types: Sequence[str], until: int | None) -> Grid:
    """Every period from the first statement to the last day on which a figure can change, cut at `until`."""
    last_day = int(days.days[-1]) if len(days.days) else -1
    first_day = int(days.days[0]) if len(days.days) else 0
    periods = periods_over(first_day, last_day if until is None else min(until, last_day), period_types)
    taken_on = periods.end if until is None else np.minimum(periods.end, until)
    at = np.searchsorted(days.days, taken_on, side="right") - 1
    since = np.searchsorted(days.days, periods.start, side="right") - 1
    said = days.statements
    taken = _take(
        cube.tree.parent,
        cube.tree.shown_in,
        _Days(
            days.days,
            days.exists.T,
            days.people.transpose(2, 1, 0),
            days.own.T,
            days.speaker.T,
            days.exceeds.T,
            days.outdated.T,
        ),
        _Stated(said.is_sum, said.report != NO_REPORT, *word_and_bit(said.source)),
        np.argsort(at, kind="stable"),
        at,
        np.maximum(since, 0),
        words_for(len(cube.tier)),
    )
    return Grid(
        periods=periods,
        shown=taken.existed if until is None else taken.exists,
        exists=taken.exists,
        people=taken.people,
        unlocated=taken.unlocated,
        reports=taken.reports,
        sources=taken.sources,
        warnings=taken.warnings,
        final_from=np.maximum(periods.start, taken.constant_since),
    )


@njit(cache=True, nogil=True)
def _take(
    parent: Ints,
    shown_in: Ints,
    days: _Days,
    said: _Stated,
    in_order: Ints,
    at: Ints,
    since: Ints,
    words: int,
) -> _Taken:
    """Take the figures of each period on day `at`; look at them from day `since` on: places in `days`.

    `in_order` are the periods in order of `at`.
    """
    regions, periods = len(parent), len(at)
    taken = _Taken(
        np.zeros((regions, periods), np.bool_),
        np.zeros((regions, periods), np.bool_),
        np.zeros((3, regions, periods), np.int64),
        np.zeros((regions, periods), np.int64),
        np.zeros((regions, periods), np.int64),
        np.zeros((regions, periods, words), np.int64),
        np.zeros((regions, periods), np.int64),
        np.zeros((regions, periods), np.int64),
    )
    before, now = _moment(regions, words), _moment(regions, words)
    constant_since = np.full(regions, days.days[0] if len(days.days) else 0, np.int64)
    last_existed = np.full(regions, -1, np.int64)
    place = 0
    for moment in range(len(days.days)):
        _look(moment, parent, shown_in, days, said, now)
        _note_changes(days.days[moment], before, now, constant_since)
        for region in range(regions):
            if now.exists[region]:
                last_existed[region] = moment
        while place < periods and at[in_order[place]] == moment:
            period = in_order[place]
            for region in range(regions):
                taken.exists[region, period] = now.exists[region]
                taken.existed[region, period] = last_existed[region] >= since[period]
                for kind in range(3):
                    taken.people[kind, region, period] = now.people[region, kind]
                taken.unlocated[region, period] = now.unlocated[region]
                taken.reports[region, period] = now.reports[region]
                for word in range(words):
                    taken.sources[region, period, word] = now.sources[region, word]
                taken.warnings[region, period] = now.warnings[region]
                taken.constant_since[region, period] = constant_since[region]
            place += 1
        before, now = now, before
    return taken


@njit(cache=True, nogil=True)
def _moment(regions: int, words: int) -> _Moment:
    return _Moment(
        np.zeros(regions, np.bool_),
        np.zeros((regions, 3), np.int64),
        np.zeros(regions, np.int64),
        np.zeros(regions, np.int64),
        np.zeros((regions, words), np.int64),
        np.zeros(regions, np.int64),
    )


@njit(cache=True, nogil=True)
def _look(moment: int, parent: Ints, shown_in: Ints, days: _Days, said: _Stated, now: _Moment) -> None:
    """Note in `now` the figures on one day, with the reports and sources used, sub-regions included."""
    regions, words = now.sources.shape
    now.unlocated[:] = 0
    now.reports[:] = 0
    now.sources[:] = 0
    has_parts = np.zeros(regions, np.bool_)
    for region in range(regions - 1, -1, -1):
        now.exists[region] = days.exists[moment, region]
        for kind in range(3):
            now.people[region, kind] = days.people[moment, region, kind]
        now.warnings[region] = days.exceeds[moment, region] | (days.outdated[moment, region] << 1)
        own = days.own[moment, region]
        now.unlocated[shown_in[region]] += own
        statement = days.speaker[moment, region]
        # A zero that nothing below explains is a finding of its own.
        is_finding = not has_parts[region] and now.people[region, VALUE] == 0
        if statement != SILENT and not said.is_sum[statement] and (own > 0 or is_finding):
            # A round's zero counts for its source but is no report.
            now.reports[region] += said.is_report[statement]
            now.sources[region, said.word[statement]] |= said.bit[statement]
        above = parent[region]
        if above >= 0:
            has_parts[above] |= now.exists[region]
            now.reports[above] += now.reports[region]
            for word in range(words):
                now.sources[above, word] |= now.sources[region, word]


@njit(cache=True, nogil=True)
def _note_changes(day: int, before: _Moment, now: _Moment, constant_since: Ints) -> None:
    """Set `constant_since` to `day` for the regions whose figures are not as they were before."""
    regions, words = now.sources.shape
    for region in range(regions):
        changed = (
            before.exists[region] != now.exists[region]
            or before.unlocated[region] != now.unlocated[region]
            or before.reports[region] != now.reports[region]
            or before.warnings[region] != now.warnings[region]
        )
        for kind in range(3):
            changed |= before.people[region, kind] != now.people[region, kind]
        for word in range(words):
            changed |= before.sources[region, word] != now.sources[region, word]
        if changed:
            constant_since[region] = day
