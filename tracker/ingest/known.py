"""What the tables hold that a row may name: loaded once for a delivery, then looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from tracker.models import Crisis, Region, Round, Source


@dataclass(frozen=True, slots=True)
class KnownRegion:
    parent: str
    level: int
    country: str
    household_size: Decimal | None


@dataclass(frozen=True, slots=True)
class KnownRound:
    region: str
    date: date


class Known:
    """The regions (retired ones too), sources, crises and rounds that stand, read when first asked for."""

    @classmethod
    def all(cls) -> Known:
        """All of it read, for who cannot ask the database later."""
        known = cls()
        _ = known.regions, known.sources, known.crises, known.rounds, known.sources_of_rounds
        return known

    @cached_property
    def regions(self) -> dict[str, KnownRegion]:
        rows = Region.objects.current().order_by()
        columns = rows.values_list("pcode", "parent", "level", "country", "household_size")
        return {
            pcode: KnownRegion(parent, level, country, size)
            for pcode, parent, level, country, size in columns.iterator()
        }

    @cached_property
    def sources(self) -> frozenset[str]:
        return frozenset(Source.objects.current().values_list("code", flat=True))

    @cached_property
    def crises(self) -> frozenset[str]:
        return frozenset(Crisis.objects.current().values_list("code", flat=True))

    @cached_property
    def rounds(self) -> dict[tuple[str, str], KnownRound]:
        columns = Round.objects.current().values_list("source", "code", "region", "date")
        return {(source, code): KnownRound(region, day) for source, code, region, day in columns}

    @cached_property
    def sources_of_rounds(self) -> dict[str, list[str]]:
        """By code of a round, the sources that have one of this code."""
        found: dict[str, list[str]] = {}
        for source, code in sorted(self.rounds):
            found.setdefault(code, []).append(source)
        return found

    def lies_within(self, pcode: str, area: str) -> bool:
        """Whether the region is the area or lies below it."""
        while pcode != area:
            region = self.regions.get(pcode)
            if region is None:
                return False
            pcode = region.parent
        return True

    def household_size(self, pcode: str) -> Decimal | None:
        """The average household size of the region, else of the nearest region above that has one."""
        while region := self.regions.get(pcode):
            if region.household_size is not None:
                return region.household_size
            pcode = region.parent
        return None
