"""The figures of one cube as columns: as the rules make them, and as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Self

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from tracker.figures.cubes import CubeKey, LoadedCube, warning_codes
from tracker.figures.places import day_in, packed, region_in
from tracker.models import Figure
from tracker.models.columns import NULL, Kind, Numbers, numbered, read_among, read_columns
from tracker.models.figures import STORED_PERIODS
from tracker.reconcile.cube import Ints
from tracker.reconcile.figures import Figures, figures
from tracker.reconcile.periods import Period, day_of, period_bounds, period_numbers
from tracker.vocabulary import FigureWarning


@dataclass
class Names:
    """What the numbers in the tables of one cube stand for."""

    regions: Numbers
    source_sets: Numbers
    """Codes of sources, with commas between."""

    @classmethod
    def new(cls) -> Names:
        """No names yet but that of the set without sources, number 0."""
        names = cls(Numbers(), Numbers())
        _ = names.source_sets[""]
        return names


@dataclass(frozen=True)
class FigureTable:
    """Figures of one cube. Columns are int64 of length n.

    Attributes
    ----------
    place : period type, region and start in one number, different for any two figures of a moment
    content : (8, n), the columns of `Figure.CONTENT`; low, value, high and unlocated are NULL (-1) together
        where there is no figure at the period's end
    """

    place: Ints
    content: Ints

    LOW, VALUE, HIGH, UNLOCATED, REPORTS, SOURCES, WARNINGS, FINAL_FROM = range(8)

    @classmethod
    def empty(cls) -> FigureTable:
        none = np.zeros(0, dtype=np.int64)
        return FigureTable(none, none.reshape(len(Figure.CONTENT), 0))

    def __len__(self) -> int:
        return len(self.place)

    def take(self, which: NDArray[Any]) -> Self:
        """The rows at these places, or where this flag is set."""
        columns = {field.name: getattr(self, field.name)[..., which] for field in fields(self)}
        return replace(self, **columns)

    @property
    def period_type(self) -> Ints:
        """Place in STORED_PERIODS."""
        return self.place & 3

    @property
    def region(self) -> Ints:
        return region_in(self.place >> 2)

    @property
    def start(self) -> Ints:
        """Days since 1970-01-01."""
        return day_in(self.place >> 2)

    @property
    def end(self) -> Ints:
        """Days since 1970-01-01."""
        last = np.empty_like(self.place)
        for number, kind in enumerate(STORED_PERIODS):
            these = self.period_type == number
            last[these] = period_bounds(period_numbers(self.start[these], kind), kind)[1]
        return last

    @property
    def is_withdrawn(self) -> NDArray[np.bool_]:
        """Where a figure was withdrawn: nothing, from the period's first day on."""
        return (self.content[self.VALUE] == NULL) & (self.content[self.FINAL_FROM] == self.start)

    def period(self, row: int) -> Period:
        """The period of one row."""
        kind = STORED_PERIODS[self.period_type[row]]
        one = self.take(np.array([row]))
        return Period(kind, day_of(one.start[0]), day_of(one.end[0]))


def withdrawn_at(place: Ints) -> FigureTable:
    """Figures at these places as they are after they were withdrawn."""
    content = np.zeros((len(Figure.CONTENT), len(place)), dtype=np.int64)
    content[FigureTable.LOW : FigureTable.REPORTS] = NULL
    found = FigureTable(place, content)
    content[FigureTable.FINAL_FROM] = found.start
    return found


def joined(*tables: FigureTable) -> FigureTable:
    """The rows of these tables, one after the other."""
    return FigureTable(
        np.concatenate([table.place for table in tables]),
        np.concatenate([table.content for table in tables], axis=1),
    )


@dataclass(frozen=True)
class StoredTable(FigureTable):
    """Figures as stored, with the primary key and the version of each."""

    pk: Ints
    version: Ints


def made(loaded: LoadedCube, names: Names) -> FigureTable:
    """The figures of a cube by the rules."""
    return _as_table(loaded, figures(loaded.cube), names)


def _as_table(loaded: LoadedCube, columns: Figures, names: Names) -> FigureTable:
    sets = [",".join(loaded.source_codes[number] for number in members) for members in columns.source_sets]
    kinds = np.array([STORED_PERIODS.index(kind) for kind in columns.period_types], dtype=np.int64)
    unknown = np.where(columns.exists, 0, NULL)
    content = np.stack(
        [
            *(columns.people * columns.exists + unknown),
            columns.unlocated * columns.exists + unknown,
            columns.reports,
            np.where(columns.exists, names.source_sets.of_words(sets, columns.sources), 0),
            columns.warnings,
            columns.final_from,
        ]
    )
    region = names.regions.of_words(loaded.cube.tree.pcodes, columns.region)
    return FigureTable(_places(kinds[columns.period_type], region, columns.start), content)


COLUMNS: dict[str, Kind] = {
    "pk": "whole",
    "version": "whole",
    "period_type": "text",
    "region": "text",
    "start": "day",
    "low": "whole",
    "value": "whole",
    "high": "whole",
    "unlocated": "whole",
    "reports": "whole",
    "source_codes": "text",
    "warnings": "text",
    "final_from": "day",
}


MOST_BY_KEY = 20_000
"""Figures that are read by their primary keys; where more are wanted, all are read."""


def standing(key: CubeKey, names: Names, *, as_of: datetime | None = None) -> StoredTable:
    """The stored figures that stand at `as_of` (None: now), those that were withdrawn included."""
    return as_stored(read_columns(standing_rows(key, as_of=as_of), COLUMNS), names)


def standing_among(key: CubeKey, pks: Ints, names: Names) -> StoredTable:
    """Those of the figures that stand now which have these primary keys."""
    if len(pks) > MOST_BY_KEY:
        table = standing(key, names)
        return table.take(np.isin(table.pk, pks))
    return as_stored(read_among(standing_rows(key), pks, COLUMNS), names)


def standing_rows(key: CubeKey, *, as_of: datetime | None = None) -> QuerySet[Figure]:
    """The rows that `standing` is made of."""
    return Figure.objects.as_of(as_of).filter(**key.fields)


def as_stored(said: dict[str, Any], names: Names) -> StoredTable:
    """The columns of COLUMNS as a table."""
    warnings, warned = numbered(said["warnings"])
    bits = np.array([warning_bits(word) for word in warned], dtype=np.int64)
    content = [said[name] for name in ("low", "value", "high", "unlocated", "reports")]
    content += [names.source_sets.of(said["source_codes"]), bits[warnings], said["final_from"]]
    kind, kinds = numbered(said["period_type"])
    kind_of = np.array([STORED_PERIODS.index(word) for word in kinds], dtype=np.int64)
    place = _places(kind_of[kind], names.regions.of(said["region"]), said["start"])
    return StoredTable(place, np.stack(content), said["pk"], said["version"])


def _places(kind: Ints, region: Ints, start: Ints) -> Ints:
    place: Ints = packed(region, start) << 2 | kind
    return place


def warning_bits(codes: str) -> int:
    """The bits of warnings given with commas between."""
    return sum(1 << FigureWarning.values.index(code) for code in codes.split(",") if code)


def warnings_text(bits: int) -> str:
    """The warnings of these bits, with commas between."""
    return ",".join(warning_codes(bits))
