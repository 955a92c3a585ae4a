"""Plain limits: what PostgreSQL alone takes for reading, adding up and writing the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, models

from tests.benchmarks.results import timed
from tracker.models import ConflictEvent, ConflictFigure, Figure, Region, Report
from tracker.vocabulary import Role, Status

READ_BY_A_BUILD = (
    "id", "source", "ref", "region", "start", "end", "low", "value", "high", "published", "round",
)  # fmt: skip
EVENT_READ_BY_A_BUILD = ("region", "event_type", "date", "low", "best", "high")

TAKES_PART = f"superseded_at IS NULL AND status = '{Status.APPROVED.value}' AND role = '{Role.COUNTED.value}'"
HAPPENED = "superseded_at IS NULL AND NOT retracted"


def read_reports() -> float:
    """Seconds for reading into this process the columns of the reports that a build needs."""
    return _read(Report, READ_BY_A_BUILD, TAKES_PART)


def read_events() -> float:
    return _read(ConflictEvent, EVENT_READ_BY_A_BUILD, HAPPENED)


def sum_reports() -> float:
    """Seconds for one GROUP BY of the same reports: people by series, region and month, up the tree."""
    return _sum_up_the_tree(
        f"""
        SELECT region, measure, cause, crisis, date_trunc('month', "end"::timestamp) AS month,
               sum(low) AS low, sum(value) AS value, sum(high) AS high
        FROM {Report._meta.db_table} WHERE {TAKES_PART} GROUP BY 1, 2, 3, 4, 5
        """,
        ("measure", "cause", "crisis", "month"),
        ("low", "value", "high"),
    )


def sum_events() -> float:
    """Seconds for one GROUP BY of the events: by region, type and month, up the tree."""
    return _sum_up_the_tree(
        f"""
        SELECT region, event_type, date_trunc('month', date::timestamp) AS month,
               sum(low) AS low, sum(best) AS best, sum(high) AS high, count(*) AS rows
        FROM {ConflictEvent._meta.db_table} WHERE {HAPPENED} GROUP BY 1, 2, 3
        """,
        ("event_type", "month"),
        ("low", "best", "high", "rows"),
    )


def write_again(model: type[Figure] | type[ConflictFigure]) -> tuple[float, float]:
    """Seconds for COPY of all rows of the table from a file: into it as it is, emptied, and into a bare one.

    Afterwards the table holds what it did.
    """
    table = model._meta.db_table
    with server_file() as file, connection.cursor() as cursor:
        cursor.execute(f"COPY {table} TO '{file}'")
        cursor.execute(f"CREATE TABLE bare (LIKE {table})")
        bare = _write("bare", file)
        cursor.execute("DROP TABLE bare")
        cursor.execute(f"TRUNCATE {table}")
        return _write(table, file), bare


def checkpoint() -> None:
    """Have what was written so far on disk, so that what follows does not pay for it."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def _read(model: type[models.Model], columns: Sequence[str], where: str) -> float:
    listed = ", ".join(map(connection.ops.quote_name, columns))
    query = f"COPY (SELECT {listed} FROM {model._meta.db_table} WHERE {where}) TO STDOUT"

    def read() -> None:
        with connection.cursor() as cursor, cursor.cursor.copy(query) as rows:
            for _ in rows:
                pass

    return timed(read)[0]


def _sum_up_the_tree(cells: str, keys: Sequence[str], sums: Sequence[str]) -> float:
    """Add `cells` up first, then have them climb: the fastest way that SQL has for it."""
    series = ", ".join(keys)
    added = ", ".join(f"sum({name}) AS {name}" for name in sums)
    with _regions_above(), connection.cursor() as cursor:
        query = f"""
            WITH cells AS ({cells}),
            figures AS (
                SELECT ancestor, {series}, {added}
                FROM cells JOIN region_above USING (region) GROUP BY ancestor, {series}
            )
            SELECT count(*), {added} FROM figures
            """
        return timed(lambda: cursor.execute(query))[0]


@contextmanager
def _regions_above() -> Iterator[None]:
    """A table of each region with itself and all above it, of which PostgreSQL knows how large it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE TABLE region_above AS
            WITH RECURSIVE above (region, ancestor, next) AS (
                SELECT pcode, pcode, parent FROM {Region._meta.db_table} WHERE superseded_at IS NULL
                UNION ALL
                SELECT above.region, upper.pcode, upper.parent
                FROM above JOIN {Region._meta.db_table} upper
                ON upper.pcode = above.next AND upper.superseded_at IS NULL
            )
            SELECT region, ancestor FROM above
            """
        )
        cursor.execute("ANALYZE region_above")
        yield
        cursor.execute("DROP TABLE region_above")


def _write(table: str, file: Path) -> float:
    checkpoint()
    with connection.cursor() as cursor:
        return timed(lambda: cursor.execute(f"COPY {table} FROM '{file}'"))[0]


@contextmanager
def server_file() -> Iterator[Path]:
    """A file that the server writes and reads itself, beside its data, which go with it."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        file = Path(cursor.fetchone()[0]).parent / "rows.copy"
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)
