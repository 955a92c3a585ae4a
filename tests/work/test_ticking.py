from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from tests.models.test_runs import at_once
from tests.work.conftest import requested
from tracker.models import ExportSchedule, Run
from tracker.models.runs import MOST_ATTEMPTS
from tracker.vocabulary import RunKind, RunState
from tracker.work.leases import claim
from tracker.work.ticking import latest_slot, park_lost, request_scheduled, tick, waiting_behind

NOON = datetime(2024, 12, 16, 12, 0, 30, tzinfo=UTC)


def slots() -> list[str | None]:
    return list(Run.objects.order_by("id").values_list("slot", flat=True))


def end_all() -> None:
    Run.objects.update(state=RunState.DONE)


@pytest.mark.parametrize(
    ("hour", "minute", "latest"),
    [
        (2, 30, datetime(2024, 12, 16, 2, 30, tzinfo=UTC)),
        (12, 0, datetime(2024, 12, 16, 12, 0, tzinfo=UTC)),
        (12, 1, datetime(2024, 12, 15, 12, 1, tzinfo=UTC)),
        (23, 59, datetime(2024, 12, 15, 23, 59, tzinfo=UTC)),
    ],
)
def test_the_latest_slot_is_the_last_time_that_has_come(hour: int, minute: int, latest: datetime) -> None:
    assert latest_slot(NOON, hour, minute) == latest


@pytest.mark.django_db
def test_a_schedule_makes_one_run_a_day() -> None:
    ExportSchedule.objects.create(name="nightly", hour=2, options={"within": ["SY"]})
    for hours in (0, 1, 13):
        request_scheduled(NOON + timedelta(hours=hours))
        end_all()
    assert slots() == ["export:nightly:2024-12-16T02:00"]
    request_scheduled(NOON + timedelta(hours=14))
    assert slots() == ["export:nightly:2024-12-16T02:00", "export:nightly:2024-12-17T02:00"]
    run = Run.objects.order_by("id").last()
    assert run
    assert (run.kind, run.key, run.state) == (RunKind.EXPORT, "export:nightly", RunState.DUE)
    assert run.payload == {"name": "nightly", "options": {"within": ["SY"]}}


@pytest.mark.django_db
def test_days_that_were_missed_collapse_to_one_run() -> None:
    ExportSchedule.objects.create(name="nightly", hour=2)
    request_scheduled(NOON)
    end_all()
    request_scheduled(NOON + timedelta(days=10))
    assert slots() == ["export:nightly:2024-12-16T02:00", "export:nightly:2024-12-26T02:00"]


@pytest.mark.django_db
def test_a_night_that_nobody_has_exported_yet_is_taken_over_by_the_next() -> None:
    ExportSchedule.objects.create(name="nightly", hour=2)
    request_scheduled(NOON)
    request_scheduled(NOON + timedelta(days=1))
    assert slots() == ["export:nightly:2024-12-17T02:00"]


@pytest.mark.django_db
def test_a_schedule_that_is_switched_off_makes_nothing() -> None:
    ExportSchedule.objects.create(name="nightly", enabled=False)
    request_scheduled(NOON)
    assert slots() == []


@pytest.mark.django_db(transaction=True)
def test_ten_that_tick_at_once_make_one_run_for_each_slot() -> None:
    for name in ("north", "south", "whole"):
        ExportSchedule.objects.create(name=name, hour=2)
    for day in range(4):
        now = NOON + timedelta(days=day)
        at_once(*[lambda now=now: request_scheduled(now)] * 10)
        assert Run.objects.filter(state=RunState.DUE).count() == 3
        end_all()
    assert len(slots()) == len(set(slots())) == 12


@pytest.mark.django_db
def test_a_sample_of_the_figures_is_verified_once_a_day(settings: Settings) -> None:
    settings.VERIFIED_DAILY = 7
    for hours in (-11, 0, 11):
        request_scheduled(NOON + timedelta(hours=hours))
        end_all()
    assert slots() == ["verify:2024-12-15", "verify:2024-12-16"]
    run = Run.objects.order_by("id").last()
    assert run
    assert (run.kind, run.key, run.payload) == (
        RunKind.VERIFY,
        "verify-some",
        {"sample": 7, "day": "2024-12-16"},
    )


@pytest.mark.django_db
def test_the_audit_log_is_gone_through_once_a_day_from_the_first_log_in_on(settings: Settings) -> None:
    settings.AUDIT_VERIFIED_DAILY = True
    request_scheduled(NOON)
    assert slots() == []
    User.objects.create(username="anna", last_login=NOON)
    for hours in (0, 11, 24):
        request_scheduled(NOON + timedelta(hours=hours))
        end_all()
    assert slots() == ["verify-audit:2024-12-16", "verify-audit:2024-12-17"]


@pytest.mark.django_db
def test_a_tick_names_what_is_due_and_what_was_abandoned() -> None:
    due, running, lost, later = (requested(f"import:{name}") for name in "abcd")
    assert claim(running.pk) and claim(lost.pk)
    Run.objects.filter(pk=lost.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    Run.objects.filter(pk=later.pk).update(not_before=timezone.now() + timedelta(minutes=1))
    assert tick() == [lost.pk, due.pk]


@pytest.mark.django_db
def test_a_run_that_costs_five_workers_their_life_is_parked(caplog: pytest.LogCaptureFixture) -> None:
    run = requested()
    for attempts in range(1, MOST_ATTEMPTS + 1):
        assert tick() == [run.pk]
        assert claim(run.pk)
        Run.objects.update(lease_until=timezone.now() - timedelta(minutes=1))
        run.refresh_from_db()
        assert (run.state, run.attempts) == (RunState.RUNNING, attempts)
    assert tick() == []
    run.refresh_from_db()
    assert (run.state, run.lease, run.lease_until) == (RunState.PARKED, "", None)
    assert run.outcome == "Its worker was lost: 5 attempts, 0 of them ended with an error."
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.django_db
def test_a_run_that_is_worked_on_for_the_fifth_time_is_not_parked() -> None:
    run = requested(attempts=MOST_ATTEMPTS - 1)
    assert claim(run.pk)
    park_lost(timezone.now())
    run.refresh_from_db()
    assert run.state == RunState.RUNNING


@pytest.mark.django_db
def test_what_waits_behind_a_run_is_the_next_of_its_key() -> None:
    first, other = requested("import:a"), requested("import:b")
    assert claim(first.pk)
    second = requested("import:a")
    assert waiting_behind(first.pk) == []
    Run.objects.filter(pk=first.pk).update(state=RunState.DONE)
    assert waiting_behind(first.pk) == [second.pk]
    assert waiting_behind(other.pk) == [other.pk]
