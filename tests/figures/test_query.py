from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import factories
from tests.figures.changing_world import World
from tracker.figures import earlier
from tracker.figures.build import build
from tracker.figures.cubes import cube_keys, load
from tracker.figures.making import figure_row
from tracker.figures.query import FigureFilter, figure_count, figure_page, figure_rows, stands_since
from tracker.models import Figure, Region, Source
from tracker.models.versions import supersede
from tracker.reconcile.figures import figures as figures_of
from tracker.reconcile.periods import day_number
from tracker.vocabulary import PeriodType

pytestmark = pytest.mark.django_db

BUILT = datetime(2024, 12, 10, tzinfo=UTC)


@pytest.fixture
def figures() -> None:
    """Two causes and two sources over two weeks, in a country and one of its parts; and a stock."""
    xx = factories.country("XX", parts=2)
    part = Region.objects.get(pcode="XX01")
    un, ngo = factories.source("un"), factories.source("ngo", tier=2)
    week: dict[str, Any] = {"start": date(2024, 12, 2), "end": date(2024, 12, 8)}
    long: dict[str, Any] = {"start": date(2024, 11, 25), "end": date(2024, 12, 8)}
    factories.report(xx, un, 700, measure="departures", **long)
    factories.report(part, ngo, 300, measure="departures", **week)
    factories.report(part, un, 30, measure="departures", cause="disaster", **week)
    factories.report(xx, un, 500, measure="idps", start=date(2024, 12, 1))
    for key in cube_keys():
        build(key, recorded_at=BUILT)


def asked(**fields: Any) -> list[tuple[Any, ...]]:
    rows = figure_rows(FigureFilter(as_of=BUILT, **fields))
    return [(row["region"], row["measure"], row["cause"], row["period"], row["value"]) for row in rows]


def test_each_filter_narrows(figures: None) -> None:
    assert asked(measures=("idps",), period_types=("month",)) == [("XX", "idps", "conflict", "2024-12", 500)]
    assert asked(regions=("XX01",), period_types=("month",)) == [
        ("XX01", "departures", "conflict", "2024-12", 300),
        ("XX01", "departures", "disaster", "2024-12", 30),
    ]
    assert asked(within=("XX",), period_types=("year",)) == asked(levels=(1,), period_types=("year",))
    assert asked(measures=("departures",), causes=("disaster",), period_types=("week",)) == [
        ("XX", "departures", "disaster", "2024-W49", 30),
        ("XX01", "departures", "disaster", "2024-W49", 30),
    ]
    assert asked(crises=("SOME",)) == []
    assert asked(regions=("XX",), within=("XX",)) == []


def test_from_and_to_keep_the_periods_that_overlap_them(figures: None) -> None:
    one = {
        "regions": ("XX",),
        "measures": ("departures",),
        "causes": ("conflict",),
        "period_types": ("week",),
    }
    assert [row[3] for row in asked(**one)] == ["2024-W48", "2024-W49"]
    assert [row[3] for row in asked(**one, end=date(2024, 12, 1))] == ["2024-W48"]
    assert [row[3] for row in asked(**one, start=date(2024, 12, 2))] == ["2024-W49"]
    assert [row[3] for row in asked(**one, start=date(2024, 12, 1), end=date(2024, 12, 2))] == [
        "2024-W48",
        "2024-W49",
    ]


def test_days_are_made_when_asked_and_add_up_to_the_week(figures: None) -> None:
    days = asked(regions=("XX",), measures=("departures",), causes=("conflict",), period_types=("day",))
    assert [row[3] for row in days][0::13] == ["2024-11-25", "2024-12-08"]
    week = sum(row[4] for row in days if row[3] >= "2024-12-02")
    assert (
        asked(regions=("XX",), causes=("conflict",), measures=("departures",), period_types=("week",))[1][4]
        == week
    )


def test_all_causes_are_the_sum_of_them(figures: None) -> None:
    rows = list(
        figure_rows(
            FigureFilter(
                as_of=BUILT,
                all_causes=True,
                regions=("XX01",),
                measures=("departures",),
                period_types=("week",),
            )
        )
    )
    assert [(row["cause"], row["value"], row["reports"], row["sources"]) for row in rows] == [
        ("all", 330, 2, 2)
    ]
    days = asked(all_causes=True, regions=("XX01",), measures=("departures",), period_types=("day",))
    assert len(days) == 7
    assert sum(row[4] for row in days) == 330


