"""Stocks: who speaks for a region on a day, and how parts and whole are made to agree (METHOD, "Stocks")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracker.reconcile.cube import HIGH, LOW, VALUE, Cube, Flags, Ints
from tracker.reconcile.spreading import spread
from tracker.reconcile.statements import Statements, statements

SILENT = -1
"""In place of a statement's number: nobody speaks, nothing has shrunk it."""


@dataclass(frozen=True)
class StockDays:
    """The figures of each region on each day on which something can change; they hold until the next.

    Attributes
    ----------
    days : int64, length d, rising. Before the first there is no figure.
    exists : bool, (regions, d)
    people : int64, (3, regions, d): low, value, high
    own : int64, (regions, d): `unlocated`
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


def stock_days(cube: Cube) -> StockDays:
    """Settle the days of a stock cube one after the other, each from the deepest level up."""
    said = statements(cube)
    lapses = said.date + cube.max_age_days + 1
    days = np.unique(np.concatenate([said.date, lapses]))
    tree = cube.tree
    groups = np.flatnonzero(
        np.r_[True, (np.diff(said.region) != 0) | (np.diff(said.source) != 0)]
        if len(said)
        else np.zeros(0, bool)
    )
    group_ends = np.r_[groups[1:], len(said)].astype(np.int64)
    groups_of = np.searchsorted(said.region[groups], np.arange(len(tree) + 1))
    exists, people, own, speaker, shrunk_by, exceeds, outdated = _settle(
        tree.parent,
        tree.last,
        tree.depth,
        np.argsort(tree.rank),
        said.source,
        said.date,
        said.published,
        said.people,
        said.is_sum,
        cube.tier[said.source],
        groups,
        group_ends,
        groups_of,
        days,
        cube.max_age_days,
        cube.freshness_days,
    )
    return StockDays(said, days, exists, people, own, speaker, shrunk_by, exceeds, outdated)


@njit(cache=True, nogil=True)
def _settle(
    parent: Ints,
    last: Ints,
    depth: Ints,
    by_pcode: Ints,
    source: Ints,
    date: Ints,
    published: Ints,
    stated: Ints,
    is_sum: Flags,
    tier: Ints,
    groups: Ints,
    group_ends: Ints,
    groups_of: Ints,
    days: Ints,
    max_age: int,
    freshness: int,
) -> tuple[Flags, Ints, Ints, NDArray[np.int32], NDArray[np.int32], Flags, Flags]:
    regions, moments = len(parent), len(days)
    all_exists = np.zeros((regions, moments), np.bool_)
    all_people = np.zeros((3, regions, moments), np.int64)
    all_own = np.zeros((regions, moments), np.int64)
    all_speakers = np.full((regions, moments), SILENT, np.int32)
    all_shrunk_by = np.full((regions, moments), SILENT, np.int32)
    all_exceeds = np.zeros((regions, moments), np.bool_)
    all_outdated = np.zeros((regions, moments), np.bool_)

    # The place after each source's latest statement so far.
    reached = groups.copy()
    before = np.full(regions, SILENT, np.int64)
    speaker = np.full(regions, SILENT, np.int64)
    levels = depth.max() + 1 if regions else 0
    # A limit belongs to a part, a level of the whole above it, and the two statements that spoke.
    limit = np.zeros((3, regions, levels), np.int64)
    limit_part = np.full((regions, levels), SILENT, np.int64)
    limit_whole = np.full((regions, levels), SILENT, np.int64)

    for moment in range(moments):
        day = days[moment]
        for region in range(regions):
            before[region] = speaker[region]
            speaker[region] = _choose(
                groups_of[region],
                groups_of[region + 1],
                groups,
                group_ends,
                reached,
                source,
                date,
                published,
                tier,
                day,
                max_age,
                freshness,
            )
        _lift_limits(parent, depth, speaker, limit_part, limit_whole)

        exists = np.zeros(regions, np.bool_)
        figure = np.zeros((3, regions), np.int64)
        below = np.zeros((3, regions), np.int64)
        least_trusted = np.zeros(regions, np.int64)
        freshest = np.full(regions, -(1 << 40), np.int64)
        for region in range(regions - 1, -1, -1):
            statement = speaker[region]
            speaks = statement != SILENT and not is_sum[statement]
            if speaks and statement != before[region]:
                _shrink_parts(
                    region,
                    statement,
                    parent,
                    last,
                    depth,
                    by_pcode,
                    speaker,
                    date,
                    tier,
                    stated,
                    is_sum,
                    figure,
                    below,
                    limit,
                    limit_part,
                    limit_whole,
                )
            for kind in range(3):
                direct = 0
                if speaks:
                    direct = stated[kind, statement]
                    for level in range(depth[region]):
                        if limit_part[region, level] != SILENT:
                            direct = min(direct, limit[kind, region, level])
                figure[kind, region] = max(direct, below[kind, region])
            value = figure[VALUE, region]
            figure[LOW, region] = min(figure[LOW, region], value)
            figure[HIGH, region] = max(figure[HIGH, region], value)
            exists[region] = exists[region] or statement != SILENT
            if parent[region] >= 0 and exists[region]:
                exists[parent[region]] = True
                for kind in range(3):
                    below[kind, parent[region]] += figure[kind, region]

        for region in range(regions - 1, -1, -1):
            if not exists[region]:
                continue
            own = figure[VALUE, region] - below[VALUE, region]
            statement = speaker[region]
            if statement != SILENT and not is_sum[statement]:
                all_exceeds[region, moment] = (
                    below[VALUE, region] > stated[VALUE, statement]
                    and least_trusted[region] > tier[statement]
                )
                all_outdated[region, moment] = own > 0 and freshest[region] - date[statement] > freshness
                tightest = stated[VALUE, statement]
                for level in range(depth[region]):
                    if limit_part[region, level] != SILENT and limit[VALUE, region, level] < tightest:
                        tightest = limit[VALUE, region, level]
                        all_shrunk_by[region, moment] = limit_whole[region, level]
                if own > 0:
                    least_trusted[region] = max(least_trusted[region], tier[statement])
                    freshest[region] = max(freshest[region], date[statement])
            above = parent[region]
            if above >= 0:
                least_trusted[above] = max(least_trusted[above], least_trusted[region])
                freshest[above] = max(freshest[above], freshest[region])
            all_exists[region, moment] = True
            all_own[region, moment] = own
            all_speakers[region, moment] = statement
            for kind in range(3):
                all_people[kind, region, moment] = figure[kind, region]
    return all_exists, all_people, all_own, all_speakers, all_shrunk_by, all_exceeds, all_outdated


@njit(cache=True, nogil=True)
def _choose(
    first_group: int,
    past_group: int,
    groups: Ints,
    group_ends: Ints,
    reached: Ints,
    source: Ints,
    date: Ints,
    published: Ints,
    tier: Ints,
    day: int,
    max_age: int,
    freshness: int,
) -> int:
    """Steps 1 to 4: the statement that speaks for a region on `day`; `reached` moves on to that day."""
    freshest = -(1 << 40)
    for group in range(first_group, past_group):
        while reached[group] < group_ends[group] and date[reached[group]] <= day:
            reached[group] += 1
        if reached[group] > groups[group]:
            latest = reached[group] - 1
            if day - date[latest] <= max_age:
                freshest = max(freshest, date[latest])
    best = SILENT
    for group in range(first_group, past_group):
        if reached[group] == groups[group]:
            continue
        latest = reached[group] - 1
        if day - date[latest] > max_age or freshest - date[latest] > freshness:
            continue
        # Groups come in order of the sources' codes, so of equals the first stays.
        if (
            best == SILENT
            or tier[latest] < tier[best]
            or (
                tier[latest] == tier[best]
                and (
                    date[latest] > date[best]
                    or (date[latest] == date[best] and published[latest] > published[best])
                )
            )
        ):
            best = latest
    return best


@njit(cache=True, nogil=True)
def _lift_limits(parent: Ints, depth: Ints, speaker: Ints, limit_part: Ints, limit_whole: Ints) -> None:
    """A limit ends when one of the two statements that it belongs to ceases to speak."""
    for region in range(len(parent)):
        whole = parent[region]
        for level in range(depth[region] - 1, -1, -1):
            if limit_part[region, level] != SILENT and (
                limit_part[region, level] != speaker[region] or limit_whole[region, level] != speaker[whole]
            ):
                limit_part[region, level] = SILENT
            whole = parent[whole]


@njit(cache=True, nogil=True)
def _shrink_parts(
    whole: int,
    statement: int,
    parent: Ints,
    last: Ints,
    depth: Ints,
    by_pcode: Ints,
    speaker: Ints,
    date: Ints,
    tier: Ints,
    stated: Ints,
    is_sum: Flags,
    figure: Ints,
    below: Ints,
    limit: Ints,
    limit_part: Ints,
    limit_whole: Ints,
) -> None:
    """Step 6: a newer whole that is lower shrinks older parts, and limits them from then on."""
    too_much = np.zeros(3, np.bool_)
    for kind in range(3):
        too_much[kind] = below[kind, whole] > stated[kind, statement]
    if not too_much.any():
        return
    gives = np.zeros(len(parent), np.bool_)
    standing = np.zeros(3, np.int64)
    region = whole + 1
    while region <= last[whole]:
        part = speaker[region]
        if part != SILENT and (date[part] >= date[statement] or tier[part] < tier[statement]):
            for kind in range(3):
                standing[kind] += figure[kind, region]
            region = last[region] + 1
        else:
            gives[region] = True
            region += 1
    givers = by_pcode[gives[by_pcode]]
    own = figure - below
    for kind in range(3):
        if too_much[kind]:
            left = spread(max(0, stated[kind, statement] - standing[kind]), own[kind, givers])
            for place in range(len(givers)):
                own[kind, givers[place]] = left[place]
    # The sums below those that give are made anew, from the deepest up; those that stand keep theirs.
    for kind in range(3):
        below[kind, whole] = 0
        for giver in givers:
            below[kind, giver] = 0
    for region in range(last[whole], whole, -1):
        if gives[region]:
            for kind in range(3):
                figure[kind, region] = own[kind, region] + below[kind, region]
            value = figure[VALUE, region]
            figure[LOW, region] = min(figure[LOW, region], value)
            figure[HIGH, region] = max(figure[HIGH, region], value)
            part = speaker[region]
            if part != SILENT and not is_sum[part]:
                level = depth[whole]
                limit_part[region, level] = part
                limit_whole[region, level] = statement
                for kind in range(3):
                    limit[kind, region, level] = figure[kind, region]
        above = parent[region]
        if above == whole or gives[above]:
            for kind in range(3):
                below[kind, above] += figure[kind, region]
