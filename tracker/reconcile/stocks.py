"""Stocks: how parts and whole are made to agree, day after day (METHOD, "Stocks", steps 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracker.reconcile.cube import VALUE, Cube, Flags, Ints
from tracker.reconcile.shrinking import (
    Branches,
    Limits,
    Settled,
    hold_order,
    lift_limits,
    no_limits,
    shrink_parts,
)
from tracker.reconcile.speaking import (
    LONG_AGO,
    SILENT,
    Sources,
    Stated,
    sources,
    speaking,
    stated,
    turning_points,
)
from tracker.reconcile.statements import Statements, statements


@dataclass(frozen=True)
class StockDays:
    """The figures of each region on each day on which something can change; they hold until the next.

    Attributes
    ----------
    days : int64, length d, rising. Before the first there is no figure.
    exists : bool, (regions, d)
    people : int64, (3, regions, d): low, value, high
    own : int64, (regions, d): the people that the region's own statement adds to its sub-regions'
    speaker : int32, (regions, d): number of the statement that speaks, -1 for none
    shrunk_by : int32, (regions, d): number of the statement that limits the speaking one, -1 for none
    exceeds : bool, (regions, d): the sub-regions exceed the statement, which is more trusted
    outdated : bool, (regions, d): the statement adds people and is much older than its parts
    """

    statements: Statements
    days: Ints
    exists: Flags
    people: Ints
    own: Ints
    speaker: NDArray[np.int32]
    shrunk_by: NDArray[np.int32]
    exceeds: Flags
    outdated: Flags


class _Rows(NamedTuple):
    """What `StockDays` holds, a row for each day; shapes (days, regions) and (days, regions, 3)."""

    exists: Flags
    people: Ints
    own: Ints
    speaker: NDArray[np.int32]
    shrunk_by: NDArray[np.int32]
    exceeds: Flags
    outdated: Flags


def stock_days(cube: Cube) -> StockDays:
    """Settle the days of a stock cube one after the other, each from the deepest level up."""
    said = statements(cube)
    tree = cube.tree
    days, turns = turning_points(len(tree), said, cube.max_age_days)
    rows = _settle(
        Branches(tree.parent, tree.last, tree.depth, np.argsort(tree.rank)),
        stated(cube, said),
        sources(len(tree), said),
        days,
        turns,
        cube.max_age_days,
        cube.freshness_days,
    )
    return StockDays(
        said,
        days,
        exists=rows.exists.T,
        people=rows.people.transpose(2, 1, 0),
        own=rows.own.T,
        speaker=rows.speaker.T,
        shrunk_by=rows.shrunk_by.T,
        exceeds=rows.exceeds.T,
        outdated=rows.outdated.T,
    )


@njit(cache=True, nogil=True)
def _settle(
    tree: Branches,
    spoken: Stated,
    sources: Sources,
    days: Ints,
    turns: Flags,
    max_age: int,
    freshness: int,
) -> _Rows:
    regions = len(tree.parent)
    rows = _Rows(
        np.zeros((len(days), regions), np.bool_),
        np.zeros((len(days), regions, 3), np.int64),
        np.zeros((len(days), regions), np.int64),
        np.full((len(days), regions), SILENT, np.int32),
        np.full((len(days), regions), SILENT, np.int32),
        np.zeros((len(days), regions), np.bool_),
        np.zeros((len(days), regions), np.bool_),
    )
    speaker = np.full(regions, SILENT, np.int64)
    begins = np.zeros(regions, np.bool_)
    limits = no_limits(regions, tree.depth.max() + 1 if regions else 0)
    for moment in range(len(days)):
        for region in range(regions):
            begins[region] = False
            if turns[moment, region]:
                chosen = speaking(region, days[moment], spoken, sources, max_age, freshness)
                begins[region] = chosen != speaker[region]
                speaker[region] = chosen
        lift_limits(tree, speaker, limits)
        day = Settled(rows.people[moment], np.zeros((regions, 3), np.int64))
        _agree(tree, speaker, begins, spoken, day, limits, rows.exists[moment])
        for region in range(regions):
            rows.own[moment, region] = day.figure[region, VALUE] - day.below[region, VALUE]
            rows.speaker[moment, region] = speaker[region]
        _note(moment, tree, spoken, day, limits, rows, freshness)
    return rows


@njit(cache=True, nogil=True)
def _agree(
    tree: Branches, speaker: Ints, begins: Flags, spoken: Stated, day: Settled, limits: Limits, exists: Flags
) -> None:
    """Make parts and whole agree on one day, from the deepest level up; `day` and `exists` change."""
    for region in range(len(tree.parent) - 1, -1, -1):
        statement = speaker[region]
        speaks = statement != SILENT and not spoken.is_sum[statement]
        if speaks and begins[region]:
            shrink_parts(region, tree, speaker, spoken, day, limits)
        for kind in range(3):
            direct = spoken.people[statement, kind] if speaks else 0
            for level in range(tree.depth[region]):
                if limits.part[region, level] != SILENT:
                    direct = min(direct, limits.people[region, level, kind])
            day.figure[region, kind] = max(direct, day.below[region, kind])
        hold_order(day.figure, region)
        exists[region] |= statement != SILENT
        above = tree.parent[region]
        if above >= 0:
            exists[above] |= exists[region]
            for kind in range(3):
                day.below[above, kind] += day.figure[region, kind]


@njit(cache=True, nogil=True)
def _note(
    moment: int, tree: Branches, spoken: Stated, day: Settled, limits: Limits, rows: _Rows, freshness: int
) -> None:
    """Note on one day what limits each statement, and what deserves a person's look."""
    regions = len(tree.parent)
    least_trusted = np.zeros(regions, np.int64)
    freshest = np.full(regions, LONG_AGO, np.int64)
    for region in range(regions - 1, -1, -1):
        statement = rows.speaker[moment, region]
        if statement != SILENT and not spoken.is_sum[statement]:
            stated = spoken.people[statement, VALUE]
            date, tier = spoken.date[statement], spoken.tier[statement]
            own = rows.own[moment, region]
            rows.exceeds[moment, region] = day.below[region, VALUE] > stated and least_trusted[region] > tier
            rows.outdated[moment, region] = own > 0 and freshest[region] - date > freshness
            tightest = stated
            for level in range(tree.depth[region]):
                if limits.part[region, level] != SILENT and limits.people[region, level, VALUE] < tightest:
                    tightest = limits.people[region, level, VALUE]
                    rows.shrunk_by[moment, region] = limits.whole[region, level]
            if own > 0:
                least_trusted[region] = max(least_trusted[region], tier)
                freshest[region] = max(freshest[region], date)
        above = tree.parent[region]
        if above >= 0:
            least_trusted[above] = max(least_trusted[above], least_trusted[region])
            freshest[above] = max(freshest[above], freshest[region])
