"""What is done every half minute, by whoever does it: schedules, lost runs, and what waits to be sent."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from tracker.models import ExportSchedule, Run
from tracker.models.runs import MADE_DUE, MOST_ATTEMPTS, VERIFY_AUDIT_KEY
from tracker.vocabulary import RunKind, RunState

log = logging.getLogger(__name__)

VERIFIED_AT_HOUR = 3
"""UTC: when a sample of the figures is recomputed, and the audit log gone through, each day."""


@dataclass(frozen=True)
class Slot:
    """One time of a schedule, and the run that is to be made for it."""

    name: str
    kind: RunKind
    key: str
    payload: dict[str, Any]


def tick() -> list[int]:
    """Make the runs of schedules whose time has come; return the runs that somebody should take up."""
    now = timezone.now()
    request_scheduled(now)
    park_lost(now)
    return list(Run.objects.ready(now).values_list("pk", flat=True))


def waiting_behind(run_id: int) -> list[int]:
    """The runs that waited for the end of this one, or are due because of what it stored."""
    run = Run.objects.filter(pk=run_id).only("key", "payload").first()
    if run is None:
        return []
    because = Q(key=run.key) | Q(pk__in=run.payload.get(MADE_DUE, []))
    return list(Run.objects.ready(timezone.now()).filter(because).values_list("pk", flat=True))


def request_scheduled(now: datetime) -> None:
    """Request one run for the latest slot of each schedule, whoever else does so at the same time."""
    latest = {slot.name: slot for slot in (*_exports(now), *_verifications(now), *_audits(now))}
    made = set(Run.objects.filter(slot__in=latest).values_list("slot", flat=True))
    for name, slot in latest.items():
        if name not in made:
            Run.objects.request(slot.kind, slot.key, payload=slot.payload, requested_by="schedule", slot=name)


def _exports(now: datetime) -> Iterator[Slot]:
    for schedule in ExportSchedule.objects.filter(enabled=True):
        moment = latest_slot(now, schedule.hour, schedule.minute)
        key = f"export:{schedule.name}"
        payload = {"name": schedule.name, "options": schedule.options}
        yield Slot(f"{key}:{moment:%Y-%m-%dT%H:%M}", RunKind.EXPORT, key, payload)


def _verifications(now: datetime) -> Iterator[Slot]:
    if settings.VERIFIED_DAILY:
        day = f"{latest_slot(now, VERIFIED_AT_HOUR):%Y-%m-%d}"
        payload = {"sample": settings.VERIFIED_DAILY, "day": day}
        yield Slot(f"verify:{day}", RunKind.VERIFY, "verify-some", payload)


def _audits(now: datetime) -> Iterator[Slot]:
    # A log without entries is complained of, and until somebody has logged in it has none.
    if settings.AUDIT_VERIFIED_DAILY and User.objects.filter(last_login__isnull=False).exists():
        day = f"{latest_slot(now, VERIFIED_AT_HOUR):%Y-%m-%d}"
        yield Slot(f"{VERIFY_AUDIT_KEY}:{day}", RunKind.VERIFY, VERIFY_AUDIT_KEY, {"audit": True})


def latest_slot(now: datetime, hour: int, minute: int = 0) -> datetime:
    """The last moment at which this time of a day came (UTC); days missed before it are not made up for."""
    today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def park_lost(now: datetime) -> None:
    """Park the runs that have cost too many workers their life."""
    for run in Run.objects.abandoned(now).filter(attempts__gte=MOST_ATTEMPTS):
        outcome = f"Its worker was lost: {run.attempts} attempts, {run.failures} of them ended with an error."
        held = Run.objects.abandoned(now).filter(pk=run.pk, lease=run.lease)
        if held.update(state=RunState.PARKED, lease="", lease_until=None, finished_at=now, outcome=outcome):
            log.error("Run %s (%s) is parked. %s", run.pk, run.key, outcome)
