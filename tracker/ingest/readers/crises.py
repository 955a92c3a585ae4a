"""crises.csv: the crises that reports can be about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO

from tracker.ingest.readers.cells import code, codes, day, line_of_text
from tracker.ingest.readers.records import Fault, Record, optional, read_records, required
from tracker.ingest.readers.rows import Rejected
from tracker.sentences import sentence as _


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisRecord(Record):
    code: str
    name_en: str
    start: date
    end: date | None
    name_ar: str
    countries: str
    """P-codes with spaces between."""


COLUMNS = (
    required("code", code(60)),
    required("name_en", line_of_text(200)),
    required("start", day),
    optional("end", day),
    optional("name_ar", line_of_text(200), missing=""),
    optional("countries", codes(300), missing=""),
)


def read(file: IO[bytes]) -> Iterator[CrisisRecord | Rejected]:
    """Each crisis of the file, or what is wrong with its row."""
    return read_records(file, COLUMNS, CrisisRecord, faults)


def faults(record: CrisisRecord) -> Iterator[Fault]:
    """What cannot be right in a crisis by itself."""
    if record.end is not None and record.end < record.start:
        yield "end", _("the end is before the start, %(start)s", start=record.start)
