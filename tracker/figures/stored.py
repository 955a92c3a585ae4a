"""Figures of whole periods in order: the versions that stand, and what is not stored of them."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from operator import attrgetter
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThanOrEqual

from tracker.figures.cubes import CubeKey
from tracker.figures.making import RunningPeriods, rows_made
from tracker.figures.rows import ORDER, ORDER_OF_SUMS, FigureFilter, FigureRow, as_stored
from tracker.models import Figure, Region
from tracker.vocabulary import Cause

LAST = "\U0010ffff"
"""Later in the order than any code."""
MOST_AT_ONCE = 20_000
"""Figures among which the versions of an earlier moment are looked for by one query."""


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
    rows = wanted.narrowed(Figure.objects.all()).filter(start__lte=wanted.day)
    for key in leaving_out:
        rows = rows.exclude(**key.fields)
    if not wanted.all_causes:
        return _in_order(rows, wanted, after, batch)
    # Each cause by itself lies in the order of the index; parts of one sum come after each other.
    places = {cause: after and _place_of_cause(after, cause) for cause in Cause.values}
    streams = [_in_order(rows.filter(cause=cause), wanted, place, batch) for cause, place in places.items()]
    return heapq.merge(*streams, key=attrgetter(*wanted.order))


def _place_of_cause(place: tuple[Any, ...], cause: str) -> tuple[Any, ...]:
    """The place of a sum's part: all parts of the sum come before what follows it."""
    named = dict(zip(ORDER_OF_SUMS, place, strict=True)) | {"cause": cause}
    return tuple(named[name] for name in ORDER)


def _in_order(
    rows: QuerySet[Figure], wanted: FigureFilter, after: tuple[Any, ...] | None, batch: int
) -> Iterator[Figure]:
    # A stock that ceased in its period has no figure; as of a day before that it still had one.
    exists = Q(value__isnull=False) | Q(final_from__gt=wanted.day)
    current = rows.filter(superseded_at__isnull=True)
    if wanted.as_of is None:
        yield from _read(current.filter(exists), after, None, batch)
        return
    known = rows.filter(exists, recorded_at__lte=wanted.as_of)
    standing = (known.filter(superseded_at__isnull=True), known.filter(superseded_at__gt=wanted.as_of))
    for country in _countries(wanted):
        first = (country, "", "", "", "", "", date.min)
        if after is None or after < (country, LAST):
            begin = max(first, after or first)
            yield from _read_by_stretches(current.filter(country=country), standing, begin, batch)


def _countries(wanted: FigureFilter) -> list[str]:
    """The countries of the regions asked for, in order."""
    regions = Region.objects.filter(level=0) if wanted.pcodes is None else Region.objects.all()
    if wanted.pcodes is not None:
        regions = regions.filter(pcode__in=wanted.pcodes)
    return sorted(regions.order_by().values_list("country", flat=True).distinct())


def _read(
    rows: QuerySet[Figure], after: tuple[Any, ...] | None, until: tuple[Any, ...] | None, batch: int
) -> Iterator[Figure]:
    while True:
        # It is the limit that makes PostgreSQL read along the index and no further.
        figures = list(_between(rows, after, until)[:batch])
        yield from figures
        if len(figures) < batch:
            return
        after = attrgetter(*ORDER)(figures[-1])


def _read_by_stretches(
    current: QuerySet[Figure], standing: Iterable[QuerySet[Figure]], after: tuple[Any, ...], batch: int
) -> Iterator[Figure]:
    """The rows of several streams in the country of `current`, each read along its index.

    They are read a stretch of current figures at a time: else a stream without a version of the moment
    would be read to its end for one page of the other. Each stretch has two ends in one country, by which
    PostgreSQL sees that it is short.
    """
    length = batch
    while True:
        edge = _between(current, after, None).values_list(*ORDER)[length - 1 : length].first()
        until = edge or (after[0], LAST, "", "", "", "", date.min)
        streams = [_read(rows, after, until, length) for rows in standing]
        yield from heapq.merge(*streams, key=attrgetter(*ORDER))
        if edge is None:
            return
        after, length = edge, min(2 * length, MOST_AT_ONCE)


def _between(
    rows: QuerySet[Figure], after: tuple[Any, ...] | None, until: tuple[Any, ...] | None
) -> QuerySet[Figure]:
    """Of `rows` those after one place and up to another, in ORDER."""
    place = Tuple(*map(F, ORDER))
    if after is not None:
        rows = rows.filter(TupleGreaterThan(place, after))
    if until is not None:
        rows = rows.filter(TupleLessThanOrEqual(place, until))
    return rows.order_by(*ORDER)
