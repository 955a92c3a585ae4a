"""regions.csv: administrative areas, where there is no boundary release, or what a release lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

from tracker.ingest.readers.cells import code, household_size, line_of_text, number_between, text
from tracker.ingest.readers.records import Column, Fault, Record, optional, read_records, required
from tracker.ingest.readers.rows import LONGEST_RECORD, Rejected
from tracker.sentences import sentence as _


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRecord(Record):
    pcode: str
    level: int
    parent: str
    """P-code; empty for a country."""
    name_en: str
    name_ar: str
    name_fr: str
    name_local: str
    household_size: Decimal | None
    geometry: str
    """WKT or a GeoJSON geometry, WGS 84; empty where unknown."""


COLUMNS = (
    required("pcode", code(40)),
    required("level", number_between(0, 4)),
    Column("parent", code(40), in_every_row=False, missing=""),
    required("name_en", line_of_text(200)),
    optional("name_ar", line_of_text(200), missing=""),
    optional("name_fr", line_of_text(200), missing=""),
    optional("name_local", line_of_text(200), missing=""),
    optional("household_size", household_size),
    optional("geometry", text(LONGEST_RECORD), missing=""),
)


def read(file: IO[bytes]) -> Iterator[RegionRecord | Rejected]:
    """Each region of the file, or what is wrong with its row."""
    return read_records(file, COLUMNS, RegionRecord, _faults)


def _faults(record: RegionRecord) -> Iterator[Fault]:
    if record.level == 0 and record.parent:
        yield "parent", _("a country (level 0) lies in no other region; leave the parent empty")
    if record.level > 0 and not record.parent:
        yield (
            "parent",
            _("every region below level 0 needs the P-code of the region that contains it"),
        )
    if record.parent == record.pcode:
        yield "parent", _("a region does not contain itself")
