from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.http import QueryDict

from tracker.api.errors import InvalidParameters
from tracker.api.filters import AS_OF, FROM, LEVEL, LIMIT, MEASURE, TO
from tracker.api.parameters import (
    Unreadable,
    clean_text,
    read_as_of,
    read_date,
    read_moment,
    read_query,
    read_since,
    whole_number,
)

NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2024-12-06T12:00Z",
        "2024-12-06t12:00:00z",
        "2024-12-06 12:00:00.000Z",
        "2024-12-06T14:00+02:00",
        "2024-12-06T14:00 02:00",
        "2024-12-06T14:00+0200",
        "2024-12-06T09:00-03:00",
    ],
)
def test_a_moment_can_be_written_with_any_offset_and_a_space_for_its_plus(text: str) -> None:
    assert read_moment(text) == NOON


@pytest.mark.parametrize("text", ["2024-12-06T12:00", "2024-12-06 12:00:00"])
def test_a_moment_without_its_zone_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="no time zone"):
        read_moment(text)


@pytest.mark.parametrize(
    "text",
    [
        "2024-12-06",
        "noon",
        "2024-12-06T25:00Z",
        "2024-12-06T12:00+25:00",
        "2024-02-30T12:00Z",
        "٢٠٢٤-١٢-٠٦T12:00Z",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_moment(text)


def test_a_date_as_of_means_the_end_of_that_day() -> None:
    assert read_as_of("2024-12-06") == datetime(2024, 12, 6, 23, 59, 59, 999_999, tzinfo=UTC)


def test_the_date_of_today_as_of_means_now_and_later_ones_are_refused() -> None:
    with time_machine.travel(NOON, tick=False):
        assert read_as_of("2024-12-06") == NOON
        assert read_as_of("2024-12-06T12:00Z") == NOON
        for later in ("2024-12-07", "2024-12-06T12:01Z", "2024-12-06T12:00-01:00"):
            with pytest.raises(Unreadable, match="in the future"):
                read_as_of(later)


def test_a_date_of_update_means_its_start() -> None:
    assert read_since("2024-12-06") == datetime(2024, 12, 6, tzinfo=UTC)
    assert read_since("2024-12-06T12:00Z") == NOON


def test_dates_have_one_form_and_a_range() -> None:
    assert read_date("2024-02-29") == date(2024, 2, 29)
    for text in (
        "2024-11-31",
        "20241206",
        "2024-W48-1",
        "06/12/2024",
        "1899-12-31",
        "2200-01-01",
        " 2024-12-06",
    ):
        with pytest.raises(Unreadable):
            read_date(text)


@pytest.mark.parametrize("text", ["0", "11", "-1", "1.0", "1e1", "²", "٣", "", " 1", "9" * 5000])
def test_what_is_no_whole_number_of_the_range_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        whole_number(1, 10)(text)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\nb", "\x7f", "\ufffd", "", "x" * 5000])
def test_text_that_no_database_takes_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        clean_text(text)


def read(query: str) -> dict[str, object]:
    values = read_query(QueryDict(query), [MEASURE, LEVEL, FROM, TO, LIMIT, AS_OF], staff=False)
    return {name: values[name] for name in ("measure", "level", "from", "to", "limit", "as_of")}


def test_what_is_left_out_is_empty_or_has_its_usual_value() -> None:
    assert read("") == {"measure": (), "level": (), "from": None, "to": None, "limit": 100, "as_of": None}


def test_a_repeated_parameter_gives_each_value_once() -> None:
    assert read("level=1&level=0&level=1")["level"] == (1, 0)


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidParameters) as refusal:
        read("colour=red&measure=people&level=x&from=2024-13-01&limit=1&limit=2")
    assert [fault.parameter for fault in refusal.value.faults] == [
        "colour",
        "measure",
        "level",
        "from",
        "limit",
    ]


def test_an_end_before_its_start_is_refused() -> None:
    with pytest.raises(InvalidParameters, match="before `from`"):
        read("from=2024-12-02&to=2024-12-01")
    assert read("from=2024-12-01&to=2024-12-01")["to"] == date(2024, 12, 1)
