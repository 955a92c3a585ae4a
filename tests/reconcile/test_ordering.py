from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.reconcile.ordering import order_by

# Three of the widest do not fit into one integer.
WIDTHS = st.sampled_from((1, 2, 100, 2**31))


@given(st.integers(0, 40), st.lists(WIDTHS, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_rows_come_in_order_of_the_first_column_then_the_second(
    size: int, widths: list[int], random: Random
) -> None:
    columns = [
        np.array([random.randrange(-width, width) for _ in range(size)], dtype=np.int64) for width in widths
    ]
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert [rows[place] for place in order_by(*columns)] == sorted(rows)


@pytest.mark.parametrize("column", [[3, 1, 2], [2**62, 0, -1]])
def test_a_column_alone_is_sorted_as_it_is(column: list[int]) -> None:
    assert order_by(np.array(column, dtype=np.int64)).tolist() == np.argsort(column).tolist()
