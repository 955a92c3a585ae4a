"""Workbooks as people send them, made for tests."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from openpyxl import Workbook

REPORT: dict[str, Any] = {
    "ref": "a", "source": "un", "region": "XX", "measure": "arrivals", "cause": "conflict",
    "start": date(2024, 12, 1), "end": date(2024, 12, 1), "published": date(2024, 12, 2), "value": 40,
    "title": "", "url": "", "notes": "",
}  # fmt: skip


def a_workbook(*rows: dict[str, Any], title: str = "Sheet", **others: list[list[Any]]) -> bytes:
    """A workbook with a sheet of these rows below their names; `others` are sheets before it, by name.

    A text is a text, whatever it begins with.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for number, values in enumerate([list(rows[0]), *(list(row.values()) for row in rows)], start=1):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    for place, (name, cells) in enumerate(others.items()):
        other = book.create_sheet(name, place)
        for values in cells:
            other.append(values)
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
