"""Files as the dry run sees them, and as they are loaded."""

from __future__ import annotations

import io

from tests.ingest.test_bulk import NOW
from tracker.ingest import bulk
from tracker.ingest.comparing import comparison
from tracker.ingest.delivery import Delivery, Tally
from tracker.ingest.dry_run import CheckedRow, check
from tracker.ingest.readers.sheets import Matches, Sheet
from tracker.vocabulary import ImportFormat


def sheet_of(content: bytes, format: str = ImportFormat.REPORTS, matches: Matches | None = None) -> Sheet:
    return Sheet(io.BytesIO(content), comparison(format).sheet, matches or {})


def checked(
    content: bytes | str,
    *,
    format: str = ImportFormat.REPORTS,
    matches: Matches | None = None,
    countries: frozenset[str] | None = None,
) -> list[CheckedRow]:
    raw = content.encode() if isinstance(content, str) else content
    return list(check(sheet_of(raw, format, matches), comparison(format), countries=countries))


def load(content: bytes, *, approve: bool) -> Tally:
    tally = Tally()
    bulk.load(io.BytesIO(content), Delivery(file="a.csv", now=NOW, by="ann", approve=approve), tally)
    return tally
