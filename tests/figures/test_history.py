from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import factories
from tests.figures.changing_world import SERIES, World
from tracker.figures import history as history_module
from tracker.figures.cubes import CubeKey
from tracker.figures.history import FigureVersion, History, history
from tracker.models import Figure, Report, Source
from tracker.reconcile.periods import parse_period
from tracker.vocabulary import Status

pytestmark = pytest.mark.django_db

DEPARTURES = CubeKey("XX", *SERIES[0])
IDPS = CubeKey("XX", *SERIES[3])


def told(period: str, *, region: str = "XX", key: CubeKey = DEPARTURES, **options: Any) -> History:
    return history(key, region, parse_period(period), **options)


def values(found: History) -> list[int | None]:
    return [None if version.row is None else version.row.value for version in found.versions]


def inputs(version: FigureVersion) -> list[tuple[str, str, str]]:
    return [(one.kind, one.what, one.name) for one in version.inputs]


def people(version: FigureVersion) -> list[tuple[Any, ...]]:
    return [(change.ref, change.region, change.before, change.after) for change in version.people]


def test_each_version_names_what_made_the_difference(world: World) -> None:
    first = world.reported("XX", 40, ref="whole", recorded_by="officer")
    world.build()
    world.reported("XX01", 30, ref="part")
    world.reported("XX02", 5, ref="elsewhere")
    world.build()
    second = world.next_version(first, value=50, low=50, high=60, reason="They counted again.")
    world.changed(second)
    world.build()
    world.retract(second)
    world.build()
    found = told("2024")
    assert values(found) == [35, 50, 40, 40]
    gone, more, split, new = found.versions
    assert [inputs(version) for version in found.versions] == [
        [("report", "retracted", "whole")],
        [("report", "changed", "whole")],
        [("report", "new", "elsewhere"), ("report", "new", "part")],
        [("report", "new", "whole")],
    ]
    [correction] = more.inputs
    assert correction.reason == "They counted again."
    assert correction.changes == {"value": (40, 50), "low": (40, 50), "high": (40, 60)}
    assert people(new) == [("whole", "XX", 0, 40)]
    assert people(split) == [("whole", "XX", 40, 5), ("part", "XX01", 0, 30), ("elsewhere", "XX02", 0, 5)]
    assert people(more) == [("whole", "XX", 5, 15)]
    assert people(gone) == [("whole", "XX", 15, 0)]
    assert [version.until for version in found.versions] == [
        None, gone.recorded_at, more.recorded_at, split.recorded_at,
    ]  # fmt: skip
    # What speaks of another part has no say on this one.
    assert inputs(told("2024", region="XX01").versions[0]) == [("report", "new", "part")]


def test_the_differences_of_people_are_those_of_the_explanations(world: World) -> None:
    for number in range(30):
        world.round(number)
    world.build()
    compared = 0
    for figure in Figure.objects.current().filter(period_type="month", version__gte=2).order_by("pk")[:25]:
        key = CubeKey(figure.country, figure.measure, figure.cause, figure.crisis)
        found = history(key, figure.region, parse_period(f"{figure.start:%Y-%m}"), limit=50)
        assert found.earlier is None
        used: dict[Any, int] = {}
        for version in reversed(found.versions):
            for change in version.people:
                name = (change.source, change.ref, change.round, change.region)
                assert used.get(name, 0) == change.before != change.after
                used[name] = change.after
            assert sum(used.values()) == (version.row.value if version.row else 0)
            compared += 1
    assert compared > 40


def test_a_withdrawn_figure_and_its_return_are_versions(world: World) -> None:
    report = world.reported("XX", 40, ref="a")
    world.build()
    world.retract(report)
    world.build()
    again = Report.objects.current().get()
    world.changed(world.next_version(again, status=Status.APPROVED))
    world.build()
    found = told("2024")
    assert values(found) == [40, None, 40]
    assert [inputs(version)[0][1] for version in found.versions] == ["approved", "retracted", "new"]


