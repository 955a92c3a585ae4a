from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests import factories
from tracker.models import ConflictFigure, ExportSchedule, Figure, Region, Report, Run, Source
from tracker.models.versions import supersede
from tracker.vocabulary import Cause, Measure, RunKind, RunState, Status
from tracker.work import drain, tick
from tracker.work.handlers import moment_of

pytestmark = pytest.mark.django_db

CUBE: dict[str, Any] = {"country": "XX", "measure": Measure.IDPS, "cause": Cause.CONFLICT, "crisis": ""}


@pytest.fixture(autouse=True)
def _a_report_and_an_event() -> None:
    country = factories.country()
    factories.report(country, factories.source(), 500)
    factories.event(country, best=3)


def ended(run: Run) -> Run:
    drain(keys=[run.key])
    run.refresh_from_db()
    return run


def done(run: Run, *, runs: int = 1) -> Run:
    assert drain(keys=[run.key]) == runs
    run.refresh_from_db()
    assert run.state == RunState.DONE, run.outcome
    return run


def test_a_build_brings_the_figures_of_its_cube_up_to_date() -> None:
    run = done(Run.objects.request_build(**CUBE))
    figures = Figure.objects.current()
    assert {figure.value for figure in figures} == {500, None}
    assert {figure.build_id for figure in figures} == {run.pk}
    assert run.counts == {"new": figures.count(), "changed": 0, "withdrawn": 0, "unchanged": 0}
    assert run.outcome == f"Figures: {figures.count()} new, 0 changed, 0 withdrawn, 0 unchanged."


def test_a_build_that_is_done_again_changes_nothing() -> None:
    first = done(Run.objects.request_build(**CUBE))
    again = done(Run.objects.request_build(**CUBE))
    assert again.counts == {"new": 0, "changed": 0, "withdrawn": 0, "unchanged": first.counts["new"]}


def test_conflict_figures_are_built_by_country() -> None:
    run = done(Run.objects.request_conflict(country="XX"))
    figures = ConflictFigure.objects.current()
    assert {(figure.events, figure.best) for figure in figures} == {(1, 3)}
    assert run.counts["new"] == figures.count() > 0


@pytest.mark.parametrize("kind", [RunKind.BUILD, RunKind.CONFLICT])
def test_a_run_that_backfills_makes_the_history_and_then_has_the_present_built(kind: RunKind) -> None:
    model = Figure if kind == RunKind.BUILD else ConflictFigure
    if kind == RunKind.BUILD:
        done(Run.objects.request_build(**CUBE, backfilled=True), runs=2)
    else:
        done(Run.objects.request_conflict(country="XX", backfilled=True), runs=2)
    assert set(model.objects.values_list("recorded_at", flat=True)) == {factories.RECORDED}


def test_a_build_that_joined_a_waiting_replay_is_not_lost() -> None:
    done(Run.objects.request_build(**CUBE))
    replay = Run.objects.request_build(**CUBE, backfilled=True)
    report = Report.objects.get()
    supersede(report, report.successor(recorded_at=timezone.now(), status=Status.RETRACTED))
    assert Run.objects.request_build(**CUBE) == replay
    done(replay, runs=2)
    assert not Figure.objects.current().filter(value__isnull=False).exists()


def test_a_build_sees_what_a_machine_with_a_fast_clock_recorded() -> None:
    ahead = timezone.now() + timedelta(seconds=30)
    run = Run.objects.request_build(**CUBE)
    Run.objects.filter(pk=run.pk).update(requested_at=ahead)
    run.refresh_from_db()
    assert moment_of(run) == ahead
    done(run)
    assert set(Figure.objects.values_list("recorded_at", flat=True)) == {ahead}


def test_a_build_of_now_is_recorded_now() -> None:
    run = Run.objects.request_build(**CUBE)
    before = timezone.now()
    assert moment_of(run) >= before


def test_a_schedule_ends_in_an_export(settings: Settings) -> None:
    done(Run.objects.request_build(**CUBE))
    december = {"period_type": "month", "from": "2024-12-01", "to": "2024-12-31"}
    ExportSchedule.objects.create(name="nightly", options=december)
    (run_id,) = tick()
    run = done(Run.objects.get(pk=run_id))
    (row,) = Path(settings.STORAGE, "nightly", "latest", "figures.csv").read_text().splitlines()[1:]
    assert "2024-12" in row
    assert run.counts["rows"] == 1
    assert set(run.counts["files"]) == {
        "figures.csv",
        "figures.geojson",
        "figures.parquet",
        "datapackage.json",
    }
    assert run.outcome.startswith("1 figures in nightly/")


