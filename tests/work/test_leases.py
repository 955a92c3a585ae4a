from __future__ import annotations

import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from tests.models.test_runs import at_once
from tests.work.conftest import requested
from tracker.errors import LeaseLost
from tracker.models import ExportSchedule, Run
from tracker.models.runs import CLOCKS_DIFFER, MOST_ATTEMPTS
from tracker.vocabulary import RunState
from tracker.work import leases
from tracker.work.leases import Ending, Lease, claim, kept_alive, publish, renew

LONG_AGO = timedelta(hours=1)


def abandoned(key: str = "import:a", **fields: object) -> Run:
    """A run whose worker claimed it and was not heard of again."""
    run = requested(key)
    assert claim(run.pk)
    Run.objects.filter(pk=run.pk).update(**{"lease_until": timezone.now() - LONG_AGO} | fields)
    run.refresh_from_db()
    return run


@pytest.mark.django_db
def test_a_claim_takes_a_due_run(settings: Settings) -> None:
    settings.RUN_LEASE_SECONDS = 40
    run = requested()
    before = timezone.now()
    lease = claim(run.pk)
    run.refresh_from_db()
    assert lease == Lease(run.pk, run.lease)
    assert (run.state, run.attempts, run.failures) == (RunState.RUNNING, 1, 0)
    assert run.started_at and run.started_at >= before
    assert run.lease_until == run.started_at + timedelta(seconds=40)


@pytest.mark.django_db
def test_a_claimed_run_is_not_to_be_had() -> None:
    run = requested()
    assert claim(run.pk)
    assert claim(run.pk) is None


@pytest.mark.django_db
@pytest.mark.parametrize("state", [RunState.DONE, RunState.PARKED, RunState.MERGED])
def test_an_ended_run_is_not_to_be_had(state: RunState) -> None:
    assert claim(requested(state=state).pk) is None


@pytest.mark.django_db
def test_a_run_that_does_not_exist_is_not_to_be_had() -> None:
    assert claim(12345) is None


@pytest.mark.django_db
def test_a_run_is_not_to_be_had_before_its_time() -> None:
    run = requested(not_before=timezone.now() + CLOCKS_DIFFER + timedelta(seconds=5))
    assert claim(run.pk) is None
    Run.objects.update(not_before=timezone.now())
    assert claim(run.pk)


@pytest.mark.django_db
def test_a_clock_a_little_behind_does_not_hold_a_run_up() -> None:
    assert claim(requested(not_before=timezone.now() + CLOCKS_DIFFER / 2).pk)


@pytest.mark.django_db
def test_an_abandoned_run_is_taken_over_under_a_new_lease() -> None:
    run = abandoned()
    lease = claim(run.pk)
    assert lease and lease.token != run.lease
    run.refresh_from_db()
    assert run.attempts == 2


@pytest.mark.django_db
def test_a_lease_that_has_only_just_run_out_is_left_to_its_worker() -> None:
    run = abandoned(lease_until=timezone.now() - CLOCKS_DIFFER / 2)
    assert claim(run.pk) is None


@pytest.mark.django_db
def test_a_run_that_has_cost_too_many_workers_is_not_to_be_had() -> None:
    assert claim(abandoned(attempts=MOST_ATTEMPTS).pk) is None


@pytest.mark.django_db
def test_two_runs_of_one_key_never_run_at_once() -> None:
    first = requested("import:a")
    lease = claim(first.pk)
    assert lease
    second, other = requested("import:a"), requested("import:b")
    assert second.pk != first.pk
    assert claim(second.pk) is None
    assert claim(other.pk)
    publish(lease, Ending)
    assert claim(second.pk)


