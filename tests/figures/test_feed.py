from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests import factories
from tracker.figures.feed import update_count, update_page, update_places, update_rows
from tracker.figures.query import FigureFilter, figure_rows
from tracker.models import Figure, Region, Report, Run, Source
from tracker.models.versions import V, supersede
from tracker.vocabulary import PeriodType, RunKind, RunState, Status
from tracker.work import drain

pytestmark = pytest.mark.django_db

BEGINNING = datetime(2024, 11, 25, 9, tzinfo=UTC)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
SERIES = (
    ("departures", "conflict", ""),
    ("departures", "disaster", ""),
    ("departures", "conflict", "XX-2024"),
    ("idps", "conflict", ""),
)
NAME = ("region", "measure", "cause", "crisis", "period")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGINNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock: time_machine.Traveller) -> World:
    return World(clock)


class World:
    """A country whose reports are entered, changed and built while the clock goes on."""

    def __init__(self, clock: time_machine.Traveller, *, seed: int = 0) -> None:
        self.clock, self.random = clock, Random(seed)
        self.country = factories.country("XX", parts=3)
        factories.region("XX0101", Region.objects.get(pcode="XX01"))
        factories.region("XX0102", Region.objects.get(pcode="XX01"))
        factories.crisis("XX-2024")
        self.sources = [factories.source("un"), factories.source("ngo", tier=2)]

    def wait(self, **time: int) -> None:
        self.clock.shift(timedelta(**time))

    def build(self) -> None:
        """Bring what changed up to date; each build has its own moment."""
        for run in Run.objects.filter(kind=RunKind.BUILD, state=RunState.DUE).order_by("pk"):
            self.wait(milliseconds=30)
            drain(keys=[run.key])
        self.wait(milliseconds=10)

    def changed(self, *reports: Report) -> None:
        cubes = {(report.country, report.measure, report.cause, report.crisis) for report in reports}
        Run.objects.request_builds(cubes, changed_since=timezone.now())
        self.wait(milliseconds=5)

    def reported(self, pcode: str, value: int, **fields: Any) -> Report:
        measure, cause, crisis = fields.pop("series", SERIES[0])
        day = timezone.now().date()
        given: dict[str, Any] = {"start": day - timedelta(days=3), "end": day, "source": self.sources[0]}
        given |= {"measure": measure, "cause": cause, "crisis": crisis, "recorded_at": timezone.now()}
        given |= fields
        source = given.pop("source")
        report = factories.report(Region.objects.current().get(pcode=pcode), source, value, **given)
        self.changed(report)
        return report

    def next_version(self, old: V, **changes: Any) -> V:
        return supersede(old, old.successor(recorded_at=timezone.now(), **changes))

    def retract(self, report: Report) -> None:
        self.changed(self.next_version(report, status=Status.RETRACTED))

    def retire(self, pcode: str, *, into: str) -> None:
        self.next_version(Region.objects.current().get(pcode=pcode), retired=True, parent=into)
        self.changed(*Report.objects.current())

    # What happens in a random round.

    def enter(self) -> None:
        pcode = self.random.choice(["XX", "XX01", "XX02", "XX03", "XX0101", "XX0102"])
        first = timezone.now().date() + timedelta(days=self.random.randint(-20, 2))
        series = self.random.choice(SERIES)
        last = first if series[0] == "idps" else first + timedelta(days=self.random.randint(0, 9))
        self.reported(
            pcode, self.random.randint(0, 60), start=first, end=last, series=series,
            source=self.random.choice(self.sources),
        )  # fmt: skip

    def edit(self) -> None:
        if report := self.any_report():
            value = self.random.randint(0, 60)
            self.changed(self.next_version(report, value=value, low=value, high=value + 5))

    def take_back(self) -> None:
        if report := self.any_report():
            self.retract(report)

    def approve_again(self) -> None:
        retracted = list(Report.objects.current().filter(status=Status.RETRACTED).order_by("pk"))
        if retracted:
            self.changed(self.next_version(self.random.choice(retracted), status=Status.APPROVED))

    def trust_otherwise(self) -> None:
        source = Source.objects.current().get(code=self.random.choice(self.sources).code)
        self.next_version(source, tier=self.random.randint(1, 4))
        self.changed(*Report.objects.current().filter(source=source.code))

    def release(self) -> None:
        standing = Region.objects.current().filter(pcode__in=["XX03", "XX0102"], retired=False).order_by("pk")
        if region := standing.last():
            self.retire(region.pcode, into="XX0101" if region.pcode == "XX0102" else "XX02")

    def any_report(self) -> Report | None:
        reports = list(Report.objects.current().approved().order_by("pk"))
        return self.random.choice(reports) if reports else None

    def round(self, number: int) -> None:
        acts: list[Callable[[], None]] = [self.enter, self.enter, self.edit, self.take_back]
        acts += [self.approve_again, self.trust_otherwise]
        for _ in range(self.random.randint(0, 4)):
            self.random.choice(acts)()
        if number in (20, 35):
            self.release()
        if self.random.random() < 0.8:
            self.build()
        self.wait(seconds=self.random.choice([1, 3_000, 40_000, 90_000, 90_000, 700_000]))


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


@pytest.mark.parametrize("way", ["recorded_at", "updated_at", "clock"])
@pytest.mark.parametrize("seed", [1, 2])
def test_who_follows_the_changes_has_what_stands(
    clock: time_machine.Traveller, way: str, seed: int
) -> None:
    world = World(clock, seed=seed)
    questions: list[dict[str, Any]] = [
        {},
        {"all_causes": True},
        {"period_types": ("day",)},
        {"within": ("XX",), "period_types": ("week", "day"), "start": date(2024, 12, 1)},
        {"regions": ("XX", "XX03"), "levels": (1,), "measures": ("departures",)},
    ]
    copies = [Copy(way, **fields) for fields in questions]
    for number in range(50):
        world.round(number)
        for copy in copies:
            if world.random.random() < 0.7:
                copy.follow(limit=world.random.choice([7, 100, 1000]))
    world.wait(seconds=1)
    for copy in copies:
        copy.follow(limit=100)
        assert without_moments(copy.rows) == without_moments(listed(**copy.fields)), copy.fields
    assert len(copies[0].rows) > 500
