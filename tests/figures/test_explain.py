from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests import factories
from tracker.figures.cubes import load
from tracker.figures.explain import explain
from tracker.models import Region
from tracker.models.versions import supersede
from tracker.reconcile.periods import parse_period
from tracker.vocabulary import Status

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 1, 31, tzinfo=UTC)


@pytest.fixture
def xx() -> Region:
    return factories.country("XX", parts=2)


def explained(measure: str, period: str, **fields: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "region": "XX",
        "country": "XX",
        "measure": measure,
        "cause": "conflict",
        "crisis": "",
        "period": parse_period(period),
        "as_of": NOW,
    }
    return explain(**asked | fields)


def lines(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(line["source"], line["ref"], line["people"], line["outcome"]) for line in found["reports"]]


def test_a_flow_splits_into_its_parts_and_its_reports(xx: Region) -> None:
    un, ngo = factories.source("un"), factories.source("ngo", tier=2)
    period = {"start": date(2024, 12, 2), "end": date(2024, 12, 8)}
    factories.report(xx, un, 700, ref="whole", measure="departures", **period)
    factories.report(xx, ngo, 650, ref="other", measure="departures", **period)
    factories.report(xx, ngo, 1500, ref="fear", measure="departures", role="forecast", **period)
    factories.report(
        xx, un, 70, ref="before", measure="departures", start=date(2024, 11, 1), end=date(2024, 11, 2)
    )
    factories.report(Region.objects.get(pcode="XX02"), ngo, 300, ref="part", measure="departures", **period)
    found = explained("departures", "2024-12")
    assert (found["value"], found["unlocated"]) == (700, 400)
    assert lines(found) == [
        ("un", "whole", 400, "used"),
        ("ngo", "fear", 0, "forecast"),
        ("ngo", "other", 0, "explained"),
    ]
    assert [(part["region"], part["value"], lines(part)) for part in found["sub_regions"]] == [
        ("XX02", 300, [("ngo", "part", 300, "used")])
    ]
    flat = explained("departures", "2024-12", depth=0)
    assert "reports" not in flat["sub_regions"][0]


def test_a_correction_shrinks_and_is_named(xx: Region) -> None:
    un = factories.source("un")
    factories.report(
        xx, un, 90, ref="three days", measure="arrivals", start=date(2024, 12, 2), end=date(2024, 12, 4)
    )
    factories.report(
        xx, un, 60, ref="the week", measure="arrivals", start=date(2024, 12, 2), end=date(2024, 12, 8)
    )
    found = explained("arrivals", "2024-W49")
    assert found["value"] == 60
    assert lines(found) == [("un", "three days", 60, "used"), ("un", "the week", 0, "explained")]
    assert found["reports"][0]["shrunk_by"] == [{"source": "un", "ref": "the week", "round": ""}]


def test_each_stock_statement_is_told_why_it_is_silent(xx: Region) -> None:
    un, ngo, old, slow = (
        factories.source(code, tier=tier) for code, tier in (("un", 1), ("ngo", 2), ("old", 1), ("slow", 1))
    )
    factories.report(xx, un, 500, ref="u1", start=date(2024, 12, 1))
    factories.report(xx, un, 400, ref="u2", start=date(2024, 12, 20))
    factories.report(xx, ngo, 450, ref="n1", start=date(2024, 12, 21))
    factories.report(xx, slow, 600, ref="s1", start=date(2024, 11, 1))
    factories.report(xx, old, 900, ref="o1", start=date(2024, 5, 1))
    factories.report(xx, ngo, 40, ref="c1", start=date(2024, 12, 21), role="context")
    assert lines(explained("idps", "2024-12")) == [
        ("un", "u2", 400, "used"),
        ("ngo", "c1", 0, "context"),
        ("ngo", "n1", 0, "less_trusted"),
        ("old", "o1", 0, "lapsed"),
        ("slow", "s1", 0, "stale"),
        ("un", "u1", 0, "superseded"),
    ]


def test_a_round_that_does_not_list_a_region_is_named(xx: Region) -> None:
    un, part = factories.source("un"), Region.objects.get(pcode="XX02")
    factories.report(part, un, 50, ref="old", start=date(2024, 11, 20))
    survey = factories.assessment_round(un, xx, "R1")
    factories.report(Region.objects.get(pcode="XX01"), un, 80, ref="row", round=survey.code)
    found = explained("idps", "2024-12", region="XX02")
    assert found["value"] == 0
    assert [(line["kind"], line["round"], line["ref"], line["outcome"]) for line in found["reports"]] == [
        ("round_zero", "R1", None, "used"),
        ("report", "", "old", "superseded"),
    ]
    whole = explained("idps", "2024-12")
    assert [(line["kind"], line["people"], line["outcome"]) for line in whole["reports"]] == [
        ("round_sum", 0, "explained")
    ]


def test_without_reports_there_is_no_figure(xx: Region) -> None:
    found = explained("exits", "2024")
    assert (found["value"], found["unlocated"], found["reports"], found["sub_regions"]) == (
        None,
        None,
        [],
        [],
    )


def test_a_report_changed_while_it_is_explained_is_told_as_it_was(
    xx: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = factories.report(
        xx,
        factories.source("un"),
        700,
        ref="a",
        measure="exits",
        start=date(2024, 12, 2),
        end=date(2024, 12, 8),
    )

    def load_and_retract(*args: Any, **options: Any) -> Any:
        loaded = load(*args, **options)
        moment = NOW - timedelta(seconds=1)
        supersede(report, report.successor(recorded_at=moment, status=Status.RETRACTED))
        return loaded

    monkeypatch.setattr("tracker.figures.explain.load", load_and_retract)
    assert lines(explained("exits", "2024-12")) == [("un", "a", 700, "used")]
