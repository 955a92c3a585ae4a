"""Conflict figures as they are asked for: stored periods and days, as of any moment, in a fixed order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from tracker.figures.cubes import Place, regions_of
from tracker.figures.filters import PlaceAndPeriod
from tracker.models import ConflictEvent, ConflictFigure, Region
from tracker.reconcile.cube import tree_of
from tracker.reconcile.periods import Period
from tracker.vocabulary import PeriodType

ORDER = ("country", "period_type", "region", "event_type", "start")


@dataclass(frozen=True, kw_only=True)
class ConflictFilter(PlaceAndPeriod):
    """Which conflict figures; empty filters nothing."""

    event_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConflictRow:
    """What is counted in one region, of one type, in one period."""

    country: str
    region: str
    level: int
    event_type: str
    period_type: str
    start: date
    end: date
    events: int
    low: int | None
    best: int | None
    high: int | None
    unknown: int
    recorded_at: datetime

    @property
    def place(self) -> tuple[str, ...]:
        """Where the row lies in ORDER, for `after`."""
        return (self.country, self.period_type, self.region, self.event_type, self.start.isoformat())

    def as_dict(self, region_name: str) -> dict[str, Any]:
        return {
            "region": self.region,
            "region_name": region_name,
            "level": self.level,
            "event_type": self.event_type,
            "period_type": self.period_type,
            "period": Period(self.period_type, self.start, self.end).label,
            "start": self.start,
            "end": self.end,
            "events": self.events,
            "fatalities_low": self.low,
            "fatalities_best": self.best,
            "fatalities_high": self.high,
            "fatalities_unknown": self.unknown,
            "recorded_at": self.recorded_at,
        }


@dataclass(frozen=True)
class ConflictPage:
    rows: list[dict[str, Any]]
    next_after: tuple[Any, ...] | None
    """What to pass as `after` for the rows that follow; None at the end."""


def conflict_page(
    wanted: ConflictFilter, *, limit: int, after: tuple[Any, ...] | None = None
) -> ConflictPage:
    """The next `limit` conflict figures after the place `after`, which an earlier page gave.

    Raises
    ------
    ValueError : `after` is no such place
    """
    found = list(islice(_figures(wanted, after, most=limit + 1), limit + 1))
    rows = found[:limit]
    return ConflictPage(list(_named(rows, wanted)), rows[-1].place if len(found) > limit else None)


def conflict_rows(wanted: ConflictFilter) -> Iterator[dict[str, Any]]:
    """All conflict figures, one after the other; memory does not grow with their number."""
    return _named(_figures(wanted), wanted)


def conflict_places(wanted: ConflictFilter) -> Iterator[tuple[Any, ...]]:
    """The places of all conflict figures in order, as `conflict_page` takes and gives them."""
    return (row.place for row in _figures(wanted))


def conflict_count(wanted: ConflictFilter) -> int:
    stored = _stored(wanted).count() if _stored_kinds(wanted) else 0
    return stored + sum(1 for _ in _days(wanted))


def _figures(
    wanted: ConflictFilter, after: tuple[Any, ...] | None = None, *, most: int | None = None
) -> Iterator[ConflictRow]:
    """Stored periods first, then days, each in ORDER; no more than `most` of them will be looked at."""
    place = _from_json(after) if after is not None else None
    in_days = place is not None and place[1] == PeriodType.DAY
    if _stored_kinds(wanted) and not in_days:
        rows = _stored(wanted).order_by(*ORDER)
        if place is not None:
            rows = rows.filter(TupleGreaterThan(Tuple(*map(F, ORDER)), place))
        for figure in rows[:most].iterator(chunk_size=5_000):
            yield _as_stored(figure)
    yield from _days(wanted, place if in_days else None, most=most)


def _from_json(after: tuple[Any, ...]) -> tuple[Any, ...]:
    country, period_type, region, event_type, start = after
    return (country, period_type, region, event_type, date.fromisoformat(start))


def _stored_kinds(wanted: ConflictFilter) -> set[str]:
    return set(wanted.period_types or PeriodType.values) - {PeriodType.DAY.value}


def _stored(wanted: ConflictFilter) -> QuerySet[ConflictFigure]:
    rows = wanted.in_place_and_period(ConflictFigure.objects.as_of(wanted.as_of))
    rows = rows.filter(start__lte=wanted.day)
    if wanted.event_types:
        rows = rows.filter(event_type__in=wanted.event_types)
    if wanted.updated_after is not None:
        rows = rows.filter(recorded_at__gt=wanted.updated_after)
    return rows


def _as_stored(figure: ConflictFigure) -> ConflictRow:
    return ConflictRow(**{name: getattr(figure, name) for name in ConflictRow.__dataclass_fields__})


def _days(
    wanted: ConflictFilter, after: tuple[Any, ...] | None = None, *, most: int | None = None
) -> Iterator[ConflictRow]:
    """Counts of single days, made from the events, region by region."""
    if wanted.period_types and PeriodType.DAY not in wanted.period_types:
        return
    events = _event_versions(wanted)
    counted = Q(retracted=False) & (Q(superseded_at__isnull=True) | Q(superseded_at__gt=wanted.moment))
    places: dict[str, set[str]] = defaultdict(set)
    for country, region in events.filter(counted).values_list("country", "region").distinct():
        places[country].add(region)
    for country in sorted(places):
        for region, level, inside in _holding(country, places[country], wanted):
            if after is not None and (country, region) < (after[0], after[2]):
                continue
            here = events.filter(country=country)
            if inside is not None:
                here = here.filter(region__in=inside)
            rows = _by_day(here, counted, wanted)
            if after is not None and (country, region) == (after[0], after[2]):
                rows = rows.filter(TupleGreaterThan(Tuple(F("event_type"), F("date")), after[3:]))
            for row in rows[:most].iterator(chunk_size=5_000):
                yield _as_day(country, region, level, row)


def _event_versions(wanted: ConflictFilter) -> QuerySet[ConflictEvent]:
    """All versions known at the moment, of the days and types asked for."""
    last = min(wanted.end or wanted.day, wanted.day)
    events = ConflictEvent.objects.filter(recorded_at__lte=wanted.moment, date__lte=last).order_by()
    if wanted.start is not None:
        events = events.filter(date__gte=wanted.start)
    if wanted.event_types:
        events = events.filter(event_type__in=wanted.event_types)
    return events


def _holding(
    country: str, places: set[str], wanted: ConflictFilter
) -> Iterator[tuple[str, int, tuple[str, ...] | None]]:
    """The regions asked for that hold any of `places`, in order, with their level and all that they hold.

    The country holds every event that is its own (None), also one whose region is not known any more.
    """
    regions = regions_of(country, wanted.moment)
    tree = tree_of({pcode: place.parent for pcode, place in regions.items()})
    number_of = tree.index
    holds = {number_of[country]}
    for pcode in places & number_of.keys():
        number = number_of[pcode]
        while number >= 0 and number not in holds:
            holds.add(number)
            number = int(tree.parent[number])
    rows = Region.objects.as_of(wanted.moment).filter(country=country, retired=True)
    retired = set(rows.values_list("pcode", flat=True))
    for pcode, number in sorted((tree.pcodes[number], number) for number in holds):
        level = regions[pcode].level
        if (
            pcode not in retired
            and (wanted.pcodes is None or pcode in wanted.pcodes)
            and (not wanted.levels or level in wanted.levels)
        ):
            inside = tree.pcodes[number : int(tree.last[number]) + 1]
            yield pcode, level, None if pcode == country else inside


def _by_day(events: QuerySet[ConflictEvent], counted: Q, wanted: ConflictFilter) -> QuerySet[Any, Any]:
    """Counts by type and day, and when the events that make or made them were last recorded or withdrawn."""
    rows = (
        events.values("event_type", "date")
        .annotate(
            events=Count("pk", filter=counted),
            low_sum=Sum("low", filter=counted),
            best_sum=Sum("best", filter=counted),
            high_sum=Sum("high", filter=counted),
            known=Count("best", filter=counted),
            recorded=Max("recorded_at"),
            ended=Max("superseded_at", filter=Q(superseded_at__lte=wanted.moment)),
        )
        .filter(events__gt=0)
        .order_by("event_type", "date")
    )
    if wanted.updated_after is not None:
        since = wanted.updated_after
        rows = rows.filter(Q(recorded__gt=since) | Q(ended__gt=since))
    return rows


def _as_day(country: str, region: str, level: int, row: dict[str, Any]) -> ConflictRow:
    return ConflictRow(
        country=country,
        region=region,
        level=level,
        event_type=row["event_type"],
        period_type=PeriodType.DAY.value,
        start=row["date"],
        end=row["date"],
        events=row["events"],
        low=row["low_sum"],
        best=row["best_sum"],
        high=row["high_sum"],
        unknown=row["events"] - row["known"],
        recorded_at=max(row["recorded"], row["ended"] or row["recorded"]),
    )


def _named(rows: Iterable[ConflictRow], wanted: ConflictFilter) -> Iterator[dict[str, Any]]:
    names: dict[str, dict[str, Place]] = {}
    for row in rows:
        if row.country not in names:
            names[row.country] = regions_of(row.country, wanted.moment)
        place = names[row.country].get(row.region)
        yield row.as_dict(place.name if place else "")