def test_tiers_rounds_and_regions_are_among_the_inputs(world: World) -> None:
    un, ngo = world.sources
    day = timezone.now().date()
    survey = factories.assessment_round(un, world.country, "R1", date=day, closed=False)
    world.reported("XX01", 80, ref="row", series=SERIES[3], round="R1", start=day)
    world.reported("XX03", 9, ref="other", series=SERIES[3], start=day, source=ngo)
    world.build()
    world.next_version(survey, closed=True, reason="All rows are in.")
    world.changed(*Report.objects.current())
    world.build()
    world.next_version(Source.objects.current().get(code="ngo"), tier=1, reason="They proved right.")
    world.reported("XX03", 10, ref="again", series=SERIES[3], start=day, source=ngo)
    world.build()
    world.retire("XX03", into="XX02")
    world.build()
    label = day.isoformat()
    assert inputs(told(label, key=IDPS).versions[0])[0] == ("source", "tier", "")
    assert ("round", "closed", "R1") in inputs(told(label, key=IDPS).versions[1])
    gone, *_ = told(label, key=IDPS, region="XX03").versions
    assert (gone.row, inputs(gone)) == (None, [("region", "retired", "XX03")])
    assert inputs(told("2024", key=IDPS, region="XX02").versions[0]) == [("region", "retired", "XX03")]


def test_a_day_is_told_as_of_the_builds_that_changed_it(world: World) -> None:
    today = timezone.now().date()
    report = world.reported("XX", 40, ref="a", start=today, end=today + timedelta(days=1))
    world.build()
    world.reported(
        "XX02", 7, series=SERIES[0], start=today - timedelta(days=9), end=today - timedelta(days=9)
    )
    world.build()
    world.changed(world.next_version(report, value=60, low=60, high=60))
    world.build()
    found = told(today.isoformat())
    assert values(found) == [30, 20]
    # The other day came with the calendar, when the last build had been.
    world.wait(days=1)
    tomorrow = told((today + timedelta(days=1)).isoformat())
    assert values(tomorrow) == [30]
    assert tomorrow.versions[0].recorded_at == datetime(2024, 11, 26, tzinfo=UTC)


def test_a_period_that_goes_on_is_told_as_it_was_first_and_last(world: World) -> None:
    today = timezone.now().date()
    world.reported("XX", 40, start=today, end=today + timedelta(days=3))
    world.build()
    assert values(told("2024-W48")) == [10]
    world.wait(days=2)
    assert values(told("2024-W48")) == [30, 10]
    world.wait(days=9)
    found = told("2024-W48")
    assert values(found) == [40, 10]
    last, first = found.versions
    assert last.recorded_at == datetime(2024, 11, 28, tzinfo=UTC)
    assert (inputs(last), len(inputs(first))) == ([], 1)
    assert people(last) == [("r1", "XX", 10, 40)]


def test_as_of_leads_through_the_versions(world: World) -> None:
    report = world.reported("XX", 1)
    world.build()
    for value in range(2, 8):
        report = world.next_version(report, value=value, low=value, high=value)
        world.changed(report)
        world.build()
    seen, as_of = [], None
    while True:
        page = told("2024", limit=3, as_of=as_of)
        seen += values(page)
        if (as_of := page.earlier) is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_a_day_with_a_long_history_is_told_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "MOST_MADE", 3)
    report = world.reported("XX", 4)
    world.build()
    for value in range(8, 32, 4):
        report = world.next_version(report, value=value, low=value, high=value)
        world.changed(report)
        world.build()
    seen, as_of = [], None
    while True:
        page = told("2024-11-25", as_of=as_of)
        seen += values(page)
        if (as_of := page.earlier) is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_there_is_no_history_of_what_never_was(world: World) -> None:
    assert told("2020") == History([], None)
    world.reported("XX01", 3)
    world.build()
    assert told("2024", region="XX02") == told("2020-05-05") == History([], None)


def test_only_so_many_inputs_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "MOST_INPUTS", 2)
    for number in range(3):
        world.reported("XX01", 3, ref=f"r{number}")
    world.build()
    [version] = told("2024").versions
    assert (len(version.inputs), version.has_more) == (2, True)
