"""Reports beside what is known, and what a delivered one says of a stored one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

from tracker.ingest.households import household_faults, people_of
from tracker.ingest.known import Known
from tracker.ingest.readers.records import Fault
from tracker.ingest.readers.reports import ReportRecord
from tracker.sentences import sentence as _
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
        yield "source", _("no source has the code %(code)s", code=record.source)
    if record.crisis and record.crisis not in known.crises:
        yield "crisis", _("no crisis has the code %(code)s", code=record.crisis)
    if record.counterpart and record.counterpart not in known.regions:
        yield "counterpart", _("no region has the P-code %(pcode)s", pcode=record.counterpart)
    if record.region not in known.regions:
        yield "region", _("no region has the P-code %(pcode)s", pcode=record.region)
        return
    if record.round:
        yield from _round_faults(record, known)
    if record.unit == Unit.HOUSEHOLDS:
        yield from household_faults(record, known)


def _round_faults(record: ReportRecord, known: Known) -> Iterator[Fault]:
    found = known.rounds.get((record.source, record.round))
    if found is None:
        yield "round", _no_such_round(record, known.sources_of_rounds.get(record.round, []))
        return
    if record.start != found.date:
        of_day = _(
            "round %(round)s is of %(day)s, and so are all its rows", round=record.round, day=found.date
        )
        yield "start", of_day
    if not known.lies_within(record.region, found.region):
        outside = _(
            "%(pcode)s lies outside %(area)s, which round %(round)s covers",
            pcode=record.region,
            area=found.region,
            round=record.round,
        )
        yield "region", outside


def _no_such_round(record: ReportRecord, owners: Sequence[str]) -> str:
    if not owners:
        return _("%(source)s has no round with the code %(round)s", source=record.source, round=record.round)
    return _(
        "round %(round)s is a round of %(owners)s, not of %(source)s",
        round=record.round,
        owners=reduce(lambda first, next: _("%(first)s and %(next)s", first=first, next=next), owners),
        source=record.source,
    )


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
