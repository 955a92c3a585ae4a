"""Bringing the figures of one cube up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tracker.figures import changes
from tracker.figures.changes import BuildCounts, Changes
from tracker.figures.coverage import coverage, store_coverage
from tracker.figures.cubes import CubeKey, load
from tracker.figures.fingerprints import FINGERPRINTS
from tracker.figures.table import standing_rows
from tracker.models import Coverage, Run
from tracker.models.columns import reading_beside


@dataclass(frozen=True)
class Build:
    """What a build writes."""

    figures: Changes
    coverage: list[Coverage]


def prepare(key: CubeKey, *, recorded_at: datetime, thorough: bool = False) -> Build:
    """Read the cube, apply the rules, compare: what `store` would write. Nothing is written here.

    A `thorough` build also finds what was changed beside the tracker, without its fingerprint.
    """
    # No other build of this cube is at work, so what stands may be read while the rules are applied.
    with reading_beside(standing_rows(key), FINGERPRINTS) as stored:
        loaded = load(key, as_of=recorded_at)
        found = changes.changes(loaded, stored, recorded_at=recorded_at, thorough=thorough)
        return Build(found, coverage(loaded))


def store(build: Build, run: Run | None) -> BuildCounts:
    """Write what was prepared, all or none."""
    with transaction.atomic():
        store_coverage(build.figures.key, build.coverage)
        return changes.store(build.figures, run)


def build(
    key: CubeKey, *, recorded_at: datetime, run: Run | None = None, thorough: bool = False
) -> BuildCounts:
    """Bring the figures of one cube up to date; what did not change is left alone."""
    return store(prepare(key, recorded_at=recorded_at, thorough=thorough), run)
