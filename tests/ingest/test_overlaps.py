"""Which reports overlap with one that is being entered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests import factories
from tests.ingest.test_warnings import entered
from tracker.ingest.overlaps import Overlaps, overlaps
from tracker.models import Region, Report, Source
from tracker.vocabulary import Measure, Status

pytestmark = pytest.mark.django_db

DAY = date(2024, 12, 1)


@pytest.fixture
def un() -> Source:
    """A source, and a country of two regions; XX01 has a part XX0101, and that XX010101."""
    factories.country("XX", parts=2)
    deeper = factories.region("XX0101", Region.objects.get(pcode="XX01"))
    factories.region("XX010101", deeper)
    factories.country("YY", parts=0)
    return factories.source("un")


def stored(pcode: str, source: Source, *, ref: str, **fields: Any) -> Report:
    region = Region.objects.get(pcode=pcode)
    return factories.report(region, source, ref=ref, **{"measure": Measure.DEPARTURES} | fields)


def found(report: Report) -> list[tuple[str, str]]:
    return [(one.report.ref, one.relation) for one in overlaps(report, Report.objects.all()).shown]


def test_reports_of_the_place_then_above_then_below_are_found(un: Source) -> None:
    for ref, pcode in [("deep", "XX010101"), ("below", "XX0101"), ("above", "XX"), ("same", "XX01")]:
        stored(pcode, un, ref=ref)
    stored("XX02", un, ref="beside")
    stored("YY", un, ref="elsewhere")
    shown = found(entered(region="XX01"))
    assert shown[:2] == [("same", "same"), ("above", "above")]
    assert sorted(shown[2:]) == [("below", "below"), ("deep", "below")]


def test_in_a_country_everything_lies_below(un: Source) -> None:
    stored("XX010101", un, ref="deep")
    stored("YY", un, ref="elsewhere")
    assert found(entered(region="XX")) == [("deep", "below")]


def test_flows_overlap_where_they_share_a_day(un: Source) -> None:
    stored("XX01", un, ref="before", start=DAY - timedelta(9), end=DAY - timedelta(1))
    stored("XX01", un, ref="touches", start=DAY - timedelta(9), end=DAY)
    stored("XX01", un, ref="after", start=DAY + timedelta(1), end=DAY + timedelta(3))
    assert found(entered()) == [("touches", "same")]


def test_people_present_overlap_while_both_counts_are_fresh(un: Source, settings: Any) -> None:
    settings.FRESHNESS_DAYS = 10
    for ref, days in [("old", 11), ("fresh", 10), ("next", -10), ("later", -11)]:
        stored("XX01", un, ref=ref, measure=Measure.IDPS, start=DAY - timedelta(days))
    assert found(entered(measure=Measure.IDPS)) == [("next", "same"), ("fresh", "same")]


def test_proposals_are_found_and_what_no_longer_stands_is_not(un: Source) -> None:
    for status in (Status.DRAFT, Status.SUBMITTED, Status.RETRACTED):
        stored("XX01", un, ref=status.value, status=status)
    old = stored("XX01", un, ref="old")
    Report.objects.filter(pk=old.pk).update(superseded_at=factories.RECORDED)
    assert sorted(found(entered())) == [("draft", "same"), ("submitted", "same")]


def test_another_series_and_the_report_itself_do_not_overlap(un: Source) -> None:
    stored("XX01", un, ref="arrivals", measure=Measure.ARRIVALS)
    stored("XX01", un, ref="disaster", cause="disaster")
    stored("XX01", un, ref="crisis", crisis="c")
    stored("XX01", un, ref="r9")
    assert found(entered(ref="r9")) == []


def test_only_reports_that_the_person_may_see_are_found(un: Source) -> None:
    stored("XX01", un, ref="a")
    assert overlaps(entered(), Report.objects.none()) == Overlaps([], are_more=False)


def test_a_long_list_says_that_there_are_more(un: Source) -> None:
    for number in range(3):
        stored("XX01", un, ref=f"n{number}")
    assert overlaps(entered(), Report.objects.all(), most=3).are_more is False
    cut = overlaps(entered(), Report.objects.all(), most=2)
    assert (len(cut.shown), cut.are_more) == (2, True)
