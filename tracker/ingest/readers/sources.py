"""sources.csv: who reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from tracker.ingest.readers.cells import code, line_of_text, number_between, one_of, web_address
from tracker.ingest.readers.records import Record, optional, read_records, required
from tracker.ingest.readers.rows import Rejected
from tracker.vocabulary import RowAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord(Record):
    code: str
    name: str
    tier: int
    kind: str
    licence: str
    licence_url: str
    row_access: str
    attribution: str


COLUMNS = (
    required("code", code(60)),
    required("name", line_of_text(200)),
    required("tier", number_between(1, 5)),
    optional("kind", line_of_text(60), missing=""),
    optional("licence", line_of_text(200), missing=""),
    optional("licence_url", web_address(500), missing=""),
    optional("row_access", one_of(RowAccess.values), missing=RowAccess.PUBLIC.value),
    optional("attribution", line_of_text(500), missing=""),
)


def read(file: IO[bytes]) -> Iterator[SourceRecord | Rejected]:
    """Each source of the file, or what is wrong with its row."""
    return read_records(file, COLUMNS, SourceRecord, lambda record: ())
