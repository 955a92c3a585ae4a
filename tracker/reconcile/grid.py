"""Regions by periods: what days are gathered into before they become figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tracker.reconcile.cube import Flags, Ints
from tracker.reconcile.periods import period_bounds, period_numbers

_WORD = 64
_BITS = 62
"""Bits in one word of a set of sources, and as many of them as stand for sources."""


@dataclass(frozen=True)
class Periods:
    """Columns of length p: the periods of one type after those of another, each type's in order.

    Attributes
    ----------
    first_of_type : the place of each type's first period, and p
    start, end : int64, days since 1970-01-01, both included
    """

    first_of_type: tuple[int, ...]
    start: Ints
    end: Ints


@dataclass(frozen=True)
class Grid:
    """Figures of all regions and periods. Shapes are (regions, periods) unless said.

    Attributes
    ----------
    shown : bool, there is a figure, or there was one in the period and it is to be told
    exists : bool, there is a figure
    people : int64, (3, regions, periods): low, value, high
    unlocated, reports, warnings, final_from : int64, as in `Figures`
    sources : int64, (regions, periods, words): the set of sources used, a bit for each
    """

    periods: Periods
    shown: Flags
    exists: Flags
    people: Ints
    unlocated: Ints
    reports: Ints
    sources: Ints
    warnings: Ints
    final_from: Ints


def periods_over(first: int, last: int, period_types: Sequence[str]) -> Periods:
    """The periods of these types that overlap the days from `first` to `last`; none where that is earlier."""
    bounds = []
    for kind in period_types:
        numbers = period_numbers(np.array([first, last], dtype=np.int64), kind)
        bounds.append(period_bounds(np.arange(numbers[0], numbers[1] + (first <= last)), kind))
    return Periods(
        first_of_type=tuple(np.cumsum([0, *(len(start) for start, _ in bounds)]).tolist()),
        start=np.concatenate([start for start, _ in bounds]),
        end=np.concatenate([end for _, end in bounds]),
    )


def words_for(sources: int) -> int:
    """How many words a set of that many sources takes."""
    return sources // _BITS + 1


def word_and_bit(sources: Ints) -> tuple[Ints, Ints]:
    """Where each source stands in a set of sources."""
    return sources // _BITS, 1 << sources % _BITS


def members(sets: Ints) -> list[tuple[int, ...]]:
    """The sources of each of the sets, given as (sets, words)."""
    bits = np.unpackbits(np.ascontiguousarray(sets, dtype="<i8").view(np.uint8), axis=1, bitorder="little")
    number, column = np.nonzero(bits)
    sources = (column // _WORD * _BITS + column % _WORD).tolist()
    bounds = np.searchsorted(number, np.arange(len(sets) + 1)).tolist()
    return [tuple(sources[start:past]) for start, past in pairwise(bounds)]
