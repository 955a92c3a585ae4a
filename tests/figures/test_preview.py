"""What figures would become is what a build makes of them, and nothing is written to find out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests import factories
from tracker.figures.build import build
from tracker.figures.cubes import CubeKey
from tracker.figures.preview import FigureChange, People, effect, preview
from tracker.models import Figure, Region, Report, Round, Source
from tracker.models.versions import supersede
from tracker.vocabulary import Measure, Role, Status

pytestmark = pytest.mark.django_db

FIRST = datetime(2024, 12, 10, tzinfo=UTC)
LATER = datetime(2024, 12, 20, tzinfo=UTC)
FLOW = CubeKey("XX", "departures", "conflict")
STOCK = CubeKey("XX", "idps", "conflict")

Numbers = tuple[int, int, int] | None


@pytest.fixture
def xx() -> Region:
    return factories.country("XX", parts=2)


@pytest.fixture
def un() -> Source:
    return factories.source("un")


def departures(region: str, source: Source, value: int, **fields: Any) -> Report:
    days: dict[str, Any] = {"start": date(2024, 12, 2), "end": date(2024, 12, 8)}
    place = Region.objects.get(pcode=region)
    return factories.report(place, source, value, measure=Measure.DEPARTURES, **days | fields)


def stored(key: CubeKey) -> dict[tuple[str, str, date], Numbers]:
    rows = Figure.objects.current().filter(**key.fields, value__isnull=False)
    return {
        (row.region, row.period_type, row.start): (row.value or 0, row.low or 0, row.high or 0)
        for row in rows
    }


def numbers(people: People | None) -> Numbers:
    return (people.value, people.low, people.high) if people else None


def told(changes: Sequence[FigureChange]) -> dict[tuple[str, str, date], tuple[Numbers, Numbers]]:
    return {
        (change.region, change.period_type, change.start): (numbers(change.old), numbers(change.new))
        for change in changes
    }


def built(key: CubeKey, *, added: Sequence[Report], removed: Sequence[Report]) -> dict[Any, Any]:
    """The same, by building before and after the versions are really exchanged."""
    build(key, recorded_at=FIRST)
    before = stored(key)
    Report.objects.filter(pk__in=[report.pk for report in removed]).update(superseded_at=LATER)
    for report in added:
        report.recorded_at = LATER
        supersede(None, report)
    build(key, recorded_at=LATER)
    after = stored(key)
    return {
        place: (before.get(place), after.get(place))
        for place in before.keys() | after.keys()
        if before.get(place) != after.get(place)
    }


@pytest.mark.parametrize("key", [FLOW, STOCK], ids=["flow", "stock"])
@pytest.mark.parametrize("what", ["added", "removed", "changed", "moved"])
def test_a_preview_says_what_a_build_would_change(key: CubeKey, what: str, xx: Region, un: Source) -> None:
    """The stock has lapsed by today, so that its periods are over."""
    other = factories.source("ngo", tier=2)
    days: dict[str, Any] = {"start": date(2024, 12, 2), "end": date(2024, 12, 8)}
    known = [
        factories.report(Region.objects.get(pcode=pcode), source, value, measure=key.measure, **days)
        for pcode, source, value in (("XX", un, 700), ("XX01", other, 300), ("XX02", un, 100))
    ]
    old = known[1]
    new = old.successor(value=450, low=400, high=500, version=2)
    if what == "added":
        new.ref, removed = "z", []
    else:
        removed = [old]
    if what == "moved":
        new.region = "XX02"
    added = [] if what == "removed" else [new]
    found = told(preview(key, added=added, removed=[report.pk for report in removed]))
    assert not Figure.objects.exists()
    assert found
    assert found == built(key, added=added, removed=removed)


def test_those_that_change_most_come_first(xx: Region, un: Source) -> None:
    departures("XX01", un, 70)
    new = departures("XX02", un, 7)
    found = preview(FLOW, removed=[new.pk])
    assert [abs(change.difference) for change in found] == sorted(
        (abs(change.difference) for change in found), reverse=True
    )
    assert {(change.region, change.region_name, change.level) for change in found} == {
        ("XX", "Region XX", 0),
        ("XX02", "Region XX02", 1),
    }
    assert {change.period for change in found} == {"2024-W49", "2024-12", "2024-Q4", "2024"}


def test_days_are_previewed_where_they_are_asked_for(xx: Region, un: Source) -> None:
    known = departures("XX01", un, 70)
    later = known.successor(ref="z", value=140, low=140, high=140)
    found = preview(FLOW, added=[later], period_types=["day"])
    assert {change.period for change in found} == {f"2024-12-0{day}" for day in range(2, 9)}
    assert {numbers(change.old) for change in found} == {(10, 10, 10)}


@pytest.mark.parametrize(
    "fields", [{"role": Role.CONTEXT}, {"cause": "disaster"}, {"status": Status.RETRACTED}]
)
def test_what_does_not_count_changes_nothing(fields: dict[str, Any], xx: Region, un: Source) -> None:
    report = departures("XX01", un, 70)
    assert preview(FLOW, added=[report.successor(ref="other", **fields)]) == []


def test_a_retracted_row_of_a_closed_round_leaves_its_region_unknown(xx: Region, un: Source) -> None:
    """A region without any row in a closed round has nobody; one whose row was retracted has not."""
    survey: Round = factories.assessment_round(un, xx)
    rows = [
        factories.report(Region.objects.get(pcode=pcode), un, 100, round=survey.code)
        for pcode in ("XX01", "XX02")
    ]
    retracted = rows[0].successor(status=Status.RETRACTED, version=2)
    found = told(preview(STOCK, added=[retracted], removed=[rows[0].pk]))
    assert found == built(STOCK, added=[retracted], removed=[rows[0]])


def test_the_effect_is_that_of_all_cubes_together(xx: Region, un: Source) -> None:
    first, second = departures("XX01", un, 70), departures("XX02", un, 7)
    moved = second.successor(cause="disaster", version=2)
    found = effect([([first], None), ([second], moved)])
    assert {change.key.cause for change in found.changes} == {"conflict", "disaster"}
    assert (found.count, found.left_out) == (len(found.changes), [])
    assert effect([([first], None), ([second], moved)], most=3).changes == found.changes[:3]


def test_cubes_for_which_there_is_no_time_are_named(xx: Region, un: Source) -> None:
    found = effect([([departures("XX01", un, 70)], None)], seconds=-1)
    assert (found.changes, found.count, found.left_out) == ([], 0, [FLOW])
