"""A sheet of a workbook (.xlsx) as the rows that the same sheet has when it is saved as CSV.

Numbers and dates are read as they are stored, not as they are shown. What a formula would give is not taken:
nobody can see from the file what it was computed from, and whether it still would be.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.errors import LayoutChanged
from tracker.ingest.readers.spreadsheets import inert, restored
from tracker.sentences import sentence as _

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

MOST_COLUMNS = 200
LAST_ROW = 1_048_576
"""No sheet has more."""
MIB = 1024 * 1024
MOST_PARTS, MOST_UNPACKED, MOST_TIMES = 1000, 256 * MIB, 100
"""Files in a workbook, their bytes unpacked, and how many times as large as packed they may be."""
MOST_TEXTS, MOST_BESIDE, MOST_OF_A_ROW = 64 * MIB, 4 * MIB, 4 * MIB
"""Bytes of the texts that cells share, of any other part that is no sheet, and between two rows of a sheet:
openpyxl reads each of these whole, into many times as much memory."""
_SHEETS, _TEXTS = "xl/worksheets/", "xl/sharedStrings.xml"


def workbook_rows(path: Path, *, named: str, most: int) -> Iterator[list[str]]:
    """The rows of the sheet called `named`, else of the first one; an empty one for each that is empty.

    Raises
    ------
    LayoutChanged : it is no workbook, larger than a person makes one, has more than `most` rows below the
        first, or a cell of the sheet holds a formula
    """
    _guard(path)
    book = _opened(path)
    try:
        # What nobody sees is not what somebody means to bring.
        sheets = [one for one in book.worksheets if one.sheet_state == "visible"]
        if not sheets:
            raise LayoutChanged(_("the workbook has no sheet"))
        called = (one for one in sheets if one.title.strip().lower() == named)
        yield from _rows(next(called, sheets[0]), most=most)
    except LayoutChanged:
        raise
    except Exception as error:
        # What openpyxl makes of a broken file is any error; nothing but the file is at fault here.
        raise LayoutChanged(_("the workbook is damaged")) from error
    finally:
        book.close()


def _guard(path: Path) -> None:
    """Look into the list of contents, and how long rows are, before anything of it is parsed."""
    try:
        with zipfile.ZipFile(path) as file:
            parts = file.infolist()
            packed = max(1, path.stat().st_size)
            unpacked = sum(part.file_size for part in parts)
            fits = len(parts) <= MOST_PARTS and unpacked <= min(MOST_UNPACKED, MOST_TIMES * packed)
            if fits and all(_fits(file, part) for part in parts):
                return
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise LayoutChanged(_("this is no workbook (.xlsx), or a damaged one")) from error
    raise LayoutChanged(_("the workbook is too large once unpacked; save the sheet as CSV in UTF-8"))


def _fits(file: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    if not part.filename.endswith((".xml", ".rels")):
        return True
    if not part.filename.startswith(_SHEETS):
        return part.file_size <= (MOST_TEXTS if part.filename == _TEXTS else MOST_BESIDE)
    since_row = 0
    with file.open(part) as sheet:
        while block := sheet.read(MIB):
            before, found, _after = block.partition(b"row")
            if since_row + len(before) > MOST_OF_A_ROW:
                return False
            since_row = len(block) - block.rfind(b"row") if found else since_row + len(block)
    return since_row <= MOST_OF_A_ROW


def _opened(path: Path) -> Workbook:
    # The web server, which reads no workbook, does without it.
    from openpyxl import load_workbook

    try:
        return load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        raise LayoutChanged(_("this is no workbook (.xlsx), or a damaged one")) from error


def _rows(sheet: Any, *, most: int) -> Iterator[list[str]]:
    # The size that the file states may be wrong.
    sheet.reset_dimensions()
    width, empty = 0, 0
    blank: Any = None
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, max_row=LAST_ROW), start=1):
        # Rows that the file leaves out are all the same object: a million of them cost nothing.
        if cells is blank:
            empty += 1
            continue
        texts = [_text(cell, number) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            blank = cells
            empty += 1
            continue
        if width and number - 1 > most:
            raise LayoutChanged(too_many_rows(most), number)
        # What follows the last row is not there, however far the sheet is formatted.
        yield from ([] for _empty in range(empty))
        width, empty = width or len(texts), 0
        yield [*texts, *[""] * (width - len(texts))]


def too_many_rows(most: int) -> str:
    return _(
        "the file has more than %(most)s rows; divide it, or have it loaded from the command line "
        "(manage.py ingest)",
        most=most,
    )


def _text(cell: Any, row: int) -> str:
    """The cell as a CSV file has it."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise LayoutChanged(
            _("the cell %(cell)s holds a formula; put its value in its place", cell=cell.coordinate), row
        )
    match value:
        case bool():
            return str(int(value))
        case int():
            return str(value)
        case float():
            return _decimal(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
    # Excel writes line breaks as other programs do not.
    text = str(value).replace("_x000D_", "\r").replace("\r\n", "\n").replace("\r", "\n")
    # Readers take away one apostrophe that was put before a formula: here it belongs to the text.
    return text if restored(text) == text else inert(text)


def _decimal(value: float) -> str:
    """The number in as few digits as tell it apart, without an exponent."""
    exact = Decimal(repr(value))
    return str(int(exact)) if exact == exact.to_integral_value() else f"{exact:f}"


def as_workbook(rows: Iterator[Sequence[str]], to: Path) -> None:
    """A workbook of these rows, numbers and dates as such; no text of theirs is ever computed."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=_value(restored(text)))
            if isinstance(cell.value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    book.save(to)


def _value(text: str) -> Any:
    """The cell as the person's workbook had it: only what reads back as the same text is no text."""
    if text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 15 and str(int(text)) == text:
        return int(text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text or None
    return day if day.isoformat() == text and day.year > 1900 else text
