"""Numbers as each language writes them: shown, and read where they are typed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.forms import ValidationError
from django.utils.formats import date_format
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from tracker.admin.numbers import (
    DecimalNumberField,
    WholeNumberField,
    decimal_number,
    in_groups,
    whole_number,
)

LANGUAGES = ["en", "fr", "ar"]
NARROW = "\u202f"


@pytest.mark.parametrize(
    ("language", "number", "shown"),
    [
        ("en", 1234567, "1,234,567"),
        ("fr", 1234567, f"1{NARROW}234{NARROW}567"),
        ("ar", 1234567, "1,234,567"),
        ("en", Decimal("1234567.5"), "1,234,567.5"),
        ("fr", Decimal("1234567.5"), f"1{NARROW}234{NARROW}567,5"),
        ("ar", Decimal("1234567.5"), "1,234,567.5"),
        ("fr", -1000, f"-1{NARROW}000"),
    ],
)
def test_numbers_are_grouped_as_the_language_writes_them(language, number, shown):
    with override(language):
        assert in_groups(number) == shown


@pytest.mark.parametrize(
    ("language", "shown", "with_time"),
    [
        ("en", "2024-12-08", "2024-12-08 14:05:03 UTC"),
        ("fr", "8 décembre 2024", "8 décembre 2024 à 14:05:03 UTC"),
        ("ar", "8 ديسمبر 2024", "8 ديسمبر 2024، 14:05:03 UTC"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language, shown, with_time):
    with override(language):
        assert date_format(date(2024, 12, 8)) == shown
        assert date_format(datetime(2024, 12, 8, 14, 5, 3, tzinfo=UTC), "DATETIME_FORMAT") == with_time


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1200", 1200),
        ("1 200", 1200),
        ("1\u00a0200", 1200),
        ("12\u202f345\u202f678", 12345678),
        ("٠", 0),
        ("١٢٠٠", 1200),
        ("١٬٢٠٠", 1200),
        ("۱۲۰۰", 1200),
        (" 1200\n", 1200),
        ("\u200f١٢٠٠\u200e", 1200),
        ("007", 7),
        ("-5", -5),
        ("\u22125", -5),
    ],
)
def test_whole_numbers_are_read_in_any_digits(language, typed, number):
    with override(language):
        assert whole_number(typed) == number


@pytest.mark.parametrize(("language", "number"), [("en", 1234), ("ar", 1234), ("fr", None)])
def test_a_comma_groups_thousands_only_where_the_language_does_so(language, number):
    with override(language):
        if number is None:
            with pytest.raises(ValueError, match="1,234"):
                whole_number("1,234")
        else:
            assert whole_number("1,234") == number


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "-", ",", "1.234", "1.0", "12.000", "1,23", "1,2345", "12,34", ",123", "123,", "1,234 567",
        "1 23", "1  234", "1234 567", "1234,567", "1'234", "1_000", "1e3", "0x10", "many", "1200 people",
        "٫٥", "١٫٢", "²", "Ⅻ", "๑๒", "+5", "--5", "5-", "1،234", "nan", "inf", "1\x002",
    ],
)  # fmt: skip
def test_what_could_be_another_number_or_none_is_refused(language, typed):
    with override(language), pytest.raises(ValueError):
        whole_number(typed)


@given(st.sampled_from(LANGUAGES), st.integers(-(10**15), 10**15))
def test_whatever_is_shown_is_read_as_the_same_number(language, number):
    with override(language):
        assert whole_number(in_groups(number)) == number


@pytest.mark.parametrize(
    ("language", "typed", "number"),
    [
        ("en", "5.25", "5.25"),
        ("ar", "5.25", "5.25"),
        ("ar", "٥٫٢٥", "5.25"),
        ("en", "٥٫٢٥", "5.25"),
        ("fr", "5,25", "5.25"),
        ("fr", "1 234,5", "1234.5"),
        ("en", "1,234.5", "1234.5"),
        ("fr", "5", "5"),
        ("fr", "5,200", "5.200"),
        ("en", "5,200", "5200"),
        ("fr", "5.25", None),
        ("en", "5,25", None),
        ("ar", "5,2", None),
        ("en", "5.", None),
        ("en", ".5", None),
        ("en", "5.2.5", None),
        ("fr", "5,2 5", None),
    ],
)
def test_a_decimal_part_is_told_by_the_separator_of_the_language(language, typed, number):
    with override(language):
        if number is None:
            with pytest.raises(ValueError):
                decimal_number(typed)
        else:
            assert decimal_number(typed) == Decimal(number)


def test_a_field_tells_what_it_expects_and_still_holds_its_bounds():
    field = WholeNumberField(min_value=0, max_value=10)
    assert field.clean("٧") == 7
    assert field.clean(7) == 7
    for wrong in ("1.0", "-1", "11", "٩٩"):
        with pytest.raises(ValidationError):
            field.clean(wrong)
    with pytest.raises(ValidationError):
        DecimalNumberField(max_digits=6, decimal_places=3).clean("5,200")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decimal_that_an_input_shows_is_read_again_as_it_was(language):
    field = DecimalNumberField(max_digits=6, decimal_places=3, localize=True)
    with override(language):
        widget: Any = field.widget
        shown = widget.format_value(Decimal("5.200"))
        assert field.clean(shown) == Decimal("5.2")
        assert not field.has_changed(Decimal("5.200"), shown)
