"""Generated rows into PostgreSQL's tables, by COPY, with nothing missing at the end."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, models, transaction
from numpy.typing import NDArray
from pyarrow import csv

from tests.benchmarks import land
from tests.benchmarks.generator import NO_ROUND, Events, Reports, Rounds
from tracker.models import ConflictEvent, Region, Report, Round, Source
from tracker.vocabulary import Cause, EventType, Status

RECORDED_AT = datetime(2025, 6, 1, tzinfo=UTC)
CHUNK = 250_000

_REGIONS = land.pcodes()
_COUNTRIES = [land.country_code(country) for country in range(land.COUNTRIES)]
_SOURCES = [land.source_code(source) for source in range(land.SOURCES)]


def fill_places() -> None:
    """The regions and sources."""
    Region.objects.bulk_create(
        Region(
            pcode=land.pcode(country, region),
            level=land.COUNTRY.level[region],
            parent=land.pcode(country, land.COUNTRY.parent[region]) if region else "",
            country=land.country_code(country),
            name_en=f"Region {land.pcode(country, region)}",
            household_size=Decimal("5.2"),
            recorded_at=RECORDED_AT,
        )
        for country in range(land.COUNTRIES)
        for region in range(land.REGIONS)
    )
    Source.objects.bulk_create(
        Source(code=code, name=code.title(), tier=land.tier(number), recorded_at=RECORDED_AT)
        for number, code in enumerate(_SOURCES)
    )


def fill_reports(reports: Reports, rounds: Rounds) -> None:
    """All reports, approved, with their rounds; they lie in the table in the order of their arrival."""
    fill_rounds(rounds)
    same = {
        "cause": Cause.CONFLICT,
        "recorded_at": RECORDED_AT,
        "recorded_by": "benchmark",
        "status": Status.APPROVED,
        "author": "import of benchmark.csv",
        "approved_by": "benchmark",
    }
    _fill(Report, report_tables(reports), same)


def fill_rounds(rounds: Rounds) -> None:
    Round.objects.bulk_create(
        (
            Round(
                code=round_code(number),
                source=_SOURCES[source],
                region=land.pcode(country, region),
                country=_COUNTRIES[country],
                date=_date(day),
                published=_date(published),
                closed=closed,
                recorded_at=RECORDED_AT,
            )
            for number, (country, region, source, day, published, closed) in enumerate(_rows(rounds))
        ),
        batch_size=5_000,
    )


def fill_events(events: Events) -> None:
    same = {
        "dataset": "benchmark",
        "located_by": ConflictEvent.LocatedBy.STATED,
        "recorded_at": RECORDED_AT,
        "recorded_by": "benchmark",
    }
    _fill(ConflictEvent, _event_tables(events), same)


def report_tables(reports: Reports, *, first_ref: int = 0) -> Iterator[pa.Table]:
    """The reports as columns of tracker_report; what is not among them is the same in every row."""
    codes = [*(round_code(number) for number in range(int(reports.round.max(initial=NO_ROUND)) + 1)), ""]
    for chunk in reports.chunks(CHUNK):
        value = pa.array(chunk.value)
        has_range = pa.array(chunk.low != chunk.high)
        yield pa.table(
            {
                "source": _words(_SOURCES, chunk.source),
                "ref": _refs(first_ref, len(chunk)),
                "region": _words(_REGIONS, _place(chunk)),
                "country": _words(_COUNTRIES, chunk.country),
                "measure": _words(land.MEASURES, chunk.measure),
                "start": _days(chunk.start),
                "end": _days(chunk.end),
                "value": value,
                "low": pa.array(chunk.low),
                "high": pa.array(chunk.high),
                "published": _days(chunk.published),
                "stated_value": value,
                "stated_low": pc.if_else(has_range, pa.array(chunk.low), None),
                "stated_high": pc.if_else(has_range, pa.array(chunk.high), None),
                "round": _words(codes, chunk.round),
            }
        )
        first_ref += len(chunk)


def round_code(number: int) -> str:
    return f"round-{number:06}"


def vacuum(*tables: type[models.Model]) -> None:
    """Leave the tables as they are after a while of use: dead rows gone, statistics made."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM ANALYZE {table._meta.db_table}")


