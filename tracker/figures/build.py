"""Bringing the figures of one cube up to date."""

from __future__ import annotations

from datetime import datetime

from tracker.figures.changes import BuildCounts, Changes, changes, store
from tracker.figures.cubes import CubeKey, load
from tracker.models import Run


def prepare(key: CubeKey, *, recorded_at: datetime) -> Changes:
    """Read the cube, apply the rules, compare: what `store` would write. Nothing is written here."""
    return changes(load(key, as_of=recorded_at), recorded_at=recorded_at)


def build(key: CubeKey, *, recorded_at: datetime, run: Run | None = None) -> BuildCounts:
    """Bring the figures of one cube up to date; what did not change is left alone."""
    return store(prepare(key, recorded_at=recorded_at), run)
