"""Rows of a native file as records of its table: the columns it must have, and the cells of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from tracker.errors import LayoutChanged
from tracker.ingest.readers.rows import NO_TEXT, Rejected, Row, rows, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row as read: typed, right in itself, not yet checked against what is known."""

    line: int
    given: frozenset[str]
    """The columns that the file has; what an optional column leaves unsaid is not thereby empty."""
    content_hash: int = 0
    """Equal for rows of one file that say the same."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a native file, and what its cells are."""

    name: str
    parse: Callable[[str], Any]
    in_every_file: bool = True
    in_every_row: bool = True
    missing: Any = None


def required(name: str, parse: Callable[[str], Any]) -> Column:
    """A column that every file has and every row fills."""
    return Column(name, parse)


def optional(name: str, parse: Callable[[str], Any], *, missing: Any = None) -> Column:
    """A column that a file may leave out, or a row empty: then it holds `missing`."""
    return Column(name, parse, in_every_file=False, in_every_row=False, missing=missing)


R = TypeVar("R", bound=Record)
Fault = tuple[str, str]
"""A column, and why its value cannot be right beside the others of the row."""


def read_records(
    file: IO[bytes], columns: Sequence[Column], record: type[R], faults: Callable[[R], Iterable[Fault]]
) -> Iterator[R | Rejected]:
    """The file's rows as records, or as what was wrong with them: one entry for each bad cell.

    Raises
    ------
    LayoutChanged : not UTF-8, empty, or the first line does not name the columns
    """
    content = rows(file)
    first = next(content, None)
    names = _column_names(first, columns)
    places = [(column, names.index(column.name)) for column in columns if column.name in names]
    unsaid = {column.name: column.missing for column in columns if column.name not in names}
    given = frozenset(names)
    for row in content:
        if isinstance(row, Rejected):
            yield row
            continue
        values, rejects = _values(row, places, len(names))
        if rejects:
            yield from rejects
            continue
        content_hash = hash(tuple(values.values()))
        made = record(line=row.line, given=given, content_hash=content_hash, **values, **unsaid)
        found = [
            Rejected(row.line, name, shown(row.cells[names.index(name)]) if name in given else "", reason)
            for name, reason in faults(made)
        ]
        if found:
            yield from found
        else:
            yield made


def _values(row: Row, places: list[tuple[Column, int]], width: int) -> tuple[dict[str, Any], list[Rejected]]:
    if len(row.cells) != width:
        reason = f"the row has {len(row.cells)} cells where the first line names {width} columns"
        return {}, [Rejected(row.line, "", shown(",".join(row.cells)), reason)]
    values: dict[str, Any] = {}
    rejects = []
    clean = NO_TEXT.search("".join(row.cells)) is None
    for column, place in places:
        raw = row.cells[place]
        cell = raw.strip()
        if not clean and (found := NO_TEXT.search(raw)):
            reason = f"the cell holds U+{ord(found[0]):04X}, a character that no text has"
        elif cell:
            try:
                values[column.name] = column.parse(cell)
                continue
            except ValueError as error:
                reason = str(error)
        elif column.in_every_row:
            reason = "the cell is empty; every row needs one"
        else:
            values[column.name] = column.missing
            continue
        rejects.append(Rejected(row.line, column.name, shown(raw), reason))
    return values, rejects


def _column_names(first: Row | Rejected | None, columns: Sequence[Column]) -> list[str]:
    expected = _expected(columns)
    if first is None:
        raise LayoutChanged(f"the file is empty; {expected}")
    if isinstance(first, Rejected):
        raise LayoutChanged(f"{first.reason}; {expected}", first.line)
    names = [name.strip() for name in first.cells]
    known = {column.name for column in columns}
    needed = [column.name for column in columns if column.in_every_file]
    found = [name for name in dict.fromkeys(names) if name]
    wrong = [f"the column {name} is missing" for name in needed if name not in names]
    wrong += [f"the column {shown(name)!r} is not known" for name in found if name not in known]
    wrong += [f"the column {shown(name)} is there twice" for name in found if names.count(name) > 1]
    wrong += ["a column has no name"] if "" in names else []
    if wrong:
        raise LayoutChanged("; ".join([*wrong, expected]), first.line)
    return names


def _expected(columns: Sequence[Column]) -> str:
    needed = ", ".join(column.name for column in columns if column.in_every_file)
    others = ", ".join(column.name for column in columns if not column.in_every_file)
    return f"expected the columns {needed}" + (f" and, where wanted, {others}" if others else "")
