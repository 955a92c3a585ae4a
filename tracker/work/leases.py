"""Who may work on a run: claims, leases and the end that only the holder of the lease can write."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from tracker.errors import LeaseLost
from tracker.models import Run
from tracker.models.runs import RunQuerySet
from tracker.vocabulary import RunState

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lease:
    """The right to work on a run and to end it, for as long as the row bears this token."""

    run_id: int
    token: str

    def held(self) -> RunQuerySet:
        """The run, if the lease is still its own."""
        return Run.objects.filter(pk=self.run_id, lease=self.token, state=RunState.RUNNING)


@dataclass
class Ending:
    """What is written into a run whose work is done.

    It is parked where what was found calls for a person, though nothing failed.
    """

    state: RunState = RunState.DONE
    counts: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""


def lease_time() -> timedelta:
    return timedelta(seconds=settings.RUN_LEASE_SECONDS)


def claim(run_id: int) -> Lease | None:
    """The lease of a run that is due or abandoned; None where it is not to be had.

    Of any number of workers that try at once, one gets it: each tries by the same conditional update.
    A run whose key is being worked on is not to be had either, which `run_runs_once` sees to.
    """
    now = timezone.now()
    lease = Lease(run_id, secrets.token_hex(16))
    try:
        with transaction.atomic():
            claimed = (
                Run.objects.claimable(now)
                .filter(pk=run_id)
                .update(
                    state=RunState.RUNNING,
                    lease=lease.token,
                    lease_until=now + lease_time(),
                    attempts=F("attempts") + 1,
                    started_at=now,
                )
            )
    except IntegrityError:
        return None
    return lease if claimed else None


def renew(lease: Lease) -> bool:
    """True where the lease was still held and now lasts its whole time again."""
    return lease.held().update(lease_until=timezone.now() + lease_time()) == 1


@contextmanager
def kept_alive(lease: Lease) -> Iterator[None]:
    """Renew the lease every third of its time, from a thread with a connection of its own."""
    ended = threading.Event()
    renewing = threading.Thread(target=_renew_until, args=(ended, lease), name=f"lease-{lease.run_id}")
    renewing.daemon = True
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join(timeout=settings.RUN_LEASE_SECONDS)


def _renew_until(ended: threading.Event, lease: Lease) -> None:
    pause = wait = settings.RUN_LEASE_SECONDS / 3
    try:
        while not ended.wait(wait):
            try:
                # A lease that is gone needs no act here: the end of the work finds out and rolls back.
                if not renew(lease):
                    return
                wait = pause
            except DatabaseError as error:
                # A database that is away, or SQLite's one writer at work, says nothing about the lease.
                log.info("Run %s: its lease could not be renewed yet: %s", lease.run_id, error)
                connection.close()
                wait = min(pause, 1.0)
    finally:
        connection.close()


def publish(lease: Lease, store: Callable[[], Ending]) -> Ending:
    """Store the results of a run and end it, in one transaction whose last statement is the end.

    Raises
    ------
    LeaseLost : somebody else has the run; nothing of what `store` wrote stays
    """
    with transaction.atomic():
        _let_go_if_frozen()
        run = lease.held().only("key").first()
        if run is None:
            raise LeaseLost(f"Run {lease.run_id} was taken over before it was published.")
        ending = store()
        Run.objects.filter(key=run.key, state=RunState.PARKED, pk__lt=run.pk).update(
            state=RunState.MERGED, outcome=f"Run {run.pk} has done this work."
        )
        done = lease.held().update(
            state=ending.state,
            lease="",
            lease_until=None,
            finished_at=timezone.now(),
            counts=ending.counts,
            outcome=ending.outcome,
        )
        if done != 1:
            raise LeaseLost(f"Run {lease.run_id} was taken over while it was published.")
    return ending


def _let_go_if_frozen() -> None:
    """Have PostgreSQL end this transaction where its process stops for longer than the lease.

    Whoever takes the run over would otherwise wait for the rows that a frozen process, or one on a
    machine that is gone, has locked. On SQLite a transaction ends with its process.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
                [f"{settings.RUN_LEASE_SECONDS}s"],
            )
