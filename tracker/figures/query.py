"""Figures as they are asked for: stored periods and days, as of any moment, in a fixed order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db.models import F, Max, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from tracker.figures.cubes import (
    CubeKey,
    LoadedCube,
    Place,
    changed_at,
    cube_keys,
    load,
    regions_of,
    warning_codes,
)
from tracker.figures.filters import PlaceAndPeriod
from tracker.models import Figure
from tracker.reconcile.periods import Period, day_number, day_of
from tracker.vocabulary import STOCKS, PeriodType

if TYPE_CHECKING:
    from tracker.reconcile.figures import Figures

ORDER = ("country", "measure", "cause", "crisis", "period_type", "region", "start")
ORDER_OF_SUMS = ("country", "measure", "crisis", "period_type", "region", "start", "cause")
"""Figures to be added up over their causes follow each other."""

ALL_CAUSES = "all"


@dataclass(frozen=True, kw_only=True)
class FigureFilter(PlaceAndPeriod):
    """Which figures; empty filters nothing."""

    measures: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    all_causes: bool = False
    crises: tuple[str, ...] | None = None

    @property
    def order(self) -> tuple[str, ...]:
        return ORDER_OF_SUMS if self.all_causes else ORDER


@dataclass(frozen=True)
class FigureRow:
    """One figure, as it stands at the moment asked for."""

    country: str
    region: str
    level: int
    measure: str
    cause: str
    crisis: str
    period_type: str
    start: date
    end: date
    low: int
    value: int
    high: int
    unlocated: int
    reports: int
    sources: frozenset[str]
    warnings: tuple[str, ...]
    recorded_at: datetime

    def sort_key(self, order: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in order)

    def as_dict(self, region_name: str) -> dict[str, Any]:
        return {
            "region": self.region,
            "region_name": region_name,
            "level": self.level,
            "measure": self.measure,
            "cause": self.cause,
            "crisis": self.crisis,
            "period_type": self.period_type,
            "period": Period(self.period_type, self.start, self.end).label,
            "start": self.start,
            "end": self.end,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "unlocated": self.unlocated,
            "reports": self.reports,
            "sources": len(self.sources),
            "warnings": list(self.warnings),
            "recorded_at": self.recorded_at,
        }


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
    return FigurePage(list(map(_named(wanted), rows)), last)


def figure_rows(wanted: FigureFilter) -> Iterator[dict[str, Any]]:
    """All figures, one after the other; memory does not grow with their number."""
    return map(_named(wanted), _figures(wanted, after=None, batch=5_000))


def figure_rows_with_sources(wanted: FigureFilter) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    """All figures, each with the codes of the sources used in it."""
    named = _named(wanted)
    return ((named(row), row.sources) for row in _figures(wanted, after=None, batch=5_000))


def figure_places(wanted: FigureFilter) -> Iterator[tuple[Any, ...]]:
    """The places of all figures in order, as `figure_page` takes and gives them."""
    return (_as_json(row.sort_key(wanted.order)) for row in _figures(wanted, after=None, batch=5_000))


def figure_count(wanted: FigureFilter) -> int:
    return sum(1 for _ in _figures(wanted, after=None, batch=5_000))


def stands_since(wanted: FigureFilter) -> datetime | None:
    """The moment since which these figures have been as they are; None where there are none.

    A figure changes when a version of it is recorded or ends, and when the calendar reaches the day on
    which its period begins or from which it is final.
    """
    today = wanted.day
    with_days = PeriodType.DAY in (wanted.period_types or PeriodType.values)
    # Days are not stored; they are others whenever a stored period is.
    stored = replace(wanted, period_types=()) if with_days else wanted
    rows = _narrowed(Figure.objects.filter(recorded_at__lte=wanted.moment), stored).filter(start__lte=today)
    standing = rows.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=wanted.moment))
    moments = [
        rows.aggregate(at=Max("recorded_at"))["at"],
        rows.filter(superseded_at__lte=wanted.moment).aggregate(at=Max("superseded_at"))["at"],
    ]
    days = [
        standing.aggregate(at=Max("start"))["at"],
        standing.filter(final_from__lte=today).aggregate(at=Max("final_from"))["at"],
        today if standing.filter(final_from__gt=today).exists() else None,
    ]
    if with_days and standing.filter(measure__in=STOCKS, end__gte=today, value__isnull=False).exists():
        days.append(today)
    moments += [datetime.combine(day, time.min, UTC) for day in days if day is not None]
    return max((moment for moment in moments if moment is not None), default=None)


def _figures(wanted: FigureFilter, *, after: tuple[Any, ...] | None, batch: int) -> Iterator[FigureRow]:
    """Stored periods first, then days, each in their order."""
    kinds = set(wanted.period_types or PeriodType.values)
    place = _from_json(after, wanted) if after is not None else None
    in_days = place is not None and place[wanted.order.index("period_type")] == PeriodType.DAY
    if not in_days and kinds - {PeriodType.DAY}:
        yield from _summed(_stored(wanted, place, batch), wanted)
    if PeriodType.DAY in kinds:
        yield from _summed(_days(wanted, place if in_days else None), wanted)


def _stored(wanted: FigureFilter, after: tuple[Any, ...] | None, batch: int) -> Iterator[FigureRow]:
    rows = _narrowed(Figure.objects.as_of(wanted.moment), wanted).filter(start__lte=wanted.day)
    # A stock that ceased in its period has no figure; as of a day before that it still had one.
    rows = rows.filter(Q(value__isnull=False) | Q(final_from__gt=wanted.day)).order_by(*wanted.order)
    if wanted.updated_after is not None:
        rows = rows.filter(recorded_at__gt=wanted.updated_after)
    running = _RunningPeriods(wanted)
    if wanted.all_causes and after is not None:
        # The place names a sum: whatever its cause, its parts are behind it.
        after = (*after[:-1], "\U0010ffff")
    while True:
        part = rows if after is None else rows.filter(TupleGreaterThan(Tuple(*map(F, wanted.order)), after))
        read = 0
        for figure in part[:batch].iterator(chunk_size=min(batch, 5_000)):
            read += 1
            after = tuple(getattr(figure, name) for name in wanted.order)
            row = running.row(figure) if figure.final_from > wanted.day else _as_stored(figure)
            if row is not None:
                yield row
        if read < batch:
            return


def _narrowed(rows: QuerySet[Figure], wanted: FigureFilter) -> QuerySet[Figure]:
    rows = wanted.in_place_and_period(rows)
    if wanted.measures:
        rows = rows.filter(measure__in=wanted.measures)
    if wanted.causes:
        rows = rows.filter(cause__in=wanted.causes)
    if wanted.crises is not None:
        rows = rows.filter(crisis__in=wanted.crises)
    return rows


def _as_stored(figure: Figure) -> FigureRow:
    assert figure.value is not None and figure.low is not None  # noqa: S101 - the query left the others out
    assert figure.high is not None and figure.unlocated is not None  # noqa: S101
    return FigureRow(
        country=figure.country,
        region=figure.region,
        level=figure.level,
        measure=figure.measure,
        cause=figure.cause,
        crisis=figure.crisis,
        period_type=figure.period_type,
        start=figure.start,
        end=figure.end,
        low=figure.low,
        value=figure.value,
        high=figure.high,
        unlocated=figure.unlocated,
        reports=figure.reports,
        sources=frozenset(filter(None, figure.source_codes.split(","))),
        warnings=tuple(filter(None, figure.warnings.split(","))),
        recorded_at=figure.recorded_at,
    )


@dataclass
class _RunningPeriods:
    """Figures of periods that the as-of day cuts, made from their cubes."""

    wanted: FigureFilter
    _cubes: dict[tuple[CubeKey, str], dict[tuple[str, date], FigureRow]] = field(default_factory=dict)

    def row(self, figure: Figure) -> FigureRow | None:
        key = CubeKey(figure.country, figure.measure, figure.cause, figure.crisis)
        made = self._cubes.get((key, figure.period_type))
        if made is None:
            loaded = load(key, as_of=self.wanted.moment)
            columns = _made(loaded, figure.period_type, until=day_number(self.wanted.day))
            rows = (
                figure_row(loaded, columns, number, recorded_at=figure.recorded_at)
                for number in range(len(columns))
            )
            made = {(row.region, row.start): row for row in rows}
            self._cubes[key, figure.period_type] = made
        found = made.get((figure.region, figure.start))
        return found and replace(found, recorded_at=figure.recorded_at)


def _made(loaded: LoadedCube, kind: str, *, until: int) -> Figures:
    # The compiled rules stay out of a process that serves until somebody asks for what is not stored.
    from tracker.reconcile.figures import figures

    return figures(loaded.cube, period_types=[kind], until=until)


def figure_row(loaded: LoadedCube, columns: Figures, number: int, *, recorded_at: datetime) -> FigureRow:
    """Row `number` of a cube's figures."""
    region = int(columns.region[number])
    low, value, high = (int(people) for people in columns.people[:, number])
    return FigureRow(
        **loaded.key.fields,
        region=loaded.cube.tree.pcodes[region],
        level=loaded.levels[region],
        period_type=columns.period_types[int(columns.period_type[number])],
        start=day_of(columns.start[number]),
        end=day_of(columns.end[number]),
        low=low,
        value=value,
        high=high,
        unlocated=int(columns.unlocated[number]),
        reports=int(columns.reports[number]),
        sources=frozenset(
            loaded.source_codes[source] for source in columns.source_sets[int(columns.sources[number])]
        ),
        warnings=warning_codes(int(columns.warnings[number])),
        recorded_at=recorded_at,
    )


