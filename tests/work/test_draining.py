from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.work.conftest import HandleBy, done_at_once, requested
from tracker.models import Run
from tracker.models.runs import CLOCKS_DIFFER, MOST_ATTEMPTS
from tracker.vocabulary import RunKind, RunState
from tracker.work import draining
from tracker.work.draining import drain
from tracker.work.leases import Ending, claim, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "POLL_SECONDS", 0.05)


def states() -> list[str]:
    return list(Run.objects.order_by("id").values_list("state", flat=True))


def test_draining_does_all_that_is_due(handle_by: HandleBy) -> None:
    handle_by(done_at_once)
    for number in range(3):
        requested(f"import:{number}")
    assert drain() == 3
    assert states() == [RunState.DONE] * 3
    assert drain() == 0


def test_what_is_asked_for_while_draining_is_done_too(handle_by: HandleBy) -> None:
    asked: list[Run] = []

    def ask_again_once(run: Run) -> Callable[[], Ending]:
        if not asked:
            asked.append(requested(run.key))
        return Ending

    handle_by(ask_again_once)
    requested()
    assert drain() == 2
    assert states() == [RunState.DONE, RunState.DONE]


def test_draining_can_be_kept_to_kinds_or_keys(handle_by: HandleBy) -> None:
    handle_by(done_at_once)
    for number in range(2):
        requested(f"import:{number}")
    requested("import:other", kind=RunKind.EXPORT)
    assert drain(keys=["import:1"]) == 1
    assert states() == [RunState.DUE, RunState.DONE, RunState.DUE]
    assert drain(kinds=[RunKind.IMPORT]) == 1
    assert states() == [RunState.DONE, RunState.DONE, RunState.DUE]
    assert drain(keys=[]) == 0


def test_a_failure_does_not_keep_the_others_waiting(handle_by: HandleBy) -> None:
    def fail_for_a(run: Run) -> Callable[[], Ending]:
        if run.key == "import:a":
            raise ValueError("no such thing")
        return Ending

    handle_by(fail_for_a)
    requested("import:a"), requested("import:b")
    assert drain() == 1
    assert states() == [RunState.DUE, RunState.DONE]


def test_without_waiting_what_others_do_and_what_is_not_due_yet_is_left(handle_by: HandleBy) -> None:
    handle_by(done_at_once)
    assert claim(requested("import:a").pk)
    requested("import:b", not_before=timezone.now() + timedelta(minutes=1))
    assert drain() == 0
    assert states() == [RunState.RUNNING, RunState.DUE]


def test_waiting_includes_what_is_not_due_yet(handle_by: HandleBy) -> None:
    handle_by(done_at_once)
    at = timezone.now() + CLOCKS_DIFFER + timedelta(seconds=0.4)
    run = requested(not_before=at)
    assert drain(wait=True) == 1
    run.refresh_from_db()
    assert run.started_at and run.started_at >= at - CLOCKS_DIFFER


@pytest.mark.django_db(transaction=True)
def test_waiting_includes_what_others_are_at() -> None:
    run = requested()
    lease = claim(run.pk)
    assert lease

    def end_it() -> None:
        time.sleep(0.4)
        publish(lease, Ending)
        connection.close()

    other = threading.Thread(target=end_it)
    other.start()
    assert drain(wait=True) == 0
    run.refresh_from_db()
    assert run.state == RunState.DONE
    other.join()


def test_a_run_that_others_abandoned_is_done_and_a_deadly_one_is_parked(handle_by: HandleBy) -> None:
    handle_by(done_at_once)
    for key, attempts in (("import:a", 1), ("import:b", MOST_ATTEMPTS)):
        run = requested(key)
        assert claim(run.pk)
        long_ago = timezone.now() - timedelta(minutes=1)
        Run.objects.filter(pk=run.pk).update(lease_until=long_ago, attempts=attempts)
    assert drain(wait=True) == 1
    assert states() == [RunState.DONE, RunState.PARKED]


def test_draining_ends_after_the_run_at_hand_when_told_to_stop(handle_by: HandleBy) -> None:
    stop = threading.Event()

    def ask_to_stop(run: Run) -> Callable[[], Ending]:
        stop.set()
        return Ending

    handle_by(ask_to_stop)
    requested("import:a"), requested("import:b")
    assert drain(wait=True, stop=stop) == 1
    assert states() == [RunState.DONE, RunState.DUE]
