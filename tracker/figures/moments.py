"""When cubes were built, and as of which moments what is stored is not what the reports of then make.

A change is recorded at one moment and its figures are built at a later one. In between the stored figures are
behind, so an answer as of a moment in between is made from the cube. A replay fills the time before the
first build.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q
from django.utils import timezone

from tracker.figures.cubes import CubeKey
from tracker.models import Report, Run
from tracker.models.runs import CLOCKS_DIFFER, RunQuerySet, build_key, earliest
from tracker.vocabulary import RunKind, RunState

NOT_BUILT_YET = (RunState.DUE, RunState.RUNNING, RunState.PARKED)


def built_at(key: CubeKey, *, by: datetime | None = None) -> datetime | None:
    """The moment of the last build of the cube, up to `by`; None where no run is known to have built it."""
    runs = _builds(key)
    if by is not None:
        runs = runs.filter(moment__lte=by)
    return runs.order_by("-moment").values_list("moment", flat=True).first()


def builds_of(key: CubeKey, *, after: datetime | None, by: datetime) -> list[datetime]:
    """The moments of the cube's builds after one moment (None: any) and up to another, in order."""
    runs = _builds(key).filter(moment__lte=by)
    if after is not None:
        runs = runs.filter(moment__gt=after)
    found = runs.order_by("moment").values_list("moment", flat=True)
    return [moment for moment in found if moment is not None]


def last_thorough_build(key: CubeKey) -> datetime | None:
    """The moment of the last build that relied on no hash."""
    return _builds(key).filter(payload__thorough=True).aggregate(at=Max("moment"))["at"]


@dataclass(frozen=True)
class Built:
    """A build: its moment, and when the earliest change was recorded that it answers to, if known."""

    moment: datetime
    changed_since: datetime | None


def builds_since(moment: datetime) -> dict[CubeKey, list[Built]]:
    """The builds after `moment`, in order, by cube."""
    runs = Run.objects.filter(
        kind=RunKind.BUILD, state=RunState.DONE, backfilled=False, moment__gt=moment
    ).order_by("moment")
    found: dict[CubeKey, list[Built]] = {}
    for payload, built, changed_since in runs.values_list("payload", "moment", "changed_since"):
        assert built is not None  # noqa: S101 - the query left the others out
        found.setdefault(CubeKey.of(payload), []).append(Built(built, changed_since))
    return found


def behind(moment: datetime) -> set[CubeKey]:
    """The cubes whose stored figures, as of `moment`, are not what the reports of then make."""
    runs = Run.objects.filter(kind=RunKind.BUILD, changed_since__lte=moment)
    built_later = Q(state=RunState.DONE, backfilled=False, moment__gt=moment)
    found = runs.filter(built_later | Q(state__in=NOT_BUILT_YET)).values_list("payload", flat=True)
    return {CubeKey.of(payload) for payload in found}


def complete_until() -> datetime:
    """Of what is stored before this moment nothing is missing: no build that goes on records before it."""
    now = timezone.now()
    going_on = Run.objects.filter(
        kind=RunKind.BUILD, state=RunState.RUNNING, lease_until__gte=now - CLOCKS_DIFFER
    )
    begun: datetime | None = going_on.aggregate(at=Min("started_at"))["at"]
    return min(now, begun) if begun else now


def is_made(key: CubeKey) -> bool:
    """Whether the cube was ever built, or its history made."""
    return Run.objects.filter(
        kind=RunKind.BUILD, key=build_key(**key.fields), state=RunState.DONE, moment__isnull=False
    ).exists()


def record_build(run: Run, key: CubeKey, moment: datetime) -> None:
    """Note that `run` builds the cube as of `moment`, and since when the cube was behind.

    The first build of all answers to the first report; a build after parked ones to their changes too.
    """
    parked = Run.objects.filter(key=run.key, state=RunState.PARKED, pk__lt=run.pk)
    since = earliest(run.changed_since, parked.aggregate(at=Min("changed_since"))["at"])
    if since is None and not is_made(key):
        since = Report.objects.filter(**key.fields).aggregate(at=Min("recorded_at"))["at"]
    Run.objects.filter(pk=run.pk).update(moment=moment, changed_since=since)


def record_replay(run: Run, key: CubeKey, moment: datetime, *, live_from: datetime | None) -> datetime | None:
    """Note that `run` made the history of the cube before its first live build; nothing of it is behind now.

    Returns since when what it did not make may be behind: what was asked of it along with the history.
    """
    Run.objects.filter(pk=run.pk).update(moment=moment, changed_since=None)
    if live_from is None:
        return None
    _builds(key).filter(changed_since__lt=live_from).update(changed_since=live_from)
    return run.changed_since and max(run.changed_since, live_from)


def _builds(key: CubeKey) -> RunQuerySet:
    runs: RunQuerySet = Run.objects.filter(
        key=build_key(**key.fields), state=RunState.DONE, backfilled=False, moment__isnull=False
    )
    return runs
