"""Regions as a boundary release or a regions.csv has them, checked one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tracker.errors import GeometryRefused
from tracker.ingest.comparison import Roll
from tracker.ingest.delivery import Delivery, Tally, accepted
from tracker.ingest.readers.cells import code, line_of_text
from tracker.ingest.readers.regions import RegionRecord
from tracker.ingest.readers.rows import NO_TEXT, Rejected, shown
from tracker.ingest.region_versions import store
from tracker.ingest.tree import NAMES, Delivered

if TYPE_CHECKING:
    from tracker.geo.boundaries import Boundary, Release
    from tracker.geo.repair import Shape


def load(records: Iterable[RegionRecord | Rejected], delivery: Delivery, tally: Tally) -> None:
    """Store the regions of a regions.csv that are new or different, and retire those that are gone."""
    rows = []
    roll = Roll(delivery.release)
    for record in accepted(_enrolled(records, roll), ("pcode",), lambda record: (), tally):
        said = {name: getattr(record, name) for name in (*NAMES, "household_size") if name in record.given}
        try:
            shape = _shape(record.geometry, record.pcode, tally)
        except GeometryRefused as error:
            tally.reject(record, [("geometry", str(error))])
            continue
        place = (record.line, record.pcode, record.level, record.parent)
        rows.append(Delivered(*place, said=said, shape=shape, shape_said="geometry" in record.given))
    store(rows, roll, delivery, tally)


def load_release(release: Release, delivery: Delivery, tally: Tally) -> None:
    """Store the regions of a boundary release that are new or different, and retire those that are gone."""
    tally.notes += release.notes
    roll = Roll(delivery.release)
    for refused in release.refused:
        reason = f"{refused.layer}: {refused.reason}"
        tally.rejects.append(Rejected(refused.feature, refused.column, shown(refused.value), reason))
        if refused.pcode:
            roll.pcodes.add(refused.pcode)
        else:
            roll.unread.append(refused.feature)
    rows: dict[str, Delivered] = {}
    for boundary in release.boundaries:
        roll.pcodes.add(boundary.pcode)
        if found := list(_faults(boundary, rows)):
            tally.rejects += found
            continue
        place = (boundary.feature, boundary.pcode, boundary.level, boundary.parent)
        rows[boundary.pcode] = Delivered(*place, said=boundary.names, shape=boundary.shape)
    store(list(rows.values()), roll, delivery, tally)


def _enrolled(records: Iterable[RegionRecord | Rejected], roll: Roll) -> Iterator[RegionRecord | Rejected]:
    for record in records:
        if isinstance(record, Rejected):
            roll.unread.append(record.line)
        else:
            roll.pcodes.add(record.pcode)
        yield record


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