def _days(wanted: FigureFilter, after: tuple[Any, ...] | None) -> Iterator[FigureRow]:
    """Figures of single days, made from their cubes in turn; one cube is in memory, or one for each cause."""
    keys = [key for key in cube_keys() if _wants(wanted, key)]
    if not wanted.all_causes:
        for key in keys:
            if after is None or (key.country, key.measure, key.cause, key.crisis) >= after[:4]:
                yield from _days_of(wanted, key, after)
        return
    keys.sort(key=lambda key: (key.country, key.measure, key.crisis))
    for series, causes in groupby(keys, key=lambda key: (key.country, key.measure, key.crisis)):
        if after is None or series >= after[:3]:
            past = after and (*after[:-1], "\U0010ffff")
            streams = [_days_of(wanted, key, past) for key in causes]
            yield from heapq.merge(*streams, key=lambda row: row.sort_key(wanted.order))


def _wants(wanted: FigureFilter, key: CubeKey) -> bool:
    return (
        (not wanted.measures or key.measure in wanted.measures)
        and (not wanted.causes or key.cause in wanted.causes)
        and (wanted.crises is None or key.crisis in wanted.crises)
    )


def _days_of(wanted: FigureFilter, key: CubeKey, after: tuple[Any, ...] | None) -> Iterator[FigureRow]:
    changed = changed_at(key, as_of=wanted.moment)
    if changed is None or (wanted.updated_after is not None and changed <= wanted.updated_after):
        return
    loaded = load(key, as_of=wanted.moment)
    until = day_number(min(wanted.day, wanted.end or wanted.day))
    columns = _made(loaded, PeriodType.DAY.value, until=until)
    first = day_number(wanted.start) if wanted.start is not None else None
    by_pcode = np.lexsort((columns.start, loaded.cube.tree.rank[columns.region]))
    for number in by_pcode:
        pcode = loaded.cube.tree.pcodes[int(columns.region[number])]
        if (
            (first is not None and columns.start[number] < first)
            or (wanted.pcodes is not None and pcode not in wanted.pcodes)
            or (wanted.levels and loaded.levels[int(columns.region[number])] not in wanted.levels)
        ):
            continue
        row = figure_row(loaded, columns, int(number), recorded_at=changed)
        if after is None or row.sort_key(wanted.order) > after:
            yield row


