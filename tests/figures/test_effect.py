"""What a report would do to the figures around it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests import factories
from tests.ingest.test_warnings import entered
from tracker.figures.build import build
from tracker.figures.cubes import CubeKey
from tracker.figures.effect import effect_of
from tracker.models import Figure, Region, Report, Source
from tracker.vocabulary import Measure

pytestmark = pytest.mark.django_db

FLOW = {"measure": Measure.DEPARTURES}


@pytest.fixture
def un() -> Source:
    factories.country("XX", parts=2)
    return factories.source("un")


def stored(pcode: str, source: Source, value: int, **fields: object) -> Report:
    return factories.report(Region.objects.get(pcode=pcode), source, value, **{**FLOW, **fields})  # type: ignore[arg-type]


def told(report: Report, **more: Report) -> list[tuple[str, str, int | None, int | None]]:
    return [
        (one.region, one.period, one.old.value if one.old else None, one.new.value if one.new else None)
        for one in effect_of(report, **more)
    ]


def test_the_first_report_of_a_place_makes_a_figure_there_and_above(un: Source) -> None:
    assert told(entered(value=100)) == [("XX01", "2024-12", None, 100), ("XX", "2024-12", None, 100)]


def test_a_flow_changes_each_month_that_it_touches(un: Source) -> None:
    report = entered(value=40, start=date(2024, 11, 29), end=date(2024, 12, 2), region="XX")
    assert told(report) == [("XX", "2024-11", None, 20), ("XX", "2024-12", None, 20)]


def test_of_people_present_the_month_of_the_date_is_told(un: Source) -> None:
    report = entered(value=40, measure=Measure.IDPS)
    assert told(report) == [("XX01", "2024-12", None, 40), ("XX", "2024-12", None, 40)]


def test_figures_that_stay_are_told_as_they_are(un: Source) -> None:
    stored("XX", un, 500, ref="whole")
    build(CubeKey("XX", "departures", "conflict"), recorded_at=datetime(2024, 12, 20, tzinfo=UTC))
    assert told(entered(value=100)) == [("XX01", "2024-12", None, 100), ("XX", "2024-12", 500, 500)]


def test_a_correction_takes_the_place_of_what_stands(un: Source) -> None:
    standing = stored("XX01", un, 70, ref="r9")
    assert told(entered(value=100), replaces=standing) == [
        ("XX01", "2024-12", 70, 100),
        ("XX", "2024-12", 70, 100),
    ]


def test_nothing_is_written(un: Source) -> None:
    effect_of(entered(value=100))
    assert not Figure.objects.exists()
    assert not Report.objects.exists()
