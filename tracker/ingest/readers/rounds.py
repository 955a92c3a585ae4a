"""rounds.csv: assessment rounds."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from tracker.ingest.readers.cells import code, day, yes_or_no
from tracker.ingest.readers.records import Fault, Record, optional, read_records, required
from tracker.ingest.readers.rows import Rejected
from tracker.sentences import sentence as _


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRecord(Record):
    code: str
    source: str
    region: str
    date: datetime.date
    published: datetime.date
    closed: bool


COLUMNS = (
    required("code", code(60)),
    required("source", code(60)),
    required("region", code(40)),
    required("date", day),
    required("published", day),
    optional("closed", yes_or_no, missing=True),
)


def read(file: IO[bytes]) -> Iterator[RoundRecord | Rejected]:
    """Each round of the file, or what is wrong with its row."""
    return read_records(file, COLUMNS, RoundRecord, faults)


def faults(record: RoundRecord) -> Iterator[Fault]:
    """What cannot be right in a round by itself."""
    if record.published < record.date:
        yield (
            "published",
            _("the round is published before its reference date, %(date)s", date=record.date),
        )
