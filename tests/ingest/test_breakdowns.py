"""A breakdown is taken apart and put together again without loss."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tracker.ingest.breakdowns import AGES, SEXES, joined, people_broken_down, split

numbers = st.one_of(st.integers(-5, 1000), st.booleans(), st.none(), st.text(max_size=3))
ages = st.dictionaries(st.sampled_from([*AGES, "5-7", "adults"]), numbers, max_size=4)
breakdowns = st.dictionaries(st.sampled_from([*SEXES, "disabled"]), st.one_of(numbers, ages), max_size=4)


@given(breakdowns)
def test_what_is_taken_apart_is_put_together_again(breakdown: dict[str, Any]) -> None:
    assert joined(*split(breakdown)) == (breakdown or None)


@given(breakdowns)
def test_only_whole_people_by_sex_and_age_are_cells(breakdown: dict[str, Any]) -> None:
    cells, _ = split(breakdown)
    assert all(type(number) is int and number >= 0 for number in cells.values())
    assert set(cells) <= {(sex, age) for sex in SEXES for age in AGES}
    assert people_broken_down(breakdown) == sum(cells.values())


def test_what_is_no_breakdown_has_no_people() -> None:
    others: list[Any] = [None, [], 7, "female", {"female": 7}]
    assert [people_broken_down(other) for other in others] == [0] * 5