def _event_tables(events: Events) -> Iterator[pa.Table]:
    first = 0
    for chunk in events.chunks(CHUNK):
        known = pa.array(chunk.best >= 0)
        day = _days(chunk.day)
        region = _words(_REGIONS, _place(chunk))
        yield pa.table(
            {
                "event_id": _refs(first, len(chunk)),
                "date": day,
                "date_end": day,
                "event_type": _words(EventType.values, chunk.event_type),
                "geo_precision": pa.array(chunk.precision),
                "region": region,
                "region_stated": region,
                "country": _words(_COUNTRIES, chunk.country),
                "low": pc.if_else(known, pa.array(chunk.low), None),
                "best": pc.if_else(known, pa.array(chunk.best), None),
                "high": pc.if_else(known, pa.array(chunk.high), None),
            }
        )
        first += len(chunk)


def _fill(model: type[models.Model], tables: Iterable[pa.Table], same: dict[str, Any]) -> None:
    """COPY `tables` into the model's table; what they lack is as in `same`, else the field's default."""
    with transaction.atomic(), connection.cursor() as cursor, _indexed_afterwards(model._meta.db_table):
        name = connection.ops.quote_name(model._meta.db_table)
        tables = iter(tables)
        first = next(tables)
        missing = [
            field
            for field in model._meta.concrete_fields
            if field.column not in first.column_names and not field.primary_key
        ]
        for field in missing:
            value = same.get(field.name, field.get_default())
            cursor.execute(f"ALTER TABLE {name} ALTER COLUMN {_quoted(field)} SET DEFAULT %s", [value])
        columns = ", ".join(map(connection.ops.quote_name, first.column_names))
        with cursor.cursor.copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT csv)") as copy:
            for table in (first, *tables):
                copy.write(as_csv(table))
        for field in missing:
            cursor.execute(f"ALTER TABLE {name} ALTER COLUMN {_quoted(field)} DROP DEFAULT")


@contextmanager
def _indexed_afterwards(table: str) -> Iterator[None]:
    """Take the table's indexes but its primary key away, and make them again, which is faster."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = %s::regclass AND NOT indisprimary",
            [table],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _, definition in indexes:
            cursor.execute(definition)


def as_csv(table: pa.Table, *, header: bool = False) -> memoryview:
    sink = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=header))
    return sink.getbuffer()


def _rows(columns: Rounds) -> Iterator[tuple[Any, ...]]:
    return zip(
        columns.country.tolist(), columns.region.tolist(), columns.source.tolist(),
        columns.date.tolist(), columns.published.tolist(), columns.closed.tolist(), strict=True,
    )  # fmt: skip


def _place(chunk: Reports | Events) -> NDArray[np.int64]:
    return chunk.country.astype(np.int64) * land.REGIONS + chunk.region


def _words(words: Sequence[str], numbers: NDArray[Any]) -> pa.Array:
    """The word of each number; -1 is the last."""
    return pa.array(words).take(pa.array(np.where(numbers < 0, len(words) - 1, numbers)))


def _refs(first: int, number: int) -> pa.Array:
    texts = pc.utf8_lpad(pa.array(np.arange(first, first + number)).cast(pa.string()), 9, "0")
    return pc.binary_join_element_wise("bench", texts, "-")


def _days(days: NDArray[np.int32]) -> pa.Array:
    return pa.array(days).cast(pa.date32())


def _date(day: int) -> date:
    return date.fromordinal(day + land.EPOCH)


def _quoted(field: models.Field[Any, Any]) -> str:
    return connection.ops.quote_name(str(field.column))
