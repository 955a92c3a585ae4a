"""Reports as delivered, into their table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tracker.ingest.delivery import Delivery, Tally, accepted, batches
from tracker.ingest.households import household_faults, people_of
from tracker.ingest.known import Known
from tracker.ingest.readers.records import Fault
from tracker.ingest.readers.reports import ReportRecord
from tracker.ingest.readers.rows import Rejected
from tracker.ingest.versions import differs
from tracker.models import Report
from tracker.models.versions import store_versions
from tracker.vocabulary import PROPOSED, STANDING, Status, Unit

BATCH = 2_000
SAME_NAME = (
    "region", "measure", "cause", "crisis", "start", "end", "published", "unit", "household_size", "round",
)  # fmt: skip
"""What a record and a report call by one name, and no file leaves standing by not having the column."""
KEPT = ("counterpart", "role", "qualifier", "title", "url", "excerpt", "notes", "sensitivity")
"""What is said about the numbers: a file without the column leaves it as it stands."""


@dataclass
class Lanes:
    """The current versions of one report: what was decided, and what is proposed beside it."""

    standing: Report | None = None
    proposal: Report | None = None

    @property
    def latest(self) -> Report | None:
        return self.standing or self.proposal

    def has(self, content: dict[str, Any], *, approved: bool) -> bool:
        """Whether this is said already: approved, or else decided or proposed."""
        if approved:
            standing = self.standing
            return (
                standing is not None and standing.status == Status.APPROVED and not differs(standing, content)
            )
        return any(one is not None and not differs(one, content) for one in (self.standing, self.proposal))


def load(records: Iterable[ReportRecord | Rejected], delivery: Delivery, tally: Tally) -> None:
    """Store what is new or different: as approved where the delivery approves, else as proposals.

    Only approved content touches cubes.
    """
    known = Known()
    good = accepted(records, ("source", "ref"), lambda record: report_faults(record, known), tally)
    for batch in batches(good, BATCH):
        _store(batch, known, delivery, tally)


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


def _store(records: list[ReportRecord], known: Known, delivery: Delivery, tally: Tally) -> None:
    current = _current(records)
    pairs = []
    closed = []
    for record in records:
        lanes = current.get((record.source, record.ref), Lanes())
        content = _stated(record, lanes.latest)
        if lanes.has(content, approved=delivery.approve):
            tally.unchanged += 1
            continue
        if lanes.latest is None:
            tally.new += 1
        else:
            tally.changed += 1
        new = _version(record, content, lanes, known, delivery)
        pairs.append((lanes.standing if delivery.approve else lanes.proposal, new))
        touched = [new, lanes.proposal, *([lanes.standing] if delivery.approve else [])]
        # A proposal takes no part, but the closed round that it is a row of did not find its region empty.
        tally.cubes |= {_cube(one) for one in touched if one is not None and (delivery.approve or one.round)}
        if delivery.approve and lanes.proposal is not None:
            lanes.proposal.superseded_at = new.recorded_at
            closed.append(lanes.proposal)
    Report.objects.bulk_update(closed, ["superseded_at"], batch_size=1000)
    store_versions(pairs)


def _current(records: list[ReportRecord]) -> dict[tuple[str, str], Lanes]:
    refs: dict[str, list[str]] = {}
    for record in records:
        refs.setdefault(record.source, []).append(record.ref)
    found: dict[tuple[str, str], Lanes] = {}
    for source, wanted in refs.items():
        for batch in batches(wanted, 900):  # SQLite takes 999 parameters
            for report in Report.objects.current().filter(source=source, ref__in=batch).order_by():
                lanes = found.setdefault((report.source, report.ref), Lanes())
                if report.status in STANDING:
                    lanes.standing = report
                elif report.status in PROPOSED:
                    lanes.proposal = report
    return found


def _stated(record: ReportRecord, old: Report | None) -> dict[str, Any]:
    content = {name: getattr(record, name) for name in SAME_NAME}
    for name in KEPT:
        content[name] = getattr(record if old is None or name in record.given else old, name)
    for name in ("value", "low", "high"):
        content[f"stated_{name}"] = getattr(record, name)
    return content


def _version(
    record: ReportRecord, content: dict[str, Any], lanes: Lanes, known: Known, delivery: Delivery
) -> Report:
    before = [one for one in (lanes.standing, lanes.proposal) if one is not None]
    recorded_at = delivery.moment(record.published)
    old = lanes.latest
    # A breakdown is of the number that it was given for.
    breakdown = old.breakdown if old is not None and old.stated_value == record.value else None
    replaced = before if delivery.approve else [one for one in before if one is lanes.proposal]
    return Report(
        source=record.source,
        ref=record.ref,
        country=known.regions[record.region].country,
        **content,
        **people_of(record, known),
        breakdown=breakdown,
        status=Status.APPROVED if delivery.approve else Status.SUBMITTED,
        author=delivery.author,
        approved_by=delivery.recorded_by if delivery.approve else "",
        version=max((one.version for one in before), default=0) + 1,
        recorded_at=max([recorded_at, *(one.recorded_at for one in replaced)]),
        recorded_by=delivery.recorded_by,
        reason=delivery.reason if before else "",
    )


def _cube(report: Report) -> tuple[str, str, str, str]:
    return report.country, report.measure, report.cause, report.crisis
