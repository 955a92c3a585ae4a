"""Bringing figures up to date from the command line, in this process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from tracker.models import ConflictEvent, Run
from tracker.vocabulary import RunKind, RunState
from tracker.work.draining import drain

BUILDS = (RunKind.BUILD, RunKind.CONFLICT)
COUNTED = ("new", "changed", "withdrawn", "unchanged")
"""What builds count, in the order in which a person reads it."""


@dataclass
class Rebuilt:
    """What came of a rebuild, whoever did its runs."""

    cubes: int = 0
    countries: int = 0
    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    parked: list[Run] = field(default_factory=list)


def request_all(*, country: str | None = None, by: str = "", backfilled: bool = False) -> list[Run]:
    """Request the builds of every cube that ever had a report and of every country's conflict figures."""
    from tracker.figures.cubes import cube_keys

    events = ConflictEvent.objects.all() if country is None else ConflictEvent.objects.filter(country=country)
    countries = sorted(events.order_by().values_list("country", flat=True).distinct())
    builds = [
        Run.objects.request_build(
            country=cube.country,
            measure=cube.measure,
            cause=cube.cause,
            crisis=cube.crisis,
            by=by,
            backfilled=backfilled,
            thorough=True,
        )
        for cube in cube_keys(country)
    ]
    conflicts = [
        Run.objects.request_conflict(country=code, by=by, backfilled=backfilled) for code in countries
    ]
    return builds + conflicts


def waiting_builds(country: str | None = None) -> list[Run]:
    """Builds that wait or are being worked on."""
    runs = Run.objects.open().filter(kind__in=BUILDS)
    return list(runs if country is None else runs.filter(payload__country=country))


def rebuild(runs: Iterable[Run]) -> Rebuilt:
    """Do these builds here, wait for those that others are at, and say what came of all of them."""
    began = timezone.now()
    keys = {run.key for run in runs}
    drain(keys=keys, wait=True)
    ended = Run.objects.filter(key__in=keys, finished_at__gte=began).order_by("key")
    rebuilt = Rebuilt(parked=list(ended.filter(state=RunState.PARKED)))
    done = ended.filter(state=RunState.DONE)
    rebuilt.cubes = done.filter(kind=RunKind.BUILD).values("key").distinct().count()
    rebuilt.countries = done.filter(kind=RunKind.CONFLICT).values("key").distinct().count()
    for counts in done.values_list("counts", flat=True):
        for name in COUNTED:
            rebuilt.figures[name] += counts.get(name, 0)
    return rebuilt
