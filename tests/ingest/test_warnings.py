"""What deserves a second look while a report is entered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.french import in_french
from tracker.ingest.warnings import (
    Known,
    NamedCrisis,
    NamedRound,
    Statement,
    entry_warnings,
    known_beside,
    warnings_of,
)
from tracker.models import Region, Report
from tracker.sentences import as_json, from_json, in_language
from tracker.vocabulary import Measure, Role, Status, Unit

DAY = date(2024, 12, 1)
TODAY = date(2024, 12, 20)
NOTHING = Known(today=TODAY)


def entered(**fields: Any) -> Report:
    """A report that nothing is strange about, but for `fields`; it is not stored."""
    values = {
        "source": "un", "ref": "r9", "region": "XX01", "country": "XX", "measure": Measure.DEPARTURES,
        "cause": "conflict", "crisis": "", "start": DAY, "end": DAY, "published": DAY, "value": 100,
        "low": 100, "high": 100, "stated_value": 100, "unit": Unit.PEOPLE, "role": Role.COUNTED,
    }  # fmt: skip
    return Report(**values | fields)


def said(value: int = 100, **fields: Any) -> Statement:
    return replace(Statement("ngo", "n1", DAY, DAY, value), **fields)


def codes(report: Report, known: Known = NOTHING, **more: Any) -> list[str]:
    return [warning.code for warning in entry_warnings(report, replace(known, **more))]


def test_a_report_like_those_before_it_gives_no_warning() -> None:
    known = replace(NOTHING, last=said(90), crisis=NamedCrisis(DAY, None, ("XX",)))
    assert entry_warnings(entered(crisis="c"), known) == []


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [(100, 1000, True), (100, 999, False), (1000, 100, True), (999, 100, False), (0, 10, True), (0, 9, False),
     (500, 0, True), (0, 0, False), (1, 10, False)],
)  # fmt: skip
def test_ten_times_the_last_value_or_a_tenth_of_it_is_a_warning(
    was: int, becomes: int, expected: bool
) -> None:
    assert ("many_times_the_last" in codes(entered(value=becomes), last=said(was))) is expected


def test_flows_are_compared_by_the_day() -> None:
    month = entered(value=3000, end=DAY + timedelta(29))
    assert codes(month, last=said(100), today=date(2025, 2, 1)) == []
    assert codes(entered(value=3000), last=said(100)) == ["many_times_the_last"]


def test_people_present_are_compared_whatever_the_days() -> None:
    assert codes(entered(measure=Measure.IDPS, value=1000), last=said(100)) == ["many_times_the_last"]


def test_only_what_is_expected_ends_in_the_future() -> None:
    ahead = {"end": TODAY + timedelta(1), "published": TODAY + timedelta(1)}
    assert codes(entered(**ahead)) == ["ends_in_the_future"]
    assert codes(entered(end=TODAY, published=TODAY)) == []
    assert codes(entered(end=TODAY, published=TODAY + timedelta(1))) == ["published_in_the_future"]
    assert codes(entered(**ahead, role=Role.FORECAST)) == ["published_in_the_future"]


def test_another_sources_number_is_a_warning_and_nobody_is_not() -> None:
    assert codes(entered(), same_number=said()) == ["same_number"]
    assert codes(entered(value=0), same_number=said(0)) == []


def test_a_retired_region_is_a_warning_on_the_region() -> None:
    (warning,) = entry_warnings(entered(), replace(NOTHING, region_retired=True))
    assert (warning.code, warning.field) == ("region_retired", "region")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2024, 11, 1), date(2024, 12, 31), []),
        (date(2024, 12, 2), None, ["outside_crisis"]),
        (date(2024, 11, 1), date(2024, 11, 30), ["outside_crisis"]),
        (date(2024, 12, 1), None, []),
    ],
)
def test_days_outside_those_of_the_crisis_are_a_warning(
    start: date, end: date | None, expected: list[str]
) -> None:
    assert codes(entered(crisis="c"), crisis=NamedCrisis(start, end, ())) == expected


def test_a_crisis_of_other_countries_is_a_warning() -> None:
    assert codes(entered(crisis="c"), crisis=NamedCrisis(DAY, None, ("YY",))) == ["crisis_elsewhere"]


def test_a_round_of_another_day_or_not_named_is_a_warning() -> None:
    stock = entered(measure=Measure.IDPS)
    near, same = NamedRound("R1", DAY - timedelta(3)), NamedRound("R2", DAY)
    assert codes(stock, rounds=(near,)) == ["round_date"]
    assert codes(stock, rounds=(near, same)) == ["round_not_named"]
    assert codes(entered(measure=Measure.IDPS, round="R2"), rounds=(same,)) == []


@pytest.mark.parametrize(("size", "strange"), [("1.9", True), ("2", False), ("12", False), ("12.1", True)])
def test_a_household_of_a_rare_size_is_a_warning(size: str, strange: bool) -> None:
    households = entered(unit=Unit.HOUSEHOLDS, household_size=Decimal(size))
    assert codes(households) == (["unusual_household_size"] if strange else [])


def test_a_breakdown_of_more_people_than_there_are_is_a_warning() -> None:
    assert codes(entered(breakdown={"female": {"0-4": 60}, "male": {"0-4": 41}})) == [
        "breakdown_exceeds_value"
    ]
    assert codes(entered(breakdown={"female": {"0-4": 60}, "male": {"0-4": 40}, "disabled": 900})) == []


def test_a_warning_says_what_it_compares_with() -> None:
    (warning,) = entry_warnings(entered(value=12_000), replace(NOTHING, last=said(1_000)))
    assert warning.text == "12 times the last value, 1,000 people: n1 of ngo, 2024-12-01."


def test_a_warning_is_told_again_in_the_language_of_who_reads_it() -> None:
    (warning,) = entry_warnings(entered(end=date(2025, 1, 2)), NOTHING)
    kept = from_json(as_json(warning.text))
    french = {
        "It ends in the future, on %(end)s; what is expected has the role “forecast”.":
            "Sa fin est à venir, le %(end)s.",
    }  # fmt: skip
    with in_french(french):
        assert in_language(kept) == "Sa fin est à venir, le 2 janvier 2025."


@pytest.mark.django_db
class TestWhatIsKnownBeside:
    @pytest.fixture
    def place(self) -> Region:
        factories.country("XX", parts=2)
        return Region.objects.get(pcode="XX01")

    def known(self, report: Report) -> Known:
        return known_beside(report, Report.objects.all(), today=TODAY)

    def test_the_last_value_is_the_sources_own_where_it_has_one(self, place: Region) -> None:
        un, ngo = factories.source("un"), factories.source("ngo")
        flow: dict[str, Any] = {"measure": Measure.DEPARTURES}
        factories.report(place, ngo, 7, ref="n1", start=date(2024, 11, 30), **flow)
        assert (self.known(entered()).last or said()).ref == "n1"
        factories.report(place, un, 5, ref="u1", start=date(2024, 11, 1), **flow)
        factories.report(place, un, 6, ref="u2", start=date(2024, 11, 2), **flow)
        factories.report(place, un, 8, ref="u3", start=date(2024, 12, 2), **flow)
        factories.report(place, un, 9, ref="r9", start=DAY, **flow)
        last = self.known(entered()).last
        assert last is not None and (last.ref, last.value) == ("u2", 6)

    def test_other_places_series_and_retracted_reports_are_not_the_last_value(self, place: Region) -> None:
        un = factories.source("un")
        flow: dict[str, Any] = {"measure": Measure.DEPARTURES}
        factories.report(Region.objects.get(pcode="XX02"), un, **flow)
        factories.report(place, un, measure=Measure.ARRIVALS)
        factories.report(place, un, cause="disaster", **flow)
        factories.report(place, un, crisis="c", **flow)
        factories.report(place, un, role=Role.FORECAST, **flow)
        factories.report(place, un, status=Status.RETRACTED, **flow)
        assert self.known(entered()).last is None

    def test_the_same_number_is_looked_for_near_in_time_and_at_other_sources(self, place: Region) -> None:
        un, ngo = factories.source("un"), factories.source("ngo")
        flow: dict[str, Any] = {"measure": Measure.DEPARTURES}
        factories.report(place, un, 100, start=DAY - timedelta(1), **flow)
        factories.report(place, ngo, 100, start=DAY - timedelta(31), **flow)
        factories.report(place, ngo, 99, **flow)
        assert self.known(entered()).same_number is None
        factories.report(place, ngo, 100, ref="near", start=DAY - timedelta(30), **flow)
        found = self.known(entered()).same_number
        assert found is not None and found.ref == "near"

    def test_the_same_statement_under_another_reference_is_found(self, place: Region) -> None:
        factories.report(place, factories.source("un"), 90, ref="r1", measure=Measure.DEPARTURES)
        assert [one.code for one in warnings_of(entered(), Report.objects.all())] == ["said_before"]

    def test_only_what_the_person_may_see_is_looked_at(self, place: Region) -> None:
        factories.report(place, factories.source("un"), 90, ref="r1", measure=Measure.DEPARTURES)
        assert warnings_of(entered(), Report.objects.none()) == []

    def test_rounds_over_the_place_and_above_are_known_near_the_date(self, place: Region) -> None:
        un = factories.source("un")
        country = Region.objects.get(pcode="XX")
        factories.assessment_round(un, country, "R1", date=DAY - timedelta(30))
        factories.assessment_round(un, country, "R0", date=DAY - timedelta(31))
        factories.assessment_round(un, Region.objects.get(pcode="XX02"), "R2", date=DAY)
        assert self.known(entered(measure=Measure.IDPS)).rounds == (NamedRound("R1", DAY - timedelta(30)),)
        assert self.known(entered()).rounds == ()

    def test_the_crisis_and_a_retired_region_are_known(self, place: Region) -> None:
        factories.crisis("c", start=DAY, countries="XX YY")
        Region.objects.filter(pcode="XX01").update(retired=True)
        known = self.known(entered(crisis="c"))
        assert known.crisis == NamedCrisis(DAY, None, ("XX", "YY"))
        assert known.region_retired
