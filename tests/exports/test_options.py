"""Options of exports are the API's filters, read as strictly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import factories
from tracker.errors import BadValue
from tracker.exports.options import figure_filter, options_text
from tracker.figures.query import FigureFilter

pytestmark = pytest.mark.django_db

WHOLE = ("week", "month", "quarter", "year")


def test_no_option_leaves_out_only_single_days() -> None:
    assert figure_filter({}) == FigureFilter(period_types=WHOLE)


def test_every_filter_of_the_api_is_an_option() -> None:
    factories.country("XX")
    factories.crisis("C1")
    options = {
        "region": ["XX02", "XX01"],
        "within": "XX",
        "level": [1, "2"],
        "measure": "idps",
        "cause": "conflict",
        "crisis": ["C1", ""],
        "period_type": ["week", "day"],
        "from": "2024-11-27",
        "to": "2024-12-31",
        "as_of": "2024-12-06T14:00+02:00",
        "updated_after": "2024-12-01",
    }
    assert figure_filter(options) == FigureFilter(
        regions=("XX01", "XX02"),
        within=("XX",),
        levels=(1, 2),
        measures=("idps",),
        causes=("conflict",),
        crises=("", "C1"),
        period_types=("day", "week"),
        start=date(2024, 11, 27),
        end=date(2024, 12, 31),
        as_of=datetime(2024, 12, 6, 12, tzinfo=UTC),
        updated_after=datetime(2024, 12, 1, tzinfo=UTC),
    )


def test_all_causes_are_their_sum() -> None:
    assert figure_filter({"cause": "all"}) == FigureFilter(all_causes=True, period_types=WHOLE)


def test_the_empty_crisis_is_everyone_and_no_crisis_is_no_filter() -> None:
    assert figure_filter({"crisis": ""}).crises == ("",)
    assert figure_filter({}).crises is None


def test_a_date_as_moment_is_its_end() -> None:
    assert figure_filter({"as_of": "2024-12-06"}).as_of == datetime(
        2024, 12, 6, 23, 59, 59, 999_999, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("regoin", "XX"),
        ("region", "XX99"),
        ("within", "XX99"),
        ("crisis", "C9"),
        ("level", "5"),
        ("level", "x"),
        ("measure", "people"),
        ("cause", ["all", "conflict"]),
        ("period_type", "fortnight"),
        ("from", "2024-11-31"),
        ("to", "20241130"),
        ("as_of", "2024-12-06T12:00"),
        ("as_of", "yesterday"),
        ("as_of", "2024-02-30"),
        ("updated_after", "12:00"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, value: Any) -> None:
    with pytest.raises(BadValue) as refused:
        figure_filter({name: value})
    assert refused.value.column == name


def test_the_future_cannot_be_exported() -> None:
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    with pytest.raises(BadValue, match="future"):
        figure_filter({"as_of": tomorrow})


def test_options_have_one_form_however_they_were_written() -> None:
    one = options_text({"level": [2, 1], "from": date(2024, 12, 1), "as_of": "2024-12-06"})
    other = options_text({"from": "2024-12-01", "level": ["1", "2", "2"]})
    assert one == other == {"from": "2024-12-01", "level": ["1", "2"]}
