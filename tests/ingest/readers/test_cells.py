from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tracker.ingest.readers import cells


@pytest.mark.parametrize(
    ("parse", "cell", "value"),
    [
        (cells.number, "0", 0),
        (cells.number, "007", 7),
        (cells.number, "1000000000", 1_000_000_000),
        (cells.number_between(1, 5), "5", 5),
        (cells.day, "2024-02-29", date(2024, 2, 29)),
        (cells.household_size, "5.25", Decimal("5.25")),
        (cells.degrees(90), "-36.206013", -36.206013),
        (cells.degrees(180), "180", 180.0),
        (cells.yes_or_no, "0", False),
        (cells.code(10), "SY-2024.1", "SY-2024.1"),
        (cells.codes(20), "LB SY  LB", "LB SY"),
        (cells.text(20), "دمشق", "دمشق"),
        (cells.text(20), "'=1+1", "=1+1"),
        (cells.text(20), "one\r\ntwo", "one\ntwo"),
        (cells.web_address(50), "https://reliefweb.int/a?b=(c)", "https://reliefweb.int/a?b=(c)"),
    ],
)
def test_a_cell_means_what_it_says(parse: Callable[[str], Any], cell: str, value: Any):
    assert parse(cell) == value


@pytest.mark.parametrize(
    ("parse", "cell", "reason"),
    [
        (cells.number, "-5", "negative"),
        (cells.number, "+5", "plain digits"),
        (cells.number, "1e3", "plain digits"),
        (cells.number, "1,000", "plain digits"),
        (cells.number, "1 000", "plain digits"),
        (cells.number, "12.0", "plain digits"),
        (cells.number, "1_000", "plain digits"),
        (cells.number, "１２", "plain digits"),
        (cells.number, "٣", "plain digits"),
        (cells.number, "=5", "plain digits"),
        (cells.number, "1000000001", "above 1,000,000,000"),
        (cells.number, "9" * 5000, "above 1,000,000,000"),
        (cells.number_between(1, 5), "6", "from 1 to 5"),
        (cells.number_between(1, 5), "9" * 5000, "from 1 to 5"),
        (cells.day, "2024-11-31", "no day of the calendar: November 2024 has days 1 to 30"),
        (cells.day, "2023-02-29", "no day of the calendar"),
        (cells.day, "2024-13-01", "no month 13"),
        (cells.day, "2024-12-00", "no day of the calendar"),
        (cells.day, "31/12/2024", "YYYY-MM-DD"),
        (cells.day, "20241231", "YYYY-MM-DD"),
        (cells.day, "2024-W48-1", "YYYY-MM-DD"),
        (cells.day, "2024-12-01T00:00", "YYYY-MM-DD"),
        (cells.day, "1899-12-31", "year from 1900 to 2100"),
        (cells.day, "9999-12-31", "year from 1900 to 2100"),
        (cells.household_size, "0", "above 0"),
        (cells.household_size, "0.000", "above 0"),
        (cells.household_size, "5.1234", "three decimals"),
        (cells.household_size, "NaN", "above 0"),
        (cells.household_size, "1e2", "above 0"),
        (cells.degrees(90), "90.1", "from -90 to 90"),
        (cells.degrees(180), "nan", "from -180 to 180"),
        (cells.degrees(180), "36,2", "from -180 to 180"),
        (cells.degrees(180), "inf", "from -180 to 180"),
        (cells.yes_or_no, "yes", "1 (yes) or 0 (no)"),
        (cells.code(10), "SY 01", "no spaces"),
        (cells.code(10), "SY,01", "no spaces, commas"),
        (cells.code(10), "SY|01", "vertical bars"),
        (cells.code(3), "SY01", "4 characters; at most 3"),
        (cells.codes(20), "SY,LB", "spaces between"),
        (cells.text(3), "abcd", "4 characters; at most 3"),
        (cells.line_of_text(10), "a\nb", "one line"),
        (cells.one_of(("people", "households")), "families", "people or households"),
        (cells.one_of(("people", "households")), "People", "people or households"),
        (cells.web_address(50), "javascript:alert(1)", "http://"),
        (cells.web_address(50), "https://a b", "http://"),
        (cells.web_address(50), 'https://a/"><script>', "http://"),
        (cells.web_address(20), "https://reliefweb.int/long", "at most 20"),
    ],
)
def test_a_cell_that_means_nothing_says_what_was_expected(
    parse: Callable[[str], Any], cell: str, reason: str
):
    with pytest.raises(ValueError) as refused:
        parse(cell)
    assert reason in str(refused.value)
