"""Laying one report on the days of its region (METHOD, "Laying")."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracker.reconcile.cube import Ints
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
    """Room for the days of one report, used again for the next; int64, as long as the cube has days.

    Attributes
    ----------
    free, given_up : the days so called
    inside : the kept days that are not free: reports took them that lie wholly inside this one's period
    weights : for each of the free days the weight of all up to and including it
    """

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
    its quota of the value, and what of the value its kept days held before
    """
    first, past = claims.start[claim], claims.end[claim] + 1
    frees, insides, given_ups = _tell_apart(claim, claims, laid.taker, room)
    free, given_up = room.free[:frees], room.given_up[:given_ups]
    followed, mean = _followed(region, parent, rhythms, first, past, free, given_up)
    whole = _weight_between(rhythms, followed, mean, first, past)
    kept = whole - _weight_of(rhythms, followed, mean, given_up)
    _cumulate_weights(rhythms, followed, mean, free, room.weights)

    kinds = len(laid.held)
    # The value stands in the middle, or alone.
    of_value = kinds // 2
    quota_of_value = held_of_value = 0
    olders = -1
    for kind in range(kinds):
        quota = share(claims.people[claim, kind], kept, whole) if given_ups else claims.people[claim, kind]
        held = 0
        for day in range(first, past):
            held += laid.held[kind, day]
        for day in given_up:
            held -= laid.held[kind, day]
        if kind == of_value:
            quota_of_value, held_of_value = quota, held
        if held < quota:
            _add(quota - held, kind, free, room.weights, laid)
        elif held > quota and insides:
            if olders < 0:
                olders = _leave_older(claim, claims, laid.taker, room.inside, insides)
            _shrink(held - quota, kind, claim if kind == of_value else NOBODY, room.inside[:olders], laid)
    for day in free:
        laid.taker[day] = claim
    return quota_of_value, held_of_value


@njit(cache=True, nogil=True)
def _tell_apart(
    claim: int, claims: Claims, taker: NDArray[np.int32], room: Workspace
) -> tuple[int, int, int]:
    """How many days of the report are free, taken inside it and given up; `room` then holds these days."""
    first, last = claims.start[claim], claims.end[claim]
    frees = insides = given_ups = 0
    for day in range(first, last + 1):
        other = taker[day]
        if other == NOBODY:
            room.free[frees] = day
            frees += 1
        elif claims.start[other] >= first and claims.end[other] <= last:
            room.inside[insides] = day
            insides += 1
        else:
            room.given_up[given_ups] = day
            given_ups += 1
    return frees, insides, given_ups


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
            if len(free):
                counts = _weight_of(rhythms, above, mean, free)
            else:
                counts = _weight_between(rhythms, above, mean, first, past)
                counts -= _weight_of(rhythms, above, mean, given_up)
            if counts > 0:
                return above, mean
        above = parent[above]
    return -1, 1


@njit(cache=True, nogil=True)
def _weight_between(rhythms: Rhythms, followed: int, mean: int, first: int, past: int) -> int:
    """The weight of the days from `first` to before `past`."""
    taken = rhythms.taken_before[followed, past] - rhythms.taken_before[followed, first]
    people = rhythms.people_before[followed, past] - rhythms.people_before[followed, first]
    return people + mean * (past - first - taken)


@njit(cache=True, nogil=True)
def _weight_of(rhythms: Rhythms, followed: int, mean: int, days: Ints) -> int:
    weight = 0
    for day in days:
        people = rhythms.people[followed, day]
        weight += people if people != NOT_TAKEN else mean
    return weight


@njit(cache=True, nogil=True)
def _cumulate_weights(rhythms: Rhythms, followed: int, mean: int, days: Ints, weights: Ints) -> None:
    so_far = 0
    for place in range(len(days)):
        people = rhythms.people[followed, days[place]]
        so_far += people if people != NOT_TAKEN else mean
        weights[place] = so_far


@njit(cache=True, nogil=True)
def _add(amount: int, kind: int, free: Ints, weights: Ints, laid: Laid) -> None:
    """Spread people over the free days."""
    given = 0
    for place in range(len(free)):
        up_to_here = share(amount, weights[place], weights[len(free) - 1])
        laid.own[kind, free[place]] = up_to_here - given
        laid.held[kind, free[place]] += up_to_here - given
        given = up_to_here


@njit(cache=True, nogil=True)
def _leave_older(claim: int, claims: Claims, taker: NDArray[np.int32], inside: Ints, insides: int) -> int:
    """Leave in `inside` the days that reports of the same tier took, published before; returns how many."""
    olders = 0
    for place in range(insides):
        other = taker[inside[place]]
        if claims.tier[other] == claims.tier[claim] and claims.published[other] < claims.published[claim]:
            inside[olders] = inside[place]
            olders += 1
    return olders


@njit(cache=True, nogil=True)
def _shrink(excess: int, kind: int, claim: int, days: Ints, laid: Laid) -> None:
    """Take `excess` people from what reports put on these days, as far as there are so many; note `claim`."""
    reducible = 0
    for day in days:
        reducible += laid.own[kind, day]
    left = max(0, reducible - excess)
    so_far = given = 0
    for day in days:
        put = laid.own[kind, day]
        if put == 0:
            continue
        so_far += put
        up_to_here = share(left, so_far, reducible)
        laid.own[kind, day] = up_to_here - given
        laid.held[kind, day] += up_to_here - given - put
        given = up_to_here
        if claim != NOBODY:
            laid.shrunk_by[day] = claim