@pytest.mark.django_db
def test_only_the_holder_renews_a_lease() -> None:
    run = abandoned()
    old = Lease(run.pk, run.lease)
    assert renew(old), "nobody has taken it over, so it is still its own"
    Run.objects.update(lease_until=timezone.now() - LONG_AGO)
    new = claim(run.pk)
    assert new
    assert not renew(old)
    assert renew(new)


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_kept_alive_while_the_work_goes_on(settings: Settings) -> None:
    settings.RUN_LEASE_SECONDS = 0.6
    run = requested()
    lease = claim(run.pk)
    assert lease
    run.refresh_from_db()
    until = run.lease_until
    with kept_alive(lease):
        time.sleep(1.0)
    run.refresh_from_db()
    assert until and run.lease_until and run.lease_until > until + timedelta(seconds=0.5)
    assert f"lease-{run.pk}" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_for_a_moment_costs_no_lease(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUN_LEASE_SECONDS = 0.3
    tried = []

    def renew_the_third_time(lease: Lease) -> bool:
        tried.append(lease)
        if len(tried) < 3:
            raise OperationalError("database is locked")
        return renew(lease)

    monkeypatch.setattr(leases, "renew", renew_the_third_time)
    run = requested()
    lease = claim(run.pk)
    assert lease
    run.refresh_from_db()
    until = run.lease_until
    with kept_alive(lease):
        time.sleep(0.8)
    run.refresh_from_db()
    assert until and run.lease_until and run.lease_until > until


@pytest.mark.django_db
def test_results_and_the_end_of_the_run_are_stored_together() -> None:
    run = requested()
    lease = claim(run.pk)
    assert lease

    def store() -> Ending:
        ExportSchedule.objects.create(name="result")
        return Ending(counts={"rows": 3}, outcome="Three rows.")

    publish(lease, store)
    run.refresh_from_db()
    assert (run.state, run.counts, run.outcome) == (RunState.DONE, {"rows": 3}, "Three rows.")
    assert (run.lease, run.lease_until) == ("", None)
    assert run.finished_at
    assert ExportSchedule.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("taken_over", ["before", "while"])
def test_who_has_lost_the_lease_publishes_nothing(taken_over: str) -> None:
    run = abandoned()
    lease = Lease(run.pk, run.lease)
    stored = []

    def store() -> Ending:
        stored.append(True)
        ExportSchedule.objects.create(name="result")
        if taken_over == "while":
            Run.objects.filter(pk=run.pk).update(lease="somebody else's")
        return Ending()

    if taken_over == "before":
        assert claim(run.pk)
    with pytest.raises(LeaseLost):
        publish(lease, store)
    assert bool(stored) == (taken_over == "while")
    assert not ExportSchedule.objects.exists()
    run.refresh_from_db()
    assert run.state == RunState.RUNNING


@pytest.mark.django_db
def test_a_run_that_ends_well_settles_what_was_parked_before_it() -> None:
    parked = requested(state=RunState.PARKED)
    other = requested("import:b", state=RunState.PARKED)
    lease = claim(requested().pk)
    assert lease
    publish(lease, Ending)
    parked.refresh_from_db()
    other.refresh_from_db()
    assert (parked.state, other.state) == (RunState.MERGED, RunState.PARKED)


@pytest.mark.django_db(transaction=True)
def test_twenty_threads_that_claim_at_once_get_one_lease() -> None:
    for number in range(5):
        run = requested(f"import:{number}")
        claimed: list[Lease | None] = []
        barrier = threading.Barrier(20)

        def try_it(pk: int, claimed: list[Lease | None], barrier: threading.Barrier) -> None:
            barrier.wait()
            claimed.append(claim(pk))

        at_once(*[partial(try_it, run.pk, claimed, barrier)] * 20)
        assert len(claimed) == 20
        assert sum(lease is not None for lease in claimed) == 1


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_publication_holds_no_session_longer_than_the_lease(settings: Settings) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's transactions end with their process")
    settings.RUN_LEASE_SECONDS = 7
    shown: list[str] = []

    def store() -> Ending:
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            shown.append(cursor.fetchone()[0])
        return Ending()

    lease = claim(requested().pk)
    assert lease
    publish(lease, store)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        shown.append(cursor.fetchone()[0])
    assert shown == ["7s", "0"]
