"""Uploaded files for tests: as the admin takes them in, and as a worker does what is due."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tests.ingest.files import csv_text
from tracker.ingest import importing
from tracker.models import Import, ImportRow
from tracker.vocabulary import ImportFormat
from tracker.work import drain


def upload(
    content: str | bytes,
    *,
    format: str = ImportFormat.REPORTS,
    by: str = "anna",
    countries: Collection[str] | None = None,
    name: str = "reports.csv",
) -> Import:
    """The import of a file with this content; its check is due."""
    received = importing.receive(
        [content.encode() if isinstance(content, str) else content],
        format=format,
        file_name=name,
        by=by,
        countries=countries,
        among=Import.objects.all(),
    )
    return received.upload


def reports(*rows: dict[str, Any], **more: Any) -> Import:
    """The import of a file of reports, checked."""
    return done(upload(csv_text("reports", *rows), **more))


def done(upload: Import) -> Import:
    """The import once what is due of it is done."""
    drain(keys=[upload.key])
    upload.refresh_from_db()
    return upload


def row(upload: Import, line: int) -> ImportRow:
    return upload.rows.get(line=line)


def outcomes(upload: Import) -> dict[int, str]:
    """What each row would do, by its line."""
    return dict(upload.rows.values_list("line", "outcome"))