@pytest.mark.parametrize("all_causes", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_give_each_figure_once_and_in_order(figures: None, limit: int, all_causes: bool) -> None:
    wanted = FigureFilter(as_of=BUILT, all_causes=all_causes)
    found: list[dict[str, Any]] = []
    after = None
    for _ in itertools.count():
        page = figure_page(wanted, limit=limit, after=after)
        assert len(page.rows) <= limit
        found += page.rows
        after = page.next_after
        if after is None:
            break
    assert found == list(figure_rows(wanted))
    assert len(found) == figure_count(wanted) > 40


def test_a_period_that_goes_on_is_cut_at_the_as_of_day(figures: None) -> None:
    one = {
        "regions": ("XX",),
        "measures": ("departures",),
        "causes": ("conflict",),
        "period_types": ("week",),
    }
    days = asked(**(one | {"period_types": ("day",)}))
    Figure.objects.update(recorded_at=datetime(2024, 11, 1, tzinfo=UTC))
    for day in (1, 2, 4, 8):
        moment = datetime(2024, 12, day, 12, tzinfo=UTC)
        rows = list(figure_rows(FigureFilter(as_of=moment, **one)))  # type: ignore[arg-type]
        so_far = sum(row[4] for row in days if row[3] <= f"2024-12-{day:02}")
        assert sum(row["value"] for row in rows) == so_far
        assert len(rows) == (1 if day == 1 else 2)


def test_a_stock_is_there_until_it_lapses_and_not_after(figures: None) -> None:
    one = {"regions": ("XX",), "measures": ("idps",), "period_types": ("year",)}
    assert [row[3] for row in asked(**one)] == ["2024"]
    in_may = FigureFilter(as_of=datetime(2025, 5, 30, tzinfo=UTC), **one)  # type: ignore[arg-type]
    assert [row["value"] for row in figure_rows(in_may)] == [500, 500]
    in_june = FigureFilter(as_of=datetime(2025, 6, 1, tzinfo=UTC), **one)  # type: ignore[arg-type]
    assert [(row["period"], row["value"]) for row in figure_rows(in_june)] == [("2024", 500)]


def test_before_anything_was_built_there_are_no_figures(figures: None) -> None:
    before = FigureFilter(as_of=datetime(2024, 12, 9, tzinfo=UTC), period_types=("week", "month"))
    assert list(figure_rows(before)) == []


def test_stands_since_is_the_last_moment_at_which_a_figure_changed(figures: None) -> None:
    later = datetime(2026, 1, 1, tzinfo=UTC)
    wanted = FigureFilter(as_of=later)
    since = stands_since(wanted)
    # The stock ceases on 31 May 2025; nothing changes after that.
    assert since == datetime(2025, 5, 31, tzinfo=UTC)
    assert [*figure_rows(FigureFilter(as_of=since))] == [*figure_rows(wanted)]
    assert stands_since(FigureFilter(as_of=later, measures=("departures",))) == BUILT
    assert stands_since(FigureFilter(as_of=later, crises=("NONE",))) is None


def test_days_count_as_updated_when_anything_they_depend_on_was_changed(figures: None) -> None:
    later = datetime(2024, 12, 12, tzinfo=UTC)
    source = Source.objects.get(code="ngo")
    supersede(source, source.successor(recorded_at=later, tier=3))
    for key in cube_keys():
        build(key, recorded_at=later)
    wanted = FigureFilter(
        as_of=datetime(2024, 12, 13, tzinfo=UTC),
        updated_after=BUILT,
        regions=("XX01",),
        period_types=("day",),
    )
    rows = list(figure_rows(wanted))
    assert {row["cause"] for row in rows} == {"conflict"}
    assert {row["recorded_at"] for row in rows} == {later}


def told(rows: Iterable[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    name = ("region", "measure", "cause", "crisis", "period")
    said = ("level", "value", "low", "high", "unlocated", "reports", "sources", "warnings")
    return {tuple(row[part] for part in name): tuple(row[part] for part in said) for row in rows}


NARROWED: list[tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = [
    ({"period_types": ("day",)}, lambda row: row["period_type"] == "day"),
    ({"regions": ("XX01",)}, lambda row: row["region"] == "XX01"),
    ({"levels": (0,)}, lambda row: row["level"] == 0),
    (
        {"measures": ("idps",), "period_types": ("month", "year")},
        lambda row: row["measure"] == "idps" and row["period_type"] in ("month", "year"),
    ),
    ({"crises": ("",), "causes": ("disaster",)}, lambda row: row["cause"] == "disaster"),
]


def rebuilt(moment: datetime) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """All figures, made from the report versions that stood at a moment."""
    rows: list[dict[str, Any]] = []
    for key in cube_keys():
        loaded = load(key, as_of=moment)
        columns = figures_of(loaded.cube, period_types=PeriodType.values, until=day_number(moment.date()))
        for number in range(len(columns)):
            rows.append(figure_row(loaded, columns, number, recorded_at=moment).as_dict(""))
    return told(rows)


def test_as_of_any_moment_figures_are_what_a_rebuild_makes(world: World) -> None:
    moments = [timezone.now()]
    for number in range(50):
        # Between a change and its build, between builds, and on later days.
        world.random.choice([world.enter, world.edit, world.take_back, world.trust_otherwise])()
        moments.append(timezone.now())
        if number in (25, 40):
            world.release()
            moments.append(timezone.now())
        if world.random.random() < 0.4:
            world.build()
            moments.append(timezone.now())
        world.wait(seconds=world.random.choice([1, 50_000, 200_000]))
    span = moments[-1] - moments[0]
    moments += [moments[0] + span * world.random.random() for _ in range(200 - len(moments))]
    assert len(moments) >= 200
    compared = 0
    for number, moment in enumerate(moments):
        wanted = FigureFilter(as_of=moment)
        rows = list(figure_rows(wanted))
        assert told(rows) == rebuilt(moment), moment
        compared += len(rows)
        fields, narrowed = NARROWED[number % len(NARROWED)]
        assert told(filter(narrowed, rows)) == told(figure_rows(replace(wanted, **fields))), fields
    assert compared > 10_000


@pytest.mark.parametrize("many", [0, 20])
def test_pages_as_of_a_moment_give_each_figure_once_and_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(earlier, "FEW_REGIONS", many)
    for number in range(12):
        world.round(number)
    then = timezone.now()
    world.enter()
    between = timezone.now()
    world.build()
    for number in range(12):
        world.round(number)
    for moment, all_causes in itertools.product([then, between], [False, True]):
        wanted = FigureFilter(as_of=moment, all_causes=all_causes, regions=("XX", "XX01", "XX0101", "XX02"))
        rows: list[dict[str, Any]] = []
        after = None
        while True:
            page = figure_page(wanted, limit=9, after=after)
            rows += page.rows
            if (after := page.next_after) is None:
                break
        assert rows == list(figure_rows(wanted)) != []


def test_without_a_moment_days_and_weeks_are_of_the_same_build(world: World) -> None:
    report = world.reported("XX01", 40)
    world.build()
    world.retract(report)
    rows = list(figure_rows(FigureFilter(regions=("XX01",), period_types=("week", "day"))))
    weeks, days = ([row for row in rows if row["period_type"] == kind] for kind in ("week", "day"))
    assert sum(row["value"] for row in weeks) == sum(row["value"] for row in days) == 40
    as_of_now = FigureFilter(regions=("XX01",), as_of=timezone.now())
    assert list(figure_rows(as_of_now)) == []


def test_a_running_period_stands_since_the_day_that_made_it_so(world: World) -> None:
    today = timezone.now().date()
    world.reported("XX", 40, start=today, end=today + timedelta(days=3))
    world.build()
    wanted = {"regions": ("XX",), "period_types": ("week",)}
    built = [row["recorded_at"] for row in figure_rows(FigureFilter(**wanted))]  # type: ignore[arg-type]
    world.wait(days=1)
    [row] = figure_rows(FigureFilter(**wanted))  # type: ignore[arg-type]
    assert (row["value"], row["recorded_at"]) == (20, datetime(2024, 11, 26, tzinfo=UTC))
    assert built[0] < row["recorded_at"]
    world.wait(days=10)
    [row] = figure_rows(FigureFilter(**wanted))  # type: ignore[arg-type]
    assert (row["value"], row["recorded_at"]) == (40, datetime(2024, 11, 28, tzinfo=UTC))


def test_days_alone_have_a_moment_since_which_they_stand(figures: None) -> None:
    days = FigureFilter(as_of=datetime(2024, 12, 20, tzinfo=UTC), period_types=("day",))
    # Each new day brings a figure of the stock.
    since = stands_since(days)
    assert since == days.as_of
    assert since is not None
    assert [*figure_rows(replace(days, as_of=since))] == [*figure_rows(days)] != []
    flows = replace(days, measures=("departures",))
    assert stands_since(flows) == BUILT
