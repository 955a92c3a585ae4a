from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadValue
from tracker.reconcile.periods import (
    day_number,
    day_of,
    parse_period,
    period_bounds,
    period_numbers,
    period_of,
    periods_between,
)
from tracker.vocabulary import PeriodType

DATES = st.dates(date(1900, 1, 1), date(2200, 12, 31))
KINDS = st.sampled_from(PeriodType.values)


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2024-12-06", date(2024, 12, 6), date(2024, 12, 6)),
        ("2024-W48", date(2024, 11, 25), date(2024, 12, 1)),
        ("2025-W01", date(2024, 12, 30), date(2025, 1, 5)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-Q4", date(2024, 10, 1), date(2024, 12, 31)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_label_names_its_days(label: str, start: date, end: date) -> None:
    period = parse_period(label)
    assert (period.start, period.end, period.label) == (start, end, label)


@pytest.mark.parametrize(
    "label",
    ["", "2024-13", "2024-11-31", "2024-W54", "2023-W53", "2024-Q5", "24", "2024-1", "0000", "٢٠٢٤", "2024 "],
)
def test_a_label_of_no_period_is_refused(label: str) -> None:
    with pytest.raises(BadValue):
        parse_period(label)


@given(DATES, KINDS)
def test_a_day_lies_in_its_period_and_the_label_leads_back(day: date, kind: str) -> None:
    period = period_of(day, kind)
    assert period.start <= day <= period.end
    assert parse_period(period.label) == period
    assert period_of(period.end, kind) == period
    assert period_of(period.end + timedelta(days=1), kind) != period


@given(DATES, KINDS)
def test_numbered_periods_have_the_same_bounds(day: date, kind: str) -> None:
    numbers = period_numbers(np.array([day_number(day)]), kind)
    start, end = period_bounds(numbers, kind)
    period = period_of(day, kind)
    assert (day_of(start[0]), day_of(end[0])) == (period.start, period.end)


def test_a_period_of_no_known_type_is_refused() -> None:
    with pytest.raises(BadValue):
        period_of(date(2024, 12, 6), "decade")


def test_periods_between_two_days_overlap_them() -> None:
    weeks = periods_between("week", date(2024, 11, 27), date(2024, 12, 9))
    assert [week.label for week in weeks] == ["2024-W48", "2024-W49", "2024-W50"]


def test_periods_end_with_the_calendar() -> None:
    years = periods_between("year", date(9998, 5, 1), date.max)
    assert [year.label for year in years] == ["9998", "9999"]
