"""Recomputing figures from the report versions, and comparing them with what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tracker.figures.changes import made, standing
from tracker.figures.cubes import CubeKey, load
from tracker.models import Figure
from tracker.reconcile.periods import period_of


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


def differences(key: CubeKey, *, as_of: datetime | None) -> Iterator[Difference]:
    """Every field of every figure of the cube that is not as the reports that stood at `as_of` make it."""
    recomputed = made(load(key, as_of=as_of))
    stored = standing(key, as_of=as_of)
    for place in sorted(recomputed.keys() | stored.keys()):
        kind, region, start = place
        label = period_of(start, kind).label
        if place not in stored or place not in recomputed:
            there = ("missing", "a figure") if place not in stored else ("a figure", "none")
            yield Difference(key, region, label, "figure", *there)
            continue
        pairs = zip(Figure.CONTENT, stored[place][1], recomputed[place][0], strict=True)
        for name, is_stored, is_made in pairs:
            if is_stored != is_made:
                yield Difference(key, region, label, name, is_stored, is_made)
