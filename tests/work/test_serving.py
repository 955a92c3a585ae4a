from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError
from pytest_django import Settings

from tests.work.conftest import HandleBy, done_at_once, requested
from tracker.models import ExportSchedule, Run
from tracker.vocabulary import RunState
from tracker.work import drain, serving
from tracker.work.serving import Background, serve_in_background

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def background(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Background]]:
    """Start the background thread; it is stopped after the test."""
    settings.TICK_SECONDS = 1
    monkeypatch.setattr(serving, "POLL_SECONDS", 0.05)
    started: list[Background] = []

    def start() -> Background:
        started.append(serve_in_background())
        return started[-1]

    yield start
    for background in started:
        background.stop()
        assert not background.is_alive


def eventually(is_true: Callable[[], bool], *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_true()


def test_a_process_that_serves_does_what_is_asked_for(
    background: Callable[[], Background], handle_by: HandleBy
) -> None:
    handle_by(done_at_once)
    background()
    for key in ("import:a", "import:b"):
        requested(key)
        # Sooner than the next tick.
        assert eventually(lambda: not Run.objects.open().exists())


def test_a_process_that_serves_makes_the_runs_of_schedules(background: Callable[[], Background]) -> None:
    ExportSchedule.objects.create(name="nightly")
    background()
    assert eventually(lambda: Run.objects.filter(key="export:nightly").exists())


def test_a_process_has_one_background_thread(background: Callable[[], Background]) -> None:
    assert background() is background()
    assert [thread.name for thread in threading.enumerate()].count("runs") == 1


def test_a_background_thread_that_was_stopped_can_be_started_again(
    background: Callable[[], Background],
) -> None:
    first = background()
    first.stop()
    assert background() is not first


def test_a_database_that_fails_does_not_end_the_background_thread(
    background: Callable[[], Background],
    handle_by: HandleBy,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    failed: list[bool] = []

    def fail_twice(*, stop: threading.Event) -> int:
        if len(failed) < 2:
            failed.append(True)
            raise OperationalError("server closed the connection unexpectedly")
        return drain(stop=stop)

    monkeypatch.setattr(serving, "drain", fail_twice)
    handle_by(done_at_once)
    run = requested()
    assert background().is_alive
    assert eventually(lambda: Run.objects.get(pk=run.pk).state == RunState.DONE)
    assert caplog.text.count("trying again soon") == 2


def test_stopping_waits_for_the_run_at_hand(
    background: Callable[[], Background], handle_by: HandleBy
) -> None:
    begun = threading.Event()

    def take_a_moment(run: Run) -> Callable[..., object]:
        begun.set()
        time.sleep(0.5)
        return done_at_once(run)

    handle_by(take_a_moment)  # type: ignore[arg-type]
    first, second = requested("import:a"), requested("import:b")
    thread = background()
    assert begun.wait(5)
    thread.stop()
    assert [Run.objects.get(pk=run.pk).state for run in (first, second)] == [RunState.DONE, RunState.DUE]
