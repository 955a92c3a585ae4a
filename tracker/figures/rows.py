"""Figures as an answer gives them, and which of them are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import QuerySet

from tracker.figures.cubes import CubeKey
from tracker.figures.filters import PlaceAndPeriod
from tracker.models import Figure
from tracker.reconcile.periods import Period

ORDER = ("country", "measure", "cause", "crisis", "period_type", "region", "start")
ORDER_OF_SUMS = ("country", "measure", "crisis", "period_type", "region", "start", "cause")
"""Figures to be added up over their causes follow each other."""
PLACE_IN_CUBE = ("period_type", "region", "start")

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

    def wants(self, key: CubeKey) -> bool:
        """Whether figures of this cube may be among them."""
        return (
            (not self.measures or key.measure in self.measures)
            and (not self.causes or key.cause in self.causes)
            and (self.crises is None or key.crisis in self.crises)
        )

    def series_of(self, key: CubeKey) -> tuple[str, ...]:
        """What comes first in `order`: the same for cubes whose figures are added up."""
        names = self.order[: self.order.index("period_type")]
        return tuple(key.fields[name] for name in names)

    def narrowed(self, rows: QuerySet[Figure]) -> QuerySet[Figure]:
        """The stored versions of these places, periods and series; moments are for the caller to narrow."""
        rows = self.in_place_and_period(rows)
        if self.measures:
            rows = rows.filter(measure__in=self.measures)
        if self.causes:
            rows = rows.filter(cause__in=self.causes)
        if self.crises is not None:
            rows = rows.filter(crisis__in=self.crises)
        return rows


@dataclass(frozen=True, kw_only=True)
class FigureName:
    """Which figure: region, series and period."""

    country: str
    region: str
    level: int
    measure: str
    cause: str
    crisis: str
    period_type: str
    start: date
    end: date

    def sort_key(self, order: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in order)

    def columns(self, region_name: str) -> dict[str, Any]:
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
        }


@dataclass(frozen=True, kw_only=True)
class FigureRow(FigureName):
    """One figure, as it stands at the moment asked for."""

    low: int
    value: int
    high: int
    unlocated: int
    reports: int
    sources: frozenset[str]
    warnings: tuple[str, ...]
    recorded_at: datetime
    """The moment since which it stands."""

    def as_dict(self, region_name: str) -> dict[str, Any]:
        return {
            **self.columns(region_name),
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "unlocated": self.unlocated,
            "reports": self.reports,
            "sources": len(self.sources),
            "warnings": list(self.warnings),
            "recorded_at": self.recorded_at,
        }


def name_of(figure: Figure) -> dict[str, Any]:
    """The fields of `FigureName` of a stored version."""
    return {name: getattr(figure, name) for name in FigureName.__dataclass_fields__}


def as_stored(figure: Figure, *, day: date) -> FigureRow | None:
    """The figure as its version says, as of `day`, from which on it is final; None where there is none."""
    if figure.value is None:
        return None
    # The three are known where the value is: a constraint of the table.
    assert figure.low is not None and figure.high is not None and figure.unlocated is not None  # noqa: S101
    return FigureRow(
        **name_of(figure),
        low=figure.low,
        value=figure.value,
        high=figure.high,
        unlocated=figure.unlocated,
        reports=figure.reports,
        sources=frozenset(filter(None, figure.source_codes.split(","))),
        warnings=tuple(filter(None, figure.warnings.split(","))),
        recorded_at=stands_since(figure, day=day),
    )


def stands_since(figure: Figure, *, day: date) -> datetime:
    """The moment since which a figure has been as it is on `day`.

    Where a version is not final when it is recorded, the calendar makes it another each day until it is.
    """
    if figure.final_from <= day_in_utc(figure.recorded_at):
        return figure.recorded_at
    return max(figure.recorded_at, midnight(min(figure.final_from, day)))


def added_up(parts: Sequence[FigureRow]) -> FigureRow:
    """The figure of all causes, of those of single ones."""
    first = parts[0]
    return FigureRow(
        **{name: getattr(first, name) for name in FigureName.__dataclass_fields__} | {"cause": ALL_CAUSES},
        low=sum(row.low for row in parts),
        value=sum(row.value for row in parts),
        high=sum(row.high for row in parts),
        unlocated=sum(row.unlocated for row in parts),
        reports=sum(row.reports for row in parts),
        sources=frozenset().union(*(row.sources for row in parts)),
        warnings=tuple(sorted({code for row in parts for code in row.warnings})),
        recorded_at=max(row.recorded_at for row in parts),
    )


def midnight(day: date) -> datetime:
    """The moment (UTC) at which a day begins."""
    return datetime.combine(day, time.min, UTC)


def day_in_utc(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
