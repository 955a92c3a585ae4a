"""What figures and conflict figures are asked by alike: places, periods and the moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from tracker.models import Region
from tracker.models.figures import FigureVersion

F = TypeVar("F", bound=FigureVersion)


@dataclass(frozen=True, kw_only=True)
class PlaceAndPeriod:
    """Which places and periods, as of which moment; empty filters nothing. `within` are all regions below."""

    regions: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    period_types: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    as_of: datetime | None = None
    updated_after: datetime | None = None

    @cached_property
    def moment(self) -> datetime:
        """The moment asked for; now, and the same for as long as this filter is used, where none is."""
        return self.as_of or timezone.now()

    @property
    def day(self) -> date:
        """The as-of day: no figure counts days after it, and no period that begins after it has one."""
        return self.moment.astimezone(UTC).date()

    @cached_property
    def pcodes(self) -> frozenset[str] | None:
        """The regions that `regions` and `within` leave; None for all."""
        found: frozenset[str] | None = frozenset(self.regions) if self.regions else None
        if self.within:
            inside = frozenset(regions_within(self.within, as_of=self.moment))
            found = inside if found is None else found & inside
        return found

    def in_place_and_period(self, rows: QuerySet[F]) -> QuerySet[F]:
        """The stored rows of these places and periods; moments are for the caller to narrow."""
        if self.pcodes is not None:
            rows = rows.filter(region__in=self.pcodes)
        if self.levels:
            rows = rows.filter(level__in=self.levels)
        if self.period_types:
            rows = rows.filter(period_type__in=self.period_types)
        if self.start is not None:
            rows = rows.filter(end__gte=self.start)
        if self.end is not None:
            rows = rows.filter(start__lte=self.end)
        return rows


def regions_within(pcodes: Iterable[str], *, as_of: datetime | None) -> set[str]:
    """All regions below these, themselves left out."""
    found: set[str] = set()
    level = set(pcodes)
    while level:
        regions = Region.objects.as_of(as_of).filter(parent__in=level).order_by()
        level = set(regions.values_list("pcode", flat=True)) - found
        found |= level
    return found
