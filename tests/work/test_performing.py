from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.work.conftest import HandleBy, done_at_once, requested
from tracker.errors import LeaseLost
from tracker.models import ExportSchedule, Run
from tracker.models.runs import MOST_ATTEMPTS
from tracker.vocabulary import RunState
from tracker.work import performing
from tracker.work.leases import Ending, claim
from tracker.work.performing import LONGEST_REASON, attempt, pause_after, perform, put_back, reason_of

pytestmark = pytest.mark.django_db


def fails(run: Run) -> Callable[[], Ending]:
    raise ValueError("no such thing")


def fails_while_it_stores(run: Run) -> Callable[[], Ending]:
    def store() -> Ending:
        ExportSchedule.objects.create(name="half-done")
        raise ValueError("no such thing")

    return store


def let_its_time_come() -> None:
    Run.objects.filter(state=RunState.DUE).update(not_before=timezone.now())


def test_a_run_is_done_and_says_what_came_of_it(handle_by: HandleBy) -> None:
    handle_by(done_at_once)
    run = requested()
    assert perform(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.counts, run.outcome) == (RunState.DONE, 1, {"rows": 1}, "One row.")


def test_a_run_that_is_done_is_not_done_again(handle_by: HandleBy) -> None:
    done = []

    def write_down(run: Run) -> Callable[[], Ending]:
        done.append(run.pk)
        return Ending

    handle_by(write_down)
    run = requested()
    assert [perform(run.pk), perform(run.pk)] == [True, False]
    assert done == [run.pk]


def test_a_handler_works_on_the_run_as_it_was_claimed(handle_by: HandleBy) -> None:
    seen: list[tuple[str, str]] = []

    def look(run: Run) -> Callable[[], Ending]:
        seen.append((run.key, run.state))
        return Ending

    handle_by(look)
    perform(requested("import:b").pk)
    assert seen == [("import:b", RunState.RUNNING)]


@pytest.mark.parametrize("handler", [fails, fails_while_it_stores])
def test_a_failure_is_written_down_and_the_run_waits_longer_each_time(
    handler: Callable[[Run], Callable[[], Ending]], handle_by: HandleBy
) -> None:
    handle_by(handler)
    run = requested()
    waits = []
    for failures in range(1, MOST_ATTEMPTS):
        assert not perform(run.pk)
        run.refresh_from_db()
        assert (run.state, run.failures, run.attempts) == (RunState.DUE, failures, failures)
        assert (run.lease, run.lease_until, run.finished_at) == ("", None, None)
        waits.append(round((run.not_before - timezone.now()).total_seconds()))
        assert not perform(run.pk), "its time has not come"
        let_its_time_come()
    assert waits == [5, 10, 20, 40]
    assert run.outcome == "ValueError: no such thing"
    assert len(run.log.splitlines()) == MOST_ATTEMPTS - 1
    assert not ExportSchedule.objects.exists()


def test_after_five_failures_a_run_is_parked_for_a_person_to_see(
    handle_by: HandleBy, caplog: pytest.LogCaptureFixture
) -> None:
    handle_by(fails)
    run = requested()
    for _ in range(MOST_ATTEMPTS):
        perform(run.pk)
        let_its_time_come()
    run.refresh_from_db()
    assert (run.state, run.failures) == (RunState.PARKED, 5)
    assert run.finished_at
    assert not perform(run.pk)
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert (
        error.getMessage() == f"Run {run.pk} (import:a) is parked after 5 failures. ValueError: no such thing"
    )


def test_a_failed_run_joins_the_one_that_waits_anyway(handle_by: HandleBy) -> None:
    def ask_again_and_fail(run: Run) -> Callable[[], Ending]:
        requested(run.key)
        raise ValueError("no such thing")

    handle_by(ask_again_and_fail)
    run = requested(failures=2, backfilled=True)
    assert attempt(run.pk) == RunState.MERGED
    run.refresh_from_db()
    waiting = Run.objects.get(state=RunState.DUE)
    assert run.finished_at
    assert (waiting.key, waiting.failures, waiting.attempts, waiting.backfilled) == ("import:a", 3, 0, True)
    assert waiting.not_before > timezone.now() + timedelta(seconds=15)


