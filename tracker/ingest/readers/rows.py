"""The bytes of a CSV file as rows of text with the line that each begins on."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from tracker.errors import LayoutChanged
from tracker.sentences import sentence as _

LONGEST_RECORD = 16 * 1024 * 1024
"""Bytes of a line and characters of a record; a country's whole boundary as text has about half a million."""
csv.field_size_limit(LONGEST_RECORD)

# Tabs and line breaks are text; other control characters, halves of surrogate pairs and U+FFFE/F are none.
NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record, and the physical line (from 1) on which it begins."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Rejected:
    """One reason why a row was not taken: where, what stood there, and what was expected."""

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{where}, {self.value!r}: {self.reason}"


def rows(file: IO[bytes]) -> Iterator[Row | Rejected]:
    """Each row of the file that holds anything, the first line included.

    A row whose quotes do not match costs only the line it begins on: reading goes on with the next.

    Raises
    ------
    LayoutChanged : the bytes are not UTF-8, or a line is longer than any text of ours
    """
    return RowReader(file)


class RowReader:
    """`rows` of a file, from its beginning or from where a row begins, and how far they were read.

    Parameters
    ----------
    file : at the byte `position`
    line : the lines before that byte
    """

    def __init__(self, file: IO[bytes], *, line: int = 0, position: int = 0) -> None:
        self._lines = _Lines(file, line=line, position=position)
        self._cells = csv.reader(self._lines, strict=True)

    @property
    def line(self) -> int:
        """The lines of the file that were read."""
        return self._lines.number

    @property
    def position(self) -> int:
        """The bytes of the file that were read."""
        return self._lines.position

    @property
    def rests(self) -> bool:
        """Whether the next row begins at `position`: no line that was read waits to be read again."""
        return self._lines.rests

    def __iter__(self) -> Iterator[Row | Rejected]:
        return self

    def __next__(self) -> Row | Rejected:
        while True:
            self._lines.begin_record()
            line = self._lines.number + 1
            try:
                cells = next(self._cells)
            except csv.Error as error:
                first = self._lines.put_back_all_but_the_first()
                return Rejected(line, "", shown(first.rstrip("\r\n")), _unsplit(str(error)))
            if holds_anything(cells):
                return Row(line, cells)


def holds_anything(cells: list[str]) -> bool:
    return any(cell and not cell.isspace() for cell in cells)


def shown(text: str) -> str:
    """`text` as a report of errors may hold it: printable, and not at length."""
    plain = printable(text)
    return plain if len(plain) <= _SHOWN else f"{plain[: _SHOWN - 1]}…"


def printable(text: str) -> str:
    """`text` with what no text has spelt out, so that every table and file takes it."""
    return NO_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _unsplit(error: str) -> str:
    if "unexpected end of data" in error or "larger than field limit" in error:
        return _("a quotation mark opens a cell here that none closes")
    if "expected after" in error:
        return _("a closing quotation mark must be followed by a comma or the end of the line")
    if "new-line character" in error:
        return _("lines must end in LF or CR LF; this one has a CR alone")
    return _("the row cannot be split into cells (%(error)s)", error=error)


class _Lines:
    """The physical lines as text, one after the other; those of a broken record can be put back."""

    def __init__(self, file: IO[bytes], *, line: int, position: int) -> None:
        self.number = line
        self.position = position
        self._file = file
        self._record: list[str] = []
        self._characters = 0
        self._waiting: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._characters > LONGEST_RECORD:
            raise csv.Error("field larger than field limit")
        line = self._waiting.popleft() if self._waiting else self._read()
        self.number += 1
        self._record.append(line)
        self._characters += len(line)
        return line

    @property
    def rests(self) -> bool:
        return not self._waiting

    def begin_record(self) -> None:
        self._record = []
        self._characters = 0

    def put_back_all_but_the_first(self) -> str:
        first, *others = self._record
        self._waiting.extendleft(reversed(others))
        self.number -= len(others)
        return first

    def _read(self) -> str:
        raw = self._file.readline(LONGEST_RECORD + 1)
        if not raw:
            raise StopIteration
        number = self.number + 1
        if len(raw) > LONGEST_RECORD:
            raise LayoutChanged(_("the line has more than %(most)s bytes", most=LONGEST_RECORD), number)
        try:
            text = raw.decode("utf-8-sig" if self.position == 0 else "utf-8")
        except UnicodeDecodeError as error:
            # The "-sig" codec leaves the mark that it strips out of its count.
            position = self.position + len(raw) - len(error.object) + error.start + 1
            raise LayoutChanged(
                _(
                    "byte %(position)s of the file (%(byte)s) is not UTF-8; save the file as CSV in UTF-8",
                    position=position,
                    byte=f"0x{error.object[error.start]:02x}",
                ),
                number,
            ) from error
        self.position += len(raw)
        return text
