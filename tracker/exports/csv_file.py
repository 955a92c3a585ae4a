"""Figures as CSV (RFC 4180): UTF-8 without byte order mark, lines end with CRLF, an empty cell is unknown."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from tracker.exports.columns import COLUMNS, Cells, moment_text
from tracker.ingest.readers.spreadsheets import inert


class CsvFile:
    """A CSV file that is being written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\r\n")
        self._rows.writerow(column.name for column in COLUMNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, rows: Iterable[Cells]) -> None:
        self._rows.writerows(
            [None if cell is None else form(cell) for form, cell in zip(_FORMS, row, strict=True)]
            for row in rows
        )


def _as_it_is(cell: Any) -> Any:
    return cell


_FORM_OF_TYPE: dict[str, Callable[[Any], Any]] = {"string": inert, "datetime": moment_text}
_FORMS = [_FORM_OF_TYPE.get(column.type, _as_it_is) for column in COLUMNS]
