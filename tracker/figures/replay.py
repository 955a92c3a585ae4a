"""Figures as they would have stood: an archive's history, made at each moment at which something changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tracker.figures.changes import BATCH, IDENTITY, BuildCounts, Content, Place, insert, made
from tracker.figures.cubes import CubeKey, load
from tracker.models import Figure, Region, Report, Round, Run, Source

Span = tuple[Place, Content, datetime, datetime | None]
"""A figure's place and content, and from when to when it stood."""


@dataclass(frozen=True)
class History:
    """What a replay writes, and what of an earlier replay it replaces."""

    missing: list[Figure]
    wrong: list[int]
    unchanged: int


def prepare_replay(key: CubeKey) -> History:
    """The cube's history up to its first live build, which stands as it was said. Nothing is written here.

    What an earlier replay wrote and is still right is left alone.
    """
    history = Figure.objects.filter(**key.fields)
    live = history.filter(Q(build__isnull=True) | Q(build__backfilled=False))
    first_live = live.order_by("recorded_at").values_list("recorded_at", flat=True).first()
    wanted = dict(_spans(key, before=first_live))
    stored: dict[Span, int] = {}
    rows = history.filter(build__backfilled=True).values_list(
        "pk", "recorded_at", "superseded_at", *IDENTITY, *Figure.CONTENT
    )
    past = 3 + len(IDENTITY)
    for row in rows.iterator(chunk_size=10_000):
        stored[row[3:past], row[past:], row[1], row[2]] = row[0]
    missing = [figure for span, figure in wanted.items() if span not in stored]
    return History(
        missing=missing,
        wrong=[pk for span, pk in stored.items() if span not in wanted],
        unchanged=len(wanted) - len(missing),
    )


def store_replay(history: History, run: Run) -> BuildCounts:
    """Write the history, all or none."""
    with transaction.atomic():
        for start in range(0, len(history.wrong), BATCH):
            Figure.objects.filter(pk__in=history.wrong[start : start + BATCH]).delete()
        insert(history.missing, run)
    return BuildCounts(new=len(history.missing), withdrawn=len(history.wrong), unchanged=history.unchanged)


def moments(key: CubeKey, *, before: datetime | None) -> list[datetime]:
    """When anything was recorded that the figures of the cube depend on, in order."""
    reports = Report.objects.filter(**key.fields)
    found = set(reports.values_list("recorded_at", flat=True))
    found.update(filter(None, reports.values_list("superseded_at", flat=True)))
    if not found:
        return []
    first = min(found)
    sources = set(reports.values_list("source", flat=True))
    for others in (
        Source.objects.filter(code__in=sources),
        Round.objects.filter(country=key.country, source__in=sources),
        Region.objects.filter(country=key.country),
    ):
        # A first version stood before it was recorded (ReferenceQuerySet): only later ones change anything.
        found.update(others.filter(version__gt=1).values_list("recorded_at", flat=True))
    return sorted(moment for moment in found if moment >= first and (before is None or moment < before))


def _spans(key: CubeKey, *, before: datetime | None) -> Iterator[tuple[Span, Figure]]:
    standing: dict[Place, tuple[Content, Figure]] = {}
    versions: dict[Place, int] = {}

    def ended(place: Place, at: datetime | None) -> tuple[Span, Figure]:
        content, row = standing.pop(place)
        row.superseded_at = at
        return (place, content, row.recorded_at, at), row

    for moment in moments(key, before=before):
        fresh = made(load(key, as_of=moment))
        for place in [
            place for place in standing if place not in fresh or fresh[place][0] != standing[place][0]
        ]:
            yield ended(place, moment)
        for place, (content, row) in fresh.items():
            if place not in standing:
                versions[place] = row.version = versions.get(place, 0) + 1
                row.recorded_at = moment
                standing[place] = (content, row)
    for place in list(standing):
        yield ended(place, before)
