"""One action on many reports: planned for the person to see, and done in one transaction.

The rules are those of a single report (`decisions.py`); what is read and written for all of them is read and
written at once. Reports are held in the order of source and reference, by whoever holds them, so two that
work on the same ones wait for each other and never in a circle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleIn
from django.utils import timezone
from django.utils.translation import gettext as _

from tracker.errors import BadValue, NotAllowed, OutOfDate, TrackerError
from tracker.ingest import decisions, review
from tracker.ingest.decisions import Act, Lanes, Written, hands_of
from tracker.models import BulkAction, BulkOperation, Crisis, Report, Run
from tracker.models.reports import ReportQuerySet
from tracker.vocabulary import PROPOSED, Role, Status

MOST_AT_ONCE = 10_000
"""Reports in one action."""

Name = tuple[str, str]
"""Source and reference: one report."""


@dataclass(frozen=True)
class Order:
    """What is to be done to many reports, by whom and why; `value` is the role or the crisis to be set.

    `countries` are those in which the person may do it; None: everywhere.
    """

    action: str
    by: str
    reason: str = ""
    value: str = ""
    countries: frozenset[str] | None = None


@dataclass(frozen=True)
class Planned:
    """What an action does to one report."""

    report: Report
    """The version that was chosen."""
    written: Written
    gone: tuple[Report, ...]
    """The current versions that no longer stand once this is done and, where it has to be, approved."""


@dataclass(frozen=True)
class Refused:
    """A report that an action leaves out, and why."""

    report: Report
    why: str


@dataclass(frozen=True)
class Plan:
    eligible: list[Planned]
    refused: list[Refused]


@dataclass(frozen=True)
class Done:
    """What was recorded, and the builds that are due."""

    operation: BulkOperation
    runs: list[Run] = field(default_factory=list)


def plan(reports: Sequence[Report], order: Order) -> Plan:
    """What the order would do to these versions, as things stand. Nothing is written and nobody waits."""
    _check(order)
    return _planned(reports, order, hold=False)


def carry_out(reports: Sequence[Report], order: Order) -> Done:
    """Do it to all of these versions, or to none.

    Raises
    ------
    OutOfDate : some of them are no longer what they were when the plan was seen; nothing was written
    """
    _check(order)
    with transaction.atomic():
        planned = _planned(reports, order, hold=True)
        if planned.refused:
            raise OutOfDate(_not_as_planned(planned.refused))
        if not planned.eligible:
            raise NotAllowed(_("There is nothing to do: no report was chosen."))
        writes = [one.written for one in planned.eligible]
        at = review.store(writes)
        if order.action == BulkAction.APPROVE:
            review.settle_comments([write.new for write in writes], at=at, by=order.by)
        operation = BulkOperation.objects.create(
            action=order.action,
            value=order.value,
            reason=order.reason.strip(),
            by=order.by,
            at=at,
            reports=len(writes),
            versions=[
                {"ended": [version.pk for version in write.ended], "written": write.new.pk}
                for write in writes
            ],
        )
        return Done(operation, builds_of(writes, by=order.by))


def _check(order: Order) -> None:
    if order.action not in BulkAction.values:
        raise BadValue("action", order.action, _("no such action"))
    if order.action == BulkAction.ROLE and order.value not in Role.values:
        raise BadValue("value", order.value, _("no such role"))
    crises = Crisis.objects.current().filter(code=order.value)
    if order.action == BulkAction.CRISIS and order.value and not crises.exists():
        raise BadValue("value", order.value, _("no crisis has this code"))


def _planned(reports: Sequence[Report], order: Order, *, hold: bool) -> Plan:
    names = sorted({(report.source, report.ref) for report in reports})
    lanes = lanes_of(names, hold=hold)
    # The clock is read only now: whoever was waited for has recorded before it.
    act = Act(by=order.by, at=timezone.now(), reason=order.reason)
    found = Plan([], [])
    seen: set[Name] = set()
    for report in sorted(reports, key=lambda report: (report.source, report.ref, -report.pk)):
        name = (report.source, report.ref)
        try:
            written = _decided(report, lanes.get(name, Lanes()), order, act)
            _check_reach(written, order)
        except TrackerError as error:
            found.refused.append(Refused(report, error.reason if isinstance(error, BadValue) else str(error)))
            continue
        if name in seen:
            found.refused.append(Refused(report, _("Another version of it was chosen too.")))
            continue
        seen.add(name)
        stays = order.action in {BulkAction.RETURN, BulkAction.RETRACT}
        gone = written.ended if stays else tuple(lanes[name].versions)
        found.eligible.append(Planned(report, written, gone))
    return found


def _decided(report: Report, lanes: Lanes, order: Order, act: Act) -> Written:
    match order.action:
        case BulkAction.APPROVE:
            return decisions.approved(report, lanes, act)
        case BulkAction.RETURN:
            return decisions.returned(report, lanes, act)
        case BulkAction.RETRACT:
            return decisions.retracted(report, lanes, act)
        case _:
            if report.status == Status.RETRACTED:
                raise NotAllowed(_("It is retracted."))
            column = "role" if order.action == BulkAction.ROLE else "crisis"
            if getattr(report, column) == order.value:
                raise NotAllowed(_("It is so already."))
            content = {name: getattr(report, name) for name in Report.CONTENT} | {column: order.value}
            return decisions.revised(report, content, lanes, act)


def _check_reach(written: Written, order: Order) -> None:
    """A proposal may move a report: what it replaces elsewhere is not taken from the figures there."""
    places = {version.country for version in (written.new, *written.ended)} - {""}
    if order.countries is not None and not places <= order.countries:
        raise NotAllowed(_("It stands in another country, where you may not do this."))


def lanes_of(names: Sequence[Name], *, hold: bool) -> dict[Name, Lanes]:
    """The current versions of these reports, held until the transaction ends if so wanted."""
    current: dict[Name, list[Report]] = defaultdict(list)
    for version in _named(Report.objects.current(), names, hold=hold):
        current[version.source, version.ref].append(version)
    proposals: dict[Name, list[Report]] = defaultdict(list)
    waiting = [name for name, versions in current.items() if any(v.status in PROPOSED for v in versions)]
    for version in _named(Report.objects.proposed(), waiting, hold=False):
        proposals[version.source, version.ref].append(version)
    undoings = review.undoings_among(version for versions in proposals.values() for version in versions)
    return {
        name: Lanes.of(versions, hands_of(sorted(proposals[name], key=_recorded, reverse=True), undoings))
        for name, versions in current.items()
    }


def _recorded(version: Report) -> tuple[datetime, int]:
    return version.recorded_at, version.pk


def _named(versions: ReportQuerySet, names: Sequence[Name], *, hold: bool) -> Iterator[Report]:
    """Those of the versions that are of these reports; held in the order of their names if so wanted."""
    if hold:
        versions = versions.select_for_update()
    for first in range(0, len(names), review.PAIRS):
        some = TupleIn(Tuple(F("source"), F("ref")), names[first : first + review.PAIRS])
        yield from versions.filter(some).order_by("source", "ref", "pk")


def _not_as_planned(refused: Sequence[Refused]) -> str:
    named = "; ".join(f"{one.report}: {one.why}" for one in refused[:5])
    said = _("Nothing was done, since %(count)s reports are no longer as you saw them: %(reports)s")
    return said % {"count": len(refused), "reports": named}


def builds_of(writes: Iterable[Written], *, by: str) -> list[Run]:
    return review.request_builds([version for write in writes for version in write.touched], by=by)
