"""Figures of whole periods in order: the versions that stand, and what is not stored of them."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from operator import attrgetter
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from tracker.figures.cubes import CubeKey
from tracker.figures.making import RunningPeriods, rows_made
from tracker.figures.rows import FigureFilter, FigureRow, as_stored
from tracker.models import Figure

LAST_CAUSE = "\U0010ffff"
"""Later in the order than any cause."""


def whole_periods(
    wanted: FigureFilter,
    kinds: Collection[str],
    *,
    behind: Collection[CubeKey],
    after: tuple[Any, ...] | None,
    batch: int,
) -> Iterator[FigureRow]:
    """The figures of these period types in order; those of cubes that are `behind` are made."""
    if wanted.all_causes and after is not None:
        # The place names a sum: whatever its cause, its parts are behind it.
        after = (*after[:-1], LAST_CAUSE)
    stored = _stored(wanted, leaving_out=behind, after=after, batch=batch)
    cubes = [key for key in behind if wanted.wants(key)]
    if not cubes:
        return stored
    others = rows_made(wanted, cubes, kinds, behind=behind, after=after)
    return heapq.merge(stored, others, key=lambda row: row.sort_key(wanted.order))


def _stored(
    wanted: FigureFilter, *, leaving_out: Collection[CubeKey], after: tuple[Any, ...] | None, batch: int
) -> Iterator[FigureRow]:
    running = RunningPeriods(wanted)
    for figure in _versions(wanted, leaving_out, after, batch):
        if figure.final_from > wanted.day:
            row = running.row(figure)
        else:
            row = as_stored(figure, day=wanted.day)
        if row is not None:
            yield row


def _versions(
    wanted: FigureFilter, leaving_out: Collection[CubeKey], after: tuple[Any, ...] | None, batch: int
) -> Iterator[Figure]:
    """The versions that stand at the moment, in order; each of the two streams is read along its index."""
    rows = wanted.narrowed(Figure.objects.all()).filter(start__lte=wanted.day)
    # A stock that ceased in its period has no figure; as of a day before that it still had one.
    rows = rows.filter(Q(value__isnull=False) | Q(final_from__gt=wanted.day))
    for key in leaving_out:
        rows = rows.exclude(**key.fields)
    current = rows.filter(superseded_at__isnull=True)
    if wanted.as_of is None:
        return _in_order(current, wanted, after, batch)
    then = Q(recorded_at__lte=wanted.as_of)
    streams = [
        _in_order(found, wanted, after, batch)
        for found in (current.filter(then), rows.filter(then, superseded_at__gt=wanted.as_of))
    ]
    return heapq.merge(*streams, key=attrgetter(*wanted.order))


def _in_order(
    rows: QuerySet[Figure], wanted: FigureFilter, after: tuple[Any, ...] | None, batch: int
) -> Iterator[Figure]:
    ordered = rows.order_by(*wanted.order)
    while True:
        part = ordered
        if after is not None:
            part = ordered.filter(TupleGreaterThan(Tuple(*map(F, wanted.order)), after))
        figures = list(part[:batch])
        yield from figures
        if len(figures) < batch:
            return
        after = attrgetter(*wanted.order)(figures[-1])
