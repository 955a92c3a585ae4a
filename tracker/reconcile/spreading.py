"""Spreading whole people over days or regions, exactly (METHOD, "Spreading")."""

from __future__ import annotations

from numba import njit

from tracker.reconcile.cube import Ints

# Products of two counts of people can leave 64 bits; below this they are multiplied as they are.
_SAFE = 9.0e18
_CHUNK = 15


@njit(cache=True, nogil=True)
def share(amount: int, part: int, whole: int) -> int:
    """`amount` × `part` ÷ `whole`, rounded down, exact.

    All are non-negative, `whole` positive, `part` ≤ `whole`; `amount` and `whole` are below 2**47, which is
    1,000,000,000 people a day for 380 years.
    """
    if float(amount) * float(part) < _SAFE:
        return amount * part // whole
    quotient = 0
    rest = 0
    for chunk in range(3, -1, -1):
        digits = (part >> (chunk * _CHUNK)) & ((1 << _CHUNK) - 1)
        rest = (rest << _CHUNK) + amount * digits
        quotient = (quotient << _CHUNK) + rest // whole
        rest = rest % whole
    return quotient


@njit(cache=True, nogil=True)
def spread(amount: int, weights: Ints) -> Ints:
    """Whole people for each of the weights; they sum to `amount`, or are all 0 where the weights are."""
    shares = weights.copy()
    whole = weights.sum()
    cumulated = 0
    given = 0
    for place in range(len(weights)):
        cumulated += weights[place]
        up_to_here = share(amount, cumulated, whole) if whole > 0 else 0
        shares[place] = up_to_here - given
        given = up_to_here
    return shares
