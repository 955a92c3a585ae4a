"""Figures as they would have stood: an archive's history, made at each moment at which something changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from numpy.typing import NDArray

from tracker.figures.changes import BuildCounts, Versions, compare, insert
from tracker.figures.cubes import CubeKey, later_versions, load
from tracker.figures.table import COLUMNS, FigureTable, Names, as_stored, joined, made, withdrawn_at
from tracker.models import Figure, Report, Run
from tracker.models.columns import STILL, Kind, in_batches, microseconds, moments_of, read_columns
from tracker.reconcile.cube import Ints

_SPANS: dict[str, Kind] = {**COLUMNS, "recorded_at": "moment", "superseded_at": "moment"}


@dataclass(frozen=True)
class Spans:
    """Figure versions of one cube, each from when to when it stood.

    `version`, `since`, `until` : int64; moments in microseconds since 1970-01-01, STILL for what still stands
    """

    table: FigureTable
    version: Ints
    since: Ints
    until: Ints

    def take(self, which: NDArray[np.bool_]) -> Spans:
        return Spans(self.table.take(which), self.version[which], self.since[which], self.until[which])

    @property
    def identity(self) -> NDArray[np.void]:
        """One value for each row, equal for rows that say the same of the same time."""
        columns = [self.table.place, *self.table.content, self.since, self.until]
        rows = np.ascontiguousarray(np.stack(columns, axis=1))
        return rows.view(np.dtype((np.void, rows.itemsize * len(columns)))).reshape(-1)


@dataclass(frozen=True)
class History:
    """What a replay writes, and what of an earlier replay is not right any more (primary keys).

    `wrong` goes. `cut` still stood at the first live build, and stands from then on. `taken_back` stood, and
    now never did: who has copied it is told.
    """

    key: CubeKey
    missing: Spans
    names: Names
    levels: dict[str, int]
    wrong: list[int]
    cut: list[int]
    taken_back: list[int]
    live_from: datetime | None
    made_at: datetime
    unchanged: int


def prepare_replay(key: CubeKey, *, made_at: datetime) -> History:
    """The cube's history up to its first live build, which stands as it was said. Nothing is written here.

    What an earlier replay wrote and is still right is left alone.
    """
    live_from = _first_live(key)
    names, levels = Names.new(), dict[str, int]()
    wanted = _spans(key, names, levels, before=live_from)
    replayed = _replayed(key) if live_from is None else _replayed(key).filter(recorded_at__lt=live_from)
    said = read_columns(replayed, _SPANS)
    stored = as_stored(said, names)
    end = STILL if live_from is None else microseconds(live_from)
    # A replay says what stood until the first live build; what a live build let stand goes on standing.
    goes_on = said["superseded_at"] > end
    found = Spans(stored, stored.version, said["recorded_at"], np.minimum(said["superseded_at"], end))
    is_unknown = ~np.isin(stored.place, wanted.table.place)
    is_wrong = ~np.isin(found.identity, wanted.identity) & ~(is_unknown & stored.is_withdrawn)
    taken_back = is_wrong & is_unknown & (found.until == STILL)
    is_there = np.isin(wanted.identity, found.identity)
    return History(
        key=key,
        missing=wanted.take(~is_there),
        names=names,
        levels=levels,
        wrong=stored.pk[is_wrong & ~goes_on & ~taken_back].tolist(),
        cut=stored.pk[is_wrong & goes_on].tolist(),
        taken_back=stored.pk[taken_back].tolist(),
        live_from=live_from,
        made_at=made_at,
        unchanged=int(is_there.sum()),
    )


def store_replay(history: History, run: Run) -> BuildCounts:
    """Write the history, all or none."""
    missing = history.missing
    with transaction.atomic():
        for pks in in_batches(history.wrong):
            Figure.objects.filter(pk__in=pks).delete()
        for pks in in_batches(history.cut):
            Figure.objects.filter(pk__in=pks).update(recorded_at=history.live_from)
        for pks in in_batches(history.taken_back):
            _take_back(Figure.objects.filter(pk__in=pks), history.made_at)
        insert(
            history.key,
            Versions(missing.table, missing.version, history.names, history.levels),
            run,
            recorded_at=moments_of(missing.since),
            superseded_at=moments_of(missing.until),
            stored_at=history.made_at,
        )
    return BuildCounts(
        new=len(missing.since),
        withdrawn=len(history.wrong) + len(history.cut) + len(history.taken_back),
        unchanged=history.unchanged,
    )


def _take_back(figures: QuerySet[Figure], moment: datetime) -> None:
    nothing = dict.fromkeys(("low", "value", "high", "unlocated"))
    figures.update(
        **nothing,
        reports=0,
        source_codes="",
        warnings="",
        final_from=F("start"),
        version=F("version") + 1,
        stored_at=moment,
        is_final=True,
        fingerprint=None,
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


def _spans(key: CubeKey, names: Names, levels: dict[str, int], *, before: datetime | None) -> Spans:
    """The cube's figures through time; `names` and `levels` are filled on the way."""
    standing = FigureTable.empty()
    # Of what stands: its place in the history.
    row = np.zeros(0, dtype=np.int64)
    history = Spans(standing, row, row, row)
    for moment in moments(key, before=before):
        loaded = load(key, as_of=moment)
        levels |= dict(zip(loaded.cube.tree.pcodes, loaded.levels, strict=True))
        fresh = made(loaded, names)
        found = compare(standing, fresh)
        written = joined(fresh.take(found.written), withdrawn_at(standing.place[found.gone]))
        ended = np.concatenate([row[found.replaced], row[found.gone]])
        version = np.ones(len(written), dtype=np.int64)
        version[found.replaces] += history.version[row[found.replaced]]
        version[len(found.written) :] += history.version[row[found.gone]]
        history.until[ended] = microseconds(moment)
        stays = np.ones(len(standing), dtype=np.bool_)
        stays[found.replaced] = stays[found.gone] = False
        row = np.concatenate([row[stays], len(history.version) + np.arange(len(written))])
        standing = joined(standing.take(stays), written)
        history = Spans(
            joined(history.table, written),
            np.concatenate([history.version, version]),
            np.concatenate([history.since, np.full(len(written), microseconds(moment))]),
            np.concatenate([history.until, np.full(len(written), STILL)]),
        )
    if before is not None:
        history.until[history.until == STILL] = microseconds(before)
    return history
