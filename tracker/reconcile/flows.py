"""Flows: laying a region's own reports on the days, over what its sub-regions hold (METHOD, "Flows")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracker.reconcile.cube import HIGH, LOW, VALUE, Cube, Flags, Ints
from tracker.reconcile.spreading import share, spread

NOBODY = -1
"""In place of a report's number: no report has taken the day, or shrunk it."""


@dataclass(frozen=True)
class FlowDays:
    """The figures of each region and day from `first_day` on. Shapes are (regions, days) unless said.

    Attributes
    ----------
    exists : bool, there is a figure
    people : int64, (3, regions, days): low, value, high
    own : int64, the people that the region's own reports put there: `unlocated`
    taker, shrunk_by : int32, the report that took the day, and the last that shrunk it; -1 for none
    exceeds : bool, on this day the sub-regions exceed a report of the region that is more trusted
    """

    first_day: int
    exists: Flags
    people: Ints
    own: Ints
    taker: NDArray[np.int32]
    shrunk_by: NDArray[np.int32]
    exceeds: Flags


def flow_days(cube: Cube) -> FlowDays:
    """Lay the counted reports of a flow cube: rhythms from the top down, figures from the bottom up."""
    reports, tree = cube.reports, cube.tree
    counted = np.flatnonzero(reports.counted)
    first_day = int(reports.start[counted].min()) if len(counted) else 0
    days = int(reports.end[counted].max()) - first_day + 1 if len(counted) else 0
    tiers = cube.tier[reports.source]
    order = counted[
        np.lexsort(
            (
                -reports.rank[counted],
                reports.source[counted],
                -reports.published[counted],
                (reports.end - reports.start)[counted],
                tiers[counted],
                reports.region[counted],
            )
        )
    ]
    bounds = np.searchsorted(reports.region[order], np.arange(len(tree) + 1))
    starts, ends = reports.start - first_day, reports.end - first_day
    rhythm, follows = _rhythms(
        tree.parent, tree.last, order, bounds, starts, ends, reports.people, tiers, reports.published, days
    )
    exists, people, own, taker, shrunk_by, exceeds = _figures(
        tree.parent,
        order,
        bounds,
        starts,
        ends,
        reports.people,
        tiers,
        reports.published,
        rhythm,
        follows,
        days,
    )
    return FlowDays(first_day, exists, people, own[VALUE], taker, shrunk_by, exceeds)


@njit(cache=True, nogil=True)
def _rhythms(
    parent: Ints,
    last: Ints,
    order: Ints,
    bounds: Ints,
    starts: Ints,
    ends: Ints,
    people: Ints,
    tiers: Ints,
    published: Ints,
    days: int,
) -> tuple[Ints, Flags]:
    """The values of each region's own reports laid over nothing, and the days that they took."""
    regions = len(parent)
    rhythm = np.zeros((regions, days), np.int64)
    follows = np.zeros((regions, days), np.bool_)
    nothing = np.zeros((1, days), np.int64)
    values = people[VALUE : VALUE + 1]
    for region in range(regions):
        # Nobody follows the rhythm of a region that has none below.
        if bounds[region] == bounds[region + 1] or last[region] == region:
            continue
        own = np.zeros((1, days), np.int64)
        taker = np.full(days, NOBODY, np.int32)
        shrunk_by = np.full(days, NOBODY, np.int32)
        for place in range(bounds[region], bounds[region + 1]):
            report = order[place]
            _lay(
                report,
                region,
                parent,
                starts,
                ends,
                values,
                tiers,
                published,
                nothing,
                own,
                taker,
                shrunk_by,
                rhythm,
                follows,
            )
        rhythm[region] = own[0]
        follows[region] = taker != NOBODY
    return rhythm, follows


@njit(cache=True, nogil=True)
def _figures(
    parent: Ints,
    order: Ints,
    bounds: Ints,
    starts: Ints,
    ends: Ints,
    people: Ints,
    tiers: Ints,
    published: Ints,
    rhythm: Ints,
    follows: Flags,
    days: int,
) -> tuple[Flags, Ints, Ints, NDArray[np.int32], NDArray[np.int32], Flags]:
    regions = len(parent)
    exists = np.zeros((regions, days), np.bool_)
    # While a region waits for its turn, its row holds the sum of its sub-regions' figures.
    figures = np.zeros((3, regions, days), np.int64)
    own = np.zeros((3, regions, days), np.int64)
    taker = np.full((regions, days), NOBODY, np.int32)
    shrunk_by = np.full((regions, days), NOBODY, np.int32)
    exceeds = np.zeros((regions, days), np.bool_)
    least_trusted = np.zeros((regions, days), np.int64)
    for region in range(regions - 1, -1, -1):
        for place in range(bounds[region], bounds[region + 1]):
            report = order[place]
            quota = _lay(
                report,
                region,
                parent,
                starts,
                ends,
                people,
                tiers,
                published,
                figures[:, region],
                own[:, region],
                taker[region],
                shrunk_by[region],
                rhythm,
                follows,
            )
            _note_excess(
                report,
                starts,
                ends,
                tiers,
                quota,
                figures[VALUE, region],
                least_trusted[region],
                taker[region],
                exceeds[region],
            )
        above = parent[region]
        for day in range(days):
            if taker[region, day] != NOBODY:
                exists[region, day] = True
                for kind in range(3):
                    figures[kind, region, day] += own[kind, region, day]
                if own[VALUE, region, day] > 0:
                    tier = tiers[taker[region, day]]
                    least_trusted[region, day] = max(least_trusted[region, day], tier)
            if not exists[region, day]:
                continue
            value = figures[VALUE, region, day]
            figures[LOW, region, day] = min(figures[LOW, region, day], value)
            figures[HIGH, region, day] = max(figures[HIGH, region, day], value)
            if above >= 0:
                exists[above, day] = True
                for kind in range(3):
                    figures[kind, above, day] += figures[kind, region, day]
                least_trusted[above, day] = max(least_trusted[above, day], least_trusted[region, day])
    return exists, figures, own, taker, shrunk_by, exceeds


