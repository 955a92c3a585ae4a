"""What somebody can do to the audit log who owns the tables, and switches its protection off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

TABLES = ("tracker_auditentry", "tracker_audithead")


@contextmanager
def unprotected(database: Any = connection) -> Iterator[None]:
    """While it lasts the database lets entries be changed and removed."""
    if database.vendor == "postgresql":
        off, on = (
            [f"ALTER TABLE {table} {turn} TRIGGER USER" for table in TABLES] for turn in ("DISABLE", "ENABLE")
        )
    else:
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)", TABLES
            )
            triggers = cursor.fetchall()
        off, on = [f"DROP TRIGGER {name}" for name, _ in triggers], [sql for _, sql in triggers]
    _execute(database, off)
    try:
        yield
    finally:
        _execute(database, on)


def _execute(database: Any, statements: list[str]) -> None:
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
