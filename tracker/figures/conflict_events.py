"""Conflict events, their regions and their figures, read from the tables into columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce

from tracker.figures.conflict_counts import (
    EVENT_TYPES,
    NOT_KNOWN,
    PERIOD_TYPES,
    STILL,
    Counts,
    Events,
    Ints,
    cells_of,
)
from tracker.models import ConflictEvent, ConflictFigure, Region
from tracker.reconcile.cube import tree_of
from tracker.reconcile.periods import period_numbers

_CHUNK = 50_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CELL = ("region", "event_type", "period_type", "start")
_FATALITIES = [Coalesce(name, NOT_KNOWN) for name in ("low", "best", "high")]

Reader = Callable[[tuple[Any, ...]], Ints]
"""Makes whole numbers of a column of values."""


class Numbers(dict[str, int]):
    """Texts, numbered in the order in which they are first asked for."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


class Moments(dict[datetime | None, int]):
    """Moments as microseconds since 1970-01-01; None is STILL."""

    def __missing__(self, moment: datetime | None) -> int:
        self[moment] = number = STILL if moment is None else (moment - _EPOCH) // _MICROSECOND
        return number


def moment_of(number: int) -> datetime:
    """The moment of a number of microseconds since 1970-01-01."""
    return _EPOCH + number * _MICROSECOND


@dataclass(frozen=True)
class StoredFigures:
    """Columns of length n, in no order."""

    pk: Ints
    version: Ints
    counts: Counts


def read_events(events: QuerySet[ConflictEvent], regions: Numbers) -> Events:
    """Event versions as columns; retracted ones do not count and are left out."""
    moments = _number_in(Moments())
    values = events.filter(retracted=False).order_by().values_list(
        "region", "event_type", "date", *_FATALITIES, "recorded_at", "superseded_at"
    )  # fmt: skip
    types = _number_in(_places(EVENT_TYPES))
    return Events(*_read(values, _number_in(regions), types, _days, _whole, _whole, _whole, moments, moments))


def read_figures(figures: QuerySet[ConflictFigure], regions: Numbers) -> StoredFigures:
    """Figure versions as columns."""
    moments = _number_in(Moments())
    values = figures.order_by().values_list(
        *_CELL, "pk", "version", "recorded_at", "superseded_at", "events", *_FATALITIES, "unknown"
    )
    readers = (_whole, _whole, moments, moments, _whole, _whole, _whole, _whole, _whole)
    cell, pk, version, *columns = _read_cells(values, regions, *readers)
    return StoredFigures(pk, version, Counts(cell, *columns))


def last_versions(figures: QuerySet[ConflictFigure], regions: Numbers) -> tuple[Ints, Ints]:
    """The cells of `figures`, and the last version number of each."""
    values = figures.order_by().values_list(*_CELL).annotate(Max("version"))
    cell, version = _read_cells(values, regions, _whole)
    return cell, version


def regions_above(country: str, regions: Numbers, *, as_of: datetime | None) -> Ints:
    """Each numbered region's ancestors, as of a moment.

    A retired region gets no counts: its events are known only to lie somewhere in the region that holds it.
    So are the events of a region that was not there then, in the country.

    Returns
    -------
    int64, shape (deepest level + 1, regions) : row k holds the ancestor at depth k, -1 below the region
    """
    rows = Region.objects.as_of(as_of).filter(country=country).order_by()
    known = list(rows.values_list("pcode", "parent", "retired"))
    tree = tree_of({pcode: parent for pcode, parent, _ in known})
    retired = {pcode for pcode, _, is_retired in known if is_retired}
    numbers = [regions[pcode] for pcode in tree.pcodes]
    top = regions[country]
    above = np.full((int(tree.depth.max(initial=0)) + 1, len(regions)), -1, dtype=np.int64)
    above[0] = top
    for place, pcode in enumerate(tree.pcodes):
        if tree.parent[place] >= 0:
            above[:, numbers[place]] = above[:, numbers[tree.parent[place]]]
        if pcode not in retired:
            above[tree.depth[place], numbers[place]] = numbers[place]
    return above


def _read_cells(values: QuerySet[Any, tuple[Any, ...]], regions: Numbers, *readers: Reader) -> list[Ints]:
    """The cells that the first four columns name, and the other columns."""
    types, period_types = _number_in(_places(EVENT_TYPES)), _number_in(_places(PERIOD_TYPES))
    names = (_number_in(regions), types, period_types, _days)
    region, event_type, period_type, start, *others = _read(values, *names, *readers)
    period = np.zeros_like(start)
    for number, kind in enumerate(PERIOD_TYPES):
        these = period_type == number
        period[these] = period_numbers(start[these], kind)
    return [cells_of(region, event_type, period_type, period), *others]


def _read(values: QuerySet[Any, tuple[Any, ...]], *readers: Reader) -> list[Ints]:
    """Read rows, some ten thousand at a time, into one column of whole numbers for each reader."""
    parts: list[list[Ints]] = [[np.zeros(0, dtype=np.int64)] for _ in readers]
    rows = values.iterator(chunk_size=_CHUNK)
    while chunk := list(islice(rows, _CHUNK)):
        for part, reader, column in zip(parts, readers, zip(*chunk, strict=True), strict=True):
            part.append(reader(column))
    return [np.concatenate(part) for part in parts]


def _number_in(numbers: Mapping[Any, int]) -> Reader:
    return lambda column: np.fromiter(map(numbers.__getitem__, column), dtype=np.int64, count=len(column))


def _places(texts: tuple[str, ...]) -> dict[str, int]:
    return {text: place for place, text in enumerate(texts)}


def _whole(column: tuple[Any, ...]) -> Ints:
    return np.array(column, dtype=np.int64)


def _days(column: tuple[Any, ...]) -> Ints:
    return np.array(column, dtype="datetime64[D]").astype(np.int64)
