"""What people decide about reports: propose, submit, approve, reject, retract.

A report has two lanes of versions (models/reports.py): what stands, and beside it what is proposed.
Every step here writes a new version and, where figures may change, the due builds, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from tracker.errors import BadValue, NotAllowed, OutOfDate
from tracker.models import Report, Run
from tracker.models.versions import supersede
from tracker.vocabulary import PROPOSED, STANDING, Status


@dataclass(frozen=True)
class Decision:
    """The version that a step wrote, and the runs that are due because of it."""

    report: Report
    runs: list[Run] = field(default_factory=list)


def propose(content: dict[str, Any], *, by: str, status: str = Status.DRAFT) -> Decision:
    """A report that was not there before, as draft or submitted; `content` has been checked."""
    source, ref = content["source"], content["ref"]
    with transaction.atomic():
        if _current(source, ref).exists():
            raise BadValue("ref", ref, "the source already has a report with this reference")
        first = Report(**content, status=status, author=by, recorded_by=by, recorded_at=timezone.now())
        return Decision(_store(None, first), _builds_of_rounds([first], by=by))


def revise(report: Report, content: dict[str, Any], *, by: str, reason: str) -> Decision:
    """Other content for `report`, whose author is then `by`.

    A proposal gets a new version (a rejected one is a draft again). What stands is left as it is: the
    new content is submitted beside it.
    """
    with transaction.atomic():
        standing, proposal = _lanes(report)
        if proposal is not None and proposal.pk != report.pk:
            raise NotAllowed(
                f"A proposal by {proposal.author} already waits beside this report; change that one."
            )
        if proposal is None:
            status = Status.SUBMITTED
        else:
            status = Status.DRAFT if proposal.status == Status.REJECTED else Status(proposal.status)
        new = _successor(report, _required(reason), by, status=status, author=by, approved_by="", **content)
        if new.same_content(report):
            raise NotAllowed("Nothing was changed.")
        new.version = max(version.version for version in (standing, proposal) if version is not None) + 1
        return Decision(_store(proposal, new), _builds_of_rounds([proposal, new], by=by))


def submit(report: Report, *, by: str, reason: str = "") -> Decision:
    """The draft, handed in for review."""
    with transaction.atomic():
        _, proposal = _lanes(report)
        if proposal is None or report.status != Status.DRAFT:
            raise NotAllowed("Only a draft can be submitted.")
        return Decision(_store(proposal, _successor(report, reason, by, status=Status.SUBMITTED)))


def approve(report: Report, *, by: str, reason: str = "") -> Decision:
    """The submitted report, approved: it takes the place of what stood, and figures are due.

    Nobody approves what they wrote, in any version of the proposal.
    """
    with transaction.atomic():
        standing, proposal = _lanes(report)
        if proposal is None or report.status != Status.SUBMITTED:
            raise NotAllowed("Only a submitted report can be approved.")
        if not by or by in _authors(report):
            raise NotAllowed("Nobody approves their own report: somebody else has to look at it.")
        new = _successor(report, reason.strip() or report.reason, by, status=Status.APPROVED, approved_by=by)
        if standing is not None:
            _required(new.reason)
            new.recorded_at = max(new.recorded_at, standing.recorded_at)
            _current(report.source, report.ref).filter(pk=standing.pk).update(superseded_at=new.recorded_at)
        return Decision(_store(proposal, new), request_builds([standing, new], by=by))


def reject(report: Report, *, by: str, reason: str) -> Decision:
    """The submitted report, sent back with a reason; what stands is left as it is."""
    with transaction.atomic():
        _, proposal = _lanes(report)
        if proposal is None or report.status != Status.SUBMITTED:
            raise NotAllowed("Only a submitted report can be rejected.")
        return Decision(_store(proposal, _successor(report, _required(reason), by, status=Status.REJECTED)))


def retract(report: Report, *, by: str, reason: str) -> Decision:
    """The approved report, taken out of the figures with a reason."""
    with transaction.atomic():
        standing, _ = _lanes(report)
        if standing is None or report.status != Status.APPROVED:
            raise NotAllowed("Only an approved report can be retracted.")
        new = _successor(report, _required(reason), by, status=Status.RETRACTED)
        return Decision(_store(standing, new), request_builds([new], by=by))


def steps(report: Report, *, by: str, beside: Report | None) -> list[str]:
    """The steps that are open to `by` on this version; `beside` is the other current version, if any.

    What it leaves out the functions above refuse.
    """
    if report.superseded_at is not None:
        return []
    match report.status:
        case Status.DRAFT:
            return ["revise", "submit"]
        case Status.SUBMITTED:
            own = by in _authors(report)
            return ["revise", "reject"] if own else ["revise", "approve", "reject"]
        case Status.REJECTED:
            return ["revise"]
        case Status.APPROVED:
            return ["retract"] if beside else ["revise", "retract"]
        case _:
            return [] if beside else ["revise"]


def request_builds(reports: Iterable[Report | None], *, by: str) -> list[Run]:
    """The due builds of the cubes that these reports lie in; the last of them was just recorded."""
    changed = [report for report in reports if report is not None]
    if not changed:
        return []
    cubes = [(report.country, report.measure, report.cause, report.crisis) for report in changed]
    since = max(report.recorded_at for report in changed)
    return Run.objects.request_builds(cubes, changed_since=since, by=by)


def _builds_of_rounds(proposals: Iterable[Report | None], *, by: str) -> list[Run]:
    """A proposed row of a round takes no part, but the round no longer found its region empty."""
    return request_builds([report for report in proposals if report is not None and report.round], by=by)


def _current(source: str, ref: str) -> QuerySet[Report]:
    return Report.objects.current().filter(source=source, ref=ref)


def _lanes(report: Report) -> tuple[Report | None, Report | None]:
    """The version that stands and the one that is proposed, held until the transaction ends."""
    current = list(_current(report.source, report.ref).select_for_update().order_by("pk"))
    if report.pk not in {version.pk for version in current}:
        raise OutOfDate(
            "Somebody else has changed this report in the meantime; look at the version that stands now."
        )
    standing = next((version for version in current if version.status in STANDING), None)
    proposal = next((version for version in current if version.status in PROPOSED), None)
    return standing, proposal


def _authors(report: Report) -> set[str]:
    """Who wrote any version of this proposal, back to where it began."""
    authors = set()
    later = None
    earlier = Report.objects.proposed().filter(source=report.source, ref=report.ref)
    for recorded_at, superseded_at, author in earlier.order_by("-recorded_at", "-pk").values_list(
        "recorded_at", "superseded_at", "author"
    ):
        if later is not None and superseded_at != later:
            break  # It ended in a decision; what follows here is another proposal.
        authors.add(author)
        later = recorded_at
    return (authors | {report.author}) - {""}


def _successor(report: Report, reason: str, by: str, **changes: Any) -> Report:
    return report.successor(recorded_at=timezone.now(), recorded_by=by, reason=reason.strip(), **changes)


def _store(old: Report | None, new: Report) -> Report:
    try:
        with transaction.atomic():
            return supersede(old, new)
    except IntegrityError as error:
        if "unique" not in str(error).lower():
            raise
        # Two people at one moment: the partial unique indexes let one of them through.
        raise OutOfDate("Somebody else has changed this report at the same moment; try again.") from error


def _required(reason: str) -> str:
    if not reason.strip():
        raise BadValue("reason", reason, "say why")
    return reason.strip()
