"""Conflict figures as they would have stood while an archive became known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from django.db import transaction
from django.db.models import Min, Q, QuerySet

from tracker.figures.changes import BuildCounts
from tracker.figures.conflict import insert_conflict
from tracker.figures.conflict_counts import Counts, Events, Ints, count
from tracker.figures.conflict_events import read_events, read_figures, regions_above
from tracker.models import ConflictEvent, ConflictFigure, Region, Run
from tracker.models.columns import STILL, Numbers, in_batches, microseconds, moment_of


@dataclass(frozen=True)
class ConflictHistory:
    """What a replay writes, and what an earlier one wrote that is not right any more."""

    country: str
    regions: Sequence[str]
    """P-codes, as the regions of the cells are numbered."""
    missing: Counts
    versions: Ints
    """The version number of each of `missing`."""
    wrong: Ints
    """Primary keys."""
    cut: Ints
    """Primary keys of those that still stood at the first live build: from then on, they keep standing."""
    live_from: int
    counts: BuildCounts


def prepare_conflict_replay(country: str) -> ConflictHistory:
    """Make the country's history up to its first live build, and compare: what a replay would write."""
    history = ConflictFigure.objects.filter(country=country)
    regions = Numbers()
    events = read_events(ConflictEvent.objects.filter(country=country), regions)
    redrawn = _redrawn(country)
    live_from = _first_live(history, {*events.since.tolist(), *events.until.tolist(), *redrawn})
    wanted = _wanted(country, regions, events, redrawn, live_from)
    replayed = history.filter(build__backfilled=True)
    if live_from != STILL:
        replayed = replayed.filter(recorded_at__lt=moment_of(live_from))
    stored = read_figures(replayed, regions)
    had = {span: place for place, span in enumerate(_spans(stored.counts, live_from))}
    wants = {span: place for place, span in enumerate(_spans(wanted, live_from))}
    missing = _integers([place for span, place in wants.items() if span not in had])
    wrong = _integers([place for span, place in had.items() if span not in wants])
    goes_on = stored.counts.until[wrong] > live_from
    return ConflictHistory(
        country=country,
        regions=tuple(regions),
        missing=wanted.take(missing),
        versions=_places_in_cells(wanted.cell)[missing],
        wrong=stored.pk[wrong[~goes_on]],
        cut=stored.pk[wrong[goes_on]],
        live_from=live_from,
        counts=BuildCounts(new=len(missing), withdrawn=len(wrong), unchanged=len(wants) - len(missing)),
    )


def store_conflict_replay(found: ConflictHistory, run: Run) -> BuildCounts:
    """Write the history, all or none. From the first live build on, everything stands as it was said."""
    history = ConflictFigure.objects.filter(country=found.country)
    with transaction.atomic():
        for pks in in_batches(found.wrong.tolist()):
            history.filter(pk__in=pks).delete()
        for pks in in_batches(found.cut.tolist()):
            history.filter(pk__in=pks).update(recorded_at=moment_of(found.live_from))
        insert_conflict(found.country, found.regions, found.missing, found.versions, run)
        if found.counts.new or found.counts.withdrawn:
            _number_versions(history)
    return found.counts


def replay_conflict(country: str, run: Run) -> BuildCounts:
    """Make the country's history up to its first live build; what is right already is left alone."""
    return store_conflict_replay(prepare_conflict_replay(country), run)


def _redrawn(country: str) -> list[int]:
    """When the country's regions changed: a first version mostly stood before it was recorded."""
    later = Region.objects.came_later().filter(country=country).order_by()
    return sorted(microseconds(moment) for moment in set(later.values_list("recorded_at", flat=True)))


def _first_live(history: QuerySet[ConflictFigure], moments: set[int]) -> int:
    """When the first live build wrote a figure, or withdrew one: at no moment at which an event changed."""
    live = history.filter(Q(build__isnull=True) | Q(build__backfilled=False))
    first = live.aggregate(at=Min("recorded_at"))["at"]
    wrote = microseconds(first) if first else STILL
    ended = history.filter(build__backfilled=True, superseded_at__isnull=False).order_by()
    moments_of_ends = ended.values_list("superseded_at", flat=True).distinct()
    ends = {microseconds(moment) for moment in moments_of_ends if moment is not None}
    return min({wrote, *ends} - (moments - {wrote}))


def _wanted(country: str, regions: Numbers, events: Events, redrawn: list[int], live_from: int) -> Counts:
    """The counts at each moment at which an event was recorded or superseded, or regions were redrawn."""
    first = int(events.since.min(initial=STILL))
    begins = [first, *(moment for moment in redrawn if first < moment < live_from)]
    stretches = [
        (events.between(begin, end), regions_above(country, regions, as_of=moment_of(begin)))
        for begin, end in pairwise([*begins, live_from])
        if begin < end
    ]
    return count(stretches)


def _spans(counts: Counts, live_from: int) -> zip[tuple[int, ...]]:
    """Cells, what they count, and from when until when, as far as replays say."""
    until = np.minimum(counts.until, live_from)
    columns = (counts.cell, counts.since, until, *counts.content)
    return zip(*(column.tolist() for column in columns), strict=True)


def _number_versions(history: QuerySet[ConflictFigure]) -> None:
    """Number the versions of each figure in order, the live ones after the replayed ones."""
    stored = read_figures(history, Numbers())
    order = np.lexsort((stored.counts.since, stored.counts.cell))
    version = _places_in_cells(stored.counts.cell[order])
    wrong = version != stored.version[order]
    for number in np.unique(version[wrong]).tolist():
        for pks in in_batches(stored.pk[order][wrong & (version == number)].tolist()):
            history.filter(pk__in=pks).update(version=number)


def _places_in_cells(cell: Ints) -> Ints:
    """1, 2, 3 … within each cell; cells are sorted."""
    place = np.arange(len(cell))
    is_first = np.append(True, cell[1:] != cell[:-1])[: len(cell)]
    return place - np.maximum.accumulate(np.where(is_first, place, 0)) + 1


def _integers(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)
