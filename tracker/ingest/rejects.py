"""The rows that were not taken, with their reasons, as a file for people to correct."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tracker.ingest.readers.rows import Rejected
from tracker.ingest.readers.spreadsheets import inert

COLUMNS = ("line", "column", "value", "reason")


def write_rejects(path: Path, rejects: Iterable[Rejected]) -> None:
    """Write `path` as CSV, whole or not at all; text in it is inert in spreadsheet programs."""
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(COLUMNS)
            rows.writerows(
                (reject.line, inert(reject.column), inert(reject.value), inert(reject.reason))
                for reject in rejects
            )
        os.chmod(unfinished, 0o644)
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise
