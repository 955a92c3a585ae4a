"""Recomputing figures from the report versions, and comparing them with what is stored."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
from django.utils import timezone

from tracker.figures.changes import compare
from tracker.figures.cubes import CubeKey, load
from tracker.figures.moments import behind, builds_of, built_at
from tracker.figures.table import FigureTable, Names, made, standing, warnings_text
from tracker.models import Figure
from tracker.models.columns import NULL
from tracker.reconcile.cube import Ints
from tracker.reconcile.periods import day_of


@dataclass(frozen=True)
class Difference:
    """One figure of which the stored and the recomputed version are not the same."""

    key: CubeKey
    region: str
    period: str
    field: str
    stored: object
    recomputed: object

    def __str__(self) -> str:
        series = " ".join(filter(None, [self.key.measure, self.key.cause, self.key.crisis]))
        figure = f"{self.region} {series} {self.period}"
        return f"{figure}: {self.field} stored {self.stored!r}, recomputed {self.recomputed!r}"


def differences(key: CubeKey, *, as_of: datetime | None) -> list[Difference]:
    """Every field of every figure of the cube that is not as the reports that stood at `as_of` make it.

    Without a moment, what stands now is compared with the reports of the last build. As of a moment between
    a change and its build, or before the first, nothing is stored and there is nothing to compare.
    """
    if as_of is not None:
        return [] if key in behind(as_of) else list(_compared(key, stored=as_of, reported=as_of))
    while True:
        built = built_at(key)
        if built is None and key in behind(timezone.now()):
            return []
        found = list(_compared(key, stored=None, reported=built))
        # A build that ended meanwhile may have changed the figures before they were read.
        if built_at(key) == built:
            return found


def earlier_moment(key: CubeKey, *, on: date) -> datetime | None:
    """One of the moments before that day at which the cube was built; the same one whenever asked."""
    builds = builds_of(key, after=None, by=datetime.combine(on, time.min, tzinfo=UTC))
    return random.Random(f"{key} {on}").choice(builds) if builds else None  # noqa: S311 (no secret)


def sample(keys: list[CubeKey], size: int, *, on: date) -> list[CubeKey]:
    """As many of the cubes, others each day: on days that follow one another each has its turn."""
    if size >= len(keys):
        return keys
    first = on.toordinal() * size
    return [keys[(first + place) % len(keys)] for place in range(size)]


def _compared(key: CubeKey, *, stored: datetime | None, reported: datetime | None) -> Iterator[Difference]:
    """What stood at one moment beside what the reports of another make; None for what stands now."""
    names = Names.new()
    stood = standing(key, names, as_of=stored)
    stood = stood.take(~stood.is_withdrawn)
    fresh = made(load(key, as_of=reported), names)
    found = compare(stood, fresh)
    regions = list(names.regions)

    def label(table: FigureTable, row: int) -> tuple[str, str]:
        return regions[table.region[row]], table.period(row).label

    for row in found.gone.tolist():
        yield Difference(key, *label(stood, row), "figure", "a figure", "none")
    for row in np.delete(found.written, found.replaces).tolist():
        yield Difference(key, *label(fresh, row), "figure", "missing", "a figure")
    for row, old in zip(found.written[found.replaces].tolist(), found.replaced.tolist(), strict=True):
        said = _content(stood.content[:, old], names), _content(fresh.content[:, row], names)
        for name, is_stored, is_made in zip(Figure.CONTENT, *said, strict=True):
            if is_stored != is_made:
                yield Difference(key, *label(fresh, row), name, is_stored, is_made)


def _content(row: Ints, names: Names) -> list[int | str | date | None]:
    """The values of `Figure.CONTENT`."""
    *people, reports, sources, warnings, final_from = row.tolist()
    known: list[Any] = [None if number == NULL else number for number in people]
    return [
        *known, reports, list(names.source_sets)[sources], warnings_text(warnings), day_of(final_from),
    ]  # fmt: skip
