"""Figures as they would have stood: an archive's history, made at each moment at which something changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from tracker.figures.changes import BATCH, IDENTITY, BuildCounts, Content, Place, insert, made
from tracker.figures.cubes import CubeKey, later_versions, load
from tracker.models import Figure, Report, Run

Span = tuple[Place, Content, datetime, datetime | None]
"""A figure's place and content, and from when to when it stood."""


@dataclass(frozen=True)
class History:
    """What a replay writes, and what of an earlier replay is not right any more."""

    missing: list[Figure]
    wrong: list[int]
    """Primary keys."""
    cut: list[int]
    """Primary keys of those that still stood at the first live build: from then on they keep standing."""
    live_from: datetime | None
    unchanged: int


def prepare_replay(key: CubeKey) -> History:
    """The cube's history up to its first live build, which stands as it was said. Nothing is written here.

    What an earlier replay wrote and is still right is left alone.
    """
    live_from = _first_live(key)
    wanted = dict(_spans(key, before=live_from))
    stored: dict[Span, tuple[int, bool]] = {}
    for pk, recorded_at, superseded_at, *figure in _replayed(key).values_list(
        "pk", "recorded_at", "superseded_at", *IDENTITY, *Figure.CONTENT
    ):
        if live_from is not None and recorded_at >= live_from:
            continue
        # A replay says what stood until the first live build; what a live build let stand goes on standing.
        goes_on = live_from is not None and (superseded_at is None or superseded_at > live_from)
        place, content = tuple(figure[: len(IDENTITY)]), tuple(figure[len(IDENTITY) :])
        stored[place, content, recorded_at, live_from if goes_on else superseded_at] = (pk, goes_on)
    wrong = [row for span, row in stored.items() if span not in wanted]
    missing = [figure for span, figure in wanted.items() if span not in stored]
    return History(
        missing=missing,
        wrong=[pk for pk, goes_on in wrong if not goes_on],
        cut=[pk for pk, goes_on in wrong if goes_on],
        live_from=live_from,
        unchanged=len(wanted) - len(missing),
    )


def store_replay(history: History, run: Run) -> BuildCounts:
    """Write the history, all or none."""
    with transaction.atomic():
        for pks in _batches(history.wrong):
            Figure.objects.filter(pk__in=pks).delete()
        for pks in _batches(history.cut):
            Figure.objects.filter(pk__in=pks).update(recorded_at=history.live_from)
        insert(history.missing, run)
    return BuildCounts(
        new=len(history.missing),
        withdrawn=len(history.wrong) + len(history.cut),
        unchanged=history.unchanged,
    )


def _replayed(key: CubeKey) -> QuerySet[Figure]:
    return Figure.objects.filter(**key.fields, build__backfilled=True)


def _first_live(key: CubeKey) -> datetime | None:
    """When the first live build wrote a figure, or withdrew one: at no moment at which an input changed."""
    live = Figure.objects.filter(Q(build__isnull=True) | Q(build__backfilled=False), **key.fields)
    wrote = live.aggregate(at=Min("recorded_at"))["at"]
    ended = set(_replayed(key).values_list("superseded_at", flat=True).distinct())
    ends = {moment for moment in ended if moment is not None} - set(moments(key, before=None))
    return min(filter(None, {wrote, *ends}), default=None)


def _batches(pks: list[int]) -> Iterator[list[int]]:
    return (pks[start : start + BATCH] for start in range(0, len(pks), BATCH))


def moments(key: CubeKey, *, before: datetime | None) -> list[datetime]:
    """When anything was recorded that the figures of the cube depend on, in order."""
    reports = Report.objects.filter(**key.fields)
    found = set(reports.values_list("recorded_at", flat=True))
    found.update(filter(None, reports.values_list("superseded_at", flat=True)))
    if not found:
        return []
    first = min(found)
    for versions in later_versions(key):
        found.update(versions.values_list("recorded_at", flat=True))
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