@njit(cache=True, nogil=True)
def _lay(
    report: int,
    region: int,
    parent: Ints,
    starts: Ints,
    ends: Ints,
    people: Ints,
    tiers: Ints,
    published: Ints,
    below: Ints,
    own: Ints,
    taker: NDArray[np.int32],
    shrunk_by: NDArray[np.int32],
    rhythm: Ints,
    follows: Flags,
) -> int:
    """Lay one report; `own`, `taker` and `shrunk_by` of its region change. Returns its quota of the value.

    `people`, `below` and `own` have a row for each of low, value and high, or one for the value alone.
    """
    first, past = starts[report], ends[report] + 1
    length = past - first
    kept = np.zeros(length, np.bool_)
    free = np.zeros(length, np.bool_)
    for place in range(length):
        other = taker[first + place]
        if other == NOBODY:
            kept[place] = free[place] = True
        elif starts[other] >= first and ends[other] < past:
            kept[place] = True
    weights = _weights(region, first, length, kept, free, parent, rhythm, follows)
    whole = weights.sum()
    kept_weight = 0
    for place in range(length):
        if kept[place]:
            kept_weight += weights[place]
        if not free[place]:
            weights[place] = 0
    quota_of_value = 0
    kinds = len(people)
    for kind in range(kinds):
        quota = share(people[kind, report], kept_weight, whole)
        if kinds == 1 or kind == VALUE:
            quota_of_value = quota
        held = 0
        for place in range(length):
            if kept[place]:
                held += below[kind, first + place] + own[kind, first + place]
        if held < quota:
            shares = spread(quota - held, weights)
            for place in range(length):
                own[kind, first + place] += shares[place]
        elif held > quota:
            shrinks = np.zeros(length, np.int64)
            for place in range(length):
                other = taker[first + place]
                if (
                    kept[place]
                    and other != NOBODY
                    and tiers[other] == tiers[report]
                    and published[other] < published[report]
                ):
                    shrinks[place] = own[kind, first + place]
            reducible = shrinks.sum()
            if reducible > 0:
                left = spread(max(0, quota - (held - reducible)), shrinks)
                for place in range(length):
                    if shrinks[place] > 0:
                        own[kind, first + place] = left[place]
                        if kinds == 1 or kind == VALUE:
                            shrunk_by[first + place] = report
    for place in range(length):
        if free[place]:
            taker[first + place] = report
    return quota_of_value


@njit(cache=True, nogil=True)
def _weights(
    region: int,
    first: int,
    length: int,
    kept: Flags,
    free: Flags,
    parent: Ints,
    rhythm: Ints,
    follows: Flags,
) -> Ints:
    """The rhythm of the nearest region above that has one for these days; 1 a day where none has."""
    counts = free if free.any() else kept
    weights = np.ones(length, np.int64)
    above = parent[region]
    while above >= 0:
        taken = 0
        there = 0
        for day in range(first, first + length):
            if follows[above, day]:
                taken += 1
                there += rhythm[above, day]
        if taken * 2 >= length and there > 0:
            mean = there // taken
            weight_that_counts = 0
            for place in range(length):
                day = first + place
                weights[place] = rhythm[above, day] if follows[above, day] else mean
                if counts[place]:
                    weight_that_counts += weights[place]
            if weight_that_counts > 0:
                return weights
        above = parent[above]
    weights[:] = 1
    return weights


@njit(cache=True, nogil=True)
def _note_excess(
    report: int,
    starts: Ints,
    ends: Ints,
    tiers: Ints,
    quota: int,
    below: Ints,
    least_trusted: Ints,
    taker: NDArray[np.int32],
    exceeds: Flags,
) -> None:
    """Mark the days of `report` where less trusted sub-regions hold more than it says."""
    held = 0
    tier = 0
    for day in range(starts[report], ends[report] + 1):
        other = taker[day]
        if other == NOBODY or (starts[other] >= starts[report] and ends[other] <= ends[report]):
            held += below[day]
            tier = max(tier, least_trusted[day])
    if held > quota and tier > tiers[report]:
        for day in range(starts[report], ends[report] + 1):
            exceeds[day] = True
