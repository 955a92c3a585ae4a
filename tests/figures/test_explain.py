from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from tests import factories
from tests.figures.changing_world import World
from tests.reconcile.cases import random_case
from tracker.figures.build import build
from tracker.figures.cubes import cube_keys, load
from tracker.figures.explain import explain
from tracker.figures.query import FigureFilter, figure_rows
from tracker.models import Region, Round, Source
from tracker.models.versions import supersede
from tracker.reconcile.periods import parse_period
from tracker.vocabulary import Status

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 1, 31, tzinfo=UTC)
LATER = datetime(2026, 3, 1, tzinfo=UTC)


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


def people_used(part: dict[str, Any]) -> int:
    """To the last level; on the way, what each region must keep is held against it."""
    own = sum(line["people"] for line in part["reports"])
    assert own == part["unlocated"], part["region"]
    below = sum(people_used(below) for below in part["sub_regions"])
    assert own + below == part["value"], part["region"]
    return own + below


@pytest.mark.parametrize("seed", range(40))
def test_the_people_used_add_up_to_the_figure_to_the_last_level(seed: int, settings: Any) -> None:
    random = Random(seed)
    case = random_case(random, max_regions=12, max_reports=20)
    settings.MAX_AGE_DAYS = case["settings"]["max_age_days"]
    settings.FRESHNESS_DAYS = case["settings"]["freshness_days"]
    # In every other case the boundaries have changed, and some regions are no more.
    below = [region["pcode"] for region in case["regions"] if region["parent"]]
    retired = set(random.sample(below, len(below) // 3)) if seed % 2 else set()
    store(case, retired)
    for key in cube_keys():
        build(key, recorded_at=LATER)
        wanted = FigureFilter(as_of=LATER, measures=(key.measure,), causes=(key.cause,), crises=(key.crisis,))
        built = list(figure_rows(wanted))
        assert not retired & {row["region"] for row in built}
        for row in random.sample(built, min(24, len(built))):
            found = explain(
                region=row["region"], period=parse_period(row["period"]), depth=4, as_of=LATER, **key.fields
            )
            assert people_used(found) == found["value"] == row["value"]
            assert (found["low"], found["high"]) == (row["low"], row["high"])


def store(case: dict[str, Any], retired: Collection[str]) -> None:
    """The rows of a random case."""
    [country] = [region["pcode"] for region in case["regions"] if not region["parent"]]
    regions: dict[str, Region] = {}
    for region in case["regions"]:
        pcode, parent = region["pcode"], regions.get(region["parent"])
        regions[pcode] = factories.region(pcode, parent, retired=pcode in retired)
    for source in case["sources"]:
        factories.source(**source)
    for survey in case["rounds"]:
        Round.objects.create(**survey | {"country": country, "recorded_at": factories.RECORDED})
    for report in case["reports"]:
        said = {"low": report["value"], "high": report["value"]} | report
        region, source = regions[said.pop("region")], Source.objects.get(code=said.pop("source"))
        days: dict[str, Any] = {
            name: date.fromisoformat(said.pop(name)) for name in ("start", "end", "published")
        }
        factories.report(region, source, said.pop("value"), **said, **days)


def test_reports_of_a_retired_region_stand_in_the_region_that_holds_it(xx: Region) -> None:
    un = factories.source("un")
    period = {"start": date(2024, 12, 2), "end": date(2024, 12, 8)}
    old = factories.region("XX0101", Region.objects.get(pcode="XX01"), retired=True)
    within = factories.region("XX010101", old)
    factories.report(old, un, 40, ref="old", measure="departures", **period)
    factories.report(within, un, 15, ref="within", measure="departures", **period)
    found = explained("departures", "2024-12", region="XX01", depth=4)
    assert (found["value"], found["unlocated"]) == (40, 25)
    assert lines(found) == [("un", "old", 25, "used")]
    assert found["reports"][0]["region"] == "XX0101"
    assert [(part["region"], part["value"]) for part in found["sub_regions"]] == [("XX010101", 15)]
    gone = explained("departures", "2024-12", region="XX0101")
    assert (gone["value"], gone["reports"], gone["sub_regions"]) == (None, [], [])


def test_without_a_moment_the_figure_that_stands_is_explained(world: World) -> None:
    report = world.reported("XX01", 40)
    world.build()
    world.retract(report)
    week = {"region": "XX", "as_of": None, "depth": 4}
    assert people_used(explained("departures", "2024-11", **week)) == 40
    assert explained("departures", "2024-11", **week | {"as_of": timezone.now()})["value"] is None
    world.build()
    assert explained("departures", "2024-11", **week)["value"] is None


def test_the_whole_tree_is_explained_with_a_few_queries(
    xx: Region, django_assert_max_num_queries: Any
) -> None:
    un = factories.source("un")
    for number in range(30):
        part = factories.region(f"XX01{number:02}", Region.objects.get(pcode="XX01"))
        factories.report(
            part, un, 10, ref=f"p{number}", measure="exits", start=date(2024, 12, 2), end=date(2024, 12, 8)
        )
    with django_assert_max_num_queries(12):
        found = explained("exits", "2024", depth=4)
    assert people_used(found) == 300
