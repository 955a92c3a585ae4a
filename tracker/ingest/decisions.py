"""What each step makes of a report: the rules of review. Pure: versions in, the version to be stored out.

Whoever stores (one report in `review.py`, many in `bulk_review.py`) holds the versions meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tracker.errors import BadValue, NotAllowed, OutOfDate
from tracker.models import Report
from tracker.vocabulary import PROPOSED, STANDING, Status

Undoing = tuple[datetime, str]
"""When an action on many reports was undone, and by whom."""


@dataclass(frozen=True)
class Lanes:
    """The current versions of one report: what stands, and what is proposed beside it."""

    standing: Report | None = None
    proposal: Report | None = None
    hands: frozenset[str] = frozenset()
    """Who wrote, edited or submitted the proposal."""

    @classmethod
    def of(cls, current: Iterable[Report], hands: frozenset[str] = frozenset()) -> Lanes:
        versions = list(current)
        return cls(
            standing=next((version for version in versions if version.status in STANDING), None),
            proposal=next((version for version in versions if version.status in PROPOSED), None),
            hands=hands,
        )

    @property
    def versions(self) -> list[Report]:
        return [version for version in (self.standing, self.proposal) if version is not None]


@dataclass(frozen=True)
class Written:
    """What a step stores: the version it writes, and those that end with it."""

    new: Report
    ended: tuple[Report, ...] = ()

    @property
    def touched(self) -> list[Report]:
        """The versions in whose cubes it may change figures.

        A proposed row of a round takes no part, but the round no longer found its region empty.
        """
        versions = [*self.ended, self.new]
        found = [version for version in versions if version.status in STANDING]
        if not (self.ended and all(self.new.same_content(version) for version in self.ended)):
            found += [version for version in versions if version.status in PROPOSED and version.round]
        return found


@dataclass(frozen=True)
class Act:
    """Who acts, when and why."""

    by: str
    at: datetime
    reason: str = ""

    @property
    def required_reason(self) -> str:
        if not self.reason.strip():
            raise BadValue("reason", self.reason, _("say why"))
        return self.reason.strip()


def revised(report: Report, content: dict[str, Any], lanes: Lanes, act: Act) -> Written:
    """Other content for the report, whose author is then who acts.

    A proposal gets a new version (a returned one is a draft again). What stands is left as it is: the new
    content is submitted beside it.
    """
    _is_current(report, lanes)
    proposal = lanes.proposal
    if proposal is not None and proposal.pk != report.pk:
        waits = _("A proposal by %(author)s already waits beside this report; change that one.")
        raise NotAllowed(waits % {"author": proposal.author})
    if proposal is None:
        status = Status.SUBMITTED
    else:
        status = Status.DRAFT if proposal.status == Status.REJECTED else Status(proposal.status)
    changes = {**content, "author": act.by, "approved_by": ""}
    new = _successor(report, lanes, act, act.required_reason, status=status, **changes)
    if new.same_content(report):
        raise NotAllowed(_("Nothing was changed."))
    return Written(new, _known(proposal))


def submitted(report: Report, lanes: Lanes, act: Act) -> Written:
    """The draft, handed in for review."""
    _is_current(report, lanes)
    if lanes.proposal is None or report.status != Status.DRAFT:
        raise NotAllowed(_("Only a draft can be submitted."))
    # What the draft changes it for is what the reviewer is to know.
    reason = act.reason.strip() or report.reason
    return Written(_successor(report, lanes, act, reason, status=Status.SUBMITTED), (report,))


def approved(report: Report, lanes: Lanes, act: Act) -> Written:
    """The submitted report, approved: it takes the place of what stood.

    Nobody approves what they wrote, edited or submitted.
    """
    _is_current(report, lanes)
    if lanes.proposal is None or report.status != Status.SUBMITTED:
        raise NotAllowed(_("Only a submitted report can be approved."))
    if not act.by or act.by in lanes.hands | {report.author}:
        raise NotAllowed(_("Nobody approves their own report: somebody else has to look at it."))
    reason = act.reason.strip() or report.reason
    if lanes.standing is not None and not reason:
        raise BadValue("reason", reason, _("say why"))
    new = _successor(report, lanes, act, reason, status=Status.APPROVED, approved_by=act.by)
    return Written(new, _known(lanes.standing, lanes.proposal))


def returned(report: Report, lanes: Lanes, act: Act) -> Written:
    """The submitted report, sent back to its author with a reason; what stands is left as it is."""
    _is_current(report, lanes)
    if lanes.proposal is None or report.status != Status.SUBMITTED:
        raise NotAllowed(_("Only a submitted report can be returned."))
    return Written(_successor(report, lanes, act, act.required_reason, status=Status.REJECTED), (report,))


def retracted(report: Report, lanes: Lanes, act: Act) -> Written:
    """The approved report, taken out of the figures with a reason."""
    _is_current(report, lanes)
    if lanes.standing is None or report.status != Status.APPROVED:
        raise NotAllowed(_("Only an approved report can be retracted."))
    return Written(_successor(report, lanes, act, act.required_reason, status=Status.RETRACTED), (report,))


def hands_of(proposals: Sequence[Report], undoings: Collection[Undoing] = ()) -> frozenset[str]:
    """Who wrote, edited or submitted the first of these proposed versions of one report, the latest first.

    The proposal goes back to where it began: to a decision that stands, or to the first version. Where a
    step was undone, the proposal came back as it was, and goes on at the version that came back.
    """
    found: set[str] = set()
    came_back: Report | None = None
    for place, version in enumerate(proposals):
        found.add(version.author)
        if (version.recorded_at, version.recorded_by) in undoings:
            # Who undoes a step records the version that was there before it: that is not handing it in.
            came_back = came_back or version
        else:
            if version.status in {Status.DRAFT, Status.SUBMITTED}:
                found.add(version.recorded_by)
            if came_back is not None and _is_same(version, came_back):
                came_back = None
        earlier = proposals[place + 1] if place + 1 < len(proposals) else None
        follows = earlier is not None and earlier.superseded_at == version.recorded_at
        if not follows and came_back is None:
            break
    return frozenset(found - {""})


def _is_same(version: Report, other: Report) -> bool:
    return version.author == other.author and version.same_content(other)


def _is_current(report: Report, lanes: Lanes) -> None:
    if report.pk not in {version.pk for version in lanes.versions}:
        raise OutOfDate(
            _("Somebody else has changed this report in the meantime; look at the version that stands now.")
        )


def _successor(report: Report, lanes: Lanes, act: Act, reason: str, **changes: Any) -> Report:
    version = max(version.version for version in lanes.versions) + 1
    return report.successor(
        recorded_at=act.at, recorded_by=act.by, reason=reason.strip(), version=version, **changes
    )


def _known(*versions: Report | None) -> tuple[Report, ...]:
    return tuple(version for version in versions if version is not None)
