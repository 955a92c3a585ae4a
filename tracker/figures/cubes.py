"""Cubes as the tables hold them: which there are, and their columns as of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Max, QuerySet

from tracker.models import Region, Report, Round, Source
from tracker.reconcile.cube import Cube, Reports, Rounds, Tree, integers, text_ranks, tree_of
from tracker.reconcile.periods import EPOCH
from tracker.vocabulary import STOCKS, FigureWarning, Role, Status

_EPOCH = EPOCH.toordinal()


@dataclass(frozen=True, order=True)
class CubeKey:
    """One country and one series."""

    country: str
    measure: str
    cause: str
    crisis: str = ""

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> CubeKey:
        return cls(payload["country"], payload["measure"], payload["cause"], payload["crisis"])

    @property
    def fields(self) -> dict[str, str]:
        return {"country": self.country, "measure": self.measure, "cause": self.cause, "crisis": self.crisis}

    @property
    def is_stock(self) -> bool:
        return self.measure in STOCKS


@dataclass(frozen=True)
class LoadedCube:
    """A cube as of a moment, with the names that its numbers stand for."""

    key: CubeKey
    cube: Cube
    source_codes: tuple[str, ...]
    report_ids: tuple[int, ...]
    """Primary key of each report version."""
    refs: tuple[str, ...]
    round_codes: tuple[str, ...]
    levels: tuple[int, ...]
    """Level of each region of the tree."""


def cube_keys(country: str | None = None) -> list[CubeKey]:
    """Every cube that ever had a report, so that figures of a vanished series are withdrawn too."""
    reports = Report.objects.all() if country is None else Report.objects.filter(country=country)
    found = reports.order_by().values_list("country", "measure", "cause", "crisis").distinct()
    return sorted(CubeKey(*row) for row in found)


def load(key: CubeKey, *, as_of: datetime | None) -> LoadedCube:
    """The report versions of the cube that stood at `as_of` (None: the current ones), as columns."""
    rows = list(
        Report.objects.as_of(as_of)
        .filter(**key.fields)
        .values_list(
            "pk",
            "source",
            "ref",
            "region",
            "start",
            "end",
            "low",
            "value",
            "high",
            "published",
            "round",
            "role",
            "status",
        )
    )
    takes_part = {row[0] for row in rows if row[11] == Role.COUNTED and row[12] == Status.APPROVED}
    # Reports that do not take part matter only as rows of a closed round.
    kept = [row for row in rows if row[0] in takes_part or row[10]]
    codes = tuple(sorted({row[1] for row in kept}))
    tiers = dict(Source.objects.as_of(as_of).filter(code__in=codes).values_list("code", "tier"))
    rounds = _rounds(key, codes, as_of) if key.is_stock else []
    regions = regions_of(key.country, as_of)
    tree = _tree(regions, {row[3] for row in kept}, {row[2] for row in rounds})
    region_of = tree.index
    source_of = {code: number for number, code in enumerate(codes)}
    round_of = {(row[0], row[1]): number for number, row in enumerate(rounds)}
    ranks = text_ranks([row[2] for row in kept] + [row[1] for row in rounds])
    cube = Cube(
        tree=tree,
        tier=integers(tiers[code] for code in codes),
        reports=Reports(
            region=integers(region_of[row[3]] for row in kept),
            source=integers(source_of[row[1]] for row in kept),
            start=_days(row[4] for row in kept),
            end=_days(row[5] for row in kept),
            people=np.array([row[6:9] for row in kept], dtype=np.int64).reshape(-1, 3).T.copy(),
            published=_days(row[9] for row in kept),
            rank=ranks[: len(kept)],
            round=integers(round_of[row[1], row[10]] if row[10] else -1 for row in kept),
            counted=np.array([row[0] in takes_part for row in kept], dtype=np.bool_),
        ),
        rounds=Rounds(
            source=integers(source_of[row[0]] for row in rounds),
            region=integers(region_of[row[2]] for row in rounds),
            date=_days(row[3] for row in rounds),
            published=_days(row[4] for row in rounds),
            rank=ranks[len(kept) :],
            closed=np.array([row[5] for row in rounds], dtype=np.bool_),
        ),
        is_stock=key.is_stock,
        max_age_days=settings.MAX_AGE_DAYS,
        freshness_days=settings.FRESHNESS_DAYS,
    )
    return LoadedCube(
        key=key,
        cube=cube,
        source_codes=codes,
        report_ids=tuple(row[0] for row in kept),
        refs=tuple(row[2] for row in kept),
        round_codes=tuple(row[1] for row in rounds),
        levels=tuple(regions[pcode].level for pcode in tree.pcodes),
    )


@dataclass(frozen=True)
class Place:
    """A region as the figures need it."""

    parent: str
    level: int
    name: str


def regions_of(country: str, as_of: datetime | None) -> dict[str, Place]:
    """The regions of a country by P-code."""
    rows = Region.objects.as_of(as_of).filter(country=country).order_by()
    return {
        pcode: Place(parent, level, name)
        for pcode, parent, level, name in rows.values_list("pcode", "parent", "level", "name_en")
    }


def _rounds(key: CubeKey, sources: Iterable[str], as_of: datetime | None) -> list[tuple[Any, ...]]:
    return list(
        Round.objects.as_of(as_of)
        .filter(country=key.country, source__in=sources)
        .values_list("source", "code", "region", "date", "published", "closed")
    )


def _tree(regions: Mapping[str, Place], reported: set[str], covered: set[str]) -> Tree:
    """The regions that reports and rounds speak of, and all above them."""
    wanted: set[str] = set()
    for pcode in reported | covered:
        wanted.update(_up(pcode, regions))
    if covered:
        wanted.update(pcode for pcode in regions if any(above in covered for above in _up(pcode, regions)))
    return tree_of({pcode: regions[pcode].parent for pcode in wanted})


def _up(pcode: str, regions: Mapping[str, Place]) -> Iterator[str]:
    while pcode:
        yield pcode
        pcode = regions[pcode].parent


def _days(dates: Iterable[date]) -> Any:
    return integers(day.toordinal() - _EPOCH for day in dates)


def later_versions(key: CubeKey) -> tuple[QuerySet[Source], QuerySet[Round], QuerySet[Region]]:
    """The versions of sources, rounds and regions that changed figures of the cube when they were recorded.

    A first version stood before it was recorded (ReferenceQuerySet), so it changed nothing then.
    """
    sources = Report.objects.filter(**key.fields).order_by().values("source").distinct()
    return (
        Source.objects.filter(version__gt=1, code__in=sources),
        Round.objects.filter(version__gt=1, country=key.country, source__in=sources),
        Region.objects.filter(version__gt=1, country=key.country),
    )


def changed_at(key: CubeKey, *, as_of: datetime) -> datetime | None:
    """When anything was last recorded, up to `as_of`, that the figures of the cube depend on."""
    reports = Report.objects.filter(**key.fields)
    moments = [
        rows.filter(recorded_at__lte=as_of).aggregate(at=Max("recorded_at"))["at"]
        for rows in (reports, *later_versions(key))
    ]
    moments.append(reports.filter(superseded_at__lte=as_of).aggregate(at=Max("superseded_at"))["at"])
    return max((moment for moment in moments if moment is not None), default=None)


def warning_codes(bits: int) -> tuple[str, ...]:
    """The warnings that a figure's bits stand for."""
    return tuple(code for place, code in enumerate(FigureWarning.values) if (bits >> place) & 1)
