"""A country whose reports are entered, changed and built while the clock goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import time_machine
from django.utils import timezone

from tests import factories
from tracker.models import Region, Report, Run, Source
from tracker.models.versions import V, supersede
from tracker.vocabulary import RunKind, RunState, Status
from tracker.work import drain

BEGINNING = datetime(2024, 11, 25, 9, tzinfo=UTC)
SERIES = (
    ("departures", "conflict", ""),
    ("departures", "disaster", ""),
    ("departures", "conflict", "XX-2024"),
    ("idps", "conflict", ""),
)


class World:
    """XX with three parts, the first of them with two of its own; nothing happens but what a test does.

    Whatever is done takes a moment, so no two things happen at once.
    """

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