def _summed(rows: Iterator[FigureRow], wanted: FigureFilter) -> Iterator[FigureRow]:
    if not wanted.all_causes:
        yield from rows
        return
    for _, group in groupby(rows, key=lambda row: row.sort_key(ORDER_OF_SUMS[:-1])):
        parts = list(group)
        yield replace(
            parts[0],
            cause=ALL_CAUSES,
            low=sum(row.low for row in parts),
            value=sum(row.value for row in parts),
            high=sum(row.high for row in parts),
            unlocated=sum(row.unlocated for row in parts),
            reports=sum(row.reports for row in parts),
            sources=frozenset().union(*(row.sources for row in parts)),
            warnings=tuple(sorted({code for row in parts for code in row.warnings})),
            recorded_at=max(row.recorded_at for row in parts),
        )


def _named(wanted: FigureFilter) -> Callable[[FigureRow], dict[str, Any]]:
    """Makes the answer of a row, with the region's name as of the moment asked for."""
    names: dict[str, dict[str, Place]] = {}

    def named(row: FigureRow) -> dict[str, Any]:
        if row.country not in names:
            names[row.country] = regions_of(row.country, wanted.moment)
        place = names[row.country].get(row.region)
        return row.as_dict(place.name if place else "")

    return named


def _as_json(place: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part.isoformat() if isinstance(part, date) else part for part in place)


def _from_json(after: tuple[Any, ...], wanted: FigureFilter) -> tuple[Any, ...]:
    return tuple(
        date.fromisoformat(part) if name == "start" else part
        for name, part in zip(wanted.order, after, strict=True)
    )