def test_a_failure_that_clashes_with_a_new_request_is_written_down_at_the_second_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand_on, rounds = performing._hand_on, []

    def clash_once(run: Run) -> None:
        rounds.append(run.pk)
        hand_on(run)
        if len(rounds) == 1:
            Run.objects.create(kind=run.kind, key=run.key)

    run = requested()
    lease = claim(run.pk)
    assert lease
    monkeypatch.setattr(performing, "_hand_on", clash_once)
    assert put_back(lease, ValueError("no such thing")) == RunState.DUE
    assert len(rounds) == 2
    assert Run.objects.get().failures == 1


def test_who_fails_after_the_run_was_taken_over_writes_nothing(
    handle_by: HandleBy, caplog: pytest.LogCaptureFixture
) -> None:
    def be_overtaken(run: Run) -> Callable[[], Ending]:
        Run.objects.filter(pk=run.pk).update(lease="somebody else's")
        raise ValueError("no such thing")

    handle_by(be_overtaken)
    run = requested()
    assert not perform(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failures, run.lease) == (RunState.RUNNING, 0, "somebody else's")
    assert "taken over" in caplog.text


def test_a_lost_lease_is_no_failure_of_the_run(handle_by: HandleBy) -> None:
    def lose(run: Run) -> Callable[[], Ending]:
        raise LeaseLost("gone")

    handle_by(lose)
    run = requested()
    assert attempt(run.pk) == RunState.RUNNING
    run.refresh_from_db()
    assert (run.state, run.failures) == (RunState.RUNNING, 0)


def test_what_is_broken_off_waits_again_as_if_not_begun(handle_by: HandleBy) -> None:
    def press_ctrl_c(run: Run) -> Callable[[], Ending]:
        raise KeyboardInterrupt

    handle_by(press_ctrl_c)
    run = requested()
    with pytest.raises(KeyboardInterrupt):
        perform(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.failures, run.lease) == (RunState.DUE, 0, 0, "")
    handle_by(done_at_once)
    assert perform(run.pk)


def test_a_run_of_a_kind_that_nobody_does_says_so() -> None:
    run = requested(kind="delivery")
    perform(run.pk)
    run.refresh_from_db()
    assert run.outcome == "TrackerError: There is nothing that does runs of kind 'delivery'."


def test_a_database_too_busy_for_a_claim_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_busy(run_id: int) -> None:
        raise OperationalError("database is locked")

    run = requested()
    monkeypatch.setattr(performing, "claim", too_busy)
    assert attempt(run.pk) is None
    run.refresh_from_db()
    assert (run.state, run.failures) == (RunState.DUE, 0)


def test_the_log_says_where_in_the_tracker_it_failed() -> None:
    run = requested(kind="delivery")
    perform(run.pk)
    run.refresh_from_db()
    assert "attempt 1: TrackerError" in run.log
    assert "(tracker/work/handlers.py:" in run.log


def test_pauses_double_up_to_ten_minutes() -> None:
    assert [pause_after(failures).total_seconds() for failures in (1, 2, 3, 7, 8, 9)] == [
        5, 10, 20, 320, 600, 600,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("two\n  lines"), "ValueError: two lines"),
        (ValueError(), "ValueError"),
        (
            OSError("redis://:secret@host:6379/0 and postgres://me:secret@db/x refused"),
            "OSError: redis://…@host:6379/0 and postgres://…@db/x refused",
        ),
    ],
)
def test_a_reason_is_one_line_without_secrets(error: Exception, line: str) -> None:
    assert reason_of(error) == line


def test_a_reason_is_short() -> None:
    assert len(reason_of(ValueError("x" * 10_000))) == LONGEST_REASON


def test_what_a_failed_run_was_to_do_is_asked_of_the_one_that_waits(handle_by: HandleBy) -> None:
    def fails_meanwhile(run: Run) -> Callable[[], Ending]:
        Run.objects.request(run.kind, run.key, payload={"name": "later"})
        raise ValueError("no such thing")

    handle_by(fails_meanwhile)
    run = requested(payload={"name": "earlier", "thorough": True})
    assert not perform(run.pk)
    waiting = Run.objects.get(state=RunState.DUE)
    assert waiting.payload == {"name": "later", "thorough": True}
