"""The rows of a CSV file, many at a time and by columns: what `rows` gives, several times faster."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import IO

import numpy as np
from numpy.typing import NDArray

from tracker.ingest.readers.rows import LONGEST_RECORD, NO_TEXT, Rejected, Row, RowReader, holds_anything

BLOCK = 4 * 1024 * 1024
"""Bytes of a file that are read at once."""

BETWEEN = "\x1f"
"""Between the cells of a row in one piece; no text has it."""

_CONTROLS = bytes(number for number in (*range(0x20), 0x7F) if number not in b"\t\n\r")
"""With the next, what NO_TEXT finds, as UTF-8 has it."""
_NO_TEXT_BEYOND_ASCII = re.compile(rb"\xc2[\x80-\x9f]|\xef\xbf[\xbe\xbf]")


@dataclass
class Block:
    """Rows that follow one another in a file, each with as many cells as the file has columns.

    Those of another width, and those that could not be split, are `others`; so a row may stand there
    that lies between two of the block.
    """

    lines: NDArray[np.int64]
    """On which each row begins."""
    texts: list[str]
    """Each row in one piece, its cells with BETWEEN between them."""
    width: int
    """Cells of each row."""
    unclean: NDArray[np.bool_]
    """Rows that hold a character that no text has."""
    others: list[Row | Rejected] = field(default_factory=list)
    cells: list[list[str]] | None = None
    """The columns, once somebody asked for them; from the beginning where a cell may hold BETWEEN."""

    def __len__(self) -> int:
        return len(self.lines)

    def columns(self) -> list[list[str]]:
        """All columns; split off when they are first asked for."""
        if self.cells is None:
            cells = BETWEEN.join(self.texts).split(BETWEEN) if self.texts else []
            self.cells = [cells[place :: self.width] for place in range(self.width)]
        return self.cells

    def column(self, place: int) -> list[str]:
        """One column, without splitting off those behind it."""
        if self.cells is not None:
            return self.cells[place]
        return [text.split(BETWEEN, place + 1)[place] for text in self.texts]

    def row(self, place: int) -> Row:
        return Row(int(self.lines[place]), [column[place] for column in self.columns()])

    def where(self, wanted: NDArray[np.bool_]) -> Block:
        """The block with only these of its rows."""
        chosen = wanted.tolist()
        return Block(
            self.lines[wanted],
            list(compress(self.texts, chosen)),
            self.width,
            self.unclean[wanted],
            self.others,
            self.cells and [list(compress(column, chosen)) for column in self.cells],
        )


def blocks(
    file: IO[bytes], *, width: int, line: int, position: int, size: int | None = None
) -> Iterator[Block]:
    """The rows of the file, of so many columns, from where a row begins; raises LayoutChanged as `rows` does.

    Parameters
    ----------
    file : it can be read again from an earlier byte
    line : the lines before the first row
    position : the bytes before the first row
    size : bytes to read at once (BLOCK)
    """
    while True:
        file.seek(position)
        content = file.read(size or BLOCK)
        if not content:
            return
        if not content.endswith(b"\n"):
            content += file.readline(LONGEST_RECORD)
        found = _split(content, width, line) if len(content) <= LONGEST_RECORD else None
        if found is None:
            found = _read_by_rows(file, width, line, position, until=position + len(content))
        block, line, read = found
        position += read
        yield block


def row_hashes(texts: Iterable[str], names: Sequence[str]) -> NDArray[np.int64]:
    """64 bits for each row: equal for the same cells under the same columns in the same order."""
    salt = hashlib.blake2b(BETWEEN.join(names).encode(), digest_size=hashlib.blake2b.SALT_SIZE).digest()
    digest = hashlib.blake2b
    digests = b"".join([digest(text.encode(), digest_size=8, salt=salt).digest() for text in texts])
    return np.frombuffer(digests, dtype="<i8").astype(np.int64)


_Found = tuple[Block, int, int]
"""A block, the line on which it ends, and how many bytes it took."""


def _split(content: bytes, width: int, line: int) -> _Found | None:
    """The rows of whole lines; None where they have to be read one after the other."""
    if _holds_what_no_text_has(content):
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if b'"' in content or b"\r" in content:
        return _split_lines(text, width, line) or _split_with_breaks(text, width, line)
    rows = text.removesuffix("\n").replace(",", BETWEEN).split("\n")
    lines = np.arange(line + 1, line + 1 + len(rows))
    return _block(lines, rows, width), line + len(rows), len(content)


def _split_lines(text: str, width: int, line: int) -> _Found | None:
    """The rows, if each is one line; only those with quotation marks are read as CSV."""
    rows = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    quoted = [place for place, row in enumerate(rows) if '"' in row]
    try:
        unquoted = [
            BETWEEN.join(cells) for cells in csv.reader([rows[place] for place in quoted], strict=True)
        ]
    except csv.Error:
        return None
    rows = [row.replace(",", BETWEEN) for row in rows]
    if len(unquoted) != len(quoted) or any("\r" in row for row in rows):
        return None
    for place, row in zip(quoted, unquoted, strict=True):
        rows[place] = row
    lines = np.arange(line + 1, line + 1 + len(rows))
    return _block(lines, rows, width), line + len(rows), len(text.encode())


def _split_with_breaks(text: str, width: int, line: int) -> _Found | None:
    """The rows up to the last that ends within `text`; cells may have line breaks in them."""
    lines = io.StringIO(text, newline="\n").readlines()
    reader = csv.reader(lines, strict=True)
    rows: list[str] = []
    begins = [0]
    try:
        for cells in reader:
            rows.append(BETWEEN.join(cells))
            begins.append(reader.line_num)
    except csv.Error:
        if not rows:
            return None
        # What cannot be split from here on is looked at again as the beginning of the next block.
    numbers = np.array(begins[:-1], dtype=np.int64) + line + 1
    return _block(numbers, rows, width), line + begins[-1], len("".join(lines[: begins[-1]]).encode())


def _read_by_rows(file: IO[bytes], width: int, line: int, position: int, *, until: int) -> _Found:
    """The rows that begin before `until`, one after the other."""
    file.seek(position)
    reader = RowReader(file, line=line, position=position)
    rows: list[Row] = []
    others: list[Row | Rejected] = []
    for row in reader:
        if isinstance(row, Row) and len(row.cells) == width:
            rows.append(row)
        else:
            others.append(row)
        if reader.rests and reader.position >= until:
            break
    block = Block(
        np.array([row.line for row in rows], dtype=np.int64),
        [BETWEEN.join(row.cells) for row in rows],
        width,
        np.array([NO_TEXT.search("".join(row.cells)) is not None for row in rows], dtype=bool),
        others,
        [[row.cells[place] for row in rows] for place in range(width)],
    )
    return block, reader.line, reader.position - position


def _block(lines: NDArray[np.int64], rows: list[str], width: int) -> Block:
    """The rows; none of their cells has a character that no text has."""
    others: list[Row | Rejected] = []
    if {row.count(BETWEEN) for row in rows} != {width - 1}:
        fits = np.array([row.count(BETWEEN) == width - 1 for row in rows])
        for place in np.flatnonzero(~fits).tolist():
            cells = rows[place].split(BETWEEN)
            if holds_anything(cells):
                others.append(Row(int(lines[place]), cells))
        lines, rows = lines[fits], list(compress(rows, fits.tolist()))
    return Block(lines, rows, width, np.zeros(len(rows), dtype=bool), others)


def _holds_what_no_text_has(content: bytes) -> bool:
    """Whether NO_TEXT would find anything in UTF-8 text; it takes a third of the time."""
    if len(content.translate(None, _CONTROLS)) != len(content):
        return True
    return not content.isascii() and _NO_TEXT_BEYOND_ASCII.search(content) is not None
