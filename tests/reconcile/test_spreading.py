from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker.reconcile.spreading import share, spread

PEOPLE = st.integers(0, 10**9)


def test_eight_people_over_five_equal_days() -> None:
    assert spread(8, np.ones(5, dtype=np.int64)).tolist() == [1, 2, 1, 2, 2]


@given(st.integers(0, 2**47 - 1), st.integers(0, 2**47 - 1), st.integers(1, 2**47 - 1))
def test_a_share_is_exact_where_products_leave_64_bits(amount: int, part: int, whole: int) -> None:
    part = min(part, whole)
    assert share(amount, part, whole) == amount * part // whole


@given(PEOPLE, st.lists(PEOPLE, min_size=1, max_size=60))
def test_shares_sum_to_the_amount(amount: int, weights: list[int]) -> None:
    shares = spread(amount, np.array(weights, dtype=np.int64)).tolist()
    assert sum(shares) == (amount if any(weights) else 0)
    assert all(got >= 0 for got in shares)
    assert all(got == 0 for got, weight in zip(shares, weights, strict=True) if weight == 0)


def test_shares_do_not_drift_with_the_largest_numbers() -> None:
    weights = [10**9] * 3000
    steps = [10**9 * (n + 1) // 3000 - 10**9 * n // 3000 for n in range(3000)]
    assert spread(10**9, np.array(weights, dtype=np.int64)).tolist() == steps
