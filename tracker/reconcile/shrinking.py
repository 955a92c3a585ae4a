"""How a newer whole that is lower shrinks older parts (METHOD, "Stocks", step 6)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tracker.reconcile.cube import HIGH, LOW, VALUE, Flags, Ints
from tracker.reconcile.speaking import SILENT, Stated
from tracker.reconcile.spreading import spread


class Branches(NamedTuple):
    """The tree as the loops read it; int64, length n.

    `by_pcode` : the regions in order of P-code
    """

    parent: Ints
    last: Ints
    depth: Ints
    by_pcode: Ints


class Limits(NamedTuple):
    """How much the parts may say: one limit for each region and level of a whole above it.

    `people` : int64, (regions, levels, 3): low, value, high
    `part`, `whole` : int64, (regions, levels): the two statements it belongs to; -1 where there is no limit
    """

    people: Ints
    part: Ints
    whole: Ints


class Settled(NamedTuple):
    """The day so far. `figure`, `below` : int64, (regions, 3): the figure and the sum of the sub-regions'."""

    figure: Ints
    below: Ints


@njit(cache=True, nogil=True)
def no_limits(regions: int, levels: int) -> Limits:
    return Limits(
        np.zeros((regions, levels, 3), np.int64),
        np.full((regions, levels), SILENT, np.int64),
        np.full((regions, levels), SILENT, np.int64),
    )


@njit(cache=True, nogil=True)
def lift_limits(tree: Branches, speaker: Ints, limits: Limits) -> None:
    """A limit ends when one of the two statements that it belongs to ceases to speak."""
    for region in range(len(tree.parent)):
        whole = tree.parent[region]
        for level in range(tree.depth[region] - 1, -1, -1):
            if limits.part[region, level] != speaker[region] or limits.whole[region, level] != speaker[whole]:
                limits.part[region, level] = SILENT
            whole = tree.parent[whole]


@njit(cache=True, nogil=True)
def shrink_parts(
    whole: int, tree: Branches, speaker: Ints, spoken: Stated, day: Settled, limits: Limits
) -> None:
    """Let the statement that begins to speak for `whole` shrink what lies below, and limit it from now on."""
    statement = speaker[whole]
    too_much = np.zeros(3, np.bool_)
    for kind in range(3):
        too_much[kind] = day.below[whole, kind] > spoken.people[statement, kind]
    if not too_much.any():
        return
    gives = np.zeros(len(tree.parent), np.bool_)
    standing = _told_apart(whole, tree, speaker, spoken, day, gives)
    own = _own_people(tree, day, gives)
    for kind in range(3):
        if too_much[kind]:
            own[kind] = spread(max(0, spoken.people[statement, kind] - standing[kind]), own[kind])
    _add_up(whole, tree, day, gives, own)
    level = tree.depth[whole]
    for region in range(whole + 1, tree.last[whole] + 1):
        part = speaker[region]
        if gives[region] and part != SILENT and not spoken.is_sum[part]:
            limits.part[region, level] = part
            limits.whole[region, level] = statement
            for kind in range(3):
                limits.people[region, level, kind] = day.figure[region, kind]


@njit(cache=True, nogil=True)
def _told_apart(
    whole: int, tree: Branches, speaker: Ints, spoken: Stated, day: Settled, gives: Flags
) -> Ints:
    """Mark which of the regions below give; returns the people of those that stand: low, value, high."""
    statement = speaker[whole]
    standing = np.zeros(3, np.int64)
    region = whole + 1
    while region <= tree.last[whole]:
        part = speaker[region]
        if part != SILENT and (
            spoken.date[part] >= spoken.date[statement] or spoken.tier[part] < spoken.tier[statement]
        ):
            for kind in range(3):
                standing[kind] += day.figure[region, kind]
            region = tree.last[region] + 1
        else:
            gives[region] = True
            region += 1
    return standing


@njit(cache=True, nogil=True)
def _own_people(tree: Branches, day: Settled, gives: Flags) -> Ints:
    """The `unlocated` people of the regions that give, in order of P-code: (3, regions that give)."""
    own = np.empty((3, gives.sum()), np.int64)
    place = 0
    for region in tree.by_pcode:
        if gives[region]:
            for kind in range(3):
                own[kind, place] = day.figure[region, kind] - day.below[region, kind]
            place += 1
    return own


@njit(cache=True, nogil=True)
def _add_up(whole: int, tree: Branches, day: Settled, gives: Flags, own: Ints) -> None:
    """Make the sums of the regions that give anew, from the deepest up; those that stand keep theirs."""
    place = 0
    for region in tree.by_pcode:
        if gives[region]:
            for kind in range(3):
                day.below[region, kind] = 0
                day.figure[region, kind] = own[kind, place]
            place += 1
    for kind in range(3):
        day.below[whole, kind] = 0
    for region in range(tree.last[whole], whole, -1):
        above = tree.parent[region]
        if gives[region]:
            for kind in range(3):
                day.figure[region, kind] += day.below[region, kind]
            hold_order(day.figure, region)
        if above == whole or gives[above]:
            for kind in range(3):
                day.below[above, kind] += day.figure[region, kind]


@njit(cache=True, nogil=True)
def hold_order(figure: Ints, region: int) -> None:
    """Lower low and raise high to the value where they crossed it; `figure` changes."""
    value = figure[region, VALUE]
    figure[region, LOW] = min(figure[region, LOW], value)
    figure[region, HIGH] = max(figure[region, HIGH], value)
