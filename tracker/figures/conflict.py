"""Conflict figures of one country: what a build would change, and storing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import numpy as np
from django.db import transaction

from tracker.figures.changes import BATCH, BuildCounts
from tracker.figures.conflict_counts import (
    EVENT_TYPES,
    NOT_KNOWN,
    PERIOD_TYPES,
    STILL,
    Counts,
    Ints,
    count,
    parts_of,
)
from tracker.figures.conflict_events import (
    Moments,
    Numbers,
    last_versions,
    moment_of,
    read_events,
    read_figures,
    regions_above,
)
from tracker.models import ConflictEvent, ConflictFigure, Region, Run
from tracker.reconcile.periods import day_of


@dataclass(frozen=True)
class ConflictChanges:
    """The versions that a build writes, at one moment, and those that they take the place of."""

    country: str
    recorded_at: datetime
    regions: Sequence[str]
    """P-codes, as the regions of the cells are numbered."""
    new: Counts
    versions: Ints
    """The version number of each of `new`."""
    superseded: list[int]
    """Primary keys."""
    counts: BuildCounts


def prepare_conflict(country: str, *, recorded_at: datetime) -> ConflictChanges:
    """Count the events, compare with the figures that stand: what `store_conflict` would write."""
    regions = Numbers()
    events = read_events(ConflictEvent.objects.as_of(recorded_at).filter(country=country), regions)
    standing = read_figures(ConflictFigure.objects.current().filter(country=country), regions)
    above = regions_above(country, regions, as_of=recorded_at)
    counted = count([(events.at_once(Moments()[recorded_at]), above)])
    cells = (standing.counts.cell, counted.cell)
    _, old, now = np.intersect1d(*cells, assume_unique=True, return_indices=True)
    contents = zip(standing.counts.content, counted.content, strict=True)
    same = np.all([stood[old] == counts[now] for stood, counts in contents], axis=0)
    is_written = np.ones(len(counted), dtype=np.bool_)
    is_written[now[same]] = False
    is_superseded = np.ones(len(standing.pk), dtype=np.bool_)
    is_superseded[old[same]] = False
    version = np.zeros(len(counted), dtype=np.int64)
    version[now] = standing.version[old]
    new, version = counted.take(is_written), version[is_written]
    is_changed = version > 0
    version[~is_changed] = _last_versions(country, regions, new.cell[~is_changed])
    return ConflictChanges(
        country=country,
        recorded_at=recorded_at,
        regions=tuple(regions),
        new=new,
        versions=version + 1,
        superseded=standing.pk[is_superseded].tolist(),
        counts=BuildCounts(
            new=int((~is_changed).sum()),
            changed=int(is_changed.sum()),
            withdrawn=int(is_superseded.sum() - is_changed.sum()),
            unchanged=int(same.sum()),
        ),
    )


def store_conflict(changes: ConflictChanges, run: Run | None) -> BuildCounts:
    """Write the changes, all or none."""
    with transaction.atomic():
        for start in range(0, len(changes.superseded), BATCH):
            batch = changes.superseded[start : start + BATCH]
            ConflictFigure.objects.filter(pk__in=batch).update(superseded_at=changes.recorded_at)
        insert_conflict(changes.country, changes.regions, changes.new, changes.versions, run)
    return changes.counts


def build_conflict(country: str, *, recorded_at: datetime, run: Run | None = None) -> BuildCounts:
    """Bring the conflict figures of one country up to date; what did not change is left alone."""
    return store_conflict(prepare_conflict(country, recorded_at=recorded_at), run)


def insert_conflict(
    country: str, regions: Sequence[str], counts: Counts, versions: Ints, run: Run | None
) -> None:
    """Store counts as rows, as many at a time as one statement takes."""
    rows = _rows(country, regions, counts, versions, run)
    while batch := list(islice(rows, BATCH)):
        ConflictFigure.objects.bulk_create(batch)


def _rows(
    country: str, regions: Sequence[str], counts: Counts, versions: Ints, run: Run | None
) -> Iterator[ConflictFigure]:
    levels = dict(
        Region.objects.filter(country=country).order_by("recorded_at").values_list("pcode", "level")
    )
    cells = parts_of(counts.cell)
    columns = (
        cells.region, cells.event_type, cells.period_type, cells.start, cells.end,
        counts.since, counts.until, versions, *counts.content,
    )  # fmt: skip
    for place in range(len(counts)):
        region, event_type, period_type, start, end, since, until, version, events, *fatalities, unknown = (
            int(column[place]) for column in columns
        )
        low, best, high = (None if number == NOT_KNOWN else number for number in fatalities)
        yield ConflictFigure(
            country=country,
            region=regions[region],
            level=levels[regions[region]],
            event_type=EVENT_TYPES[event_type],
            period_type=PERIOD_TYPES[period_type],
            start=day_of(start),
            end=day_of(end),
            events=events,
            low=low,
            best=best,
            high=high,
            unknown=unknown,
            version=version,
            recorded_at=moment_of(since),
            superseded_at=None if until == STILL else moment_of(until),
            build=run,
        )


def _last_versions(country: str, regions: Numbers, cells: Ints) -> Ints:
    """How many versions each of these cells had before it was withdrawn; 0 where it is new."""
    found = np.zeros(len(cells), dtype=np.int64)
    if len(cells):
        starts = parts_of(cells).start
        withdrawn = ConflictFigure.objects.filter(
            country=country,
            superseded_at__isnull=False,
            start__gte=day_of(starts.min()),
            start__lte=day_of(starts.max()),
        )
        had, version = last_versions(withdrawn, regions)
        _, old, now = np.intersect1d(had, cells, assume_unique=True, return_indices=True)
        found[now] = version[old]
    return found
