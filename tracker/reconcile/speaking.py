"""Which statement speaks for a region on a day (METHOD, "Stocks", steps 1 to 4)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tracker.reconcile.cube import Cube, Flags, Ints
from tracker.reconcile.statements import Statements

SILENT = -1
"""In place of a statement's number: nobody speaks, nothing has shrunk it."""

LONG_AGO = -(1 << 40)
"""A day before every other."""


class Stated(NamedTuple):
    """The statements as the loops read them; they are sorted by region, source and time.

    `date`, `published`, `tier` : int64, length n
    `people` : int64, (n, 3): low, value, high
    `is_sum` : bool, length n
    """

    date: Ints
    published: Ints
    tier: Ints
    people: Ints
    is_sum: Flags


class Sources(NamedTuple):
    """The statements of each source on each region, as stretches of all statements, in order of the codes.

    `first`, `past` : int64, one for each region and source: the stretch
    `of_region` : int64, regions + 1: where the stretches of each region begin
    `reached` : int64, the place after the latest statement so far; moves on from day to day
    """

    first: Ints
    past: Ints
    of_region: Ints
    reached: Ints


def stated(cube: Cube, said: Statements) -> Stated:
    return Stated(
        date=said.date,
        published=said.published,
        tier=cube.tier[said.source],
        people=np.ascontiguousarray(said.people.T),
        is_sum=said.is_sum,
    )


def sources(regions: int, said: Statements) -> Sources:
    is_first = np.ones(len(said), dtype=np.bool_)
    is_first[1:] = (np.diff(said.region) != 0) | (np.diff(said.source) != 0)
    first = np.flatnonzero(is_first)
    past = np.append(first[1:], len(said))[: len(first)]
    of_region = np.searchsorted(said.region[first], np.arange(regions + 1))
    return Sources(first, past, of_region, first.copy())


def turning_points(regions: int, said: Statements, max_age_days: int) -> tuple[Ints, Flags]:
    """The days on which another statement can begin to speak, and for which regions: (days, regions)."""
    if not len(said):
        return said.date, np.zeros((0, regions), dtype=np.bool_)
    origin = said.date.min()
    made, lapsed = said.date - origin, said.date - origin + max_age_days + 1
    is_one = np.zeros(lapsed.max() + 1, dtype=np.bool_)
    is_one[made] = is_one[lapsed] = True
    days = np.flatnonzero(is_one)
    moment_of = np.cumsum(is_one) - 1
    turns = np.zeros((len(days), regions), dtype=np.bool_)
    turns[moment_of[made], said.region] = turns[moment_of[lapsed], said.region] = True
    return days + origin, turns


@njit(cache=True, nogil=True)
def speaking(region: int, day: int, spoken: Stated, sources: Sources, max_age: int, freshness: int) -> int:
    """The statement that speaks for `region` on `day`; -1 for none. Days are asked for in order."""
    stretches = range(sources.of_region[region], sources.of_region[region + 1])
    freshest = LONG_AGO
    for place in stretches:
        reached = sources.reached[place]
        while reached < sources.past[place] and spoken.date[reached] <= day:
            reached += 1
        sources.reached[place] = reached
        if reached > sources.first[place] and day - spoken.date[reached - 1] <= max_age:
            freshest = max(freshest, spoken.date[reached - 1])
    best = SILENT
    for place in stretches:
        latest = sources.reached[place] - 1
        if (
            latest >= sources.first[place]
            and day - spoken.date[latest] <= max_age
            and freshest - spoken.date[latest] <= freshness
            and (best == SILENT or _goes_before(latest, best, spoken))
        ):
            best = latest
    return best


@njit(cache=True, nogil=True)
def _goes_before(one: int, other: int, spoken: Stated) -> bool:
    """Stretches come in order of the sources' codes, so of equals the first stays."""
    if spoken.tier[one] != spoken.tier[other]:
        return spoken.tier[one] < spoken.tier[other]
    if spoken.date[one] != spoken.date[other]:
        return spoken.date[one] > spoken.date[other]
    return spoken.published[one] > spoken.published[other]
