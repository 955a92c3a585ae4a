"""Rows of a native file as records of its table: the columns it must have, and the cells of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Generic, TypeVar

from tracker.errors import LayoutChanged
from tracker.ingest.readers.rows import NO_TEXT, Rejected, Row, rows, shown
from tracker.sentences import all_of
from tracker.sentences import sentence as _
from tracker.sentences import sentences as ngettext


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
    plain: Callable[[Sequence[str]], bool] | None = None
    """For a column where nearly every cell is another: whether `parse` leaves all of these as they are."""

    def value(self, raw: str) -> Any:
        """What the cell says; a ValueError gives the reason where it says nothing.

        Characters that no text has are for the caller to find: a row is searched for them as a whole.
        """
        cell = raw.strip()
        if cell:
            return self.parse(cell)
        if self.in_every_row:
            raise ValueError(_("the cell is empty; every row needs one"))
        return self.missing


def required(
    name: str, parse: Callable[[str], Any], *, plain: Callable[[Sequence[str]], bool] | None = None
) -> Column:
    """A column that every file has and every row fills."""
    return Column(name, parse, plain=plain)


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
    layout = layout_of(next(content, None), columns, record, faults)
    for row in content:
        yield from layout.read(row)


def layout_of(
    first: Row | Rejected | None,
    columns: Sequence[Column],
    record: type[R],
    faults: Callable[[R], Iterable[Fault]],
) -> Layout[R]:
    """How the rows of a file with this first row are read; raises LayoutChanged where it names no columns."""
    return Layout(_column_names(first, columns), columns, record, faults)


class Layout(Generic[R]):
    """The columns of one file, and how its rows become records."""

    def __init__(
        self,
        names: list[str],
        columns: Sequence[Column],
        record: type[R],
        faults: Callable[[R], Iterable[Fault]],
    ) -> None:
        self.names = names
        self.places = [(column, names.index(column.name)) for column in columns if column.name in names]
        self.left_out = [column for column in columns if column.name not in names]
        self._unsaid = {column.name: column.missing for column in self.left_out}
        self._given = frozenset(names)
        self._record = record
        self._faults = faults

    def read(self, row: Row | Rejected) -> list[R | Rejected]:
        """The row's record alone, or all that is wrong with the row."""
        if isinstance(row, Rejected):
            return [row]
        values, rejects = _values(row, self.places, len(self.names))
        if rejects:
            return [*rejects]
        made = self._record(
            line=row.line,
            given=self._given,
            content_hash=hash(tuple(values.values())),
            **values,
            **self._unsaid,
        )
        wrong = [
            Rejected(row.line, name, self._shown(row, name), reason) for name, reason in self._faults(made)
        ]
        return [*wrong] or [made]

    def _shown(self, row: Row, name: str) -> str:
        return shown(row.cells[self.names.index(name)]) if name in self._given else ""


def _values(row: Row, places: list[tuple[Column, int]], width: int) -> tuple[dict[str, Any], list[Rejected]]:
    if len(row.cells) != width:
        wide = ngettext(
            "the row has %(count)s cell where the first line names %(columns)s columns",
            "the row has %(count)s cells where the first line names %(columns)s columns",
            len(row.cells),
            columns=width,
        )
        return {}, [Rejected(row.line, "", shown(",".join(row.cells)), wide)]
    values: dict[str, Any] = {}
    rejects = []
    reason: str
    clean = NO_TEXT.search("".join(row.cells)) is None
    for column, place in places:
        raw = row.cells[place]
        if not clean and (found := NO_TEXT.search(raw)):
            character = f"U+{ord(found[0]):04X}"
            reason = _("the cell holds %(character)s, a character that no text has", character=character)
        else:
            try:
                values[column.name] = column.value(raw)
                continue
            except ValueError as error:
                reason = str(error)
        rejects.append(Rejected(row.line, column.name, shown(raw), reason))
    return values, rejects


def _column_names(first: Row | Rejected | None, columns: Sequence[Column]) -> list[str]:
    expected = _expected(columns)
    if first is None:
        raise LayoutChanged(all_of([_("the file is empty"), expected]))
    if isinstance(first, Rejected):
        raise LayoutChanged(all_of([first.reason, expected]), first.line)
    names = [name.strip() for name in first.cells]
    known = {column.name for column in columns}
    needed = [column.name for column in columns if column.in_every_file]
    found = [name for name in dict.fromkeys(names) if name]
    wrong = [_("the column %(name)s is missing", name=name) for name in needed if name not in names]
    wrong += [
        _("the column %(name)s is not known", name=repr(shown(name))) for name in found if name not in known
    ]
    wrong += [
        _("the column %(name)s is there twice", name=shown(name)) for name in found if names.count(name) > 1
    ]
    wrong += [_("a column has no name")] if "" in names else []
    if wrong:
        raise LayoutChanged(all_of([*wrong, expected]), first.line)
    return names


def _expected(columns: Sequence[Column]) -> str:
    needed = [column.name for column in columns if column.in_every_file]
    others = [column.name for column in columns if not column.in_every_file]
    if not others:
        return _("expected the columns %(needed)s", needed=needed)
    return _("expected the columns %(needed)s and, where wanted, %(others)s", needed=needed, others=others)
