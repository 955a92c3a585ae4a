"""The rows of a block, checked: by columns where they are plainly right, else one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.ingest.delivery import rejected
from tracker.ingest.fitting import People, people_of_columns, plainly_fitting
from tracker.ingest.known import Known
from tracker.ingest.readers.blocks import Block
from tracker.ingest.readers.columns import ColumnReader, Columns, Rows
from tracker.ingest.readers.records import Layout
from tracker.ingest.readers.reports import ReportRecord, plainly_right
from tracker.ingest.readers.rows import Rejected, Row, holds_anything
from tracker.ingest.reports import report_faults


@dataclass(frozen=True)
class Checked:
    """What is right of a block: rows that are plainly right, and the records of others, by row."""

    columns: Columns
    people: People
    plain: Rows
    records: dict[int, ReportRecord]
    rejects: list[Rejected]

    @property
    def right(self) -> Rows:
        rows = self.plain.copy()
        rows[list(self.records)] = True
        return rows


class Checker:
    """Checks the blocks of one file.

    Parameters
    ----------
    one_by_one : take every row the way of one record; what comes of it is the same
    """

    def __init__(self, layout: Layout[ReportRecord], known: Known, *, one_by_one: bool) -> None:
        self._layout = layout
        self._known = known
        self._one_by_one = one_by_one
        self._columns = ColumnReader(layout)

    def check(self, block: Block) -> Checked:
        columns = self._columns.read(block)
        people = people_of_columns(columns, self._known)
        plain = plainly_right(columns) & plainly_fitting(columns, people, self._known)
        if self._one_by_one:
            plain[:] = False
        rejects: list[Rejected] = []
        records = {}
        for place in np.flatnonzero(~plain).tolist():
            if record := self._record(block.row(place), rejects):
                records[place] = record
        return Checked(columns, people, plain, records, rejects)

    def _record(self, row: Row, rejects: list[Rejected]) -> ReportRecord | None:
        """The row's record if it is right; else what is wrong with it is added to `rejects`."""
        if not holds_anything(row.cells):
            return None
        for found in self._layout.read(row):
            if isinstance(found, Rejected):
                rejects.append(found)
            elif wrong := list(report_faults(found, self._known)):
                rejects += rejected(found, wrong)
            else:
                return found
        return None
