"""Households as people."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tracker.ingest.known import Known
from tracker.ingest.readers.records import Fault
from tracker.ingest.readers.reports import ReportRecord
from tracker.sentences import sentence as _
from tracker.vocabulary import MOST_PEOPLE, Unit


def people_in(households: int | None, household_size: Decimal | None) -> int | None:
    """People in `households`, half up; None when either number is unknown."""
    if households is None or household_size is None:
        return None
    return int((households * household_size).to_integral_value(ROUND_HALF_UP))


def household_faults(record: ReportRecord, known: Known) -> Iterator[Fault]:
    """Why a report in households cannot be turned into people, if it cannot."""
    size = record.household_size or known.household_size(record.region)
    if size is None:
        yield (
            "household_size",
            _(
                "the report counts households, and no household size is known: "
                "not its own, not that of %(pcode)s or a region above",
                pcode=record.region,
            ),
        )
        return
    for column in ("low", "value", "high"):
        people = people_in(getattr(record, column), size)
        if people is not None and people > MOST_PEOPLE:
            yield (
                column,
                _(
                    "with %(size)s people in a household these are %(people)s people, above %(most)s",
                    size=size,
                    people=people,
                    most=MOST_PEOPLE,
                ),
            )


def people_of(record: ReportRecord, known: Known) -> dict[str, Any]:
    """Low, value and high in people, and the household size by which households became people."""
    size = None
    value: int | None = record.value
    low, high = record.low, record.high
    if record.unit == Unit.HOUSEHOLDS:
        size = record.household_size or known.household_size(record.region)
        value, low, high = [people_in(number, size) for number in (record.value, record.low, record.high)]
    return {
        "value": value,
        "low": value if low is None else low,
        "high": value if high is None else high,
        "household_size_used": size,
    }
