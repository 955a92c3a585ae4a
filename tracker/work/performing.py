"""One run, from its claim to its end, whichever end that is."""

from __future__ import annotations

import logging
import re
import traceback
from datetime import timedelta

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from tracker.errors import LeaseLost
from tracker.models import Run
from tracker.models.runs import MOST_ATTEMPTS, earliest
from tracker.vocabulary import RunState
from tracker.work.handlers import handler_of
from tracker.work.leases import Lease, claim, kept_alive, publish

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_REASON = 500
LONGEST_LOG = 10_000


def perform(run_id: int) -> bool:
    """Do a run if it is to be had; True where it was done here."""
    return attempt(run_id) == RunState.DONE


def attempt(run_id: int) -> RunState | None:
    """The state that this attempt left the run in; None where the run was not to be had."""
    try:
        lease = claim(run_id)
    except OperationalError as error:
        _drop_broken_connection()
        log.warning("Run %s could not be claimed: %s", run_id, error)
        return None
    if lease is None:
        return None
    try:
        return _work(lease)
    except LeaseLost as lost:
        log.warning("%s What was done here is rolled back.", lost)
        return RunState.RUNNING


def _work(lease: Lease) -> RunState:
    run = Run.objects.get(pk=lease.run_id)
    try:
        with kept_alive(lease):
            ending = publish(lease, handler_of(run.kind)(run))
    except LeaseLost:
        raise
    except Exception as error:
        _drop_broken_connection()
        return put_back(lease, error)
    except BaseException:
        _release(lease)
        raise
    log.debug("Run %s (%s) is %s. %s", run.pk, run.key, ending.state.value, ending.outcome)
    return ending.state


def _drop_broken_connection() -> None:
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def put_back(lease: Lease, error: Exception) -> RunState:
    """Record a failure: the run waits for another try, joins the run that waits anyway, or is parked.

    Raises
    ------
    LeaseLost : somebody else has the run, so its failure is not ours to record
    """
    try:
        with transaction.atomic():
            return _put_back(lease, error)
    except IntegrityError:
        # A run of this key began to wait in between: this time it is found.
        with transaction.atomic():
            return _put_back(lease, error)


def _put_back(lease: Lease, error: Exception) -> RunState:
    run = lease.held().select_for_update(no_key=True).first()
    if run is None:
        raise LeaseLost(f"Run {lease.run_id} failed after it was taken over: {reason_of(error)}")
    now = timezone.now()
    run.failures += 1
    run.outcome = reason_of(error)
    line = f"{now:%Y-%m-%dT%H:%M:%SZ} attempt {run.attempts}: {run.outcome}{_place(error)}\n"
    run.log = f"{run.log}{line}"[-LONGEST_LOG:]
    if run.failures >= MOST_ATTEMPTS:
        _end(run, RunState.PARKED)
        log.error("Run %s (%s) is parked after %s failures. %s", run.pk, run.key, run.failures, run.outcome)
    else:
        run.not_before = now + pause_after(run.failures)
        _hand_on(run)
        log.warning("Run %s (%s), failure %s: %s", run.pk, run.key, run.failures, run.outcome)
    return RunState(run.state)


def _hand_on(run: Run) -> None:
    """Let a run wait again, or join the one of its key that waits anyway."""
    waiting = Run.objects.select_for_update(no_key=True).filter(key=run.key, state=RunState.DUE).first()
    if waiting is None:
        _end(run, RunState.DUE)
        return
    waiting.failures = max(waiting.failures, run.failures)
    waiting.not_before = max(waiting.not_before, run.not_before)
    waiting.backfilled = waiting.backfilled or run.backfilled
    waiting.changed_since = earliest(waiting.changed_since, run.changed_since)
    waiting.payload = run.payload | waiting.payload
    waiting.save(update_fields=["failures", "not_before", "backfilled", "changed_since", "payload"])
    _end(run, RunState.MERGED)


def _end(run: Run, state: RunState) -> None:
    run.state, run.lease, run.lease_until = state, "", None
    run.finished_at = None if state == RunState.DUE else timezone.now()
    run.save()


def pause_after(failures: int) -> timedelta:
    """How long a run waits after so many failures: twice as long each time, up to ten minutes."""
    return min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)


def reason_of(error: BaseException) -> str:
    """One line that names an error, without a password that an address in it may carry."""
    said = " ".join(str(error).split())
    line = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return re.sub(r"://[^/\s@]+@", "://…@", line)[:LONGEST_REASON]


def _place(error: Exception) -> str:
    """Where in the tracker the error arose, if it did."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/tracker/" in frame.filename]
    return f" (tracker/{ours[-1].filename.rpartition('/tracker/')[2]}:{ours[-1].lineno})" if ours else ""


def _release(lease: Lease) -> None:
    """Give a run back that is broken off, by Ctrl-C for one; it counts as not begun."""
    try:
        with transaction.atomic():
            run = lease.held().select_for_update(no_key=True).first()
            if run is not None:
                run.attempts -= 1
                _hand_on(run)
    except DatabaseError as error:
        log.warning("Run %s could not be given back and waits for its lease to end: %s", lease.run_id, error)
