"""What is done every half minute, by whoever does it: schedules, lost runs, and what waits to be sent."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from tracker.models import ExportSchedule, Run
from tracker.models.runs import MOST_ATTEMPTS
from tracker.vocabulary import RunKind, RunState

log = logging.getLogger(__name__)


def tick() -> list[int]:
    """Make the runs of schedules whose time has come; return the runs that somebody should take up."""
    now = timezone.now()
    request_scheduled(now)
    park_lost(now)
    return list(Run.objects.ready(now).values_list("pk", flat=True))


def waiting_behind(run_id: int) -> list[int]:
    """The run that waits under the key of another: what was asked for while that one was worked on."""
    keys = Run.objects.filter(pk=run_id).values("key")
    return list(Run.objects.ready(timezone.now()).filter(key__in=keys).values_list("pk", flat=True))


def request_scheduled(now: datetime) -> None:
    """Request one run for the latest slot of each schedule, whoever else does so at the same time."""
    latest = {}
    for schedule in ExportSchedule.objects.filter(enabled=True):
        latest[f"export:{schedule.name}:{latest_slot(schedule, now):%Y-%m-%dT%H:%M}"] = schedule
    made = set(Run.objects.filter(slot__in=latest).values_list("slot", flat=True))
    for slot, schedule in latest.items():
        if slot not in made:
            Run.objects.request(
                RunKind.EXPORT,
                f"export:{schedule.name}",
                payload={"name": schedule.name, "options": schedule.options},
                requested_by="schedule",
                slot=slot,
            )


def latest_slot(schedule: ExportSchedule, now: datetime) -> datetime:
    """The last moment at which the schedule's time came; days missed before it are not made up for."""
    today = now.replace(hour=schedule.hour, minute=schedule.minute, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def park_lost(now: datetime) -> None:
    """Park the runs that have cost too many workers their life."""
    for run in Run.objects.abandoned(now).filter(attempts__gte=MOST_ATTEMPTS):
        outcome = f"Its worker was lost: {run.attempts} attempts, {run.failures} of them ended with an error."
        held = Run.objects.abandoned(now).filter(pk=run.pk, lease=run.lease)
        if held.update(state=RunState.PARKED, lease="", lease_until=None, finished_at=now, outcome=outcome):
            log.error("Run %s (%s) is parked. %s", run.pk, run.key, outcome)
