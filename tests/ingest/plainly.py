"""Files of reports as one would store them by hand, record by record; `bulk.load` must come to the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any

from tracker.ingest.delivery import Delivery, Tally, accepted
from tracker.ingest.households import people_of
from tracker.ingest.known import Known
from tracker.ingest.readers.reports import ReportRecord, read
from tracker.ingest.reports import KEPT, SAME_NAME, STATED, report_faults
from tracker.models import Report
from tracker.models.versions import store_versions
from tracker.vocabulary import PROPOSED, STANDING, Status


@dataclass
class Lanes:
    """The current versions of one report: what was decided, and what is proposed beside it."""

    standing: Report | None = None
    proposal: Report | None = None

    @property
    def latest(self) -> Report | None:
        return self.standing or self.proposal

    def have(self, content: dict[str, Any], *, approved: bool) -> bool:
        """Whether this is said already: approved, or else decided or proposed."""
        if approved:
            return says(self.standing, content | {"status": Status.APPROVED})
        return says(self.standing, content) or says(self.proposal, content)


def load_plainly(file: IO[bytes], delivery: Delivery, tally: Tally) -> None:
    known = Known()
    good = accepted(read(file), ("source", "ref"), lambda record: report_faults(record, known), tally)
    for record in list(good):
        store(record, known, delivery, tally)


def store(record: ReportRecord, known: Known, delivery: Delivery, tally: Tally) -> None:
    current = Report.objects.current().filter(source=record.source, ref=record.ref)
    lanes = Lanes(current.filter(status__in=STANDING).first(), current.filter(status__in=PROPOSED).first())
    content = stated(record, lanes.latest)
    if lanes.have(content, approved=delivery.approve):
        tally.unchanged += 1
        return
    tally.new += lanes.latest is None
    tally.changed += lanes.latest is not None
    new = version(record, content, lanes, known, delivery)
    replaced = [lanes.standing, lanes.proposal] if delivery.approve else [lanes.proposal]
    touched = [one for one in (new, *replaced) if one is not None and (delivery.approve or one.round)]
    cubes = {(one.country, one.measure, one.cause, one.crisis) for one in touched}
    tally.touch(cubes, since=new.recorded_at)
    if delivery.approve and lanes.proposal is not None:
        Report.objects.filter(pk=lanes.proposal.pk).update(superseded_at=new.recorded_at)
    store_versions([(lanes.standing if delivery.approve else lanes.proposal, new)])


def says(report: Report | None, content: dict[str, Any]) -> bool:
    return report is not None and all(getattr(report, name) == value for name, value in content.items())


def stated(record: ReportRecord, old: Report | None) -> dict[str, Any]:
    content = {name: getattr(record, name) for name in SAME_NAME}
    for name in KEPT:
        content[name] = getattr(record if old is None or name in record.given else old, name)
    return content | {name: getattr(record, column) for name, column in STATED.items()}


def version(
    record: ReportRecord, content: dict[str, Any], lanes: Lanes, known: Known, delivery: Delivery
) -> Report:
    before = [one for one in (lanes.standing, lanes.proposal) if one is not None]
    replaced = before if delivery.approve else [one for one in before if one is lanes.proposal]
    old = lanes.latest
    return Report(
        source=record.source,
        ref=record.ref,
        country=known.regions[record.region].country,
        **content,
        **people_of(record, known),
        # A breakdown is of the number that it was given for.
        breakdown=old.breakdown if old is not None and old.stated_value == record.value else None,
        status=Status.APPROVED if delivery.approve else Status.SUBMITTED,
        author=delivery.author,
        approved_by=delivery.recorded_by if delivery.approve else "",
        version=max((one.version for one in before), default=0) + 1,
        recorded_at=max([delivery.moment(record.published), *(one.recorded_at for one in replaced)]),
        recorded_by=delivery.recorded_by,
        reason=delivery.reason if before else "",
    )
