from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests import factories
from tracker.figures.build import build
from tracker.figures.changes import BuildCounts
from tracker.figures.cubes import CubeKey
from tracker.figures.query import FigureFilter, figure_rows
from tracker.figures.replay import prepare_replay, store_replay
from tracker.models import Figure, Region, Report, Run
from tracker.models.versions import supersede
from tracker.vocabulary import RunKind, RunState, Status

pytestmark = pytest.mark.django_db

KEY = CubeKey("XX", "departures", "conflict")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MADE = datetime(2026, 2, 1, tzinfo=UTC)


def at(day: int) -> datetime:
    return datetime(2024, 12, day, tzinfo=UTC)


@pytest.fixture
def archive() -> Region:
    """A total that grew, day by day."""
    xx = factories.country("XX", parts=1)
    un = factories.source("un", recorded_at=NOW)
    for day, people in ((3, 100), (6, 250), (9, 900)):
        factories.report(
            xx,
            un,
            people,
            ref=f"d{day}",
            measure="departures",
            start=date(2024, 12, 2),
            end=date(2024, 12, day),
            recorded_at=at(day),
        )
    return xx


@pytest.fixture
def run() -> Run:
    return Run.objects.create(kind=RunKind.BUILD, key="replay", state=RunState.DONE, backfilled=True)


def year_as_of(moment: datetime) -> list[int]:
    return [
        row["value"]
        for row in figure_rows(FigureFilter(as_of=moment, regions=("XX",), period_types=("year",)))
    ]


def test_a_replay_tells_how_the_picture_grew(archive: Region, run: Run) -> None:
    store_replay(prepare_replay(KEY, made_at=MADE), run)
    assert [year_as_of(at(day)) for day in (2, 3, 5, 6, 8, 9, 31)] == [
        [],
        [100],
        [100],
        [250],
        [250],
        [900],
        [900],
    ]


def test_a_replay_of_what_was_replayed_writes_nothing(archive: Region, run: Run) -> None:
    first = store_replay(prepare_replay(KEY, made_at=MADE), run)
    before = list(Figure.objects.order_by("pk").values())
    assert store_replay(prepare_replay(KEY, made_at=MADE), run) == BuildCounts(unchanged=first.new)
    assert list(Figure.objects.order_by("pk").values()) == before


def test_a_build_after_a_replay_finds_nothing_to_change(archive: Region, run: Run) -> None:
    store_replay(prepare_replay(KEY, made_at=MADE), run)
    counts = build(KEY, recorded_at=NOW)
    assert (counts.new, counts.changed, counts.withdrawn) == (0, 0, 0)


def test_an_earlier_report_found_later_is_put_into_the_history(archive: Region, run: Run) -> None:
    store_replay(prepare_replay(KEY, made_at=MADE), run)
    factories.report(
        Region.objects.get(pcode="XX01"),
        factories.source("ngo"),
        400,
        measure="departures",
        start=date(2024, 12, 2),
        end=date(2024, 12, 4),
        recorded_at=at(4),
    )
    store_replay(prepare_replay(KEY, made_at=MADE), run)
    assert [year_as_of(at(day)) for day in (3, 4, 6, 9)] == [[100], [400], [400], [900]]


def test_what_was_said_live_stands(archive: Region, run: Run) -> None:
    build(KEY, recorded_at=NOW)
    said = list(Figure.objects.order_by("pk").values())
    store_replay(prepare_replay(KEY, made_at=MADE), run)
    assert list(Figure.objects.filter(pk__in=[row["id"] for row in said]).order_by("pk").values()) == said
    assert year_as_of(at(6)) == [250]
    assert year_as_of(NOW - timedelta(seconds=1)) == [900]
    assert year_as_of(NOW) == [900]


def test_what_a_live_build_let_stand_goes_on_standing(archive: Region, run: Run) -> None:
    store_replay(prepare_replay(KEY, made_at=MADE), run)
    part = Region.objects.get(pcode="XX01")
    factories.report(
        part,
        factories.source("ngo"),
        40,
        measure="departures",
        start=date(2025, 2, 3),
        end=date(2025, 2, 4),
        recorded_at=NOW,
    )
    build(KEY, recorded_at=NOW + timedelta(seconds=2))
    said = set(Figure.objects.current().values_list("region", "period_type", "start", "value"))
    # An earlier report is found: the past is made anew, what is said now is left to the next build.
    factories.report(
        part,
        factories.source("local"),
        30,
        measure="departures",
        start=date(2024, 12, 2),
        end=date(2024, 12, 2),
        recorded_at=at(4),
    )
    for _ in range(2):
        store_replay(prepare_replay(KEY, made_at=MADE), run)
        assert set(Figure.objects.current().values_list("region", "period_type", "start", "value")) == said
        assert [year_as_of(at(day)) for day in (3, 4, 6, 9)] == [[100], [100], [250], [900]]
    located = FigureFilter(as_of=at(5), regions=("XX01",), period_types=("year",))
    assert [row["value"] for row in figure_rows(located)] == [30]


def test_a_live_build_that_only_withdrew_is_no_part_of_the_replay(archive: Region, run: Run) -> None:
    store_replay(prepare_replay(KEY, made_at=MADE), run)
    for report in Report.objects.all():
        supersede(report, report.successor(recorded_at=NOW, status=Status.RETRACTED))
    built = NOW + timedelta(seconds=2)
    build(KEY, recorded_at=built)
    assert not Figure.objects.current().filter(value__isnull=False).exists()
    for _ in range(2):
        store_replay(prepare_replay(KEY, made_at=MADE), run)
        assert not Figure.objects.current().filter(value__isnull=False).exists()
        assert year_as_of(NOW - timedelta(seconds=1)) == [900]
        assert year_as_of(built) == []
    assert len(prepare_replay(KEY, made_at=MADE).missing.version) == 0
