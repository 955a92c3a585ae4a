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
from tracker.figures.moments import behind, builds_of, built_at, last_thorough_build
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

    Without a moment, what stands now is compared with the reports of the last build. Where a change waits for
    its build, or nothing was built yet, nothing is stored as of then, and there is nothing to compare.
    """
    while True:
        moment = as_of or built_at(key) or timezone.now()
        found = list(_compared(key, stored=as_of, reported=moment))
        # Asked only now: what was read may have been recorded, or built, a moment before.
        if key in behind(moment):
            return []
        if as_of is not None or (built_at(key) or moment) == moment:
            return found


def earlier_moment(key: CubeKey, *, on: date) -> datetime | None:
    """One of the moments before that day at which the cube was built; the same one whenever asked.

    A thorough build has mended what stood. What stood before it was said, and is not looked at again.
    """
    builds = builds_of(key, after=None, by=datetime.combine(on, time.min, tzinfo=UTC))
    mended = last_thorough_build(key)
    builds = [moment for moment in builds if mended is None or moment >= mended]
    return random.Random(f"{key} {on}").choice(builds) if builds else None  # noqa: S311 (no secret)


def _compared(key: CubeKey, *, stored: datetime | None, reported: datetime) -> Iterator[Difference]:
    """What stood at one moment (None: what stands now) beside what the reports of another make."""
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
