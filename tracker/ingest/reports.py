"""Reports beside what is known, and what a delivered one says of a stored one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracker.ingest.households import household_faults, people_of
from tracker.ingest.known import Known
from tracker.ingest.readers.records import Fault
from tracker.ingest.readers.reports import ReportRecord
from tracker.vocabulary import Unit

SAME_NAME = (
    "region", "measure", "cause", "crisis", "start", "end", "published", "unit", "household_size", "round",
)  # fmt: skip
"""What a record and a report call by one name, and no file leaves standing by not having the column."""
KEPT = ("counterpart", "role", "qualifier", "title", "url", "excerpt", "notes", "sensitivity")
"""What is said about the numbers: a file without the column leaves it as it stands."""
STATED = {"stated_value": "value", "stated_low": "low", "stated_high": "high"}
"""By the report's name, what a record calls the numbers as they were stated."""
PEOPLE = ("low", "value", "high", "household_size_used")
"""What households become."""


def report_faults(record: ReportRecord, known: Known) -> Iterator[Fault]:
    """What is wrong with the report beside what is known: codes, its round, the size of its households."""
    if record.source not in known.sources:
        yield "source", f"no source has the code {record.source}"
    if record.crisis and record.crisis not in known.crises:
        yield "crisis", f"no crisis has the code {record.crisis}"
    if record.counterpart and record.counterpart not in known.regions:
        yield "counterpart", f"no region has the P-code {record.counterpart}"
    if record.region not in known.regions:
        yield "region", f"no region has the P-code {record.region}"
        return
    if record.round:
        yield from _round_faults(record, known)
    if record.unit == Unit.HOUSEHOLDS:
        yield from household_faults(record, known)


def _round_faults(record: ReportRecord, known: Known) -> Iterator[Fault]:
    found = known.rounds.get((record.source, record.round))
    if found is None:
        owners = known.sources_of_rounds.get(record.round)
        if owners:
            reason = f"round {record.round} is a round of {' and '.join(owners)}, not of {record.source}"
        else:
            reason = f"{record.source} has no round with the code {record.round}"
        yield "round", reason
        return
    if record.start != found.date:
        yield "start", f"round {record.round} is of {found.date}, and so are all its rows"
    if not known.lies_within(record.region, found.region):
        yield "region", f"{record.region} lies outside {found.region}, which round {record.round} covers"


def said_by(record: ReportRecord, known: Known) -> dict[str, Any]:
    """Identity and content of a report as the record has them.

    `PEOPLE` are None where the numbers stated count people.
    """
    people = people_of(record, known) if record.unit == Unit.HOUSEHOLDS else dict.fromkeys(PEOPLE)
    return {
        "source": record.source,
        "ref": record.ref,
        "country": known.regions[record.region].country,
        **{name: getattr(record, name) for name in (*SAME_NAME, *KEPT)},
        **{name: getattr(record, stated) for name, stated in STATED.items()},
        **people,
    }
