"""The rows of one delivery on their way into the table of reports, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from tracker.ingest.delivery import Delivery, Tally
from tracker.ingest.merging import DIALECTS, Merge
from tracker.ingest.readers.columns import Form
from tracker.ingest.readers.records import Column
from tracker.models import Report
from tracker.vocabulary import Status

Texts = Mapping[str, Sequence[str | None]]
"""Rows by the names of their columns, each value in the form that the database takes."""

_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def for_sqlite(value: object) -> str | None:
    """A value as Django has SQLite hold it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def for_copy(value: object) -> str:
    """A value as COPY into PostgreSQL reads it."""
    if value is None:
        return r"\N"
    return value.isoformat() if isinstance(value, date) else str(value).translate(_ESCAPED)


@contextmanager
def staging(staged: Sequence[str], left_out: Iterable[Column], delivery: Delivery) -> Iterator[Staging]:
    """Where its rows wait to become versions; all within one transaction.

    Parameters
    ----------
    staged : the columns that they have, as of `Merge`
    left_out : the columns of the format that the file leaves out
    """
    made = Staging(staged, left_out, delivery)
    made.create()
    yield made
    made.drop()


class Staging:
    """The temporary tables of a delivery, and what becomes of the rows in them; see `staging`."""

    def __init__(self, staged: Sequence[str], left_out: Iterable[Column], delivery: Delivery) -> None:
        self.columns = tuple(staged)
        self._on_postgresql = connection.vendor == "postgresql"
        self._merge = Merge(DIALECTS[connection.vendor], staged, approve=delivery.approve)
        self._heard = _sources_with_reports()
        self._parameters = {
            "now": connection.ops.adapt_datetimefield_value(delivery.now),
            "by": delivery.recorded_by,
            "author": delivery.author,
            "approved_by": delivery.recorded_by if delivery.approve else "",
            "status": Status.APPROVED.value if delivery.approve else Status.SUBMITTED.value,
            "reason": delivery.reason,
            **{f"left_out_{column.name}": column.missing for column in left_out},
            **{f"heard_{number}": code for number, code in enumerate(sorted(self._heard))},
        }

    @property
    def form(self) -> Form:
        """How the database takes the values of rows."""
        return for_copy if self._on_postgresql else for_sqlite

    def create(self) -> None:
        for statement in self._merge.tables.values():
            self._do(statement)

    def drop(self) -> None:
        for name in self._merge.tables:
            self._do(f"DROP TABLE {name}")

    def packed(self, rows: Texts) -> Any:
        """`rows` as `store` takes them; it asks no database."""
        columns = [rows[name] for name in self.columns]
        numbered = zip(map(str, range(len(columns[0]))), *columns, strict=True)
        if self._on_postgresql:
            return "\n".join([*map("\t".join, numbered), ""]).encode()
        return list(numbered)

    def store(self, packed: Any, sources: frozenset[str], tally: Tally) -> None:
        """Store what is new or different among the rows, each of another report, and count them.

        `sources` are those that the rows name.
        """
        self._fill(packed)
        known = self._find_lanes() if sources & self._heard else 0
        if known:
            changed = self._store_changed(tally)
            tally.changed += changed
            tally.unchanged += known - changed
        tally.new += self._do(self._merge.store_new(beside_known=known > 0))
        self._touch(self._merge.cubes_of_new(beside_known=known > 0), tally)

    def _fill(self, packed: Any) -> None:
        with connection.cursor() as cursor:
            if self._on_postgresql:
                cursor.execute("TRUNCATE delivered, lanes, changed")
                with connection.wrap_database_errors, cursor.copy("COPY delivered FROM STDIN") as copy:
                    copy.write(packed)
                return
            for table in self._merge.tables:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (a name of ours)
            marks = ", ".join(["%s"] * (len(self.columns) + 1))
            cursor.executemany(f"INSERT INTO delivered VALUES ({marks})", packed)  # noqa: S608 (marks alone)

    def _find_lanes(self) -> int:
        heard = ", ".join(f"%(heard_{number})s" for number in range(len(self._heard)))
        return self._do(self._merge.find_lanes(heard))

    def _store_changed(self, tally: Tally) -> int:
        changed = self._do(self._merge.find_changed)
        if changed:
            for statement in self._merge.cubes_of_changed:
                self._touch(statement, tally)
            for statement in self._merge.supersede:
                self._do(statement)
            self._do(self._merge.store_changed)
        return changed

    def _touch(self, statement: str, tally: Tally) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, self._parameters)
            for *cube, since in cursor.fetchall():
                tally.touch([tuple(cube)], since=_moment(since))

    def _do(self, statement: str) -> int:
        """The number of rows that the statement wrote."""
        with connection.cursor() as cursor:
            cursor.execute(statement, self._parameters)
            return int(cursor.rowcount)


def _sources_with_reports() -> frozenset[str]:
    found = set[str]()
    # From one source to the next by the index, whatever the number of reports.
    sources = Report.objects.order_by("source", "ref").values_list("source", flat=True)
    code = sources.first()
    while code is not None:
        found.add(code)
        code = sources.filter(source__gt=code).first()
    return frozenset(found)


def _moment(value: datetime | str) -> datetime:
    """SQLite has moments as text, in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
