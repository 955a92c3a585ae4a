"""Files of reports into their table."""

from __future__ import annotations

import os
from typing import IO

from tracker.ingest.ahead import ahead
from tracker.ingest.batches import ReportFile
from tracker.ingest.delivered import DeliveredBefore
from tracker.ingest.delivery import Delivery, Tally
from tracker.ingest.known import Known
from tracker.ingest.readers.blocks import BLOCK
from tracker.ingest.staging import staging

LARGE = BLOCK
"""Bytes of a file from which on it pays to look whether it was delivered before."""


def load(file: IO[bytes], delivery: Delivery, tally: Tally, *, one_by_one: bool = False) -> None:
    """Store what is new or different: as approved where the delivery approves, else as proposals.

    Only approved content touches cubes. `one_by_one` takes every row the slow way, for comparison.

    Raises
    ------
    LayoutChanged : the file is not UTF-8, empty, or its first line does not name the columns
    """
    reports = ReportFile(file, Known.all(), delivery, one_by_one=one_by_one)
    before = _delivered_before(reports, file, delivery)
    with staging(reports.staged, reports.left_out, delivery) as stage:
        made = ((batch, stage.packed(batch.rows)) for batch in reports.batches(stage.form, before))
        # While the database stores a batch the next is made; but to know rows again asks the database.
        for batch, packed in made if before else ahead(made):
            tally.unchanged += batch.unchanged
            tally.rejects += batch.rejects
            if batch.sources:
                stage.store(packed, batch.sources, tally)
    reports.settle(tally)


def _delivered_before(reports: ReportFile, file: IO[bytes], delivery: Delivery) -> DeliveredBefore | None:
    """What tells its known rows, if the file is large and most rows at its beginning are known."""
    if file.seek(0, os.SEEK_END) < LARGE:
        return None
    before = DeliveredBefore(approve=delivery.approve)
    return before if reports.was_delivered(before) else None
