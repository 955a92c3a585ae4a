"""Doing the waiting runs in this process, with no broker."""

from __future__ import annotations

import threading
from collections.abc import Collection

from django.utils import timezone

from tracker.models import Run
from tracker.models.runs import RunQuerySet
from tracker.vocabulary import RunState
from tracker.work.performing import attempt
from tracker.work.ticking import park_lost

POLL_SECONDS = 1.0


def drain(
    *,
    kinds: Collection[str] | None = None,
    keys: Collection[str] | None = None,
    wait: bool = False,
    stop: threading.Event | None = None,
) -> int:
    """Do the runs that are ready, one after the other, until none is; return how many were done here.

    With `wait` also those that must not begin yet, and it returns only when others have ended theirs.
    """
    stop = stop or threading.Event()
    done = 0
    while not stop.is_set():
        states = [attempt(run_id) for run_id in _ready(kinds, keys) if not stop.is_set()]
        done += states.count(RunState.DONE)
        if any(states):
            continue
        park_lost(timezone.now())
        if not wait or not _among(Run.objects.open(), kinds, keys).exists():
            break
        stop.wait(POLL_SECONDS)
    return done


def _ready(kinds: Collection[str] | None, keys: Collection[str] | None) -> list[int]:
    return list(_among(Run.objects.ready(timezone.now()), kinds, keys).values_list("pk", flat=True))


def _among(runs: RunQuerySet, kinds: Collection[str] | None, keys: Collection[str] | None) -> RunQuerySet:
    if kinds is not None:
        runs = runs.filter(kind__in=kinds)
    if keys is not None:
        runs = runs.filter(key__in=keys)
    return runs
