"""Rows by the hundred thousand: tables read into columns and written from them, with no Python for each row.

On PostgreSQL a column comes as one packed value and rows go in by COPY; SQLite, which has neither, goes
through the rows of its cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Literal, TypeVar

import numpy as np
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL
from numpy.typing import NDArray

T = TypeVar("T")
Texts = Any
"""An Arrow array of texts; pyarrow has no types."""
Column = NDArray[np.int64] | NDArray[np.bool_] | Texts
Kind = Literal["whole", "day", "moment", "flag", "text"]
"""`whole` numbers (NULL is `NULL`), `day`s since 1970-01-01, `moment`s in microseconds since then (NULL is
`STILL`), `flag`s, or `text`s (an Arrow array)."""

NULL = -1
"""In a column of whole numbers that are never negative."""
STILL = int(np.iinfo(np.int64).max)
"""In a column of moments: it has not come."""

_EPOCH = date(1970, 1, 1).toordinal()
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# No text of ours holds it: control characters are refused at every entrance.
_BETWEEN = "\x1f"
_PACKED = {
    "whole": f"string_agg(int8send(coalesce({{0}}, {NULL})::bigint), ''::bytea)",
    "day": "string_agg(int4send({0} - DATE '1970-01-01'), ''::bytea)",
    "moment": "string_agg(timestamptz_send(coalesce({0}, 'infinity')), ''::bytea)",
    "flag": "string_agg(boolsend({0}), ''::bytea)",
    "text": f"string_agg({{0}}, E'\\x{ord(_BETWEEN):02x}')",
}
_FROM_1970_TO_2000 = 946_684_800_000_000
"""Microseconds; PostgreSQL counts from 2000."""
_ROWS_AT_ONCE = 20_000
_PARAMETERS = 900
"""SQLite takes 999."""


def read_columns(rows: QuerySet[Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The named columns (fields or annotations) of `rows`, which are in no order but the same in each.

    Returns
    -------
    by name: int64 for `whole` and `day`, bool for `flag`, an Arrow array for `text`; each of length n
    """
    values = rows.order_by().values_list(*kinds)
    if connection.vendor == "postgresql":
        return _read_packed(values, kinds)
    return _read_rows(values, kinds)


