"""Laying one report on the days of its region (METHOD, "Laying")."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracker.reconcile.cube import VALUE, Ints
from tracker.reconcile.spreading import share

NOBODY = -1
"""In place of a report's number: no report has taken the day, or shrunk it."""

NOT_TAKEN = -1
"""In place of the people of a rhythm: its region's own reports did not take the day."""


class Claims(NamedTuple):
    """The reports to lay, sorted by region and then in the order in which they are laid.

    `start`, `end` (days from the first one on), `tier`, `published` : int64, length n
    `people` : int64, (n, kinds): low, value and high, or the value alone
    """

    start: Ints
    end: Ints
    tier: Ints
    published: Ints
    people: Ints


class Rhythms(NamedTuple):
    """What reports are spread by; (regions + 1, days). The last row is that of nobody: every day weighs 1.

    Attributes
    ----------
    people : int64, put there by the region's own reports laid by themselves; -1 on days they did not take
    people_before : int64, (regions + 1, days + 1): the sum of `people` on the days before
    taken_before : int64, (regions + 1, days + 1): the number of taken days before
    """

    people: Ints
    people_before: Ints
    taken_before: Ints


class Laid(NamedTuple):
    """The days of one region while its reports are laid.

    Attributes
    ----------
    held : int64, (kinds, days): people from sub-regions and from the own reports laid so far
    own : int64, (kinds, days): people from the own reports alone
    taker, shrunk_by : int32, place among the claims; -1 for none
    """

    held: Ints
    own: Ints
    taker: NDArray[np.int32]
    shrunk_by: NDArray[np.int32]


class Workspace(NamedTuple):
    """Room for the days of one report, kept from one report to the next; int64, as long as the cube."""

    free: Ints
    given_up: Ints
    inside: Ints
    weights: Ints


@njit(cache=True, nogil=True)
def workspace(days: int) -> Workspace:
    return Workspace(
        np.empty(days, np.int64), np.empty(days, np.int64), np.empty(days, np.int64), np.empty(days, np.int64)
    )


@njit(cache=True, nogil=True)
def lay(
    claim: int, region: int, parent: Ints, claims: Claims, rhythms: Rhythms, laid: Laid, room: Workspace
) -> tuple[int, int]:
    """Lay one report: `laid` changes.

    Returns
    -------
    its quota of the value, and what its kept days held before (value alone)
    """
    free, given_up, inside, weights = room
    first, past = claims.start[claim], claims.end[claim] + 1
    frees = given_ups = insides = 0
    for day in range(first, past):
        other = laid.taker[day]
        if other == NOBODY:
            free[frees] = day
            frees += 1
        elif claims.start[other] >= first and claims.end[other] < past:
            inside[insides] = day
            insides += 1
        else:
            given_up[given_ups] = day
            given_ups += 1

    followed, mean = _followed(region, parent, rhythms, first, past, free[:frees], given_up[:given_ups])
    rhythm = rhythms.people[followed]
    whole = _weight_of_all(rhythms, followed, mean, first, past)
    kept_weight = whole - _weight(rhythm, mean, given_up[:given_ups])
    free_weight = 0
    for place in range(frees):
        people = rhythm[free[place]]
        free_weight += people if people != NOT_TAKEN else mean
        weights[place] = free_weight

    kinds = len(laid.held)
    quota_of_value = held_of_value = 0
    olders = -1
    for kind in range(kinds):
        quota = claims.people[claim, kind]
        if given_ups:
            quota = share(quota, kept_weight, whole)
        held = 0
        for day in range(first, past):
            held += laid.held[kind, day]
        for place in range(given_ups):
            held -= laid.held[kind, given_up[place]]
        if kinds == 1 or kind == VALUE:
            quota_of_value, held_of_value = quota, held
        if held < quota:
            given = 0
            for place in range(frees):
                up_to_here = share(quota - held, weights[place], free_weight)
                day = free[place]
                laid.own[kind, day] = up_to_here - given
                laid.held[kind, day] += up_to_here - given
                given = up_to_here
        elif held > quota and insides:
            if olders < 0:
                olders = 0
                for place in range(insides):
                    other = laid.taker[inside[place]]
                    if (
                        claims.tier[other] == claims.tier[claim]
                        and claims.published[other] < claims.published[claim]
                    ):
                        inside[olders] = inside[place]
                        olders += 1
            reducible = 0
            for place in range(olders):
                reducible += laid.own[kind, inside[place]]
            if reducible == 0:
                continue
            left = max(0, quota - (held - reducible))
            so_far = 0
            given = 0
            for place in range(olders):
                day = inside[place]
                put = laid.own[kind, day]
                if put == 0:
                    continue
                so_far += put
                up_to_here = share(left, so_far, reducible)
                laid.own[kind, day] = up_to_here - given
                laid.held[kind, day] += up_to_here - given - put
                given = up_to_here
                if kinds == 1 or kind == VALUE:
                    laid.shrunk_by[day] = claim
    for place in range(frees):
        laid.taker[free[place]] = claim
    return quota_of_value, held_of_value


@njit(cache=True, nogil=True)
def _followed(
    region: int, parent: Ints, rhythms: Rhythms, first: int, past: int, free: Ints, given_up: Ints
) -> tuple[int, int]:
    """The nearest region above that has a rhythm for these days, and its mean; -1 and 1 where none has."""
    above = parent[region]
    while above >= 0:
        taken = rhythms.taken_before[above, past] - rhythms.taken_before[above, first]
        people = rhythms.people_before[above, past] - rhythms.people_before[above, first]
        if taken * 2 >= past - first and people > 0:
            mean = people // taken
            rhythm = rhythms.people[above]
            if len(free):
                counts = _weight(rhythm, mean, free)
            else:
                counts = _weight_of_all(rhythms, above, mean, first, past) - _weight(rhythm, mean, given_up)
            if counts > 0:
                return above, mean
        above = parent[above]
    return -1, 1


@njit(cache=True, nogil=True)
def _weight_of_all(rhythms: Rhythms, followed: int, mean: int, first: int, past: int) -> int:
    taken = rhythms.taken_before[followed, past] - rhythms.taken_before[followed, first]
    people = rhythms.people_before[followed, past] - rhythms.people_before[followed, first]
    return people + mean * (past - first - taken)


@njit(cache=True, nogil=True)
def _weight(rhythm: Ints, mean: int, days: Ints) -> int:
    """The weight of these days."""
    weight = 0
    for day in days:
        people = rhythm[day]
        weight += people if people != NOT_TAKEN else mean
    return weight
