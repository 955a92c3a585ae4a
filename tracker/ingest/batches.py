"""A file of reports in batches of rows that can be stored, each of another report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tracker.ingest.checking import Checker
from tracker.ingest.delivered import DeliveredBefore
from tracker.ingest.delivery import Delivery, Tally, other_content
from tracker.ingest.known import Known
from tracker.ingest.readers.blocks import Block, blocks, row_hashes
from tracker.ingest.readers.columns import ColumnReader, Form, Rows
from tracker.ingest.readers.records import Column, layout_of
from tracker.ingest.readers.reports import COLUMNS, ReportRecord, faults
from tracker.ingest.readers.rows import Rejected, RowReader
from tracker.ingest.reports import KEPT, PEOPLE, SAME_NAME, STATED
from tracker.ingest.seen import Seen
from tracker.ingest.texts import AsTexts, Texts

SAMPLE = 100
"""Rows by which a file is taken for one that was delivered before."""


@dataclass(frozen=True)
class Batch:
    """What came of some rows of a file."""

    rows: Texts
    """Those that can be stored, by the names of their columns in the table of reports."""
    sources: frozenset[str]
    """The sources that they name."""
    unchanged: int
    """How many others say what an earlier row says, or what was delivered before."""
    rejects: list[Rejected]


class ReportFile:
    """A file of reports; raises LayoutChanged if its first line does not name the columns.

    Parameters
    ----------
    file : it can be read again
    known : all of it read, where the batches are made in another thread
    one_by_one : take every row the way of one record; what comes of it is the same
    """

    def __init__(
        self, file: IO[bytes], known: Known, delivery: Delivery, *, one_by_one: bool = False
    ) -> None:
        reader = RowReader(file)
        self._layout = layout_of(next(reader, None), COLUMNS, ReportRecord, faults)
        self._file = file
        self._begin = reader.line, reader.position
        self._known = known
        self._delivery = delivery
        self._checker = Checker(self._layout, known, one_by_one=one_by_one)
        self._columns = ColumnReader(self._layout)
        self._seen = Seen()
        self._repeats: dict[int, int] = {}
        """By line, the earlier line that gives the same report, in other words."""

    @property
    def left_out(self) -> Sequence[Column]:
        return self._layout.left_out

    @property
    def staged(self) -> tuple[str, ...]:
        """The columns of its batches, as `merging.Merge` takes them."""
        said = self._layout.names
        return (
            *("source", "ref", "country", "row_hash"),
            *(name for name in (*SAME_NAME, *KEPT) if name in said),
            *(name for name, stated in STATED.items() if stated in said),
            *(PEOPLE if "unit" in said else ()),
            *(("recorded_at",) if self._delivery.recorded_as_published else ()),
        )

    def was_delivered(self, before: DeliveredBefore) -> bool:
        """Whether its first rows were."""
        for block in self._blocks(size=SAMPLE * 100):
            sources, refs = self._identities(block)
            hashes = row_hashes(block.texts, self._layout.names)
            return before.knows_most_of(sources[:SAMPLE], refs[:SAMPLE], hashes[:SAMPLE])
        return False

    def batches(self, form: Form, before: DeliveredBefore | None) -> Iterator[Batch]:
        """All rows, once: but those that repeat an earlier one in other words, which `settle` looks at."""
        for block in self._blocks():
            yield self._batch(block, form, before)

    def settle(self, tally: Tally) -> None:
        """Count the rows whose report an earlier row gives: as unchanged where they mean the same.

        Which of two contents is meant nobody can know, so the first alone counts.
        """
        content: dict[int, int] = {}
        wanted = np.array(sorted({*self._repeats, *self._repeats.values()}), dtype=np.int64)
        for block in self._blocks() if self._repeats else ():
            for place in np.flatnonzero(np.isin(block.lines, wanted)).tolist():
                for record in self._layout.read(block.row(place)):
                    assert isinstance(record, ReportRecord)  # noqa: S101 (it was before)
                    content[record.line] = record.content_hash
                    first = self._repeats.get(record.line)
                    if first is None:
                        continue
                    if content[first] == record.content_hash:
                        tally.unchanged += 1
                    else:
                        tally.reject(record, [("ref", other_content(first))])

    def _blocks(self, *, size: int | None = None) -> Iterator[Block]:
        line, position = self._begin
        return blocks(self._file, width=len(self._layout.names), line=line, position=position, size=size)

    def _identities(self, block: Block) -> tuple[list[Any], list[Any]]:
        """Source and ref of each row; None where it cannot be read."""
        found: dict[str, Any] = {
            column.name: self._columns.column(column, block.column(place))
            for column, place in self._layout.places
            if column.name in ("source", "ref")
        }
        return found["source"].listed(), found["ref"].listed()

    def _batch(self, block: Block, form: Form, before: DeliveredBefore | None) -> Batch:
        if before is None:
            # All will be wanted, not these two alone.
            block.columns()
        sources, refs = self._identities(block)
        hashes = row_hashes(block.texts, self._layout.names)
        known = np.zeros(len(block), dtype=bool)
        if before is not None:
            known = before.among({source for source in sources if source}, hashes)
        unknown = block.where(~known) if known.any() else block
        checked = self._checker.check(unknown)
        right = known.copy()
        right[~known] = checked.right
        keys = np.fromiter(map(hash, zip(sources, refs, strict=True)), np.int64, len(block))
        first, repeated = self._look_back(block, keys, hashes, right)
        chosen = (first & ~known)[~known]
        rejects = [one for row in block.others for one in self._layout.read(row) if isinstance(one, Rejected)]
        return Batch(
            AsTexts(self.staged, self._known, self._delivery, form).rows(checked, chosen, hashes[~known]),
            frozenset(compress(sources, (first & ~known).tolist())),
            int((first & known).sum()) + repeated,
            rejects + checked.rejects,
        )

    def _look_back(
        self, block: Block, keys: NDArray[np.int64], hashes: NDArray[np.int64], right: Rows
    ) -> tuple[Rows, int]:
        """Which right rows are the first of their report, and how many say word for word what one says."""
        lines = block.lines[right]
        earlier, same = self._seen.add(keys[right], lines, hashes[right])
        in_other_words = (earlier > 0) & ~same
        self._repeats.update(
            zip(lines[in_other_words].tolist(), earlier[in_other_words].tolist(), strict=True)
        )
        first = right.copy()
        first[right] = earlier == 0
        return first, int(same.sum())
