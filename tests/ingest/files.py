"""Native files for tests: each row says only what matters to its test, the rest is as it should be."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

ROWS: dict[str, dict[str, str]] = {
    "regions": {"pcode": "XX", "level": "0", "parent": "", "name_en": "Region"},
    "sources": {"code": "un", "name": "United Nations", "tier": "1"},
    "crises": {"code": "XX-2024", "name_en": "Crisis", "start": "2024-11-01"},
    "rounds": {
        "code": "r1", "source": "un", "region": "XX", "date": "2024-12-01", "published": "2024-12-10",
    },
    "reports": {
        "ref": "a", "source": "un", "region": "XX01", "measure": "departures", "cause": "conflict",
        "start": "2024-12-01", "end": "2024-12-05", "value": "1200", "published": "2024-12-06",
    },
    "events": {
        "event_id": "e1", "dataset": "acled", "date": "2024-12-01", "event_type": "Battles", "region": "XX01",
    },
}  # fmt: skip


def csv_text(format: str, *rows: dict[str, Any]) -> str:
    """A file of the format with these rows; a column is there if any row has it."""
    filled = [{**ROWS[format], **row} for row in rows] or [ROWS[format]]
    columns = list(dict.fromkeys(name for row in filled for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(filled)
    return text.getvalue()


def csv_file(folder: Path, format: str, *rows: dict[str, Any], name: str = "") -> Path:
    path = folder / (name or f"{format}.csv")
    path.write_text(csv_text(format, *rows), encoding="utf-8")
    return path
