"""Figures of whole periods in order: the versions that stand, and what is not stored of them."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import Any

from django.db.models import Q

from tracker.figures.cubes import CubeKey
from tracker.figures.earlier import read_on, versions_as_of
from tracker.figures.making import RunningPeriods, rows_made
from tracker.figures.rows import ORDER, ORDER_OF_SUMS, FigureFilter, FigureRow, as_stored
from tracker.models import Figure
from tracker.vocabulary import Cause


def whole_periods(
    wanted: FigureFilter,
    kinds: Collection[str],
    *,
    behind: Collection[CubeKey],
    after: tuple[Any, ...] | None,
    batch: int,
) -> Iterator[FigureRow]:
    """The figures of these period types in order; those of cubes that are `behind` are made."""
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
    """The versions that stand at the moment, in the order asked for."""
    if not wanted.all_causes:
        return _in_order(wanted, leaving_out, after, batch)
    # Each cause by itself lies in the order of the index; the parts of a sum come after each other.
    streams = [
        _in_order(
            replace(wanted, causes=(cause,), all_causes=False),
            leaving_out,
            after and _place_of_cause(after, cause),
            batch,
        )
        for cause in Cause.values
    ]
    return heapq.merge(*streams, key=attrgetter(*wanted.order))


def _place_of_cause(place: tuple[Any, ...], cause: str) -> tuple[Any, ...]:
    """The place of a sum's part."""
    named = dict(zip(ORDER_OF_SUMS, place, strict=True)) | {"cause": cause}
    return tuple(named[name] for name in ORDER)


def _in_order(
    wanted: FigureFilter, leaving_out: Collection[CubeKey], after: tuple[Any, ...] | None, batch: int
) -> Iterator[Figure]:
    rows = wanted.narrowed(Figure.objects.all()).filter(start__lte=wanted.day)
    for key in leaving_out:
        rows = rows.exclude(**key.fields)
    # A stock that ceased in its period has no figure; as of a day before that it still had one.
    rows = rows.filter(Q(value__isnull=False) | Q(final_from__gt=wanted.day))
    if wanted.as_of is not None:
        return versions_as_of(rows, wanted, after, batch)
    return read_on(rows.filter(superseded_at__isnull=True), ORDER, after, batch)
