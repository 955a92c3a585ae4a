"""What a reader can choose from, and what is shown at first: decided by the figures there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Min, QuerySet

from tracker.models import Crisis, Figure, Region
from tracker.reconcile.periods import ONE_DAY, period_of
from tracker.vocabulary import STOCKS, PeriodType
from tracker.web.words import TITLES

MOST_BARS_AT_FIRST = 60
FITTING = ((40 * 7, PeriodType.WEEK), (4 * 366, PeriodType.MONTH), (8 * 366, PeriodType.QUARTER))
"""The shortest period that keeps a span of so many days readable; years for longer ones."""


@dataclass(frozen=True)
class YearOfSeries:
    """The figure of one country, series and year."""

    country: str
    measure: str
    cause: str
    crisis: str
    start: date
    low: int
    value: int
    high: int

    @property
    def year(self) -> int:
        return self.start.year


def yearly_figures(countries: Collection[str]) -> list[YearOfSeries]:
    """All yearly figures of whole countries: few rows, and they tell which series there are."""
    rows = Figure.objects.current().filter(
        region__in=countries, period_type=PeriodType.YEAR, value__isnull=False
    )
    columns = ("country", "measure", "cause", "crisis", "start", "low", "value", "high")
    return [YearOfSeries(*row) for row in rows.order_by("-start", *columns[:4]).values_list(*columns)]


def latest_crisis(years: Iterable[YearOfSeries]) -> str:
    """The crisis that began last of those with figures; empty where there is none."""
    codes = {year.crisis for year in years} - {""}
    found = (
        Crisis.objects.current()
        .filter(code__in=codes)
        .order_by("-start", "code")
        .values_list("code", flat=True)
    )
    return found.first() or ""


def usual_measure(years: Iterable[YearOfSeries]) -> str:
    """The first measure, in the order of the page, that has figures."""
    there = {year.measure for year in years}
    return next((measure.value for measure in TITLES if measure in there), next(iter(TITLES)).value)


@dataclass(frozen=True)
class Span:
    """The days that the page shows, cut into periods of one type."""

    period_type: str
    start: date
    end: date


def usual_span(country: str, *, cause: str, crisis: str, measure: str, period_type: str = "") -> Span | None:
    """The periods that have figures, and one more on either side; None without figures.

    What moves decides: the stocks of a crisis go on for half a year after anybody has counted them.
    """
    there = Figure.objects.current().filter(region=country, cause=cause, crisis=crisis, value__isnull=False)
    flows = there.exclude(measure__in=STOCKS)
    shown = flows if crisis and flows.exists() else there.filter(measure=measure)
    weeks = _first_and_last(shown, PeriodType.WEEK)
    if weeks is None:
        return None
    kind = period_type or fitting(*weeks)
    first, last = weeks if kind == PeriodType.DAY else _first_and_last(shown, kind) or weeks
    start = period_of(period_of(first, kind).start - ONE_DAY, kind).start
    end = period_of(period_of(last, kind).end + ONE_DAY, kind).end
    return Span(kind, max(start, _so_many_before(end, kind)), end)


def _first_and_last(figures: QuerySet[Figure], period_type: str) -> tuple[date, date] | None:
    days = figures.filter(period_type=period_type).aggregate(first=Min("start"), last=Max("end"))
    return None if days["first"] is None else (days["first"], days["last"])


def fitting(start: date, end: date) -> str:
    """The type of period in which a span of days is best read."""
    length = (end - start).days
    return next((kind.value for most, kind in FITTING if length <= most), PeriodType.YEAR.value)


def places(region: Region) -> list[Region]:
    """The region with what lies above it, from the country down."""
    path = [region]
    while path[0].parent:
        above = Region.objects.current().defer("geometry", "outline").filter(pcode=path[0].parent).first()
        if above is None:
            break
        path.insert(0, above)
    return path


def _so_many_before(end: date, kind: str) -> date:
    last = period_of(end, kind)
    days = (last.end - last.start).days + 1
    return period_of(end - timedelta(days=days * (MOST_BARS_AT_FIRST - 1)), kind).start
