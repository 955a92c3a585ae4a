"""Figures as they are asked for: whole periods and days, as of any moment, in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any

from django.db.models import F, Max, Q

from tracker.figures.cubes import CubeKey, Place, changed_at, cube_keys, regions_of
from tracker.figures.making import rows_made
from tracker.figures.moments import behind, built_at
from tracker.figures.rows import (
    ALL_CAUSES,
    ORDER_OF_SUMS,
    FigureFilter,
    FigureName,
    FigureRow,
    added_up,
    midnight,
)
from tracker.figures.stored import whole_periods
from tracker.models import Figure
from tracker.vocabulary import STOCKS, PeriodType

__all__ = [
    "ALL_CAUSES", "FigureFilter", "FigurePage", "figure_count", "figure_page", "figure_places", "figure_rows",
    "figure_rows_with_sources", "names_of", "stands_since",
]  # fmt: skip

ALL_AT_ONCE = 5_000


@dataclass(frozen=True)
class FigurePage:
    rows: list[dict[str, Any]]
    next_after: tuple[Any, ...] | None
    """What to pass as `after` for the rows that follow; None at the end."""


def figure_page(wanted: FigureFilter, *, limit: int, after: tuple[Any, ...] | None = None) -> FigurePage:
    """The next `limit` figures after the place `after`, which an earlier page gave."""
    found = list(islice(_figures(wanted, after=after, batch=limit + 1), limit + 1))
    rows = found[:limit]
    last = _as_json(rows[-1].sort_key(wanted.order)) if len(found) > limit else None
    name = names_of(wanted)
    return FigurePage([row.as_dict(name(row)) for row in rows], last)


def figure_rows(wanted: FigureFilter) -> Iterator[dict[str, Any]]:
    """All figures, one after the other; memory does not grow with their number."""
    return (row for row, _ in figure_rows_with_sources(wanted))


def figure_rows_with_sources(wanted: FigureFilter) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    """All figures, each with the codes of the sources used in it."""
    name = names_of(wanted)
    return ((row.as_dict(name(row)), row.sources) for row in _figures(wanted))


def figure_places(wanted: FigureFilter) -> Iterator[tuple[Any, ...]]:
    """The places of all figures in order, as `figure_page` takes and gives them."""
    return (_as_json(row.sort_key(wanted.order)) for row in _figures(wanted))


def figure_count(wanted: FigureFilter) -> int:
    return sum(1 for _ in _figures(wanted))


def names_of(wanted: FigureFilter) -> Callable[[FigureName], str]:
    """Tells the name of a figure's region at the moment asked for."""
    names: dict[str, dict[str, Place]] = {}

    def name(figure: FigureName) -> str:
        if figure.country not in names:
            names[figure.country] = regions_of(figure.country, wanted.as_of)
        place = names[figure.country].get(figure.region)
        return place.name if place else ""

    return name


def stands_since(wanted: FigureFilter) -> datetime | None:
    """The moment since which these figures have been as they are; None where there are none.

    A figure changes when a version of it is recorded or ends, and when the calendar reaches the day on
    which its period begins or from which it is final.
    """
    today = wanted.day
    with_days = PeriodType.DAY in (wanted.period_types or PeriodType.values)
    stored = replace(wanted, period_types=()) if with_days else wanted
    rows = stored.narrowed(Figure.objects.filter(recorded_at__lte=wanted.moment)).filter(start__lte=today)
    standing = rows.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=wanted.moment))
    # What was withdrawn is nothing from its first day on: the calendar does nothing to it.
    standing = standing.filter(Q(value__isnull=False) | Q(final_from__gt=F("start")))
    moments = [
        rows.aggregate(at=Max("recorded_at"))["at"],
        rows.filter(superseded_at__lte=wanted.moment).aggregate(at=Max("superseded_at"))["at"],
    ]
    days = [
        standing.aggregate(at=Max("start"))["at"],
        standing.filter(final_from__lte=today).aggregate(at=Max("final_from"))["at"],
        today if standing.filter(final_from__gt=today).exists() else None,
    ]
    if with_days:
        moments += _days_since(wanted)
        if standing.filter(measure__in=STOCKS, end__gte=today, value__isnull=False).exists():
            days.append(today)
    moments += [midnight(day) for day in days if day is not None]
    return max((moment for moment in moments if moment is not None), default=None)


def _days_since(wanted: FigureFilter) -> list[datetime | None]:
    """Since when the days of each cube have been so: they may change where no longer period does."""
    keys = filter(wanted.wants, cube_keys())
    return [changed_at(key, as_of=built_at(key, by=wanted.as_of) or wanted.moment) for key in keys]


def _figures(
    wanted: FigureFilter, *, after: tuple[Any, ...] | None = None, batch: int = ALL_AT_ONCE
) -> Iterator[FigureRow]:
    """Whole periods first, then days, each in their order; recorded after `updated_after`, where that is."""
    kinds = set(wanted.period_types or PeriodType.values)
    place = _from_json(after, wanted) if after is not None else None
    in_days = place is not None and place[wanted.order.index("period_type")] == PeriodType.DAY
    not_stored = behind(wanted.as_of) if wanted.as_of is not None else set[CubeKey]()
    if not in_days and (whole := kinds - {PeriodType.DAY}):
        rows = whole_periods(wanted, whole, behind=not_stored, after=place, batch=batch)
        yield from _as_asked(rows, wanted)
    if PeriodType.DAY in kinds:
        yield from _as_asked(_days(wanted, not_stored, place if in_days else None), wanted)


def _days(
    wanted: FigureFilter, not_stored: Collection[CubeKey], after: tuple[Any, ...] | None
) -> Iterator[FigureRow]:
    keys = list(filter(wanted.wants, cube_keys()))
    return rows_made(wanted, keys, [PeriodType.DAY.value], behind=not_stored, after=after)


def _as_asked(rows: Iterator[FigureRow], wanted: FigureFilter) -> Iterator[FigureRow]:
    if wanted.all_causes:
        groups = groupby(rows, key=lambda row: row.sort_key(ORDER_OF_SUMS[:-1]))
        rows = (added_up(list(parts)) for _, parts in groups)
    for row in rows:
        if wanted.updated_after is None or row.recorded_at > wanted.updated_after:
            yield row


def _as_json(place: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part.isoformat() if isinstance(part, date) else part for part in place)


def _from_json(after: tuple[Any, ...], wanted: FigureFilter) -> tuple[Any, ...]:
    return tuple(
        date.fromisoformat(part) if name == "start" else part
        for name, part in zip(wanted.order, after, strict=True)
    )