def read_among(rows: QuerySet[Any], pks: NDArray[np.int64], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """`read_columns` of those of the `rows` that have these primary keys."""
    numbers = pks.tolist()
    if connection.vendor == "postgresql":
        # One parameter, whatever their number: taking apart a query with a thousand takes its time.
        among = RawSQL("SELECT unnest(%s::bigint[])", [numbers])
        return read_columns(rows.filter(pk__in=among), kinds)
    parts = [read_columns(rows.filter(pk__in=some), kinds) for some in in_batches(numbers)]
    return _concatenated(parts, kinds)


def _concatenated(parts: Sequence[dict[str, Any]], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """What `read_columns` gave, one after the other."""
    import pyarrow as pa

    joined: dict[str, Any] = {}
    for name, kind in kinds.items():
        join = pa.concat_arrays if kind == "text" else np.concatenate
        joined[name] = join([_of_rows(kind, ()), *(part[name] for part in parts)])
    return joined


@contextmanager
def reading_beside(rows: QuerySet[Any], kinds: Mapping[str, Kind]) -> Iterator[Callable[[], dict[str, Any]]]:
    """`read_columns` on a connection of its own while the caller goes on; what it yields gives the columns.

    Only what is committed is seen: inside a transaction, and on SQLite, it is read where it is asked for.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield lambda: read_columns(rows, kinds)
        return

    def read() -> dict[str, Any]:
        try:
            return read_columns(rows, kinds)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as thread:
        yield thread.submit(read).result


def _read_packed(values: QuerySet[Any, Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    query, parameters = values.query.sql_with_params()
    names = [f"c{place}" for place in range(len(kinds))]
    packed = [_PACKED[kind].format(name) for name, kind in zip(names, kinds.values(), strict=True)]
    count, *columns = _binary_row(
        f"SELECT count(*), {', '.join(packed)} FROM ({query}) AS t({', '.join(names)})",  # noqa: S608
        parameters,
    )
    return {
        name: _unpacked(kind, column, count)
        for (name, kind), column in zip(kinds.items(), columns, strict=True)
    }


def _binary_row(query: str, parameters: Sequence[Any]) -> tuple[Any, ...]:
    """The only row of a query on PostgreSQL; through Django its bytes would come as hexadecimal digits."""
    import psycopg

    with connection.cursor() as cursor, connection.wrap_database_errors:
        complete = cursor.cursor.mogrify(query, parameters)
        with psycopg.Cursor(connection.connection) as binary:
            row = binary.execute(complete, binary=True).fetchone()
    assert row is not None  # noqa: S101 (for mypy: an aggregate has one)
    return row


def _unpacked(kind: Kind, column: Any, count: int) -> Column:
    if kind == "text":
        return _split(column) if count else texts([])
    form = {"whole": ">i8", "day": ">i4", "moment": ">i8", "flag": "?"}[kind]
    found = np.frombuffer(column or b"", dtype=form)
    if kind == "flag":
        return found.astype(np.bool_)
    numbers = found.astype(np.int64)
    return np.where(numbers == STILL, STILL, numbers + _FROM_1970_TO_2000) if kind == "moment" else numbers


def _split(column: str) -> Texts:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.split_pattern(pa.array([column]), _BETWEEN).values


def texts(values: Sequence[str]) -> Texts:
    """An Arrow array of these texts."""
    import pyarrow as pa

    return pa.array(values, pa.string())


def _read_rows(values: QuerySet[Any, Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    parts = []
    found = values.iterator(chunk_size=_ROWS_AT_ONCE)
    while chunk := list(islice(found, _ROWS_AT_ONCE)):
        columns = zip(kinds.items(), zip(*chunk, strict=True), strict=True)
        parts.append({name: _of_rows(kind, column) for (name, kind), column in columns})
    return _concatenated(parts, kinds)


def _of_rows(kind: Kind, column: Sequence[Any]) -> Column:
    match kind:
        case "whole":
            return np.array([NULL if number is None else number for number in column], dtype=np.int64)
        case "day":
            return np.array([day.toordinal() - _EPOCH for day in column], dtype=np.int64)
        case "moment":
            return np.array([STILL if at is None else microseconds(at) for at in column], dtype=np.int64)
        case "flag":
            return np.array(column, dtype=np.bool_)
        case _:
            return texts(column)


class Numbers(dict[str, int]):
    """Texts, numbered in the order in which they are first asked for."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number

    def of(self, texts: Texts) -> NDArray[np.int64]:
        """The number of each of the texts."""
        place, words = numbered(texts)
        return self.of_words(words, place)

    def of_words(self, words: Sequence[str], place: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of texts that are given as places in `words`."""
        return np.array([self[word] for word in words], dtype=np.int64)[place] if len(place) else place


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01."""
    return (moment - _BEGINNING) // timedelta(microseconds=1)


def moment_of(microseconds: int) -> datetime:
    """The moment so many microseconds after 1970-01-01."""
    return _BEGINNING + timedelta(microseconds=microseconds)


def numbered(texts: Texts) -> tuple[NDArray[np.int64], list[str]]:
    """Each text's place among the distinct ones, and these in order of code points."""
    import pyarrow.compute as pc

    coded = texts.dictionary_encode()
    by_code_point = pc.sort_indices(coded.dictionary)
    place = np.empty(len(by_code_point), dtype=np.int64)
    place[by_code_point.to_numpy()] = np.arange(len(by_code_point))
    return place[coded.indices.to_numpy()], coded.dictionary.take(by_code_point).to_pylist()


def ranks(*parts: Texts) -> list[NDArray[np.int64]]:
    """The place of each text of each part among the distinct ones of all, in order of code points."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.rank(pa.concat_arrays(parts), tiebreaker="dense").to_numpy().astype(np.int64) - 1
    return np.split(found, np.cumsum([len(part) for part in parts])[:-1])


def insert_columns(model: type[Model], columns: Mapping[str, Any], *, count: int) -> None:
    """Store `count` new rows, all or none.

    Parameters
    ----------
    columns : by name of the database's column, either one value for all rows (None is NULL) or an Arrow array
    """
    import pyarrow as pa

    if not count:
        return
    arrays = {name: column for name, column in columns.items() if isinstance(column, pa.Array)}
    constants = {name: value for name, value in columns.items() if name not in arrays}
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _copy(model, arrays, constants, count)
        else:
            _insert(model, arrays, constants)


def _copy(model: type[Model], arrays: dict[str, Any], constants: dict[str, Any], count: int) -> None:
    import pyarrow as pa
    import pyarrow.csv

    said = {name: value for name, value in constants.items() if value is not None}
    names = ", ".join(map(connection.ops.quote_name, [*arrays, *said]))
    table = connection.ops.quote_name(model._meta.db_table)
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)") as copy,
    ):
        for first in range(0, count, _ROWS_AT_ONCE):
            length = min(_ROWS_AT_ONCE, count - first)
            part = [column.slice(first, length) for column in arrays.values()]
            part += [pa.repeat(pa.scalar(_as_scalar(value)), length) for value in said.values()]
            rows = pa.BufferOutputStream()
            # Texts are quoted and unknowns are not, which is how COPY tells an empty text from NULL.
            pyarrow.csv.write_csv(
                pa.table(part, names=[*arrays, *said]),
                rows,
                pyarrow.csv.WriteOptions(include_header=False),
            )
            copy.write(rows.getvalue().to_pybytes())


def moments_of(numbers: NDArray[np.int64]) -> Any:
    """An Arrow array of these microseconds since 1970-01-01; STILL is NULL."""
    import pyarrow as pa

    return pa.array(numbers, pa.timestamp("us", tz="UTC"), mask=numbers == STILL)


def dates_of(days: NDArray[np.int64]) -> Any:
    """An Arrow array of these days since 1970-01-01."""
    import pyarrow as pa

    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _as_scalar(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(" ") if isinstance(value, datetime) else value


def _insert(model: type[Model], arrays: dict[str, Any], constants: dict[str, Any]) -> None:
    names = [*arrays, *constants]
    fields = {field.column: field for field in model._meta.concrete_fields}
    same = tuple(fields[name].get_db_prep_save(value, connection) for name, value in constants.items())

    def rows() -> Iterator[tuple[Any, ...]]:
        for row in zip(*(column.to_pylist() for column in arrays.values()), strict=True):
            yield (*map(_for_sqlite, row), *same)

    quoted = ", ".join(map(connection.ops.quote_name, names))
    table, marks = connection.ops.quote_name(model._meta.db_table), ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", list(rows()))  # noqa: S608


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value.isoformat() if isinstance(value, date) else value


def supersede_all(model: type[Model], pks: Iterable[int], *, at: datetime) -> None:
    """End the versions with these primary keys."""
    numbers = list(pks)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {connection.ops.quote_name(model._meta.db_table)} "  # noqa: S608
                "SET superseded_at = %s WHERE id = ANY(%s)",
                [at, numbers],
            )
        return
    for batch in in_batches(numbers):
        model._default_manager.filter(pk__in=batch).update(superseded_at=at)


def set_numbers(model: type[Model], column: str, pks: Sequence[int], numbers: Sequence[int]) -> None:
    """Set a column of whole numbers in the rows with these primary keys."""
    table, name = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(column)
    if not pks:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {table} SET {name} = said.number "  # noqa: S608 (names of ours)
                "FROM unnest(%s::bigint[], %s::bigint[]) AS said(pk, number) WHERE id = said.pk",
                [list(pks), list(numbers)],
            )
        else:
            pairs = list(zip(numbers, pks, strict=True))
            cursor.executemany(f"UPDATE {table} SET {name} = %s WHERE id = %s", pairs)  # noqa: S608


def in_batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values, as many at a time as one query takes."""
    return (values[first : first + _PARAMETERS] for first in range(0, len(values), _PARAMETERS))
