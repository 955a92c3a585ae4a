"""An action on many reports, undone in one transaction: what stood before it comes back as new versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tracker.errors import NotAllowed
from tracker.ingest import review
from tracker.ingest.bulk_review import builds_of, lanes_of
from tracker.ingest.decisions import Act, Lanes, Written
from tracker.models import BulkAction, BulkOperation, Report, ReviewComment, Run
from tracker.models.columns import in_batches
from tracker.vocabulary import STANDING, Status


@dataclass(frozen=True)
class Undone:
    """The versions that were written by the operation: which gave way again, and which somebody had changed
    meanwhile and were left as they are; and the builds due."""

    restored: list[Report]
    changed: list[Report]
    runs: list[Run] = field(default_factory=list)


def undo(operation: BulkOperation, *, by: str, leave_changed: bool = False) -> Undone:
    """Put back what stood before the operation, as new versions.

    With `leave_changed` those that somebody has changed since are left as they are; else nothing is written
    while there are any, and none is `restored`.
    """
    with transaction.atomic():
        held = BulkOperation.objects.select_for_update().get(pk=operation.pk)
        if held.undone_at is not None:
            raise NotAllowed(_("This was undone already."))
        if held.by != by:
            raise NotAllowed(_("Only who did it undoes it."))
        writes, changed = _restorations(held, by=by)
        if changed and not (leave_changed and writes):
            return Undone([], changed)
        at = review.store(writes)
        _reopen_comments(held, [write.new for write in writes])
        held.undone_at, held.undone_by = at, by
        held.save(update_fields=["undone_at", "undone_by"])
        restored = [version for write in writes for version in write.ended]
        return Undone(restored, changed, builds_of(writes, by=by))


def _restorations(operation: BulkOperation, *, by: str) -> tuple[list[Written], list[Report]]:
    """What puts back the versions before the operation, and the written versions that are no longer current.

    Several new versions for one report come as several `Written`, of which the first ends what the
    operation wrote.
    """
    pairs = operation.pairs
    versions = _versions({pk for ended, written in pairs for pk in (*ended, written)})
    names = sorted({(version.source, version.ref) for version in versions.values()})
    lanes = lanes_of(names, hold=True)
    said = _("Undone: %(action)s of %(count)s reports.")
    reason = said % {"action": operation.get_action_display(), "count": operation.reports}
    act = Act(by=by, at=timezone.now(), reason=reason)
    writes: list[Written] = []
    changed = []
    for ended, pk in pairs:
        written = versions[pk]
        before = [versions[old] for old in ended]
        now = lanes.get((written.source, written.ref), Lanes())
        if _is_free(written, before, now):
            writes += _restored(written, before, now, act)
        else:
            changed.append(written)
    return writes, changed


def _versions(pks: set[int]) -> dict[int, Report]:
    found: dict[int, Report] = {}
    for batch in in_batches(sorted(pks)):
        found |= Report.objects.in_bulk(batch)
    return found


def _is_free(written: Report, before: Sequence[Report], now: Lanes) -> bool:
    """Whether what was written still stands, and nothing else is where the versions before it would come."""
    others = [version for version in now.versions if version.pk != written.pk]
    if len(others) == len(now.versions):
        return False
    return not any(_lane(version) == _lane(other) for version in before for other in others)


def _lane(version: Report) -> str:
    return "standing" if version.status in STANDING else "proposed"


def _restored(written: Report, before: Sequence[Report], now: Lanes, act: Act) -> list[Written]:
    latest = max(version.version for version in now.versions)
    new = [
        version.successor(recorded_at=act.at, recorded_by=act.by, reason=act.reason, version=latest + place)
        for place, version in enumerate(sorted(before, key=_lane, reverse=True), start=1)
    ]
    if not new:
        # Nothing was there before. The last version tells why there is nothing again, and is no current one.
        last = written.successor(
            recorded_at=act.at, recorded_by=act.by, reason=act.reason, version=latest + 1,
            status=Status.REJECTED,
        )  # fmt: skip
        last.superseded_at = act.at
        return [Written(last, (written,))]
    return [Written(new[0], (written,)), *(Written(version) for version in new[1:])]


def _reopen_comments(operation: BulkOperation, reports: Iterable[Report]) -> None:
    """What the operation settled is open again."""
    if operation.action != BulkAction.APPROVE:
        return
    names = sorted({(report.source, report.ref) for report in reports})
    for first in range(0, len(names), review.PAIRS):
        settled = ReviewComment.objects.on(names[first : first + review.PAIRS])
        settled.filter(settled_at=operation.at, settled_by=operation.by).update(
            settled_at=None, settled_by=""
        )
