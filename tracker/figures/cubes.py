"""Cubes as the tables hold them: which there are, and their columns as of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, F, Max, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from tracker.models import Figure, Region, Report, Round, Source
from tracker.models.columns import Kind, Texts, numbered, ranks, read_columns, texts
from tracker.reconcile.cube import Cube, Ints, Reports, Rounds, Tree, integers, tree_of
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

    @classmethod
    def of_row(cls, row: Report | Figure) -> CubeKey:
        return cls(row.country, row.measure, row.cause, row.crisis)

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
    report_ids: Ints
    """Primary key of each report version."""
    refs: Texts
    round_codes: tuple[str, ...]
    levels: tuple[int, ...]
    """Level of each region of the tree."""


def cube_keys(country: str | None = None) -> list[CubeKey]:
    """Every cube that ever had a report, so that figures of a vanished series are withdrawn too."""
    reports = Report.objects.all() if country is None else Report.objects.filter(country=country)
    series = ("country", "measure", "cause", "crisis")
    found: list[CubeKey] = []
    # From one cube to the next by the index, whatever the number of reports.
    next_one = reports.order_by(*series).values_list(*series)
    while row := next_one.first():
        found.append(CubeKey(*row))
        next_one = reports.filter(TupleGreaterThan(Tuple(*map(F, series)), row)).order_by(*series)
        next_one = next_one.values_list(*series)
    return sorted(found)


_OF_ALL: dict[str, Kind] = {
    "pk": "whole",
    "source": "text",
    "ref": "text",
    "region": "text",
    "start": "day",
    "low": "whole",
    "value": "whole",
    "high": "whole",
    "published": "day",
}
_OF_FLOWS: dict[str, Kind] = {**_OF_ALL, "end": "day"}
_OF_STOCKS: dict[str, Kind] = {**_OF_ALL, "round": "text", "takes_part": "flag"}
KINDS: dict[str, Kind] = {**_OF_FLOWS, **_OF_STOCKS}
"""Of the columns that `report_columns` gives."""
_TAKES_PART = Q(role=Role.COUNTED, status=Status.APPROVED)


def load(key: CubeKey, *, as_of: datetime | None) -> LoadedCube:
    """The cube of the report versions that stood at `as_of` (None: the current ones)."""
    return assembled(key, report_columns(key, as_of=as_of), as_of=as_of)


def report_columns(key: CubeKey, *, as_of: datetime | None) -> dict[str, Any]:
    """The report versions of the cube that stood at `as_of` (None: the current ones), as columns.

    By name: those of KINDS; `round` is None for flows.
    """
    reports = Report.objects.as_of(as_of).filter(**key.fields)
    return _stocks(reports) if key.is_stock else _flows(reports)


def assembled(key: CubeKey, said: Mapping[str, Any], *, as_of: datetime | None) -> LoadedCube:
    """The cube of these columns of reports, with the tree, tiers and rounds that stood at `as_of`."""
    source, codes = numbered(said["source"])
    region, reported = numbered(said["region"])
    rounds = _rounds(key, codes, as_of) if key.is_stock else []
    regions = _with_earlier(regions_of(key.country, as_of), {*reported, *(row[2] for row in rounds)})
    tree = _tree(regions, set(reported), {row[2] for row in rounds})
    source_of = {code: number for number, code in enumerate(codes)}
    region_of = tree.index
    # Refs and the codes of rounds are compared with each other.
    rank, rank_of_round = ranks(said["ref"], texts([row[1] for row in rounds]))
    cube = Cube(
        tree=tree,
        tier=_tiers(codes, as_of),
        reports=Reports(
            region=integers(region_of[pcode] for pcode in reported)[region],
            source=source,
            start=said["start"],
            end=said["end"],
            people=np.stack([said["low"], said["value"], said["high"]]),
            published=said["published"],
            rank=rank,
            round=_round_numbers(said["round"], source, codes, rounds),
            counted=said["takes_part"],
        ),
        rounds=Rounds(
            source=integers(source_of[row[0]] for row in rounds),
            region=integers(region_of[row[2]] for row in rounds),
            date=_days(row[3] for row in rounds),
            published=_days(row[4] for row in rounds),
            rank=rank_of_round,
            closed=np.array([row[5] for row in rounds], dtype=np.bool_),
        ),
        is_stock=key.is_stock,
        max_age_days=settings.MAX_AGE_DAYS,
        freshness_days=settings.FRESHNESS_DAYS,
    )
    return LoadedCube(
        key=key,
        cube=cube,
        source_codes=tuple(codes),
        report_ids=said["pk"],
        refs=said["ref"],
        round_codes=tuple(row[1] for row in rounds),
        levels=tuple(regions[pcode].level for pcode in tree.pcodes),
    )


def _flows(reports: QuerySet[Report]) -> dict[str, Any]:
    """What is read of flows: none is a row of a round, so only those that take part matter."""
    said = read_columns(reports.filter(_TAKES_PART), _OF_FLOWS)
    return said | {"round": None, "takes_part": np.ones(len(said["pk"]), dtype=np.bool_)}


def _stocks(reports: QuerySet[Report]) -> dict[str, Any]:
    """What is read of stocks, each of one day; those that do not take part may be rows of closed rounds."""
    takes_part = ExpressionWrapper(_TAKES_PART, BooleanField())
    rows = reports.filter(_TAKES_PART | ~Q(round="")).annotate(takes_part=takes_part)
    said = read_columns(rows, _OF_STOCKS)
    return said | {"end": said["start"]}


def _tiers(codes: Sequence[str], as_of: datetime | None) -> Ints:
    tiers = dict(Source.objects.as_of(as_of).filter(code__in=codes).values_list("code", "tier"))
    return integers(tiers[code] for code in codes)


def _round_numbers(
    round_codes: Texts | None, source: Ints, codes: Sequence[str], rounds: Sequence[tuple[Any, ...]]
) -> Ints:
    """The place in `rounds` of the round that each report is a row of; -1 for none."""
    if round_codes is None:
        return np.full(len(source), -1)
    code, names = numbered(round_codes)
    place_of = {(row[0], row[1]): place for place, row in enumerate(rounds)}
    pairs, pair = np.unique(source * max(1, len(names)) + code, return_inverse=True)
    named = [(codes[number // len(names)], names[number % len(names)]) for number in pairs.tolist()]
    return integers(place_of[one] if one[1] else -1 for one in named)[pair]


@dataclass(frozen=True)
class Place:
    """A region as the figures need it."""

    parent: str
    level: int
    name: str
    retired: bool


def regions_of(country: str, as_of: datetime | None) -> dict[str, Place]:
    """The regions of a country by P-code."""
    return _places(Region.objects.as_of(as_of).filter(country=country))


def _places(rows: QuerySet[Region]) -> dict[str, Place]:
    columns = rows.order_by().values_list("pcode", "parent", "level", "name_en", "retired")
    return {pcode: Place(parent, level, name, retired) for pcode, parent, level, name, retired in columns}


def _with_earlier(regions: dict[str, Place], named: set[str]) -> dict[str, Place]:
    """`regions`, and of those that an archive's report names before they came: how they stood at first."""
    missing = named - regions.keys()
    while missing:
        found = _places(Region.objects.filter(pcode__in=missing, version=1))
        regions |= found
        missing = {place.parent for place in found.values() if place.parent} - regions.keys()
    return regions


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
        wanted.update(path_up(pcode, regions))
    if covered:
        wanted.update(pcode for pcode in regions if not covered.isdisjoint(path_up(pcode, regions)))
    return tree_of(
        {pcode: regions[pcode].parent for pcode in wanted},
        retired=[pcode for pcode in wanted if regions[pcode].retired],
    )


def path_up(pcode: str, regions: Mapping[str, Place]) -> Iterator[str]:
    """The P-codes of the region and of all above it."""
    while pcode:
        yield pcode
        pcode = regions[pcode].parent


def _days(dates: Iterable[date]) -> Any:
    return integers(day.toordinal() - _EPOCH for day in dates)


def later_versions(key: CubeKey) -> tuple[QuerySet[Source], QuerySet[Round], QuerySet[Region]]:
    """The versions of sources, rounds and regions that changed figures of the cube when they were recorded.

    A first version mostly stood before it was recorded (ReferenceQuerySet), and then changed nothing.
    """
    sources = Report.objects.filter(**key.fields).order_by().values("source").distinct()
    return (
        Source.objects.filter(version__gt=1, code__in=sources),
        Round.objects.filter(version__gt=1, country=key.country, source__in=sources),
        Region.objects.came_later().filter(country=key.country),
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
