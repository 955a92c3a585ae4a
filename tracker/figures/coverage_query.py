"""How well regions are covered: over all series of a measure, from what the builds noted of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from typing import Any

from django.db.models import Max, Min, QuerySet, Sum
from django.utils import timezone

from tracker.figures.filters import regions_within
from tracker.figures.rows import day_in_utc
from tracker.models import Coverage, Region

ORDER = ("region", "measure")
ROWS_AT_ONCE = 300
"""SQLite takes 999 parameters."""


@dataclass(frozen=True, kw_only=True)
class CoverageFilter:
    """Which coverage; empty filters nothing. `within` are all regions below."""

    regions: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    measures: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    crises: tuple[str, ...] | None = None

    @cached_property
    def moment(self) -> datetime:
        return timezone.now()


def coverage_rows(wanted: CoverageFilter) -> QuerySet[Any, Any]:
    """One row for each region and measure, added up over causes and crises; in no order."""
    rows = _series(wanted)
    retired = Region.objects.current().filter(retired=True)
    rows = rows.exclude(region__in=retired.values("pcode"))
    if wanted.regions:
        rows = rows.filter(region__in=wanted.regions)
    if wanted.within:
        rows = rows.filter(region__in=regions_within(wanted.within, as_of=None))
    if wanted.levels:
        rows = rows.filter(level__in=wanted.levels)
    return (
        rows.order_by()
        .values("region", "level", "measure")
        .annotate(first_day=Min("first"), last_day=Max("last"), number=Sum("reports"))
    )


def told(rows: Iterable[Mapping[str, Any]], wanted: CoverageFilter) -> Iterator[dict[str, Any]]:
    """These rows of `coverage_rows` as they are answered, in their order."""
    remaining = iter(rows)
    while some := list(islice(remaining, ROWS_AT_ONCE)):
        yield from _told(some, wanted)


def _told(rows: list[Mapping[str, Any]], wanted: CoverageFilter) -> Iterator[dict[str, Any]]:
    pcodes = {row["region"] for row in rows}
    names = dict(Region.objects.current().filter(pcode__in=pcodes).values_list("pcode", "name_en"))
    below = _sub_regions(pcodes)
    sources = _sources(pcodes, wanted)
    covered = _covered({part for parts in below.values() for part in parts}, wanted)
    today = day_in_utc(wanted.moment)
    for row in rows:
        parts = below.get(row["region"], [])
        with_figure = sum((part, row["measure"]) in covered for part in parts)
        yield {
            "region": row["region"],
            "region_name": names.get(row["region"], ""),
            "level": row["level"],
            "measure": row["measure"],
            "first": row["first_day"],
            "last": row["last_day"],
            "reports": row["number"],
            "sources": len(sources[row["region"], row["measure"]]),
            "days_since_last": _days_between(row["last_day"], today),
            "sub_regions": len(parts),
            "sub_regions_with_figure": with_figure,
            "share": with_figure / len(parts) if parts else None,
        }


def _days_between(last: date, today: date) -> int:
    """0 where the last day has not come yet."""
    return max(0, (today - last).days)


def _series(wanted: CoverageFilter) -> QuerySet[Coverage]:
    rows: QuerySet[Coverage] = Coverage.objects.all()
    if wanted.measures:
        rows = rows.filter(measure__in=wanted.measures)
    if wanted.causes:
        rows = rows.filter(cause__in=wanted.causes)
    if wanted.crises is not None:
        rows = rows.filter(crisis__in=wanted.crises)
    return rows


def _sub_regions(pcodes: set[str]) -> dict[str, list[str]]:
    """The current regions right below each."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = Region.objects.current().filter(parent__in=pcodes, retired=False).order_by()
    for pcode, parent in rows.values_list("pcode", "parent"):
        found[parent].append(pcode)
    return found


def _sources(pcodes: set[str], wanted: CoverageFilter) -> dict[tuple[str, str], set[str]]:
    """The codes of the sources by region and measure."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    rows = _series(wanted).filter(region__in=pcodes)
    for region, measure, codes in rows.values_list("region", "measure", "source_codes"):
        found[region, measure].update(filter(None, codes.split(",")))
    return found


def _covered(pcodes: set[str], wanted: CoverageFilter) -> set[tuple[str, str]]:
    """The regions and measures of which there is a report, and so a figure."""
    found: set[tuple[str, str]] = set()
    waiting = iter(sorted(pcodes))
    while some := list(islice(waiting, ROWS_AT_ONCE)):
        rows = _series(wanted).filter(region__in=some).order_by()
        found.update(rows.values_list("region", "measure").distinct())
    return found
