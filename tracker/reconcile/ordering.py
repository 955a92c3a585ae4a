"""Sorting by several columns at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.reconcile.cube import Ints

_BITS = 63
"""Of a 64-bit integer, its sign left out."""


def order_by(*columns: Ints) -> Ints:
    """The places of the rows in order of the first column, where equal of the second, and so on.

    Columns are int64, length n, and so is what comes back; in each the greatest is less than 2**63 above the
    least. Rows equal in all columns come in any order.

    Columns are packed into as few integers as their ranges allow, mostly into one: one sort of integers takes
    a fraction of one sort for each column.
    """
    words = _packed(columns)
    return np.argsort(words[0]) if len(words) == 1 else np.lexsort(words[::-1])


def _packed(columns: Sequence[Ints]) -> list[Ints]:
    """Integers that compare, one after the other, as the columns do."""
    words: list[Ints] = []
    used = _BITS
    for column in columns:
        least, greatest = (int(column.min()), int(column.max())) if len(column) else (0, 0)
        bits = (greatest - least).bit_length()
        if not words or used + bits > _BITS:
            words.append(column - least)
            used = bits
        else:
            words[-1] = (words[-1] << bits) | (column - least)
            used += bits
    return words
