from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from tracker.models import Run
from tracker.vocabulary import RunKind, RunState

pytestmark = pytest.mark.django_db

TOKEN = "for-the-tests-only"
CUBE: dict[str, Any] = {"country": "XX", "measure": "idps", "cause": "conflict", "crisis": ""}


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def read(client: Client) -> dict[tuple[str, ...], float]:
    """By name and labels, in their order, the value of each metric."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in answer["Cache-Control"]
    found = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, *sample.labels.values()): sample.value for family in found for sample in family.samples
    }


def test_runs_are_counted_by_kind_and_state(client: Client) -> None:
    Run.objects.request_build(**CUBE)
    Run.objects.request_conflict(country="XX")
    Run.objects.update(state=RunState.PARKED)
    Run.objects.request_build(**CUBE)
    Run.objects.filter(state=RunState.DUE).update(not_before=timezone.now() - timedelta(minutes=5))
    Run.objects.request_build(**CUBE)
    told = read(client)
    assert told["tracker_runs", "build", "due"] == told["tracker_runs", "build", "parked"] == 1
    assert told["tracker_runs", "conflict", "parked"] == 1
    assert told["tracker_runs", "verify", "parked"] == 0
    assert 300 <= told["tracker_oldest_due_run_seconds",] < 360


def test_differences_stand_until_a_later_verification_clears_them(client: Client) -> None:
    run = Run.objects.request_verification(**CUBE, day="2024-12-16", not_before=timezone.now())
    Run.objects.update(state=RunState.PARKED, counts={"differences": 3})
    assert read(client)["tracker_figures_not_as_reported",] == 3
    (again,) = Run.objects.try_again([run.pk])
    assert read(client)["tracker_figures_not_as_reported",] == 3
    Run.objects.filter(pk=again.pk).update(state=RunState.DONE, counts={"differences": 0})
    assert read(client)["tracker_figures_not_as_reported",] == 0


def test_when_a_kind_was_last_done_well_is_told(client: Client) -> None:
    moment = timezone.now().replace(microsecond=0)
    Run.objects.record(RunKind.VERIFY, "verify", begun=moment, requested_by="")
    Run.objects.record(RunKind.IMPORT, "a", begun=moment, requested_by="", state=RunState.REFUSED)
    told = read(client)
    assert told["tracker_last_done_timestamp_seconds", "verify"] >= moment.timestamp()
    assert ("tracker_last_done_timestamp_seconds", "import") not in told


@pytest.mark.parametrize("said", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"])
def test_nobody_reads_them_without_the_token(client: Client, said: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": said})
    assert answer.status_code == 401
    assert b"tracker_runs" not in answer.content


def test_where_no_token_is_set_there_are_none(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
