"""Reports that speak of the same people as one that is being entered: in place, and in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from tracker.ingest.warnings import COUNTS, regions_above
from tracker.models import Region, Report
from tracker.vocabulary import STOCKS

DEEPEST = 4
MOST_SHOWN = 12

Relation = Literal["same", "above", "below"]
_RELATIONS: tuple[Relation, ...] = ("same", "above", "below")


@dataclass(frozen=True)
class Overlap:
    """A report, and whether it speaks of the same region, of one above or of one below."""

    report: Report
    relation: Relation


@dataclass(frozen=True)
class Overlaps:
    shown: list[Overlap]
    """Of the same region first, then above, then below; the latest of each first."""
    are_more: bool


def overlaps(report: Report, reports: QuerySet[Report], *, most: int = MOST_SHOWN) -> Overlaps:
    """The approved and proposed reports of the same series, out of `reports`, that overlap with `report`.

    Days of flows overlap where they share one; counts of people present where the same freshness
    would let both speak (docs/methodology.md#stocks).
    """
    above = regions_above(report.region)
    relation = Case(
        When(region=report.region, then=Value(0)),
        When(region__in=above, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    found = (
        _same_series(report, reports)
        .filter(_same_days(report))
        .filter(Q(region=report.region) | Q(region__in=above) | _below(report))
        .exclude(source=report.source, ref=report.ref)
        .annotate(relation=relation)
        .order_by("relation", "-end", "-published", "-pk")
    )
    rows = list(found[: most + 1])
    shown = [Overlap(row, _RELATIONS[row.relation]) for row in rows[:most]]
    return Overlaps(shown, len(rows) > most)


def _same_series(report: Report, reports: QuerySet[Report]) -> QuerySet[Report]:
    return reports.filter(
        superseded_at__isnull=True, status__in=COUNTS, country=report.country, measure=report.measure,
        cause=report.cause, crisis=report.crisis,
    )  # fmt: skip


def _same_days(report: Report) -> Q:
    near = timedelta(days=settings.FRESHNESS_DAYS if report.measure in STOCKS else 0)
    return Q(start__lte=report.end + near, end__gte=report.start - near)


def _below(report: Report) -> Q:
    """In the country, everything; else what lies below, level by level, in one statement."""
    if report.region == report.country:
        return Q(country=report.country)
    inside = Q()
    regions = Region.objects.current().filter(country=report.country).order_by()
    level = regions.filter(parent=report.region)
    for _ in range(DEEPEST - 1):
        inside |= Q(region__in=level.values("pcode"))
        level = regions.filter(parent__in=level.values("pcode"))
    return inside
