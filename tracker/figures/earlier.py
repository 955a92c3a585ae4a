"""Stored figures as of a moment: of each the version that stood then, in order.

The current versions and the earlier ones lie in an index each. Both are read a stretch at a time, within one
series and period type: else a page whose rows are all current would read earlier versions to their end,
to find that none of them stood.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import (
    Tuple,
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleLessThanOrEqual,
)

from tracker.figures.rows import ORDER, FigureFilter
from tracker.models import Figure, Region
from tracker.models.figures import STORED_PERIODS

SEGMENT = ORDER[:5]
"""Series and period type: the rows of one segment follow each other."""
PLACE = ORDER[5:]
FEW_REGIONS = 20
"""Of so many regions all versions are read by the index of regions."""
MOST_AT_ONCE = 20_000

_LAST = "\U0010ffff"
"""Later in the order than any code."""
_BEGINNING = ("", date.min)


def versions_as_of(
    rows: QuerySet[Figure], wanted: FigureFilter, after: tuple[Any, ...] | None, batch: int
) -> Iterator[Figure]:
    """Of `rows`, versions narrowed to what is wanted, those that stood at `wanted.as_of`, in ORDER."""
    current = rows.filter(superseded_at__isnull=True)
    known = Q(recorded_at__lte=wanted.as_of)
    standing = (current.filter(known), rows.filter(known, superseded_at__gt=wanted.as_of))
    if (few := _few_regions(wanted)) is not None:
        streams = [read_on(found.filter(region__in=few), ORDER, after, batch) for found in standing]
        yield from heapq.merge(*streams, key=attrgetter(*ORDER))
        return
    length = batch
    for segment in _segments(wanted, after):
        same = dict(zip(SEGMENT, segment, strict=True))
        is_begun = after is not None and after[:5] == segment
        place = after[5:] if after is not None and is_begun else _BEGINNING
        inside = [found.filter(**same) for found in standing]
        while True:
            edge = _edge(current.filter(**same), place, length)
            stretches = [_stretch(found, place, edge) for found in inside]
            yield from heapq.merge(*stretches, key=attrgetter(*PLACE))
            length = min(2 * length, MOST_AT_ONCE)
            if edge is None:
                break
            place = edge


def read_on(
    rows: QuerySet[Figure], order: Sequence[str], after: tuple[Any, ...] | None, batch: int
) -> Iterator[Figure]:
    """The rows after a place in their order, `batch` at a time."""
    ordered = rows.order_by(*order)
    while True:
        part = ordered
        if after is not None:
            part = part.filter(TupleGreaterThan(Tuple(*map(F, order)), after))
        figures = list(part[:batch])
        yield from figures
        if len(figures) < batch:
            return
        after = attrgetter(*order)(figures[-1])


def _few_regions(wanted: FigureFilter) -> set[str] | None:
    """The regions asked for, where they are few."""
    if wanted.pcodes is not None:
        return set(wanted.pcodes) if len(wanted.pcodes) <= FEW_REGIONS else None
    if not wanted.levels:
        return None
    regions = Region.objects.filter(level__in=wanted.levels).order_by().values_list("pcode", flat=True)
    found = set(regions.distinct()[: FEW_REGIONS + 1])
    return found if len(found) <= FEW_REGIONS else None


def _edge(current: QuerySet[Figure], place: tuple[Any, ...], length: int) -> tuple[Any, ...] | None:
    """The place of the last of the next `length` figures; None where there are fewer."""
    further = current.filter(TupleGreaterThan(Tuple(*map(F, PLACE)), place)).order_by(*PLACE)
    return further.values_list(*PLACE)[length - 1 : length].first()


def _stretch(
    rows: QuerySet[Figure], after: tuple[Any, ...], until: tuple[Any, ...] | None
) -> Iterator[Figure]:
    rows = rows.filter(TupleGreaterThan(Tuple(*map(F, PLACE)), after))
    if until is not None:
        rows = rows.filter(TupleLessThanOrEqual(Tuple(*map(F, PLACE)), until))
    return rows.order_by(*PLACE).iterator(chunk_size=MOST_AT_ONCE)


def _segments(wanted: FigureFilter, after: tuple[Any, ...] | None) -> Iterator[tuple[Any, ...]]:
    """The segments in which there may be figures, in order: from one to the next by the index."""
    choices: list[Collection[str] | None] = [
        None,
        wanted.measures or None,
        wanted.causes or None,
        wanted.crises,
        wanted.period_types or STORED_PERIODS,
    ]
    versions = [Figure.objects.filter(superseded_at__isnull=is_current) for is_current in (True, False)]
    begin: tuple[Any, ...] = ("",) * 5 if after is None else after[:5]
    while True:
        found = [first for rows in versions if (first := _first_segment(rows, begin)) is not None]
        if not found:
            return
        segment = min(found)
        unwanted = [
            place
            for place, choice in enumerate(choices)
            if choice is not None and segment[place] not in choice
        ]
        if not unwanted:
            yield segment
            begin = (*segment[:4], segment[4] + "\x01")
        else:
            begin = _past(segment, unwanted[0], choices[unwanted[0]] or ())


def _first_segment(rows: QuerySet[Figure], begin: tuple[Any, ...]) -> tuple[Any, ...] | None:
    further = rows.filter(TupleGreaterThanOrEqual(Tuple(*map(F, SEGMENT)), begin))
    return further.order_by(*ORDER).values_list(*SEGMENT).first()


def _past(segment: tuple[Any, ...], place: int, choice: Collection[str]) -> tuple[Any, ...]:
    """Where the next wanted segment may begin, given which of its values is not wanted."""
    later = min((value for value in choice if value > segment[place]), default=_LAST)
    return (*segment[:place], later, *[""] * (4 - place))
