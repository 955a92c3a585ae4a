"""What a build would change: the figures of a cube beside those that stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.db import transaction

from tracker.figures.cubes import CubeKey, LoadedCube
from tracker.figures.fingerprints import as_standing, fingerprints, withdrawn_fingerprints
from tracker.figures.table import (
    FigureTable,
    Names,
    joined,
    made,
    standing_among,
    warnings_text,
    withdrawn_at,
)
from tracker.models import Figure, Region, Run
from tracker.models.columns import NULL, dates_of, in_batches, insert_columns, set_numbers, supersede_all
from tracker.models.figures import STORED_PERIODS
from tracker.reconcile.cube import Flags, Ints
from tracker.reconcile.periods import day_number


@dataclass(frozen=True)
class BuildCounts:
    """Figures written by a build, and those it left alone."""

    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0

    def __add__(self, other: BuildCounts) -> BuildCounts:
        return BuildCounts(
            self.new + other.new,
            self.changed + other.changed,
            self.withdrawn + other.withdrawn,
            self.unchanged + other.unchanged,
        )

    @property
    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Versions:
    """Figure versions of one cube that are to be stored, and what the numbers in them stand for."""

    table: FigureTable
    version: Ints
    names: Names
    levels: dict[str, int]
    """By P-code."""


@dataclass(frozen=True)
class Changes:
    """The versions that a build writes, at one moment, and those that they take the place of."""

    key: CubeKey
    recorded_at: datetime
    new: Versions
    superseded: Ints
    """Primary keys."""
    fingerprints: tuple[Ints, Ints]
    """Primary keys of what did not change and lacks its fingerprint, and the fingerprints."""
    counts: BuildCounts


def changes(
    loaded: LoadedCube, stored: Callable[[], dict[str, Any]], *, recorded_at: datetime, thorough: bool = False
) -> Changes:
    """Compare with the figures that stand; what did not change is left alone.

    A figure that is no more gets a version that says so, and goes on from there should it come back.

    Parameters
    ----------
    stored : gives the columns FINGERPRINTS of the figures that stand
    thorough : rely on no fingerprint that is stored
    """
    names = Names.new()
    fresh = made(loaded, names)
    found = fingerprints(fresh, names)
    stood = as_standing(loaded.key, stored(), names, thorough=thorough)
    stays, stayed = _matches(found, stood.fingerprint)
    other = fresh.take(_all_but(stays, len(fresh)))
    replaced = stood.fingerprint >= 0
    # What was withdrawn and does not come back is left as it is.
    withdrawn = np.flatnonzero(~replaced)
    replaced[withdrawn] = np.isin(stood.fingerprint[withdrawn], withdrawn_fingerprints(other, names))
    replaced[stayed] = False
    before = standing_among(loaded.key, stood.pk[replaced], names)
    difference = compare(before, other)
    written, gone = other.take(difference.written), withdrawn_at(before.place[difference.gone])
    is_new = stood.is_new[stayed]
    came_back = before.is_withdrawn[difference.replaced]
    version = np.ones(len(written), dtype=np.int64)
    version[difference.replaces] = before.version[difference.replaced] + 1
    changed = len(came_back) - int(came_back.sum())
    return Changes(
        key=loaded.key,
        recorded_at=recorded_at,
        new=Versions(
            table=joined(written, gone),
            version=np.concatenate([version, before.version[difference.gone] + 1]),
            names=names,
            levels=_levels(loaded, {list(names.regions)[region] for region in set(gone.region.tolist())}),
        ),
        superseded=np.concatenate([before.pk[difference.replaced], before.pk[difference.gone]]),
        fingerprints=(stood.pk[stayed][is_new], found[stays][is_new]),
        counts=BuildCounts(
            new=len(written) - changed,
            changed=changed,
            withdrawn=len(gone),
            unchanged=len(stays),
        ),
    )


def _matches(found: Ints, stood: Ints) -> tuple[Ints, Ints]:
    """The places in both of the numbers that are in both."""
    import pyarrow as pa
    import pyarrow.compute as pc

    at = pc.index_in(pa.array(found), value_set=pa.array(stood)).fill_null(-1).to_numpy()
    stays = np.flatnonzero(at >= 0)
    return stays, at[stays].astype(np.int64)


def _all_but(places: Ints, length: int) -> Flags:
    found = np.ones(length, dtype=np.bool_)
    found[places] = False
    return found


def _levels(loaded: LoadedCube, gone: set[str]) -> dict[str, int]:
    """The levels of the regions of the cube, and of those whose figures are withdrawn."""
    levels = dict(zip(loaded.cube.tree.pcodes, loaded.levels, strict=True))
    # Without its reports a region is no part of the cube.
    for pcodes in in_batches(sorted(gone - levels.keys())):
        regions = Region.objects.current().filter(pcode__in=pcodes)
        levels |= dict(regions.values_list("pcode", "level"))
    return levels


@dataclass(frozen=True)
class Difference:
    """Places in two tables of figures, the one that stood and the one that is made.

    Attributes
    ----------
    written : rows made that are new, or other than what stood
    replaces, replaced : those of `written` that had stood otherwise (places in `written`), and how (places
        in the table that stood)
    gone : rows that stood and are not made, but for those that were withdrawn before
    """

    written: Ints
    replaces: Ints
    replaced: Ints
    gone: Ints


def compare(stood: FigureTable, fresh: FigureTable) -> Difference:
    """What of `fresh` is not as it stood."""
    _, old, now = np.intersect1d(stood.place, fresh.place, assume_unique=True, return_indices=True)
    is_same = (stood.content[:, old] == fresh.content[:, now]).all(axis=0)
    written = np.flatnonzero(_all_but(now[is_same], len(fresh)))
    return Difference(
        written=written,
        replaces=np.searchsorted(written, now[~is_same]),
        replaced=old[~is_same],
        gone=np.flatnonzero(_all_but(old, len(stood)) & ~stood.is_withdrawn),
    )


def store(found: Changes, run: Run | None) -> BuildCounts:
    """Write the changes, all or none."""
    with transaction.atomic():
        supersede_all(Figure, found.superseded.tolist(), at=found.recorded_at)
        set_numbers(Figure, "fingerprint", *(column.tolist() for column in found.fingerprints))
        insert(found.key, found.new, run, recorded_at=found.recorded_at, stored_at=found.recorded_at)
    return found.counts


def insert(
    key: CubeKey,
    new: Versions,
    run: Run | None,
    *,
    recorded_at: Any,
    stored_at: datetime,
    superseded_at: Any = None,
) -> None:
    """Store figure versions; `recorded_at` and `superseded_at` are one moment for all, or an Arrow array."""
    import pyarrow as pa

    table = new.table
    regions, sets = pa.array(list(new.names.regions)), pa.array(list(new.names.source_sets))
    levels = pa.array([new.levels.get(pcode, 0) for pcode in new.names.regions])
    bits, warned = np.unique(table.content[table.WARNINGS], return_inverse=True)
    final_from = table.content[table.FINAL_FROM]
    unknown = table.content[table.VALUE] == NULL
    people = {
        name: pa.array(table.content[place], mask=unknown)
        for name, place in (
            ("low", table.LOW),
            ("value", table.VALUE),
            ("high", table.HIGH),
            ("unlocated", table.UNLOCATED),
        )
    }
    insert_columns(
        Figure,
        {
            **key.fields,
            "recorded_at": recorded_at,
            "stored_at": stored_at,
            "superseded_at": superseded_at,
            "build_id": run and run.pk,
            "version": pa.array(new.version),
            "region": regions.take(table.region),
            "level": levels.take(table.region),
            "period_type": pa.array(STORED_PERIODS).take(table.period_type),
            "start": dates_of(table.start),
            "end": dates_of(table.end),
            **people,
            "reports": pa.array(table.content[table.REPORTS]),
            "source_codes": sets.take(table.content[table.SOURCES]),
            "warnings": pa.array([warnings_text(int(word)) for word in bits]).take(warned),
            "final_from": dates_of(final_from),
            "fingerprint": pa.array(fingerprints(table, new.names)),
            "is_final": pa.array(final_from <= day_number(stored_at.astimezone(UTC).date())),
        },
        count=len(table),
    )
