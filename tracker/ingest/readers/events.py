"""events.csv: conflict events."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from tracker.ingest.readers.cells import (
    code,
    day,
    degrees,
    line_of_text,
    number,
    number_between,
    one_of,
    text,
    web_address,
)
from tracker.ingest.readers.records import Fault, Record, optional, read_records, required
from tracker.ingest.readers.reports import LONGEST_TEXT
from tracker.ingest.readers.rows import Rejected
from tracker.sentences import sentence as _
from tracker.vocabulary import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord(Record):
    event_id: str
    dataset: str
    date: datetime.date
    event_type: str
    date_end: datetime.date | None
    sub_event_type: str
    actor1: str
    actor2: str
    latitude: float | None
    longitude: float | None
    geo_precision: int | None
    region: str
    low: int | None
    best: int | None
    high: int | None
    """Fatalities; unknown is not zero."""
    source: str
    notes: str
    url: str


COLUMNS = (
    required("event_id", line_of_text(120)),
    required("dataset", code(60)),
    required("date", day),
    required("event_type", one_of(EventType.values)),
    optional("date_end", day),
    optional("sub_event_type", line_of_text(100), missing=""),
    optional("actor1", text(300), missing=""),
    optional("actor2", text(300), missing=""),
    optional("latitude", degrees(90)),
    optional("longitude", degrees(180)),
    optional("geo_precision", number_between(1, 6)),
    optional("region", code(40), missing=""),
    optional("low", number),
    optional("best", number),
    optional("high", number),
    optional("source", text(300), missing=""),
    optional("notes", text(LONGEST_TEXT), missing=""),
    optional("url", web_address(1000), missing=""),
)


def read(file: IO[bytes]) -> Iterator[EventRecord | Rejected]:
    """Each event of the file, or what is wrong with its row."""
    return read_records(file, COLUMNS, EventRecord, faults)


def faults(record: EventRecord) -> Iterator[Fault]:
    """What cannot be right in an event by itself."""
    if record.date_end is not None and record.date_end < record.date:
        yield "date_end", _("the event ends before it begins, on %(date)s", date=record.date)
    if (record.latitude is None) != (record.longitude is None):
        lacking = "latitude" if record.latitude is None else "longitude"
        yield lacking, _("a point needs both a latitude and a longitude")
    elif record.latitude is None and not record.region:
        yield "region", _("an event needs coordinates or the P-code of a region")
    yield from _fatality_faults(record)


def _fatality_faults(record: EventRecord) -> Iterator[Fault]:
    low, best, high = record.low, record.best, record.high
    if low is not None and best is not None and low > best:
        yield "low", _("low is above best, %(best)s", best=best)
    if best is not None and high is not None and high < best:
        yield "high", _("high is below best, %(best)s", best=best)
    if best is None and low is not None and high is not None and low > high:
        yield "low", _("low is above high, %(high)s", high=high)
