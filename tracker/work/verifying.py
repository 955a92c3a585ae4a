"""Verification on a schedule: each night some cubes, each by a run of its own, and the whole audit log.

Differences park the run of their cube, and breaks that of the log, where they wait for a person.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Max
from django.utils import timezone

from tracker.models import Run
from tracker.models.audit import Verification
from tracker.models.runs import verify_key
from tracker.vocabulary import RunKind, RunState
from tracker.work.leases import Ending

if TYPE_CHECKING:
    from tracker.figures.cubes import CubeKey

log = logging.getLogger(__name__)

BETWEEN_CUBES = timedelta(seconds=15)
"""From one to the next, so that a build which is asked for meanwhile waits for one of them at most."""
MOST_NAMED = 20
"""So many differences are named in the outcome."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def verify(run: Run) -> Callable[[], Ending]:
    """Recompute the figures of one cube, choose the cubes whose turn it is, or go through the audit log."""
    if run.payload.get("audit"):
        return _verify_audit(run)
    return _verify_some(run) if "sample" in run.payload else _verify_cube(run)


def _verify_some(run: Run) -> Callable[[], Ending]:
    from tracker.figures.cubes import cube_keys

    chosen = longest_unverified(cube_keys(), run.payload["sample"])

    def publish() -> Ending:
        for place, key in enumerate(chosen):
            Run.objects.request_verification(
                **key.fields,
                day=run.payload["day"],
                by=run.requested_by,
                not_before=timezone.now() + place * BETWEEN_CUBES,
            )
        return Ending(counts={"cubes": len(chosen)}, outcome=f"{len(chosen)} cubes are to be verified.")

    return publish


def longest_unverified(keys: list[CubeKey], size: int) -> list[CubeKey]:
    """As many of the cubes as are wanted, those first whose last verification is longest ago."""
    ended = Run.objects.filter(kind=RunKind.VERIFY, state__in=(RunState.DONE, RunState.PARKED))
    last = dict(ended.order_by().values_list("key").annotate(Max("finished_at")))
    ordered = sorted(keys, key=lambda key: (last.get(verify_key(**key.fields)) or _NEVER, key))
    # In the order of their keys, as runs are to be requested.
    return sorted(ordered[:size], key=lambda key: verify_key(**key.fields))


def _verify_cube(run: Run) -> Callable[[], Ending]:
    """Compare what stands, and what stood at an earlier moment, with what the reports make."""
    from tracker.figures.cubes import CubeKey
    from tracker.figures.verify import differences, earlier_moment

    key = CubeKey.of(run.payload)
    if "as_of" in run.payload:
        differing = differences(key, as_of=datetime.fromisoformat(run.payload["as_of"]))
    else:
        differing = differences(key, as_of=None)
        if earlier := earlier_moment(key, on=date.fromisoformat(run.payload["day"])):
            differing += differences(key, as_of=earlier)
    # What is wrong at both moments is one difference.
    found = list(dict.fromkeys(map(str, differing)))
    if found:
        log.error("Run %s (%s): a stored figure is not what the reports make. %s", run.pk, run.key, found[0])
    return lambda: ending_of(found)


def _verify_audit(run: Run) -> Callable[[], Ending]:
    verification = Verification()
    named, breaks = [], 0
    for found in verification.breaks():
        breaks += 1
        if breaks <= MOST_NAMED:
            named.append(str(found))
    counts = {"entries": verification.entries, "breaks": breaks}
    if not breaks:
        outcome = f"The audit log is as it was recorded. Head: {verification.head}"
        return lambda: Ending(counts=counts, outcome=outcome)
    log.error("Run %s (%s): the audit log is not as it was recorded. %s", run.pk, run.key, named[0])
    return lambda: Ending(RunState.PARKED, counts, " ".join(named))


def ending_of(found: list[str]) -> Ending:
    """How a verification ends that found these differences."""
    counts = {"differences": len(found)}
    if not found:
        return Ending(counts=counts, outcome="Every stored figure is what the reports make.")
    return Ending(RunState.PARKED, counts, "; ".join(found[:MOST_NAMED]))
