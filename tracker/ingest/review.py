"""What people decide about one report: propose, submit, approve, return, retract.

A report has two lanes of versions (models/reports.py): what stands, and beside it what is proposed.
Every step here writes a new version by the rules of `decisions.py` and, where figures may change, the due
builds, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tracker.errors import BadValue, OutOfDate
from tracker.ingest import decisions
from tracker.ingest.decisions import Act, Lanes, Undoing, Written, hands_of
from tracker.models import BulkOperation, Report, ReviewComment, Run
from tracker.models.columns import supersede_all
from tracker.sentences import as_written
from tracker.vocabulary import Status


@dataclass(frozen=True)
class Decision:
    """The version that a step wrote, and the runs that are due because of it."""

    report: Report
    runs: list[Run] = field(default_factory=list)


def propose(content: dict[str, Any], *, by: str, status: str = Status.DRAFT) -> Decision:
    """A report that was not there before, as draft or submitted; `content` has been checked."""
    source, ref = content["source"], content["ref"]
    with transaction.atomic():
        if _versions(source, ref).exists():
            raise BadValue("ref", ref, _("the source already has a report with this reference"))
        first = Report(**content, status=status, author=by, recorded_by=by, recorded_at=timezone.now())
        return _stored(Written(first), by=by)


def revise(report: Report, content: dict[str, Any], *, by: str, reason: str) -> Decision:
    """Other content for `report`, whose author is then `by`; see `decisions.revised`."""
    with transaction.atomic():
        return _stored(decisions.revised(report, content, _lanes(report), _act(by, reason)), by=by)


def submit(report: Report, *, by: str, reason: str = "") -> Decision:
    """The draft, handed in for review."""
    with transaction.atomic():
        return _stored(decisions.submitted(report, _lanes(report), _act(by, reason)), by=by)


def approve(report: Report, *, by: str, reason: str = "") -> Decision:
    """The submitted report, approved: figures are due, and what reviewers asked is settled.

    Nobody approves what they wrote, edited or submitted, in any version of the proposal.
    """
    with transaction.atomic():
        decision = _stored(decisions.approved(report, _lanes(report), _act(by, reason)), by=by)
        settle_comments([decision.report], at=decision.report.recorded_at, by=by)
        return decision


def reject(
    report: Report,
    *,
    by: str,
    reason: str = "",
    comments: Mapping[str, str] | None = None,
    settled: Iterable[int] = (),
) -> Decision:
    """The submitted report, returned to its author; what stands is left as it is.

    Why is said by a `reason`, by `comments` on fields, or both. `settled` are the primary keys of earlier
    comments with which the reviewer is content now.
    """
    said = {name: text.strip() for name, text in (comments or {}).items() if text.strip()}
    why = reason.strip() or "; ".join(f"{_label(name)}: {text}" for name, text in said.items())
    with transaction.atomic():
        decision = _stored(decisions.returned(report, _lanes(report), _act(by, why)), by=by)
        at = decision.report.recorded_at
        mine = ReviewComment.objects.on([(report.source, report.ref)])
        mine.filter(pk__in=list(settled)).settle(at=at, by=by)
        ReviewComment.objects.bulk_create(
            ReviewComment(report=report, field=name, text=text, author=by, recorded_at=at)
            for name, text in said.items()
        )
        return decision


def retract(report: Report, *, by: str, reason: str) -> Decision:
    """The approved report, taken out of the figures with a reason."""
    with transaction.atomic():
        return _stored(decisions.retracted(report, _lanes(report), _act(by, reason)), by=by)


def current(source: str, ref: str) -> Lanes:
    """The current versions of the report, as they are at this moment."""
    return Lanes.of(_versions(source, ref))


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
            own = by in _hands(report)
            return ["revise", "reject"] if own else ["revise", "approve", "reject"]
        case Status.REJECTED:
            return ["revise"]
        case Status.APPROVED:
            return ["retract"] if beside else ["revise", "retract"]
        case _:
            return [] if beside else ["revise"]


def request_builds(reports: Iterable[Report], *, by: str) -> list[Run]:
    """The due builds of the cubes that these reports lie in; the last of them was just recorded."""
    changed = list(reports)
    if not changed:
        return []
    cubes = [(report.country, report.measure, report.cause, report.crisis) for report in changed]
    since = max(report.recorded_at for report in changed)
    return Run.objects.request_builds(cubes, changed_since=since, by=by)


def store(writes: Sequence[Written]) -> datetime:
    """Store what steps write, all at one moment, which is returned; call it within a transaction.

    No version is recorded before one that it replaces.
    """
    ended = [version for write in writes for version in write.ended]
    new = [write.new for write in writes]
    at = max(version.recorded_at for version in (*new, *ended))
    for version in new:
        version.recorded_at = at
        if version.superseded_at is not None:
            version.superseded_at = at
    try:
        with transaction.atomic():
            supersede_all(Report, [version.pk for version in ended], at=at)
            Report.objects.bulk_create(new, batch_size=500)
    except IntegrityError as error:
        if "unique" not in str(error).lower():
            raise
        # Two people at one moment: the partial unique indexes let one of them through.
        raise OutOfDate(_("Somebody else has changed this at the same moment; try again.")) from error
    for version in ended:
        version.superseded_at = at
    return at


def settle_comments(reports: Iterable[Report], *, at: datetime, by: str) -> None:
    """A reviewer was content with these reports, and so with what was asked about them."""
    names = [(report.source, report.ref) for report in reports]
    for first in range(0, len(names), PAIRS):
        ReviewComment.objects.on(names[first : first + PAIRS]).settle(at=at, by=by)


def undoings_among(versions: Iterable[Report]) -> frozenset[Undoing]:
    """What was undone while these versions were recorded; what an undoing wrote has its moment and person."""
    moments = [version.recorded_at for version in versions]
    if not moments:
        return frozenset()
    undone = BulkOperation.objects.filter(undone_at__range=(min(moments), max(moments)))
    # Read in full, as a query has no place for the moments of thousands of versions.
    return frozenset((at, by) for at, by in undone.values_list("undone_at", "undone_by") if at is not None)


PAIRS = 400
"""Reports that one query names: SQLite takes 999 parameters, two for each."""


def _stored(write: Written, *, by: str) -> Decision:
    store([write])
    return Decision(write.new, request_builds(write.touched, by=by))


def _label(name: str) -> str:
    """What a field is called, as it is stored."""
    return as_written(Report._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column has one


def _act(by: str, reason: str) -> Act:
    return Act(by=by, at=timezone.now(), reason=reason)


def _versions(source: str, ref: str) -> QuerySet[Report]:
    return Report.objects.current().filter(source=source, ref=ref)


def _lanes(report: Report) -> Lanes:
    """The current versions of the report, held until the transaction ends."""
    held = _versions(report.source, report.ref).select_for_update().order_by("source", "ref", "pk")
    return Lanes.of(held, _hands(report))


def _hands(report: Report) -> frozenset[str]:
    proposed = Report.objects.proposed().filter(source=report.source, ref=report.ref)
    proposals = list(proposed.order_by("-recorded_at", "-pk"))
    return hands_of(proposals, undoings_among(proposals))