def test_an_export_that_cannot_be_made_fails_and_says_why(settings: Settings) -> None:
    run = Run.objects.request(RunKind.EXPORT, "export:a", payload={"name": "a", "options": {"no": "such"}})
    drain()
    run.refresh_from_db()
    assert (run.state, run.failures) == (RunState.DUE, 1)
    assert run.outcome.startswith("BadValue: no: 'such': expected one of")
    assert not list(Path(settings.STORAGE).rglob("*"))


def test_the_build_after_a_parked_thorough_one_is_thorough() -> None:
    done(Run.objects.request_build(**CUBE))
    Figure.objects.filter(period_type="month", value=500).update(low=499)
    done(Run.objects.request_build(**CUBE))
    assert Figure.objects.current().filter(low=499).exists()
    parked = Run.objects.request_build(**CUBE, thorough=True)
    Run.objects.filter(pk=parked.pk).update(state=RunState.PARKED)
    done(Run.objects.request_build(**CUBE))
    assert not Figure.objects.current().filter(low=499).exists()


class TestVerification:
    def verified(self) -> Run:
        return ended(Run.objects.request_verification(**CUBE, day="2199-01-01", not_before=timezone.now()))

    def test_a_cube_whose_figures_are_what_the_reports_make_passes(self) -> None:
        done(Run.objects.request_build(**CUBE))
        run = self.verified()
        assert (run.state, run.counts) == (RunState.DONE, {"differences": 0})
        assert run.outcome == "Every stored figure is what the reports make."

    def test_a_difference_is_named_logged_and_waits_for_a_person(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        done(Run.objects.request_build(**CUBE))
        Figure.objects.filter(period_type="month", start=factories.DAY).update(low=499)
        run = self.verified()
        assert (run.state, run.counts, run.failures) == (RunState.PARKED, {"differences": 1}, 0)
        assert "XX idps conflict 2024-12: low stored 499, recomputed 500" in run.outcome
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        Figure.objects.filter(low=499).update(low=500)
        (again,) = Run.objects.try_again([run.pk])
        done(again)

    def test_what_stood_at_an_earlier_moment_is_looked_at_too(self) -> None:
        done(Run.objects.request_build(**CUBE))
        moment = Run.objects.get(kind=RunKind.BUILD).moment
        report = Report.objects.get()
        supersede(report, report.successor(value=700, low=700, high=700, recorded_at=timezone.now()))
        done(Run.objects.request_build(**CUBE, changed_since=timezone.now()))
        Figure.objects.filter(superseded_at__isnull=False, period_type="month").update(value=501, high=501)
        with patch("random.Random.choice", min):
            run = self.verified()
        assert moment is not None
        assert run.state == RunState.PARKED
        assert "value stored 501, recomputed 500" in run.outcome

    def test_a_cube_that_waits_for_its_first_build_passes(self) -> None:
        run = self.verified()
        assert run.state == RunState.PARKED
        Run.objects.request_build(**CUBE, changed_since=factories.RECORDED)
        done(Run.objects.try_again([run.pk])[0])

    def test_what_a_thorough_build_has_mended_passes_when_tried_again(self) -> None:
        done(Run.objects.request_build(**CUBE))
        Figure.objects.filter(period_type="month", value=500).update(low=499)
        run = self.verified()
        done(Run.objects.request_build(**CUBE, thorough=True))
        (again,) = Run.objects.try_again([run.pk])
        assert again.counts == run.counts
        assert done(again).counts == {"differences": 0}

    def test_each_cube_has_its_turn_one_after_the_other(self) -> None:
        for cause in Cause:
            factories.report(Region.objects.get(pcode="XX"), Source.objects.get(), ref=cause, cause=cause)
            done(Run.objects.request_build(**CUBE | {"cause": cause}))
        verified = []
        for day in ("2024-12-16", "2024-12-17"):
            payload = {"sample": 2, "day": day}
            run = done(Run.objects.request(RunKind.VERIFY, "verify-some", payload=payload))
            assert run.counts == {"cubes": 2}
            first, second = Run.objects.open().filter(kind=RunKind.VERIFY).order_by("key")
            assert second.not_before - first.not_before >= timedelta(seconds=15)
            Run.objects.open().update(not_before=timezone.now())
            assert drain() == 2
            verified += [first.payload["cause"], second.payload["cause"]]
        assert set(verified) == set(Cause.values)
