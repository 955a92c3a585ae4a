from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tracker.models import ExportSchedule, Run
from tracker.models.runs import MOST_ATTEMPTS
from tracker.vocabulary import RunKind, RunState
from tracker.work.leases import Ending, claim, publish


def request(key: str = "export:a", **options: Any) -> Run:
    run: Run = Run.objects.request(RunKind.EXPORT, key, **options)
    return run


def at_once(*tasks: Callable[[], None]) -> None:
    """Do these at the same time, each in a thread with its own connection; the first failure is raised."""
    failures: list[BaseException] = []

    def do(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@pytest.mark.django_db
def test_what_is_asked_for_twice_waits_once() -> None:
    first, second, other = request(), request(), request("export:b")
    assert first == second != other
    assert Run.objects.count() == 2


@pytest.mark.django_db
def test_a_run_remembers_who_first_asked_and_when_it_was_last_asked_for() -> None:
    first = request(requested_by="one")
    second = request(requested_by="two")
    assert second.requested_by == "one"
    assert second.requested_at > first.requested_at


@pytest.mark.django_db
def test_what_is_asked_for_while_it_is_worked_on_waits_behind() -> None:
    first = request()
    lease = claim(first.pk)
    assert lease
    second = request()
    assert second.pk != first.pk
    assert not Run.objects.ready(timezone.now()).exists()
    publish(lease, Ending)
    assert list(Run.objects.ready(timezone.now())) == [second]


@pytest.mark.django_db
@pytest.mark.parametrize("state", [RunState.DONE, RunState.PARKED, RunState.MERGED])
def test_an_ended_run_is_not_waited_for(state: RunState) -> None:
    first = request()
    Run.objects.update(state=state)
    assert request().pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_no_worker_begins_before_it_sees_the_change_that_asked_again() -> None:
    """The run waits already when a second change asks for it; no worker may slip in before that commits."""
    run = request()
    asked, seen = threading.Event(), []

    def change() -> None:
        with transaction.atomic():
            ExportSchedule.objects.create(name="change")
            assert request().pk == run.pk
            asked.set()
            time.sleep(0.5)

    def worker() -> None:
        asked.wait(5)
        assert claim(run.pk)
        seen.append(ExportSchedule.objects.filter(name="change").exists())

    at_once(change, worker)
    assert seen == [True]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_comes_while_a_worker_claims_waits_behind() -> None:
    """The worker's claim is not committed yet when the change asks: the change must not count on that run."""
    run = request()
    claimed, rows = threading.Event(), []

    def worker() -> None:
        with transaction.atomic():
            assert claim(run.pk)
            claimed.set()
            time.sleep(0.5)

    def change() -> None:
        claimed.wait(5)
        rows.append(request().pk)

    at_once(worker, change)
    assert rows != [run.pk]
    assert Run.objects.get(pk=rows[0]).state == RunState.DUE


@pytest.mark.django_db(transaction=True)
def test_many_that_ask_at_once_make_one_run() -> None:
    barrier, rows = threading.Barrier(8), []

    def ask() -> None:
        barrier.wait()
        rows.append(request().pk)

    at_once(*[ask] * 8)
    assert len(rows) == 8
    assert len(set(rows)) == Run.objects.count() == 1


@pytest.mark.django_db
def test_a_slot_is_made_once_whatever_became_of_its_run() -> None:
    first = request(slot="export:a:2024-12-01T02:00")
    for state in (RunState.DUE, RunState.DONE):
        Run.objects.update(state=state)
        assert request(slot="export:a:2024-12-01T02:00") == first
    assert request(slot="export:a:2024-12-02T02:00") != first
    assert Run.objects.count() == 2


@pytest.mark.django_db
def test_a_run_that_still_waits_takes_the_next_slot_over() -> None:
    first = request(slot="export:a:2024-12-01T02:00", payload={"day": 1})
    second = request(slot="export:a:2024-12-02T02:00", payload={"day": 2})
    assert second == first
    assert (second.slot, second.payload) == ("export:a:2024-12-02T02:00", {"day": 2})


@pytest.mark.django_db
def test_a_waiting_run_stays_one_that_backfills() -> None:
    assert not request().backfilled
    assert request(backfilled=True).backfilled
    assert request().backfilled


@pytest.mark.django_db
def test_an_abandoned_run_comes_before_those_that_are_due() -> None:
    now = timezone.now()
    due, lost = request("export:a"), request("export:b")
    assert claim(lost.pk)
    assert list(Run.objects.ready(now)) == [due]
    Run.objects.filter(pk=lost.pk).update(lease_until=now - timedelta(minutes=1))
    assert list(Run.objects.ready(now)) == [lost, due]
    Run.objects.filter(pk=lost.pk).update(attempts=MOST_ATTEMPTS)
    assert list(Run.objects.ready(now)) == [due]


@pytest.mark.django_db
def test_only_parked_runs_are_tried_again() -> None:
    parked = request("export:a", payload={"name": "a"}, slot="export:a:2024-12-01T02:00")
    done = request("export:b")
    Run.objects.filter(pk=parked.pk).update(state=RunState.PARKED, failures=5, attempts=5)
    Run.objects.filter(pk=done.pk).update(state=RunState.DONE)
    (again,) = Run.objects.try_again([parked.pk, done.pk], by="officer")
    parked.refresh_from_db()
    assert parked.state == RunState.MERGED
    assert (again.key, again.payload, again.failures, again.attempts) == ("export:a", {"name": "a"}, 0, 0)
    assert (again.state, again.requested_by) == (RunState.DUE, "officer")
    assert Run.objects.try_again([parked.pk, done.pk]) == []


@pytest.mark.django_db
def test_a_request_is_undone_with_the_transaction_that_made_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        request()
        _ = 1 / 0
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_a_run_is_asked_for_at_the_moment_of_asking() -> None:
    assert abs(request().requested_at - datetime.now(UTC)) < timedelta(seconds=5)
