from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import factories
from tracker.models import ConflictFigure, Figure, Report, Run
from tracker.vocabulary import Cause, Measure, RunKind, RunState, Status
from tracker.work.handlers import HANDLERS
from tracker.work.leases import Ending, claim
from tracker.work.performing import FIRST_PAUSE
from tracker.work.rebuilding import rebuild, request_all, waiting_builds

pytestmark = pytest.mark.django_db


def keys(runs: list[Run]) -> list[str]:
    return [run.key for run in runs]


def country_with_reports(pcode: str) -> None:
    country = factories.country(pcode)
    source = factories.source(f"un-{pcode}")
    for measure in (Measure.IDPS, Measure.ARRIVALS):
        factories.report(country, source, 100, measure=measure, ref=f"{pcode} {measure}")


def test_everything_is_every_series_that_was_reported_on_and_every_country_with_events() -> None:
    country_with_reports("XX")
    country_with_reports("YY")
    factories.event(factories.country("ZZ"))
    runs = request_all(by="test")
    assert keys(runs) == [
        "build:XX:arrivals:conflict:",
        "build:XX:idps:conflict:",
        "build:YY:arrivals:conflict:",
        "build:YY:idps:conflict:",
        "conflict:ZZ",
    ]
    assert {run.requested_by for run in runs} == {"test"}
    assert not any(run.backfilled for run in runs)
    assert keys(request_all(country="YY")) == ["build:YY:arrivals:conflict:", "build:YY:idps:conflict:"]
    assert Run.objects.count() == 5


def test_everything_can_be_asked_for_with_its_history() -> None:
    country_with_reports("XX")
    waiting = Run.objects.request_build(country="XX", measure=Measure.IDPS, cause=Cause.CONFLICT, crisis="")
    runs = request_all(backfilled=True)
    assert waiting in runs
    assert all(run.backfilled for run in Run.objects.all())


def test_figures_of_a_series_that_is_reported_on_no_more_are_withdrawn() -> None:
    country_with_reports("XX")
    rebuild(request_all())
    Report.objects.filter(measure=Measure.IDPS).update(status=Status.RETRACTED)
    rebuilt = rebuild(request_all())
    assert rebuilt.figures["withdrawn"] > 0
    standing = Figure.objects.current().filter(value__isnull=False)
    assert set(standing.values_list("measure", flat=True)) == {Measure.ARRIVALS}


def test_a_rebuild_says_what_came_of_it() -> None:
    country_with_reports("XX")
    factories.event(factories.region("XX03"))
    rebuilt = rebuild(request_all())
    written = Figure.objects.count() + ConflictFigure.objects.count()
    assert (rebuilt.cubes, rebuilt.countries, rebuilt.parked) == (2, 1, [])
    assert rebuilt.figures == {"new": written, "changed": 0, "withdrawn": 0, "unchanged": 0}
    again = rebuild(request_all())
    assert again.figures == {"new": 0, "changed": 0, "withdrawn": 0, "unchanged": written}


def test_only_what_waits_is_built_unless_everything_is_asked_for() -> None:
    country_with_reports("XX")
    country_with_reports("YY")
    Run.objects.request_build(country="XX", measure=Measure.IDPS, cause=Cause.CONFLICT, crisis="")
    running = Run.objects.request_conflict(country="YY")
    assert claim(running.pk)
    Run.objects.request(RunKind.EXPORT, "export:a")
    assert sorted(keys(waiting_builds())) == ["build:XX:idps:conflict:", "conflict:YY"]
    assert keys(waiting_builds("YY")) == ["conflict:YY"]
    assert rebuild(waiting_builds("XX")).cubes == 1
    assert Figure.objects.current().values("country", "measure").distinct().count() == 1


def test_a_build_that_is_given_up_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_for_arrivals(run: Run) -> Callable[[], Ending]:
        if run.payload["measure"] == Measure.ARRIVALS:
            raise ValueError("no such thing")
        return Ending

    monkeypatch.setattr("tracker.work.performing.FIRST_PAUSE", FIRST_PAUSE * 0)
    monkeypatch.setitem(HANDLERS, RunKind.BUILD, fail_for_arrivals)
    country_with_reports("XX")
    rebuilt = rebuild(request_all())
    assert (rebuilt.cubes, keys(rebuilt.parked)) == (1, ["build:XX:arrivals:conflict:"])
    assert rebuilt.parked[0].failures == 5
    assert Run.objects.filter(state=RunState.DONE).count() == 1
