from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests import factories
from tests.figures.changing_world import SERIES, World
from tracker.figures import changed_days
from tracker.figures.feed import update_count, update_page, update_places, update_rows
from tracker.figures.query import FigureFilter, figure_rows
from tracker.models import Region, Run
from tracker.vocabulary import PeriodType, RunKind, RunState

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NAME = ("region", "measure", "cause", "crisis", "period")


class Copy:
    """What a partner holds who follows `updated_after`, in one of the ways to choose it."""

    def __init__(self, way: str, **fields: Any) -> None:
        self.way, self.fields = way, fields
        self.rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.since = LONG_AGO

    def follow(self, *, limit: int) -> None:
        wanted = FigureFilter(updated_after=self.since, **self.fields)
        now, after, seen = timezone.now(), None, []
        while True:
            page = update_page(wanted, limit=limit, after=after)
            for row in page.rows:
                self.take(row)
            seen += page.rows
            if (after := page.next_after) is None:
                break
        assert [row["updated_at"] for row in seen] == sorted(row["updated_at"] for row in seen)
        if self.way == "clock":
            self.since = now
        else:
            self.since = max([self.since, *(row[self.way] for row in seen)])

    def take(self, row: dict[str, Any]) -> None:
        name = tuple(row[part] for part in NAME)
        self.rows.pop(name, None)
        if not row["withdrawn"]:
            told_only_here = ("withdrawn", "updated_at")
            self.rows[name] = {column: value for column, value in row.items() if column not in told_only_here}


def listed(**fields: Any) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The answer to the same question without `updated_after`."""
    rows = figure_rows(FigureFilter(**fields))
    return {tuple(row[part] for part in NAME): row for row in rows}


def without_moments(rows: dict[tuple[Any, ...], dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """A day bears the moment of its cube's last build, which may have left it as it was."""
    return {
        name: {**row, "recorded_at": None} if row["period_type"] == PeriodType.DAY else row
        for name, row in rows.items()
    }


QUESTIONS: list[dict[str, Any]] = [
    {},
    {"all_causes": True},
    {"period_types": ("day",)},
    {"within": ("XX",), "period_types": ("week", "day"), "start": date(2024, 12, 1)},
    {"regions": ("XX", "XX03"), "levels": (1,), "measures": ("departures",)},
]


@pytest.mark.parametrize(("way", "seed"), [("recorded_at", 1), ("updated_at", 2), ("clock", 3)])
def test_who_follows_the_changes_has_what_stands(clock: time_machine.Traveller, way: str, seed: int) -> None:
    world = World(clock, seed=seed)
    copies = [Copy(way, **fields) for fields in QUESTIONS]
    for number in range(50):
        world.round(number)
        for copy in copies:
            if world.random.random() < 0.5:
                copy.follow(limit=world.random.choice([20, 100, 1000]))
    world.wait(seconds=1)
    for copy in copies:
        copy.follow(limit=1000)
        assert without_moments(copy.rows) == without_moments(listed(**copy.fields)), copy.fields
    assert len(copies[0].rows) > 200


def changes(since: datetime, **fields: Any) -> list[dict[str, Any]]:
    return list(update_rows(FigureFilter(updated_after=since, **fields)))


def test_a_withdrawn_figure_is_told_of_with_nothing_in_it(world: World) -> None:
    report = world.reported("XX01", 40)
    world.build()
    seen = timezone.now()
    world.retract(report)
    world.build()
    [whole, part] = changes(seen, period_types=("year",))
    assert (whole["region"], part["region"]) == ("XX", "XX01")
    assert [part[name] for name in ("value", "low", "high", "unlocated")] == [None] * 4
    assert (part["withdrawn"], part["reports"], part["sources"], part["warnings"]) == (True, 0, 0, [])
    assert part["updated_at"] == part["recorded_at"] > seen
    assert {row["withdrawn"] for row in changes(seen, period_types=("day",))} == {True}


def test_a_withdrawn_figure_keeps_its_level(world: World) -> None:
    report = world.reported("XX0101", 40)
    world.build()
    seen = timezone.now()
    world.retract(report)
    world.build()
    told = {(row["region"], row["level"], row["withdrawn"]) for row in changes(seen)}
    assert told == {("XX", 0, True), ("XX01", 1, True), ("XX0101", 2, True)}


def test_who_asks_again_after_the_last_change_is_told_nothing(world: World) -> None:
    for pcode in ("XX01", "XX02"):
        world.reported(pcode, 40)
        world.build()
        last = max(row["updated_at"] for row in changes(LONG_AGO))
        assert changes(last) == []


@pytest.mark.parametrize("fields", [{}, {"all_causes": True}])
def test_a_report_recorded_before_the_last_build_is_told_of_day_by_day(
    world: World, fields: dict[str, Any]
) -> None:
    """As where an archive is loaded, or a long delivery ends after a shorter one that began later."""
    first = world.reported("XX01", 40)
    world.wait(hours=1)
    world.build()
    copy = Copy("updated_at", **fields)
    copy.follow(limit=1000)
    late = factories.report(
        Region.objects.get(pcode="XX02"), world.sources[1], 30, measure="departures", start=first.start,
        end=first.end, recorded_at=first.recorded_at,
    )  # fmt: skip
    Run.objects.request_builds(
        [(late.country, late.measure, late.cause, late.crisis)], changed_since=late.recorded_at
    )
    world.build()
    copy.follow(limit=1000)
    assert without_moments(copy.rows) == without_moments(listed(**fields))
    assert any(name[0] == "XX02" and len(name[-1]) == len("2024-12-01") for name in copy.rows)


