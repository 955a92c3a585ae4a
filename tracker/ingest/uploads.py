"""Uploaded files in the storage: kept as they came, under names of ours."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import secrets
import tempfile
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext

from tracker.errors import BadValue
from tracker.ingest.readers.rows import Row, RowReader, printable
from tracker.ingest.readers.sheets import REASON, Sheet, has_reasons
from tracker.ingest.readers.spreadsheets import inert, restored
from tracker.ingest.readers.workbooks import as_workbook, workbook_rows

FOLDER = ".imports"
"""No export schedule has a name with a point in it, so none writes there."""
LONGEST_NAME = 150

_BOM = b"\xef\xbb\xbf"
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
"""The bytes that workbooks begin with; an old or encrypted one is never opened."""
WORKBOOK = ".xlsx"
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Kept:
    """A file in the storage."""

    name: str
    sha256: str
    size: int


def keep(chunks: Iterable[bytes]) -> Kept:
    """The uploaded file, stored where no web server looks; only this system's user can read it.

    Raises
    ------
    BadValue : it is larger than IMPORT_LIMIT_MIB, empty, or a workbook that we cannot read
    """
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{secrets.token_hex(16)}.csv"
    try:
        kept, begins = _written(folder / name, chunks)
    except BaseException:
        (folder / name).unlink(missing_ok=True)
        raise
    if begins != _WORKBOOK:
        return kept
    as_what_it_is = f"{Path(name).stem}{WORKBOOK}"
    (folder / name).rename(folder / as_what_it_is)
    return replace(kept, name=as_what_it_is)


def path_of(name: str) -> Path:
    return _folder() / name


def rows_of(name: str, *, format: str) -> Path:
    """The stored file as CSV: a workbook's sheet, the one called as the format or the first, is made into it.

    Raises
    ------
    LayoutChanged : it is no workbook that we can read, or has more than IMPORT_LIMIT_ROWS
    """
    path = path_of(name)
    if path.suffix != WORKBOOK:
        return path
    made = path.with_suffix(".csv")
    if not made.exists():
        _make_rows(path, made, format=format)
    return made


def discard(name: str) -> None:
    for path in (path_of(name), path_of(name).with_suffix(".csv")):
        path.unlink(missing_ok=True)


def shown_name(name: str) -> str:
    """What a person's machine calls a file, as text that every table and page takes; never a path of ours."""
    last = re.split(r"[/\\]", name)[-1]
    return " ".join(printable(last).split())[:LONGEST_NAME] or "file.csv"


def rows_taken(sheet: Sheet, lines: Container[int]) -> IO[bytes]:
    """A native file of the rows that begin on these lines, open for reading; it is gone once closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    # All in quotation marks: of a carriage return alone, the writer does not see that it needs them.
    rows = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    rows.writerow(sheet.layout.names)
    rows.writerows(found.row.cells for found in sheet if isinstance(found.row, Row) and found.line in lines)
    text.detach()
    file.seek(0)
    return file


def returned(path: Path, refused: Iterable[tuple[int, int, str]]) -> Iterator[bytes]:
    """The file with only its refused rows, as they were, each behind the reason; line by line.

    A cell that a spreadsheet would compute gets the apostrophe that the readers take away again.

    Parameters
    ----------
    refused : first line, last line and reason of each row, in the order of the file
    """
    with path.open("rb") as file:
        reader = RowReader(file)
        header = next(reader)
        if not isinstance(header, Row):
            return
        left_out, header_ends = int(has_reasons(header.cells)), reader.line
        file.seek(0)
        lines = _Lines(file)
        first = lines.until(header_ends)
        end = "\r\n" if first.endswith(b"\r\n") else "\n"
        yield _BOM if first.startswith(_BOM) else b""
        yield _row([REASON, *header.cells[left_out:]], end)
        for begins, ends, reason in refused:
            lines.until(begins - 1)
            cells = _cells(lines.until(ends))[left_out:]
            yield _row([inert(reason), *map(_inert_cell, cells)], end)


def returned_workbook(path: Path, refused: Iterable[tuple[int, int, str]]) -> IO[bytes]:
    """`returned` as a workbook, open for reading; it is gone once closed."""
    text = (row.decode("utf-8") for row in returned(path, refused) if row)
    file = tempfile.NamedTemporaryFile(suffix=WORKBOOK)  # noqa: SIM115 (the caller closes it)
    as_workbook(csv.reader(text), Path(file.name))
    return file


class _Lines:
    """The physical lines of a file, one after the other."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._number = 0

    def until(self, number: int) -> bytes:
        """The lines from the last one read to this one."""
        found = []
        while self._number < number:
            found.append(self._file.readline())
            self._number += 1
        return b"".join(found)


def _cells(raw: bytes) -> list[str]:
    """The cells of a row, as well as they can be told where its quotation marks do not match."""
    text = raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=False))
    except csv.Error:
        return [text]
    return [cell for row in rows for cell in row]


def _inert_cell(cell: str) -> str:
    """The cell, harmless; a number below zero is no formula, and stays one."""
    return cell if _NUMBER.fullmatch(cell.strip()) else inert(restored(cell))


def _row(cells: Iterable[str], end: str) -> bytes:
    text = io.StringIO(newline="")
    cells = list(cells)
    if any("\r" in cell for cell in cells):
        csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerow(cells)
    else:
        csv.writer(text, lineterminator=end).writerow(cells)
    return text.getvalue().encode("utf-8", "replace")


def _folder() -> Path:
    return Path(settings.STORAGE) / FOLDER


def _make_rows(path: Path, to: Path, *, format: str) -> None:
    """Write the CSV beside the workbook, whole or not at all."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=to.parent, delete=False) as file:
        try:
            rows = workbook_rows(path, named=format, most=settings.IMPORT_LIMIT_ROWS)
            csv.writer(file, lineterminator="\n").writerows(rows)
            file.flush()
            os.replace(file.name, to)
        except BaseException:
            os.unlink(file.name)
            raise


def _written(path: Path, chunks: Iterable[bytes]) -> tuple[Kept, bytes]:
    """What was stored, and the bytes that it begins with."""
    digest, size, begins = hashlib.sha256(), 0, b""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            begins = begins if len(begins) >= 4 else (begins + chunk)[:4]
            size += len(chunk)
            if size > most_bytes():
                raise BadValue("file", "", too_large())
            digest.update(chunk)
            file.write(chunk)
    if not size:
        raise BadValue("file", "", gettext("the file is empty"))
    if begins == _OLD_WORKBOOK:
        reason = gettext(
            "this is an old or a protected workbook; save it as .xlsx without a password, or as CSV"
        )
        raise BadValue("file", "", reason)
    return Kept(path.name, digest.hexdigest(), size), begins


def most_bytes() -> int:
    """The size of the largest file that is taken."""
    return int(settings.IMPORT_LIMIT_MIB) * 1024 * 1024


def too_large() -> str:
    """Why a larger one is not."""
    return gettext(
        "the file has more than %(most)s MiB; divide it, or have it loaded from the command line "
        "(manage.py ingest)"
    ) % {"most": settings.IMPORT_LIMIT_MIB}
