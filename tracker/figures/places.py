"""A region and a day in one number, in the order of both: columns of figures are matched and sorted by it."""

from __future__ import annotations

from typing import TypeVar

from tracker.reconcile.cube import Ints

N = TypeVar("N", int, Ints)

_DAY_BITS = 22
_BEFORE_1970 = 1 << 20
"""Days from the beginning of the calendar to 1970, and more: so days are not negative."""


def packed(region: N, day: N) -> N:
    """A region's number and a day since 1970-01-01 as one number."""
    return (region << _DAY_BITS) + day + _BEFORE_1970


def before(region: N) -> N:
    """A number below those of all days of the region, and above those of the region before."""
    return (region << _DAY_BITS) - 1


def region_in(place: N) -> N:
    return place >> _DAY_BITS


def day_in(place: N) -> N:
    """The day, since 1970-01-01."""
    return (place & ((1 << _DAY_BITS) - 1)) - _BEFORE_1970
