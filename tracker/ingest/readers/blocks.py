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
    columns: list[list[str]]
    texts: list[bytes]
    """Each row in one piece, equal for rows with the same cells."""
    unclean: NDArray[np.bool_]
    """Rows that hold a character that no text has."""
    others: list[Row | Rejected] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def row(self, place: int) -> Row:
        return Row(int(self.lines[place]), [column[place] for column in self.columns])

    def where(self, wanted: NDArray[np.bool_]) -> Block:
        """The block with only these of its rows."""
        chosen = wanted.tolist()
        return Block(
            self.lines[wanted],
            [list(compress(column, chosen)) for column in self.columns],
            list(compress(self.texts, chosen)),
            self.unclean[wanted],
            self.others,
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


def row_hashes(texts: Sequence[bytes], names: Sequence[str]) -> NDArray[np.int64]:
    """64 bits for each row: equal for the same cells under the same columns in the same order."""
    salt = hashlib.blake2b("\x1f".join(names).encode(), digest_size=hashlib.blake2b.SALT_SIZE).digest()
    digest = hashlib.blake2b
    digests = b"".join([digest(text, digest_size=8, salt=salt).digest() for text in texts])
    return np.frombuffer(digests, dtype="<i8").astype(np.int64)


_Found = tuple[Block, int, int]
"""A block, the line on which it ends, and how many bytes it took."""


def _split(content: bytes, width: int, line: int) -> _Found | None:
    """The rows of whole lines; None where they have to be read one after the other."""
    size = len(content)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    clean = not _holds_what_no_text_has(content)
    if b'"' in content:
        return _split_with_quotes(text, width, line, clean=clean)
    original = text
    if b"\r" in content:
        content, text = content.replace(b"\r\n", b"\n"), text.replace("\r\n", "\n")
        if b"\r" in content:
            return None
    texts = content.removesuffix(b"\n").split(b"\n")
    if {row.count(b",") for row in texts} != {width - 1}:
        return _split_with_quotes(original, width, line, clean=clean)
    cells = text.removesuffix("\n").replace("\n", ",").split(",")
    block = Block(
        np.arange(line + 1, line + 1 + len(texts)),
        [cells[place::width] for place in range(width)],
        texts,
        np.zeros(len(texts), dtype=bool) if clean else _unclean(row.decode() for row in texts),
    )
    return block, line + len(texts), size


def _split_with_quotes(text: str, width: int, line: int, *, clean: bool) -> _Found | None:
    """The rows up to the last that ends within `text`, by Python's own reader."""
    lines = io.StringIO(text, newline="\n").readlines()
    reader = csv.reader(lines, strict=True)
    rows: list[list[str]] = []
    begins = [0]
    try:
        for cells in reader:
            rows.append(cells)
            begins.append(reader.line_num)
    except csv.Error:
        if not rows:
            return None
        # What cannot be split from here on is looked at again as the beginning of the next block.
    numbers = [line + begin + 1 for begin in begins[:-1]]
    size = len("".join(lines[: begins[-1]]).encode())
    return _block(numbers, rows, width, [], clean=clean), line + begins[-1], size


def _read_by_rows(file: IO[bytes], width: int, line: int, position: int, *, until: int) -> _Found:
    """The rows that begin before `until`, one after the other."""
    file.seek(position)
    reader = RowReader(file, line=line, position=position)
    rows: list[Row] = []
    rejected: list[Row | Rejected] = []
    for row in reader:
        if isinstance(row, Row):
            rows.append(row)
        else:
            rejected.append(row)
        if reader.rests and reader.position >= until:
            break
    block = _block([row.line for row in rows], [row.cells for row in rows], width, rejected, clean=False)
    return block, reader.line, reader.position - position


def _block(
    lines: list[int], rows: list[list[str]], width: int, others: list[Row | Rejected], *, clean: bool
) -> Block:
    if any(len(cells) != width for cells in rows):
        fitting = [len(cells) == width for cells in rows]
        others += [
            Row(line, cells)
            for line, cells, fits in zip(lines, rows, fitting, strict=True)
            if not fits and holds_anything(cells)
        ]
        lines, rows = list(compress(lines, fitting)), list(compress(rows, fitting))
    return Block(
        np.array(lines, dtype=np.int64),
        [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)],
        _texts(rows, width),
        np.zeros(len(rows), dtype=bool) if clean else _unclean("".join(cells) for cells in rows),
        others,
    )


def _texts(rows: Sequence[Sequence[str]], width: int) -> list[bytes]:
    """Each row in one piece, the same as if it had been delivered without quotation marks.

    Where a cell has a comma, what stands between the cells is a character that no text has.
    """
    texts = [",".join(cells) for cells in rows]
    return [
        (text if text.count(",") == width - 1 else "\x1f".join(cells)).encode()
        for text, cells in zip(texts, rows, strict=True)
    ]


def _unclean(rows: Iterable[str]) -> NDArray[np.bool_]:
    return np.array([NO_TEXT.search(row) is not None for row in rows], dtype=bool)


def _holds_what_no_text_has(content: bytes) -> bool:
    """Whether NO_TEXT would find anything in UTF-8 text; it takes a third of the time."""
    if len(content.translate(None, _CONTROLS)) != len(content):
        return True
    return not content.isascii() and _NO_TEXT_BEYOND_ASCII.search(content) is not None