def test_what_has_not_changed_is_not_told_of(world: World) -> None:
    world.reported("XX01", 40)
    world.build()
    seen = timezone.now()
    world.reported("XX02", 5)
    world.build()
    assert {row["region"] for row in changes(seen)} == {"XX", "XX02"}
    assert changes(timezone.now()) == []


def test_figures_are_held_back_while_a_build_that_may_write_before_them_goes_on(world: World) -> None:
    seen = timezone.now()
    slow = Run.objects.create(
        kind=RunKind.BUILD, key="build:YY", state=RunState.RUNNING, lease="x", started_at=timezone.now(),
        lease_until=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip
    world.wait(seconds=1)
    world.reported("XX01", 40)
    world.build()
    assert changes(seen) == []
    Run.objects.filter(pk=slow.pk).update(state=RunState.DONE, lease="", lease_until=None)
    assert {row["region"] for row in changes(seen)} == {"XX", "XX01"}


def test_what_a_build_wrote_that_had_begun_when_the_client_asked_is_told_of(world: World) -> None:
    world.reported("XX01", 40)
    world.build()
    run = Run.objects.get(kind=RunKind.BUILD)
    assert run.moment is not None
    asked_meanwhile = run.moment + timedelta(milliseconds=1)
    assert changes(asked_meanwhile) == []
    Run.objects.filter(pk=run.pk).update(finished_at=run.moment + timedelta(seconds=1))
    world.wait(seconds=2)
    assert {row["region"] for row in changes(asked_meanwhile)} == {"XX", "XX01"}


@pytest.mark.parametrize("most", [24, 1])
def test_a_day_that_changed_and_changed_back_is_told_of(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(changed_days, "MOST_BUILDS", most)
    before = timezone.now()
    report = world.reported("XX01", 40)
    world.build()
    # Who asks now sees 40; the clock of that machine is a little behind.
    world.retract(report)
    world.build()
    days = changes(before, period_types=("day",))
    assert {(row["region"], row["withdrawn"]) for row in days} == {("XX", True), ("XX01", True)}


def test_each_day_brings_the_figure_of_a_stock_and_of_its_running_periods(world: World) -> None:
    world.reported("XX", 40, series=SERIES[3], start=timezone.now().date())
    world.build()
    seen = timezone.now()
    world.wait(days=2)
    [*days] = changes(seen, period_types=("day",))
    assert [row["period"] for row in days] == ["2024-11-26", "2024-11-27"]
    midnight = datetime(2024, 11, 27, tzinfo=UTC)
    assert {row["updated_at"] for row in days} == {midnight}
    # The year is not over: on 31 December the stock is still there, so its figure is final already.
    assert changes(seen, period_types=("year",)) == []
    world.wait(days=180)
    lapsed = changes(seen, period_types=("month", "quarter", "year"))
    assert {row["period"]: row["withdrawn"] for row in lapsed} == {
        "2024-12": False, "2025-01": False, "2025-02": False, "2025-03": False, "2025-04": False,
        "2025-05": True, "2025-Q1": False, "2025-Q2": True, "2025": True,
    }  # fmt: skip


def test_a_sum_is_told_of_once_and_is_withdrawn_with_its_last_part(world: World) -> None:
    reports = [world.reported("XX", people, series=SERIES[number]) for number, people in enumerate((40, 7))]
    world.build()
    for expected in ([(47, False)], [(7, False)], [(None, True)]):
        [year] = changes(LONG_AGO, all_causes=True, period_types=("year",))
        assert [(year["value"], year["withdrawn"])] == expected
        days = changes(LONG_AGO, all_causes=True, period_types=("day",))
        assert sum(row["value"] or 0 for row in days) == (expected[0][0] or 0)
        assert len(days) == 4
        if reports:
            world.retract(reports.pop(0))
            world.build()


def test_pages_stay_right_while_figures_change(world: World) -> None:
    for number, pcode in enumerate(["XX01", "XX02", "XX03"]):
        world.reported(pcode, 40 + number)
        world.build()
    wanted = FigureFilter(updated_after=LONG_AGO, period_types=("year", "day"))
    assert update_count(wanted) == len(list(update_places(wanted))) == len(list(update_rows(wanted)))
    first = update_page(wanted, limit=3)
    report = world.reported("XX01", 99)
    world.build()
    rows, after = first.rows, first.next_after
    while after is not None:
        page = update_page(
            FigureFilter(updated_after=LONG_AGO, period_types=("year", "day")), limit=3, after=after
        )
        rows, after = rows + page.rows, page.next_after
    last = {(row["region"], row["period"]): row["value"] for row in rows}
    standing = figure_rows(FigureFilter(period_types=("year", "day")))
    assert last == {(row["region"], row["period"]): row["value"] for row in standing}
    assert report.value in last.values()
