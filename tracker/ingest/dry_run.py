"""What each row of a file would do to what stands, without doing it.

Approving the rows called new and changed does what is said here (`taking`); the loaders check once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracker.ingest.comparing import Beside, Change, Comparison
from tracker.ingest.delivery import batches, other_content, rejected
from tracker.ingest.readers.records import Record
from tracker.ingest.readers.rows import Rejected, printable, shown
from tracker.ingest.readers.sheets import Sheet, SheetRow
from tracker.models import Report
from tracker.models.imports import LONGEST_PLACE, SEVERAL
from tracker.sentences import sentence as _
from tracker.sentences import sentences as ngettext
from tracker.vocabulary import RowOutcome, Status

BATCH = 250
"""Rows that are compared at once: a check tells how far it is after each."""
LONGEST_NAME = 200

Reason = tuple[str, str, str]
"""A column, its value, and what is wrong with it or worth knowing; a column of "" is the row as a whole."""


Basis = tuple[str, int | None, int | None, str]
"""What a row would do, to which versions, and in which region."""


def basis_of(
    outcome: str, standing: int | None, proposal: int | None, said: Iterable[tuple[str, str]]
) -> Basis:
    """The basis of a row that was checked, from what is kept of it."""
    return outcome, standing, proposal, dict(said).get("region", "")


@dataclass(frozen=True)
class Unknown:
    """A place or a source that nobody knows, as a row names it."""

    publisher: str
    text: str
    is_place: bool


@dataclass
class CheckedRow:
    """What came of the check of one row."""

    line: int
    last_line: int
    outcome: RowOutcome
    name: str
    said: list[tuple[str, str]]
    """The columns that say the most, with their cells."""
    country: str = ""
    reasons: list[Reason] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    standing: int | None = None
    proposal: int | None = None
    unknown: list[Unknown] = field(default_factory=list)
    report: Report | None = None
    """The report as it would stand, of a row that would be taken."""
    replaced: Report | None = None
    """The version whose place it would take."""

    @property
    def basis(self) -> Basis:
        """What the row would do: another one means that what stands, or what is known, has changed."""
        return basis_of(self.outcome.value, self.standing, self.proposal, self.said)


def check(
    sheet: Sheet, comparison: Comparison, *, countries: frozenset[str] | None = None, hold: bool = False
) -> Iterator[CheckedRow]:
    """Each row of the sheet with what it would do, in the order of the file.

    Parameters
    ----------
    countries : P-codes of those that the rows may speak of; None is all
    hold : keep what stands as it is until the transaction ends
    """
    yield from _Check(sheet, comparison, countries, hold).rows()


class _Check:
    def __init__(
        self, sheet: Sheet, comparison: Comparison, countries: frozenset[str] | None, hold: bool
    ) -> None:
        self._sheet = sheet
        self._comparison = comparison
        self._countries = countries
        self._hold = hold
        self._seen: dict[tuple[str, ...], tuple[int, int]] = {}
        """By what a row speaks of, the line that did so first, and the hash of what it says."""

    def rows(self) -> Iterator[CheckedRow]:
        for batch in batches(self._sheet, BATCH):
            checked: dict[int, CheckedRow] = {}
            good: list[tuple[SheetRow, Record]] = []
            for row in batch:
                found = self._read(row)
                if isinstance(found, CheckedRow):
                    checked[row.line] = found
                else:
                    good.append((row, found))
            besides = self._comparison.compare([record for _, record in good], hold=self._hold)
            for (row, record), beside in zip(good, besides, strict=True):
                checked[row.line] = self._compared(row, record, beside)
            yield from (checked[row.line] for row in batch)

    def _read(self, row: SheetRow) -> CheckedRow | Record:
        """The row's record if it is right in itself and the first of its name; else what came of it."""
        faults: list[Rejected] = []
        for found in self._sheet.layout.read(row.row):
            if isinstance(found, Rejected):
                faults.append(found)
            elif wrong := rejected(found, self._comparison.faults(found)):
                faults += wrong
            else:
                return self._repeated(row, found) or found
        return self._refused(row, faults)

    def _repeated(self, row: SheetRow, record: Record) -> CheckedRow | None:
        """What comes of a row whose name an earlier one bears."""
        name = tuple(getattr(record, part) for part in self._comparison.identity)
        line, content = self._seen.setdefault(name, (record.line, record.content_hash))
        if line == record.line:
            return None
        if content == record.content_hash:
            same = _("line %(line)s of the file says the same", line=str(line))
            return self._row(row, RowOutcome.UNCHANGED, reasons=[("", "", same)])
        column = self._comparison.identity[-1]
        return self._row(
            row, RowOutcome.REJECTED, reasons=[(column, shown(str(name[-1])), other_content(line))]
        )

    def _refused(self, row: SheetRow, faults: Sequence[Rejected]) -> CheckedRow:
        unknown = [self._unknown(row, fault.column) for fault in faults]
        named = [one for one in unknown if one is not None]
        is_unmatched = bool(unknown) and len(named) == len(unknown)
        return self._row(
            row,
            RowOutcome.UNMATCHED if is_unmatched else RowOutcome.REJECTED,
            reasons=[(fault.column, fault.value, fault.reason) for fault in faults],
            unknown=named if is_unmatched else [],
        )

    def _unknown(self, row: SheetRow, column: str) -> Unknown | None:
        """The place or source in the column, if it is one that nobody knows."""
        sheet, known = self._comparison.sheet, self._comparison.known
        text = self._sheet.cell(row.row, column)
        if not text or len(text) > LONGEST_PLACE or printable(text) != text:
            return None
        publisher = self._sheet.publisher(row.row)
        if column in sheet.places and text not in known.regions:
            return Unknown(publisher, text, is_place=True)
        if column == "source" == sheet.publisher and text not in known.sources:
            return Unknown(publisher, text, is_place=False)
        return None

    def _compared(self, row: SheetRow, record: Record, beside: Beside) -> CheckedRow:
        faults = [*beside.faults, *self._out_of_bounds(beside)]
        if faults:
            wrong = rejected(record, [fault for fault in faults if fault[0]])
            whole = [("", "", reason) for column, reason in faults if not column]
            reasons = [(fault.column, fault.value, fault.reason) for fault in wrong]
            return self._row(row, RowOutcome.REJECTED, reasons=[*reasons, *whole], country=_country(beside))
        standing, proposal = (None if one is None else one.pk for one in (beside.standing, beside.proposal))
        if beside.is_said:
            return self._row(
                row, RowOutcome.UNCHANGED, country=_country(beside), standing=standing, proposal=proposal
            )
        return self._row(
            row,
            RowOutcome.NEW if beside.standing is None else RowOutcome.CHANGED,
            country=_country(beside),
            lies_in=beside.region,
            changes=beside.changes,
            reasons=_remarks(beside),
            standing=standing,
            proposal=proposal,
            report=beside.report,
            replaced=beside.standing if isinstance(beside.standing, Report) else None,
        )

    def _out_of_bounds(self, beside: Beside) -> list[tuple[str, str]]:
        """Why the row is not for this person to bring, if it is not."""
        beyond = beside.countries - self._countries if self._countries is not None else frozenset()
        if not beyond:
            return []
        reason = ngettext(
            "%(countries)s is not among your countries",
            "%(countries)s are not among your countries",
            len(beyond),
            countries=sorted(beyond),
        )
        return [("", reason)]

    def _row(self, row: SheetRow, outcome: RowOutcome, *, lies_in: str = "", **found: Any) -> CheckedRow:
        """`lies_in`: the region of the row's point, which is shown in place of what the row says."""
        cells = {name: self._sheet.cell(row.row, name) for name in self._comparison.shown}
        if lies_in:
            cells["region"] = lies_in
        identity = (self._sheet.cell(row.row, name) for name in self._comparison.identity)
        if not found.get("country"):
            region = self._comparison.known.regions.get(cells.get("region", ""))
            found["country"] = region.country if region is not None else ""
        return CheckedRow(
            line=row.line,
            last_line=row.last_line,
            outcome=outcome,
            name=shown(" ".join(filter(None, identity)))[:LONGEST_NAME],
            said=[(name, shown(text)) for name, text in cells.items()],
            **found,
        )


def _country(beside: Beside) -> str:
    """The country of the row; SEVERAL where it would take something from one into another."""
    return SEVERAL if beside.country and beside.countries - {beside.country} else beside.country


def _remarks(beside: Beside) -> list[Reason]:
    if beside.proposal is None:
        return []
    author = beside.proposal.author
    if beside.proposal.status == Status.REJECTED:
        remark = _(
            "a proposal by %(author)s was returned by a reviewer, and would be replaced", author=author
        )
    else:
        remark = _(
            "a proposal by %(author)s waits beside it, which says something else and would be replaced",
            author=author,
        )
    return [("", "", remark)]
