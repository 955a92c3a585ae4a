"""Flows: laying a region's own reports on the days, over what its sub-regions hold (METHOD, "Flows")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracker.reconcile.cube import HIGH, LOW, VALUE, Cube, Flags, Ints
from tracker.reconcile.laying import NOBODY, NOT_TAKEN, Claims, Laid, Rhythms, lay, workspace
from tracker.reconcile.ordering import order_by


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
    if not len(counted):
        return _no_days(len(tree))
    order = counted[
        order_by(
            reports.region[counted],
            cube.tier[reports.source[counted]],
            (reports.end - reports.start)[counted],
            -reports.published[counted],
            reports.source[counted],
            -reports.rank[counted],
        )
    ]
    first_day = int(reports.start[order].min())
    days = int(reports.end[order].max()) - first_day + 1
    bounds = np.searchsorted(reports.region[order], np.arange(len(tree) + 1))
    claims = Claims(
        start=reports.start[order] - first_day,
        end=reports.end[order] - first_day,
        tier=cube.tier[reports.source[order]],
        published=reports.published[order],
        people=np.ascontiguousarray(reports.people[:, order].T),
    )
    rhythms = _rhythms(tree.parent, tree.last, bounds, claims, days)
    exists, people, own, taker, shrunk_by, exceeds = _figures(
        tree.parent, tree.last, bounds, claims, rhythms, order.astype(np.int32), days
    )
    return FlowDays(first_day, exists, people.transpose(1, 0, 2), own, taker, shrunk_by, exceeds)


@njit(cache=True, nogil=True)
def _rhythms(parent: Ints, last: Ints, bounds: Ints, claims: Claims, days: int) -> Rhythms:
    """The values of each region's own reports laid over nothing, and the days that they took."""
    regions = len(parent)
    rhythms = Rhythms(
        np.empty((regions + 1, days), np.int64),
        np.zeros((regions + 1, days + 1), np.int64),
        np.zeros((regions + 1, days + 1), np.int64),
    )
    rhythms.people[regions] = NOT_TAKEN
    values = Claims(
        claims.start,
        claims.end,
        claims.tier,
        claims.published,
        np.ascontiguousarray(claims.people[:, VALUE : VALUE + 1]),
    )
    room = workspace(days)
    for region in range(regions):
        # Nobody follows the rhythm of a region that has none below.
        if last[region] == region:
            continue
        laid = Laid(
            np.zeros((1, days), np.int64),
            np.zeros((1, days), np.int64),
            np.full(days, NOBODY, np.int32),
            np.full(days, NOBODY, np.int32),
        )
        for claim in range(bounds[region], bounds[region + 1]):
            lay(claim, region, parent, values, rhythms, laid, room)
        for day in range(days):
            taken = laid.taker[day] != NOBODY
            people = laid.own[0, day]
            rhythms.people[region, day] = people if taken else NOT_TAKEN
            rhythms.people_before[region, day + 1] = rhythms.people_before[region, day] + people
            rhythms.taken_before[region, day + 1] = rhythms.taken_before[region, day] + taken
    return rhythms


@njit(cache=True, nogil=True)
def _figures(
    parent: Ints,
    last: Ints,
    bounds: Ints,
    claims: Claims,
    rhythms: Rhythms,
    reports: NDArray[np.int32],
    days: int,
) -> tuple[Flags, Ints, Ints, NDArray[np.int32], NDArray[np.int32], Flags]:
    regions = len(parent)
    exists = np.zeros((regions, days), np.bool_)
    # While a region waits for its turn, its row holds the sum of its sub-regions' figures.
    figures = np.zeros((regions, 3, days), np.int64)
    all_own = np.empty((regions, days), np.int64)
    takers = np.full((regions, days), NOBODY, np.int32)
    all_shrunk_by = np.full((regions, days), NOBODY, np.int32)
    exceeds = np.zeros((regions, days), np.bool_)
    least_trusted = np.zeros((regions, days), np.int8)
    own = np.zeros((3, days), np.int64)
    room = workspace(days)
    for region in range(regions - 1, -1, -1):
        own[:] = 0
        laid = Laid(figures[region], own, takers[region], all_shrunk_by[region])
        for claim in range(bounds[region], bounds[region + 1]):
            quota, held = lay(claim, region, parent, claims, rhythms, laid, room)
            if held > quota and last[region] > region:
                _note_excess(claim, claims, laid, quota, least_trusted[region], exceeds[region])
        here = figures[region]
        for day in range(days):
            taker = laid.taker[day]
            all_own[region, day] = own[VALUE, day]
            if taker != NOBODY:
                exists[region, day] = True
                if own[VALUE, day] > 0:
                    least_trusted[region, day] = max(least_trusted[region, day], np.int8(claims.tier[taker]))
                laid.taker[day] = reports[taker]
                if laid.shrunk_by[day] != NOBODY:
                    laid.shrunk_by[day] = reports[laid.shrunk_by[day]]
        for day in range(days):
            here[LOW, day] = min(here[LOW, day], here[VALUE, day])
            here[HIGH, day] = max(here[HIGH, day], here[VALUE, day])
        above = parent[region]
        if above >= 0:
            for kind in range(3):
                for day in range(days):
                    figures[above, kind, day] += here[kind, day]
            for day in range(days):
                exists[above, day] |= exists[region, day]
                least_trusted[above, day] = max(least_trusted[above, day], least_trusted[region, day])
    return exists, figures, all_own, takers, all_shrunk_by, exceeds


@njit(cache=True, nogil=True)
def _note_excess(
    claim: int, claims: Claims, laid: Laid, quota: int, least_trusted: NDArray[np.int8], exceeds: Flags
) -> None:
    """Mark the days of a report where less trusted sub-regions hold more than it says."""
    start, end = claims.start[claim], claims.end[claim]
    below = 0
    tier = 0
    for day in range(start, end + 1):
        other = laid.taker[day]
        if claims.start[other] >= start and claims.end[other] <= end:
            below += laid.held[VALUE, day] - laid.own[VALUE, day]
            tier = max(tier, least_trusted[day])
    if below > quota and tier > claims.tier[claim]:
        exceeds[start : end + 1] = True


def _no_days(regions: int) -> FlowDays:
    none = np.zeros((regions, 0), dtype=np.int64)
    nobody = none.astype(np.int32)
    return FlowDays(
        0,
        none.astype(np.bool_),
        np.zeros((3, regions, 0), np.int64),
        none,
        nobody,
        nobody,
        none.astype(np.bool_),
    )
