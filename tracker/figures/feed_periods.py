"""Changes of whole periods: by builds, and by the calendar where a period goes on."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from tracker.figures.making import RunningPeriods
from tracker.figures.rows import (
    FigureFilter,
    FigureName,
    as_stored,
    day_in_utc,
    midnight,
    name_of,
    stands_since,
)
from tracker.figures.updates import BY_BUILD, BY_CALENDAR, RUNNING, Place, Stretch, Update, total_of
from tracker.models import Figure


def updates_of_periods(wanted: FigureFilter, stretch: Stretch, batch: int) -> Iterator[Update]:
    """The changes of whole periods in order, each stream read along its index."""
    rows = wanted.narrowed(Figure.objects.current()).filter(start__lte=wanted.day)
    found = heapq.merge(
        _by_build(rows, wanted.day, stretch, batch),
        _by_calendar(rows, wanted.day, stretch, batch),
        _running(rows, wanted.day, stretch, batch),
        key=lambda figure: place_of(figure, wanted.day),
    )
    running = RunningPeriods(wanted)
    for figure in found:
        if not wanted.all_causes:
            yield _update(figure, running, wanted.day)
        elif (total := _sum_of(figure, running, wanted.day)) is not None:
            yield total


def place_of(figure: Figure, day: date) -> Place:
    """When a stored figure was last changed, by a build or by the calendar up to `day`, and what comes first.

    A version that was not final when it was written is another each day, until the day from which it is.
    """
    if figure.is_final or figure.stored_at >= midnight(day):
        return (figure.stored_at, BY_BUILD, figure.pk)
    if figure.final_from <= day:
        return (midnight(figure.final_from), BY_CALENDAR, figure.pk)
    return (midnight(day), RUNNING, figure.final_from.isoformat(), figure.pk)


def _by_build(rows: QuerySet[Figure], day: date, stretch: Stretch, batch: int) -> Iterator[Figure]:
    moment, place, is_begun = stretch.floor(BY_BUILD)
    is_last = Q(is_final=True) | Q(stored_at__gte=midnight(day))
    rows = rows.filter(is_last, stored_at__lt=stretch.until)
    after = None if place is None else (moment, *place)
    if after is None:
        rows = rows.filter(stored_at__gte=moment) if is_begun else rows.filter(stored_at__gt=moment)
    return _in_order(rows, ("stored_at", "id"), after, batch)


def _by_calendar(rows: QuerySet[Figure], day: date, stretch: Stretch, batch: int) -> Iterator[Figure]:
    moment, place, is_begun = stretch.floor(BY_CALENDAR)
    first = day_in_utc(moment)
    last = day if midnight(day) < stretch.until else day_in_utc(stretch.until - timedelta(microseconds=1))
    rows = rows.filter(is_final=False, final_from__lte=last)
    # Those that were not final on the day they were written, and only they.
    rows = rows.filter(stored_at__lt=midnight(day))
    after = None if place is None else (first, *place)
    if after is None:
        reads_it = is_begun and midnight(first) == moment
        rows = rows.filter(final_from__gte=first) if reads_it else rows.filter(final_from__gt=first)
    return _in_order(rows, ("final_from", "id"), after, batch)


def _running(rows: QuerySet[Figure], day: date, stretch: Stretch, batch: int) -> Iterator[Figure]:
    if not stretch.holds(RUNNING, midnight(day)):
        return iter(())
    moment, place, _ = stretch.floor(RUNNING)
    rows = rows.filter(is_final=False, final_from__gt=day, stored_at__lt=midnight(day))
    after = None
    if place is not None and moment == midnight(day):
        after = (date.fromisoformat(place[0]), place[1])
    return _in_order(rows, ("final_from", "id"), after, batch)


def _in_order(
    rows: QuerySet[Figure], order: tuple[str, str], after: Place | None, batch: int
) -> Iterator[Figure]:
    ordered = rows.order_by(*order)
    while True:
        part = ordered
        if after is not None:
            # The first column by itself lets the index begin there.
            part = ordered.filter(TupleGreaterThan(Tuple(*map(F, order)), after))
            part = part.filter(**{f"{order[0]}__gte": after[0]})
        figures = list(part[:batch])
        yield from figures
        if len(figures) < batch:
            return
        after = tuple(getattr(figures[-1], name) for name in order)


def _update(figure: Figure, running: RunningPeriods, day: date) -> Update:
    row = running.row(figure) if figure.final_from > day else as_stored(figure, day=day)
    return Update(place_of(figure, day), FigureName(**name_of(figure)), row, stands_since(figure, day=day))


def _sum_of(figure: Figure, running: RunningPeriods, day: date) -> Update | None:
    """The change of the sum that a changed figure is part of; None where another part changed later."""
    same = {name: getattr(figure, name) for name in Figure.IDENTITY if name != "cause"}
    causes = Figure.objects.current().filter(country=figure.country, **same)
    parts = [_update(part, running, day) for part in causes]
    last = max(parts, key=lambda part: part.place)
    return total_of(parts, last.place) if last.place == place_of(figure, day) else None
