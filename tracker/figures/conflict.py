"""Conflict figures of one country: what a build would change, and storing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction

from tracker.figures.changes import BuildCounts
from tracker.figures.conflict_counts import (
    EVENT_TYPES,
    PERIOD_TYPES,
    Counts,
    Ints,
    count,
    parts_of,
)
from tracker.figures.conflict_events import last_versions, read_events, read_figures, regions_above
from tracker.models import ConflictEvent, ConflictFigure, Region, Run
from tracker.models.columns import (
    NULL,
    Numbers,
    dates_of,
    insert_columns,
    microseconds,
    moments_of,
    supersede_all,
)
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
    counted = count([(events.at_once(microseconds(recorded_at)), above)])
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
        supersede_all(ConflictFigure, changes.superseded, at=changes.recorded_at)
        insert_conflict(changes.country, changes.regions, changes.new, changes.versions, run)
    return changes.counts


def build_conflict(country: str, *, recorded_at: datetime, run: Run | None = None) -> BuildCounts:
    """Bring the conflict figures of one country up to date; what did not change is left alone."""
    return store_conflict(prepare_conflict(country, recorded_at=recorded_at), run)


def insert_conflict(
    country: str, regions: Sequence[str], counts: Counts, versions: Ints, run: Run | None
) -> None:
    """Store counts as rows."""
    import pyarrow as pa

    levels = dict(
        Region.objects.filter(country=country).order_by("recorded_at").values_list("pcode", "level")
    )
    cells = parts_of(counts.cell)
    events, *fatalities, unknown = counts.content
    insert_columns(
        ConflictFigure,
        {
            "country": country,
            "region": pa.array(regions, pa.string()).take(cells.region),
            "level": pa.array([levels[pcode] for pcode in regions], pa.int64()).take(cells.region),
            "event_type": pa.array(EVENT_TYPES).take(cells.event_type),
            "period_type": pa.array(PERIOD_TYPES).take(cells.period_type),
            "start": dates_of(cells.start),
            "end": dates_of(cells.end),
            "events": pa.array(events),
            **{
                name: pa.array(number, mask=number == NULL)
                for name, number in zip(("low", "best", "high"), fatalities, strict=True)
            },
            "unknown": pa.array(unknown),
            "version": pa.array(versions),
            "recorded_at": moments_of(counts.since),
            "superseded_at": moments_of(counts.until),
            "build_id": run and run.pk,
        },
        count=len(counts),
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
