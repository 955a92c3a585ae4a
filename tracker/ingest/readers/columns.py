"""The cells of many rows as typed columns. Each different cell is read once, by its column's own parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tracker.ingest.readers.blocks import Block
from tracker.ingest.readers.cells import EMPTY, UNCLEAR, number, numbers
from tracker.ingest.readers.records import Column, Layout

MOST_KNOWN = 20_000
"""Different cells of one column that are remembered from one block to the next."""

Form = Callable[[object], str | None]
"""A value as text for a database. Of texts it changes single characters, if any."""
Rows = NDArray[np.bool_]
"""By row, whether it is meant."""


@dataclass(frozen=True)
class Coded:
    """A column as the places of its cells among the different values; place 0: the cell cannot be read."""

    codes: NDArray[np.int32]
    values: Sequence[Any]

    @property
    def clear(self) -> Rows:
        return self.codes > 0

    def of(self, function: Callable[[Any], Any], dtype: Any) -> NDArray[Any]:
        """What `function`, called once for each value, makes of each row; zero where it cannot be read."""
        by_code = np.zeros(len(self.values), dtype=dtype)
        by_code[1:] = [function(value) for value in self.values[1:]]
        return by_code[self.codes]

    def listed(self) -> list[Any]:
        return cast("list[Any]", self.of(lambda value: value, object).tolist())

    def texts(self, rows: Rows, form: Form) -> list[str | None]:
        """The values of these rows in that form."""
        return cast("list[str | None]", self.of(form, object)[rows].tolist())


@dataclass(frozen=True)
class Numbers:
    """A column of numbers, EMPTY or UNCLEAR, and the cells that they stand in."""

    values: NDArray[np.int64]
    cells: Sequence[str]

    @property
    def clear(self) -> Rows:
        return self.values != UNCLEAR

    def texts(self, rows: Rows, form: Form) -> list[str | None]:
        nothing = form(None)
        return [cell or nothing for cell in compress(self.cells, rows.tolist())]


@dataclass(frozen=True)
class Plain:
    """A column of texts, none of which says anything else than its cell does."""

    values: Sequence[str]

    @property
    def clear(self) -> Rows:
        return np.ones(len(self.values), dtype=bool)

    def listed(self) -> list[Any]:
        return list(self.values)

    def texts(self, rows: Rows, form: Form) -> list[str | None]:
        wanted = compress(self.values, rows.tolist())
        together = "".join(self.values)
        return [*wanted] if form(together) == together else [*map(form, wanted)]


Cells = Coded | Numbers | Plain


class Columns:
    """The rows of a block by the names of their columns, also of those that the file leaves out."""

    def __init__(self, cells: Mapping[str, Cells], clear: Rows) -> None:
        self._cells = cells
        self.clear = clear
        """By row, whether every cell could be read."""

    def __len__(self) -> int:
        return len(self.clear)

    def __getitem__(self, name: str) -> Cells:
        return self._cells[name]

    def coded(self, name: str) -> Coded:
        column = self._cells[name]
        assert isinstance(column, Coded)  # noqa: S101 (for mypy: who asks knows the column)
        return column

    def numbers(self, name: str) -> NDArray[np.int64]:
        column = self._cells[name]
        assert isinstance(column, Numbers)  # noqa: S101 (for mypy: who asks knows the column)
        return column.values

    def days(self, name: str) -> NDArray[np.int32]:
        """The days of a column as numbers in their order; 0 where the cell cannot be read."""
        return self.coded(name).of(date.toordinal, np.int32)


class ColumnReader:
    """Blocks of one file as columns."""

    def __init__(self, layout: Layout[Any]) -> None:
        self._layout = layout
        self._codebooks = {column.name: Codebook(column) for column, _ in layout.places}

    def read(self, block: Block) -> Columns:
        cells = {column.name: _left_out(column, len(block)) for column in self._layout.left_out}
        clear = ~block.unclean
        said = block.columns()
        for column, place in self._layout.places:
            cells[column.name] = self.column(column, said[place])
            clear &= cells[column.name].clear
        return Columns(cells, clear)

    def column(self, column: Column, cells: Sequence[str]) -> Cells:
        if column.parse is number:
            return _numbers(column, cells)
        if column.plain is not None:
            stripped = [cell.strip() for cell in cells]
            if all(stripped) and column.plain(stripped):
                return Plain(stripped)
        codebook = self._codebooks[column.name]
        if len(codebook) > MOST_KNOWN:
            codebook = self._codebooks[column.name] = Codebook(column)
        codes = np.fromiter(map(codebook.__getitem__, cells), np.int32, len(cells))
        return Coded(codes, codebook.parsed)


class Codebook(dict[str, int]):
    """The place of each different cell of a column among the values; 0 for cells that cannot be read."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self.parsed: list[Any] = [None]
        self._column = column

    def __missing__(self, cell: str) -> int:
        try:
            value = self._column.value(cell)
        except ValueError:
            code = 0
        else:
            code = len(self.parsed)
            self.parsed.append(value)
        self[cell] = code
        return code


def _numbers(column: Column, cells: Sequence[str]) -> Numbers:
    found = numbers(cells)
    if (found == UNCLEAR).any():
        cells = [cell.strip() for cell in cells]
        found = numbers(cells)
    if column.in_every_row:
        found[found == EMPTY] = UNCLEAR
    return Numbers(found, cells)


def _left_out(column: Column, rows: int) -> Cells:
    if column.parse is number:
        return Numbers(np.full(rows, EMPTY), [""] * rows)
    return Coded(np.ones(rows, dtype=np.int32), [None, column.missing])
