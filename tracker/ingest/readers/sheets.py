"""An uploaded file row by row: the lines that each row takes, and places by the names that a source uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from tracker.ingest.readers.records import Column, Fault, Record, layout_of
from tracker.ingest.readers.rows import Rejected, Row, RowReader
from tracker.ingest.readers.spreadsheets import restored

REASON = "reason"
"""The column that rejected rows are given back with, before all others; a corrected file may keep it."""

Matches = Mapping[tuple[str, str], str]
"""By publisher and what it calls a place, the P-code of the region that is meant."""


@dataclass(frozen=True)
class SheetFormat:
    """How the rows of one format are read, and which of their columns name places and who says so."""

    columns: Sequence[Column]
    record: type[Record]
    faults: Callable[[Any], Iterable[Fault]]
    publisher: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row, or why it could not be split into cells, and the lines of the file that it takes."""

    row: Row | Rejected
    last_line: int

    @property
    def line(self) -> int:
        return self.row.line


class Sheet:
    """The rows below the first line of a file; raises LayoutChanged if that does not name the columns."""

    def __init__(self, file: IO[bytes], format: SheetFormat, matches: Matches) -> None:
        self._reader = RowReader(file)
        self._format = format
        self._matches = matches
        first = next(self._reader, None)
        self._left_out = int(isinstance(first, Row) and has_reasons(first.cells))
        header = self._own(first) if first is not None else None
        self.layout = layout_of(header, format.columns, format.record, format.faults)

    @property
    def position(self) -> int:
        """The bytes of the file that were read."""
        return self._reader.position

    def __iter__(self) -> Iterator[SheetRow]:
        for row in self._reader:
            yield SheetRow(self._matched(self._own(row)), self._reader.line)

    def cell(self, row: Row | Rejected, column: str) -> str:
        """What the row has in this column; nothing where it has no such cell."""
        if isinstance(row, Rejected) or column not in self.layout.names:
            return ""
        place = self.layout.names.index(column)
        return restored(row.cells[place].strip()) if place < len(row.cells) else ""

    def publisher(self, row: Row | Rejected) -> str:
        """The code of who says what the row says."""
        return self.cell(row, self._format.publisher)

    def _own(self, row: Row | Rejected) -> Row | Rejected:
        """The row without the reason that it was given back with."""
        if isinstance(row, Rejected) or not self._left_out:
            return row
        return Row(row.line, row.cells[self._left_out :])

    def _matched(self, row: Row | Rejected) -> Row | Rejected:
        """The row with the P-codes of the places that somebody has matched."""
        if isinstance(row, Rejected) or not self._matches or len(row.cells) != len(self.layout.names):
            return row
        publisher = self.publisher(row)
        cells = list(row.cells)
        for column in self._format.places:
            pcode = self._matches.get((publisher, self.cell(row, column)))
            if pcode is not None:
                cells[self.layout.names.index(column)] = pcode
        return Row(row.line, cells)


def has_reasons(header: Sequence[str]) -> bool:
    """Whether these are the column names of rows that were given back."""
    return bool(header) and header[0].strip() == REASON
