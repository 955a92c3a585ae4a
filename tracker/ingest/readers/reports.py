"""reports.csv: what sources say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO

import numpy as np
from numpy.typing import NDArray

from tracker.ingest.readers.cells import (
    EMPTY,
    code,
    day,
    household_size,
    line_of_text,
    number,
    one_of,
    plain_lines,
    text,
    web_address,
)
from tracker.ingest.readers.columns import Columns
from tracker.ingest.readers.records import Fault, Record, optional, read_records, required
from tracker.ingest.readers.rows import Rejected
from tracker.sentences import sentence as _
from tracker.vocabulary import STOCKS, Cause, Measure, Qualifier, Role, Sensitivity, Unit

LONGEST_TEXT = 100_000
"""Characters of an excerpt or of notes; the table has no limit of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecord(Record):
    ref: str
    source: str
    region: str
    measure: str
    cause: str
    start: date
    end: date
    value: int
    """In `unit`, as `low` and `high` are."""
    published: date
    low: int | None
    high: int | None
    unit: str
    household_size: Decimal | None
    crisis: str
    round: str
    counterpart: str
    role: str
    qualifier: str
    title: str
    url: str
    excerpt: str
    notes: str
    sensitivity: str


COLUMNS = (
    required("ref", line_of_text(120), plain=plain_lines(120)),
    required("source", code(60)),
    required("region", code(40)),
    required("measure", one_of(Measure.values)),
    required("cause", one_of(Cause.values)),
    required("start", day),
    required("end", day),
    required("value", number),
    required("published", day),
    optional("low", number),
    optional("high", number),
    optional("unit", one_of(Unit.values), missing=Unit.PEOPLE.value),
    optional("household_size", household_size),
    optional("crisis", code(60), missing=""),
    optional("round", code(60), missing=""),
    optional("counterpart", code(40), missing=""),
    optional("role", one_of(Role.values), missing=Role.COUNTED.value),
    optional("qualifier", one_of(Qualifier.values), missing=Qualifier.EXACTLY.value),
    optional("title", text(500), missing=""),
    optional("url", web_address(1000), missing=""),
    optional("excerpt", text(LONGEST_TEXT), missing=""),
    optional("notes", text(LONGEST_TEXT), missing=""),
    optional("sensitivity", one_of(Sensitivity.values), missing=Sensitivity.PUBLIC.value),
)


def read(file: IO[bytes]) -> Iterator[ReportRecord | Rejected]:
    """Each report of the file, or what is wrong with its row."""
    return read_records(file, COLUMNS, ReportRecord, faults)


def faults(record: ReportRecord) -> Iterator[Fault]:
    """What cannot be right in a report by itself."""
    stock = record.measure in STOCKS
    if record.end < record.start:
        yield "end", _("the report ends before it starts, on %(start)s", start=record.start)
    elif stock and record.end != record.start:
        yield (
            "end",
            _(
                "%(measure)s are counted on one day; start and end must both be the reference date",
                measure=record.measure,
            ),
        )
    if record.published < record.end:
        yield "published", _("the report is published before its end, %(end)s", end=record.end)
    if record.low is not None and record.low > record.value:
        yield "low", _("low is above the value, %(value)s", value=record.value)
    if record.high is not None and record.high < record.value:
        yield "high", _("high is below the value, %(value)s", value=record.value)
    if record.round and not stock:
        yield (
            "round",
            _("rounds count people present; %(measure)s is a flow", measure=record.measure),
        )


def plainly_right(columns: Columns) -> NDArray[np.bool_]:
    """By row, whether it needs no closer look: each cell can be read, and `faults` would find nothing."""
    start, end, published = (columns.days(name) for name in ("start", "end", "published"))
    value, low, high = (columns.numbers(name) for name in ("value", "low", "high"))
    stock = columns.coded("measure").of(STOCKS.__contains__, bool)
    in_no_round = columns.coded("round").of(lambda code: code == "", bool)
    right: NDArray[np.bool_] = (
        columns.clear
        & (start <= end)
        & (~stock | (start == end))
        & (end <= published)
        & ((low == EMPTY) | (low <= value))
        & ((high == EMPTY) | (high >= value))
        & (stock | in_no_round)
    )
    return right
