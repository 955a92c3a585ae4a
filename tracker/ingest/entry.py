"""What a person enters, checked as a row of a file is: by the same reader and the same checks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, TypeVar

from tracker.errors import BadValue, TrackerError
from tracker.ingest import crises, reports, rounds, sources
from tracker.ingest.households import people_of
from tracker.ingest.known import Known
from tracker.ingest.readers import crises as crises_reader
from tracker.ingest.readers import reports as reports_reader
from tracker.ingest.readers import rounds as rounds_reader
from tracker.ingest.readers import sources as sources_reader
from tracker.ingest.readers.records import Fault, Record
from tracker.ingest.readers.rows import Rejected
from tracker.ingest.readers.spreadsheets import inert
from tracker.sentences import all_of

R = TypeVar("R", bound=Record)
Entered = Mapping[str, Any]
"""Values under the column names of the native file; None and "" are an empty cell."""


@dataclass
class Refused(TrackerError):
    """What was entered cannot be stored; each fault names its column."""

    faults: list[BadValue]

    def __str__(self) -> str:
        return all_of(map(str, self.faults))


def report_content(entered: Entered) -> dict[str, Any]:
    """Identity and content of a report: the columns of `reports.csv`, and `breakdown`.

    Raises
    ------
    Refused : with all that is wrong
    """
    known = Known()
    given = {name: value for name, value in entered.items() if name != "breakdown"}
    record = _record(reports_reader.read, given, lambda read: reports.report_faults(read, known))
    return {
        "source": record.source,
        "ref": record.ref,
        "country": known.regions[record.region].country,
        **_stated(record, (*reports.SAME_NAME, *reports.KEPT)),
        "stated_value": record.value,
        "stated_low": record.low,
        "stated_high": record.high,
        **people_of(record, known),
        "breakdown": entered.get("breakdown"),
    }


def source_content(entered: Entered) -> dict[str, Any]:
    """Identity and content of a source: the columns of `sources.csv`. Raises Refused."""
    record = _record(sources_reader.read, entered, lambda read: ())
    return {"code": record.code, **_stated(record, sources.STATED)}


def crisis_content(entered: Entered) -> dict[str, Any]:
    """Identity and content of a crisis: the columns of `crises.csv`. Raises Refused."""
    known = Known()
    record = _record(crises_reader.read, entered, lambda read: crises.crisis_faults(read, known))
    return {"code": record.code, **_stated(record, crises.STATED)}


def round_content(entered: Entered) -> dict[str, Any]:
    """Identity and content of a round: the columns of `rounds.csv`. Raises Refused."""
    known = Known()
    record = _record(rounds_reader.read, entered, lambda read: rounds.round_faults(read, known))
    country = known.regions[record.region].country
    return {
        "source": record.source,
        "code": record.code,
        "country": country,
        **_stated(record, rounds.STATED),
    }


def _record(
    read: Callable[[IO[bytes]], Iterator[R | Rejected]],
    entered: Entered,
    faults: Callable[[R], Iterable[Fault]],
) -> R:
    """The one record that a file with this row would give."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([list(entered), [_cell(value) for value in entered.values()]])
    found = list(read(io.BytesIO(text.getvalue().encode("utf-8", "surrogateescape"))))
    rejected = [BadValue(one.column, one.value, one.reason) for one in found if isinstance(one, Rejected)]
    if rejected:
        raise Refused(rejected)
    record = next(one for one in found if not isinstance(one, Rejected))
    wrong = [BadValue(column, str(getattr(record, column)), reason) for column, reason in faults(record)]
    if wrong:
        raise Refused(wrong)
    return record


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return inert(value) if isinstance(value, str) else str(value)


def _stated(record: Record, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}
