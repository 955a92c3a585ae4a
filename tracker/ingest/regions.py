"""Regions as delivered, from a boundary release or a regions.csv, into their table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracker.errors import GeometryRefused
from tracker.ingest.delivery import Delivery, Tally, accepted, batches
from tracker.ingest.readers.cells import code, line_of_text
from tracker.ingest.readers.regions import RegionRecord
from tracker.ingest.readers.rows import NO_TEXT, Rejected, shown
from tracker.ingest.touched import cubes_of
from tracker.ingest.tree import Branch, in_the_tree
from tracker.ingest.versions import next_version
from tracker.models import ConflictEvent, Region, Report
from tracker.models.versions import store_versions

if TYPE_CHECKING:
    from tracker.geo.boundaries import Boundary, Release
    from tracker.geo.repair import Shape

NAMES = ("name_en", "name_ar", "name_fr", "name_local")
TREE = ("level", "parent", "country", "retired")
"""What makes the tree of regions, on which figures depend."""


@dataclass(frozen=True)
class Delivered(Branch):
    """One region as delivered: its place in the tree, and what the file says of it besides."""

    said: dict[str, Any]
    shape: Shape | None
    shape_said: bool = True
    """False where the file has no geometry column: then the boundary stays as it stands."""


def load(records: Iterable[RegionRecord | Rejected], delivery: Delivery, tally: Tally) -> None:
    """Store the regions of a regions.csv that are new or different."""
    rows = []
    for record in accepted(records, ("pcode",), lambda record: (), tally):
        said = {name: getattr(record, name) for name in (*NAMES, "household_size") if name in record.given}
        try:
            shape = _shape(record.geometry, record.pcode, tally)
        except GeometryRefused as error:
            tally.reject(record, [("geometry", str(error))])
            continue
        place = (record.line, record.pcode, record.level, record.parent)
        rows.append(Delivered(*place, said=said, shape=shape, shape_said="geometry" in record.given))
    _store(rows, delivery, tally)


def load_release(release: Release, delivery: Delivery, tally: Tally) -> None:
    """Store the regions of a boundary release that are new or different; regions it has are not retired."""
    tally.notes += release.notes
    for refused in release.refused:
        tally.rejects.append(
            Rejected(
                refused.feature, refused.column, shown(refused.value), f"{refused.layer}: {refused.reason}"
            )
        )
    rows: dict[str, Delivered] = {}
    for boundary in release.boundaries:
        if found := list(_faults(boundary, rows)):
            tally.rejects += found
            continue
        said = {**boundary.names, "retired": False}
        place = (boundary.feature, boundary.pcode, boundary.level, boundary.parent)
        rows[boundary.pcode] = Delivered(*place, said=said, shape=boundary.shape)
    _store(list(rows.values()), delivery, tally)


def _shape(text: str, pcode: str, tally: Tally) -> Shape | None:
    if not text:
        return None
    from tracker.geo.repair import geometry_of, repaired  # takes a second to import, and most files need none

    shape = repaired(geometry_of(text))
    if shape.fault:
        tally.notes.append(shape.repair_of(pcode))
    return shape


def _faults(boundary: Boundary, rows: dict[str, Delivered]) -> Iterator[Rejected]:
    if boundary.pcode in rows:
        reason = f"{boundary.layer}: another layer of the file has this P-code already"
        yield Rejected(boundary.feature, "pcode", boundary.pcode, reason)
    checks = {"pcode": code(40), **dict.fromkeys(boundary.names, line_of_text(200))}
    for column, check in checks.items():
        value = boundary.pcode if column == "pcode" else boundary.names[column]
        reason = "the text holds characters that no text has" if NO_TEXT.search(value) else ""
        try:
            check(value)
        except ValueError as error:
            reason = reason or str(error)
        if value and reason:
            yield Rejected(boundary.feature, column, shown(value), f"{boundary.layer}: {reason}")


def _store(rows: list[Delivered], delivery: Delivery, tally: Tally) -> None:
    countries = in_the_tree(rows, tally)
    rows = [row for row in rows if row.pcode in countries]
    standing = _standing([row.pcode for row in rows])
    drawn = _outlines(rows, countries, standing, tally)
    pairs = []
    for row in rows:
        old = standing.get(row.pcode)
        content = {
            "level": row.level,
            "parent": row.parent,
            "country": countries[row.pcode],
            **row.said,
            "release": delivery.release or (old.release if old else ""),
            **_boundary(row, old),
        }
        if row.pcode in drawn:
            content["outline"] = drawn[row.pcode]
        if pair := next_version(Region, old, {"pcode": row.pcode}, content, delivery, tally):
            pairs.append(pair)
    store_versions(pairs, batch=100)
    moved = {
        one.country for old, new in pairs
        if old is None or any(getattr(old, name) != getattr(new, name) for name in TREE)
        for one in (old, new) if one is not None
    }  # fmt: skip
    tally.cubes |= cubes_of(Report.objects.current().filter(country__in=moved))
    events = ConflictEvent.objects.current().filter(country__in=moved).order_by()
    tally.conflict |= set(events.values_list("country", flat=True).distinct())


def _standing(pcodes: list[str]) -> dict[str, Region]:
    return {
        region.pcode: region
        for batch in batches(pcodes, 900)  # SQLite takes 999 parameters
        for region in Region.objects.current().filter(pcode__in=batch).order_by()
    }


def _same_shape(row: Delivered, old: Region | None) -> bool:
    return old is not None and row.shape is not None and old.geometry == row.shape.wkb


def _boundary(row: Delivered, old: Region | None) -> dict[str, Any]:
    """What the delivery changes of the region's boundary; nothing where it is as it stands."""
    if not row.shape_said or _same_shape(row, old):
        return {}
    if row.shape is None:
        return {"geometry": None, "outline": "", "area_km2": None, **dict.fromkeys(_BOUNDS)}
    bounds = dict(zip(_BOUNDS, row.shape.bounds, strict=True))
    return {"geometry": row.shape.wkb, "area_km2": row.shape.area_km2, **bounds}


_BOUNDS = ("min_lon", "min_lat", "max_lon", "max_lat")


def _outlines(
    rows: list[Delivered], countries: dict[str, str], standing: dict[str, Region], tally: Tally
) -> dict[str, str]:
    """Outlines by P-code, for each country and level of which a boundary is other than it stands."""
    levels: dict[tuple[str, int], list[Delivered]] = {}
    for row in rows:
        if row.shape is not None:
            levels.setdefault((countries[row.pcode], row.level), []).append(row)
    drawn: dict[str, str] = {}
    for (country, level), members in sorted(levels.items()):
        if all(_same_shape(row, standing.get(row.pcode)) for row in members):
            continue
        from tracker.geo.outlines import outlines  # as above

        texts, note = outlines([row.shape.wkb for row in members if row.shape is not None])
        drawn |= dict(zip((row.pcode for row in members), texts, strict=True))
        if note:
            tally.notes.append(f"{country}, level {level}: {note}.")
    return drawn
