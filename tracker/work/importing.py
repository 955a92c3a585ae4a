"""Runs of uploaded files: their check, and the storing of what was submitted or approved.

A check reads for as long as it takes, telling how far it is, and stores what it found when it ends. What is
stored in the tables is stored in one transaction, after a look whether the rows would still do what the
check has said: so a run that is killed and done again leaves the same rows.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import zip_longest
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleIn
from django.utils import timezone

from tracker.errors import LayoutChanged, TrackerError
from tracker.ingest.readers.rows import printable
from tracker.models import Import, ImportRow, Report, ReviewComment, Run
from tracker.models.imports import DIFFERENT
from tracker.models.runs import MADE_DUE
from tracker.sentences import as_json, as_text
from tracker.vocabulary import ImportFormat, ImportState, RowOutcome, RowStep, RunState, Status
from tracker.work.leases import Ending

if TYPE_CHECKING:
    from tracker.figures.preview import FigureChange
    from tracker.ingest.delivery import Delivery, Tally
    from tracker.ingest.dry_run import Basis, CheckedRow, Unknown

BETWEEN_WORDS = 0.25
"""Seconds from one word of how far a check is to the next."""
READ, FORESEEN = 0.8, 0.95
"""How far a check is once all rows are compared, and once the figures are foreseen; the rest is storing."""
PREVIEW_SECONDS = 2.0
"""So long a check looks at what figures would become; then it says what it has left out."""
MOST_PREVIEWED = 20_000
"""Reports that are held for that look."""
MOST_EFFECTS = 12
ROWS_AT_ONCE = 1000
LONGEST_LOAD = timedelta(hours=1)
"""So long before an import's `submitted_at` its proposals may be recorded: some hold when the load ended."""


def import_upload(run: Run) -> Callable[[], Ending]:
    """Check an uploaded file, store the rows of it that were submitted or approved, or send them back."""
    from tracker.ingest.importing import CHECK, DECLINE

    match run.payload["step"]:
        case step if step == CHECK:
            return _check(run)
        case step if step == DECLINE:
            return partial(_decline, run)
        case _:
            return partial(_store, run)


class Cancelled(Exception):
    """Somebody has cancelled the import while it was checked."""


class Progress:
    """Tells how far a check is, outside of any transaction of its own, and hears whether it is cancelled."""

    def __init__(self, upload: Import) -> None:
        self._upload = upload
        self._told = time.monotonic()

    def tell(self, share: float, *, rows: int, at_once: bool = False) -> None:
        """`share`: from 0 to 1. Raises Cancelled."""
        if not at_once and time.monotonic() - self._told < BETWEEN_WORDS:
            return
        self._told = time.monotonic()
        still = Import.objects.filter(pk=self._upload.pk, state=ImportState.CHECKING)
        if not still.update(share_done=int(share * 1000), rows_done=rows):
            raise Cancelled


def _check(run: Run) -> Callable[[], Ending]:
    upload = Import.objects.get(pk=run.payload["import"])
    if upload.state != ImportState.CHECKING:
        return _cancelled
    try:
        found = _found(upload)
    except LayoutChanged as error:
        return partial(_refuse, upload, str(error))
    except Cancelled:
        return _cancelled
    return partial(_keep, upload, found)


def _cancelled() -> Ending:
    return Ending(outcome="It was cancelled.")


def _refuse(upload: Import, reason: str) -> Ending:
    Import.objects.filter(pk=upload.pk, state=ImportState.CHECKING).update(
        state=ImportState.REFUSED, refusal=as_text(reason), checked_at=timezone.now()
    )
    return Ending(RunState.REFUSED, outcome=printable(f"{upload.file_name} was refused: {reason}"))


@dataclass
class Found:
    """What a check has found; its rows wait in a file, however many they are."""

    rows: Spool
    counts: Counter[str] = field(default_factory=Counter)
    unknown: Counter[Unknown] = field(default_factory=Counter)
    listed: list[dict[str, Any]] = field(default_factory=list)
    effects: dict[str, Any] = field(default_factory=dict)


class Spool:
    """Checked rows on disk, between the check and the transaction that stores what it found."""

    def __init__(self) -> None:
        self._file: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (goes with the run)

    def add(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row) + "\n")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        return (json.loads(line) for line in self._file)


def _found(upload: Import) -> Found:
    """What the file would do; raises LayoutChanged and Cancelled."""
    from tracker.ingest import matching, uploads
    from tracker.ingest.comparing import comparison
    from tracker.ingest.dry_run import check
    from tracker.ingest.readers.sheets import Sheet
    from tracker.ingest.readers.workbooks import too_many_rows

    found, effects, progress = Found(Spool()), Effects(), Progress(upload)
    compared = comparison(upload.format)
    path = uploads.rows_of(upload.stored_as, format=upload.format)
    with path.open("rb") as file:
        sheet, size = Sheet(file, compared.sheet, matching.matches()), max(path.stat().st_size, 1)
        for row in check(sheet, compared, countries=_countries(upload)):
            found.rows.add(_kept(row))
            found.counts[row.outcome.value] += 1
            found.unknown.update(set(row.unknown))
            effects.add(row)
            if found.counts.total() > settings.IMPORT_LIMIT_ROWS:
                raise LayoutChanged(too_many_rows(settings.IMPORT_LIMIT_ROWS), row.line)
            progress.tell(READ * sheet.position / size, rows=found.counts.total())
    rows = found.counts.total()
    progress.tell(READ, rows=rows, at_once=True)
    found.listed = matching.listed(found.unknown, countries=upload.countries)
    found.effects = effects.previewed(
        lambda share: progress.tell(READ + (FORESEEN - READ) * share, rows=rows)
    )
    progress.tell(FORESEEN, rows=rows, at_once=True)
    return found


def _countries(upload: Import) -> frozenset[str] | None:
    """Of which its rows may speak; None is all."""
    return None if upload.countries is None else frozenset(upload.countries)


_NOT_KEPT = frozenset({"unknown", "report", "replaced"})


def _kept(row: CheckedRow) -> dict[str, Any]:
    """The columns of an ImportRow."""
    columns = {name: value for name, value in vars(row).items() if name not in _NOT_KEPT}
    columns["reasons"] = [(column, value, as_json(reason)) for column, value, reason in row.reasons]
    return columns


class Effects:
    """The figures that would change most if all rows were taken."""

    def __init__(self) -> None:
        self._exchanges: list[tuple[list[Report], Report]] = []
        self._left_out = 0

    def add(self, row: CheckedRow) -> None:
        if row.report is None:
            return
        if len(self._exchanges) >= MOST_PREVIEWED:
            self._left_out += 1
            return
        old = row.replaced
        self._exchanges.append(([old] if old and old.status == Status.APPROVED else [], row.report))

    def previewed(self, tell: Callable[[float], None]) -> dict[str, Any]:
        """The changes that are largest, as JSON, and how much was left out."""
        from tracker.figures.preview import effect

        found = effect(self._exchanges, most=MOST_EFFECTS, seconds=PREVIEW_SECONDS, tell=tell)
        return {
            "changes": [_change(change) for change in found.changes],
            "cubes_left_out": len(found.left_out),
            "rows_left_out": self._left_out,
        }


def _change(change: FigureChange) -> dict[str, Any]:
    """As JSON."""
    return {
        **change.key.fields,
        "region": change.region,
        "period_type": change.period_type,
        "period": change.period,
        "old": None if change.old is None else change.old.value,
        "new": None if change.new is None else change.new.value,
    }


def _keep(upload: Import, found: Found) -> Ending:
    """Store what the check has found, in place of what an earlier one had."""
    held = Import.objects.select_for_update().get(pk=upload.pk)
    if held.state != ImportState.CHECKING:
        return _cancelled()
    left_out = set(held.rows.filter(chosen=False).values_list("line", flat=True))
    submitted = set(held.rows.filter(step=RowStep.SUBMITTED).values_list("line", flat=True))
    submitted = submitted if held.submitted_by else set()
    held.rows.all().delete()
    waiting = _insert(held, found.rows, left_out=left_out, submitted=submitted)
    counts = {outcome: found.counts[outcome] for outcome in RowOutcome.values}
    if held.submitted_by and waiting:
        held.state = ImportState.SUBMITTED
    elif held.submitted_by and held.taken_by:
        held.state = ImportState.TAKEN
    else:
        held.state, held.submitted_by, held.submitted_at = ImportState.CHECKED, "", None
    held.counts, held.effects, held.unknown = counts, found.effects, found.listed
    held.checked_at, held.share_done, held.rows_done = timezone.now(), 1000, found.counts.total()
    held.save()
    said = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
    return Ending(counts=counts, outcome=f"{held.file_name} was checked: {said}.")


def _insert(upload: Import, rows: Spool, *, left_out: set[int], submitted: set[int]) -> int:
    """Store the rows; return how many of them are submitted."""
    from tracker.ingest.delivery import batches

    waiting = 0
    for batch in batches(rows, ROWS_AT_ONCE):
        made = [ImportRow(upload=upload, **row) for row in batch]
        for row in made:
            row.chosen = row.line not in left_out
            if row.line in submitted and row.outcome in DIFFERENT:
                row.step = RowStep.SUBMITTED
                waiting += 1
        ImportRow.objects.bulk_create(made)
    return waiting


def _store(run: Run) -> Ending:
    """Store the chosen rows, in the transaction that ends the run; or none, if one would do otherwise."""
    from tracker.ingest.dry_run import basis_of
    from tracker.ingest.importing import SUBMIT, takeable

    step = run.payload["step"]
    upload = Import.objects.select_for_update().get(pk=run.payload["import"])
    if upload.state != (ImportState.SUBMITTING if step == SUBMIT else ImportState.TAKING):
        return Ending(outcome="There was nothing to do.")
    rows = takeable(upload, step, run.payload["countries"])
    found = rows.values_list("line", "outcome", "standing", "proposal", "said")
    checked = {line: basis_of(*kept) for line, *kept in found.iterator()}
    with _rows_of(upload, checked) as file:
        others = _otherwise(upload, file, list(checked.values()))
        if others:
            return _check_anew(upload, others, by=run.payload["by"])
        delivery = _delivery_of(upload, by=run.payload["by"], approve=step != SUBMIT)
        tally, due = _load(upload, file, delivery)
    Run.objects.filter(pk=run.pk).update(payload=run.payload | {MADE_DUE: due})
    _move_on(upload, rows, delivery, is_submitted=step == SUBMIT)
    said = ", ".join(f"{number} {word}" for word, number in tally.counts.items())
    return Ending(counts=tally.counts | {"builds": len(due)}, outcome=f"{upload.file_name}: {said}.")


def _rows_of(upload: Import, lines: Container[int]) -> IO[bytes]:
    """A native file of the rows on these lines, with the places that were matched."""
    from tracker.ingest import matching, uploads
    from tracker.ingest.comparing import comparison
    from tracker.ingest.readers.sheets import Sheet

    with uploads.rows_of(upload.stored_as, format=upload.format).open("rb") as file:
        return uploads.rows_taken(Sheet(file, comparison(upload.format).sheet, matching.matches()), lines)


def _otherwise(upload: Import, file: IO[bytes], checked: Sequence[Basis]) -> int:
    """How many of the rows would do something else than when they were checked; what stands is held."""
    from tracker.ingest.comparing import comparison
    from tracker.ingest.dry_run import check
    from tracker.ingest.readers.sheets import Sheet

    compared = comparison(upload.format)
    rows = check(Sheet(file, compared.sheet, {}), compared, countries=_countries(upload), hold=True)
    now = [row.basis for row in rows]
    file.seek(0)
    return sum(is_so != was for is_so, was in zip_longest(now, checked))


def _check_anew(upload: Import, others: int, *, by: str) -> Ending:
    from tracker.ingest.importing import CHECK, request

    upload.state, upload.otherwise = ImportState.CHECKING, others
    upload.share_done, upload.rows_done = 0, 0
    upload.save()
    request(upload, CHECK, by=by)
    return Ending(
        counts={"otherwise": others},
        outcome=f"Nothing of {upload.file_name} was stored: {others} of the rows would now do something else "
        "than when they were checked. They are checked anew.",
    )


def _delivery_of(upload: Import, *, by: str, approve: bool) -> Delivery:
    from tracker.ingest.delivery import Delivery

    return Delivery(
        file=upload.file_name, now=timezone.now(), by=by, approve=approve, uploaded_by=upload.uploaded_by
    )


def _load(upload: Import, file: IO[bytes], delivery: Delivery) -> tuple[Tally, list[int]]:
    """What came of the rows, and the builds that are due because of them."""
    from tracker.ingest.delivery import Tally
    from tracker.ingest.imports import request_builds
    from tracker.ingest.load import FORMATS

    tally = Tally()
    FORMATS[upload.format].load(file, delivery, tally)
    if tally.rejects:
        raise TrackerError(f"A row that had been checked was not taken: {tally.rejects[0]}")
    if delivery.approve and upload.format == ImportFormat.REPORTS:
        _settle_comments(delivery)
    return tally, request_builds(tally, delivery)


def _settle_comments(delivery: Delivery) -> None:
    """Who approves the rows is content with them, and so with what was asked about their reports."""
    from tracker.ingest.review import settle_comments

    approved = (
        Report.objects.current()
        .approved()
        .filter(
            source=OuterRef("report__source"),
            ref=OuterRef("report__ref"),
            approved_by=delivery.recorded_by,
            recorded_at__gte=delivery.now,
        )
    )
    asked = ReviewComment.objects.open().filter(Exists(approved)).select_related("report")
    settle_comments([comment.report for comment in asked], at=delivery.now, by=delivery.recorded_by)


def _move_on(upload: Import, rows: QuerySet[ImportRow], delivery: Delivery, *, is_submitted: bool) -> None:
    rows.update(step=RowStep.SUBMITTED if is_submitted else RowStep.TAKEN)
    upload.state, upload.otherwise = ImportState.SUBMITTED, 0
    if is_submitted:
        # The moment of the proposals, which helps to find them again where they are declined.
        upload.submitted_by, upload.submitted_at = delivery.recorded_by, delivery.now
    else:
        upload.taken_by, upload.taken_at = delivery.recorded_by, timezone.now()
        if not upload.rows.filter(step=RowStep.SUBMITTED).exists():
            upload.state = ImportState.TAKEN
    upload.save()


def _decline(run: Run) -> Ending:
    """Send back what was submitted and still waits as it was; what was approved or edited since stays so."""
    upload = Import.objects.select_for_update().get(pk=run.payload["import"])
    if upload.state != ImportState.DECLINING:
        return Ending(outcome="There was nothing to do.")
    returned, due = _return_proposals(upload)
    upload.rows.filter(step=RowStep.SUBMITTED).update(step=RowStep.CHECKED)
    upload.state, upload.declined_at = ImportState.DECLINED, timezone.now()
    upload.save()
    Run.objects.filter(pk=run.pk).update(payload=run.payload | {MADE_DUE: due})
    return Ending(
        counts={"returned": returned, "builds": len(due)},
        outcome=f"{upload.file_name} was declined: {returned} proposed reports were returned.",
    )


def _return_proposals(upload: Import) -> tuple[int, list[int]]:
    """How many reports were returned, and the builds that are due because of it."""
    from tracker.ingest import bulk_review
    from tracker.models import BulkAction

    proposals = list(_proposals_of(upload))
    if not proposals:
        return 0, []
    order = bulk_review.Order(BulkAction.RETURN, by=upload.declined_by, reason=upload.declined_because)
    done = bulk_review.carry_out(proposals, order)
    return done.operation.reports, [run.pk for run in done.runs]


def _proposals_of(upload: Import) -> Iterator[Report]:
    """What the file proposed and nobody has decided on or edited since.

    Its moment alone does not tell: a proposal is never recorded before the version that it replaces, so it
    may be later than the others. Rows that a later check found otherwise count too: their proposals wait.
    """
    from tracker.ingest.delivery import batches
    from tracker.ingest.review import PAIRS

    if upload.submitted_at is None:
        return
    theirs = Import.objects.filter(submitted_by=upload.submitted_by, submitted_at__isnull=False)
    others = theirs.exclude(pk=upload.pk).values("submitted_at")
    replaced = Report.objects.filter(
        source=OuterRef("source"),
        ref=OuterRef("ref"),
        recorded_at=OuterRef("recorded_at"),
        superseded_at=OuterRef("recorded_at"),
    )
    waiting = (
        Report.objects.current()
        .filter(
            status=Status.SUBMITTED,
            recorded_by=upload.submitted_by,
            recorded_at__gte=upload.submitted_at - LONGEST_LOAD,
            # An edit by hand leaves no hash.
            row_hash__isnull=False,
        )
        # The moment of another file of theirs may be that of a version which gave way to this file's.
        .filter(~Q(recorded_at__in=others) | Exists(replaced))
    )
    rows = upload.rows.exclude(step=RowStep.TAKEN).order_by("name")
    for some in batches(rows.values_list("name", flat=True).distinct().iterator(), PAIRS):
        # A code has no spaces in it.
        names = [tuple(name.split(" ", 1)) for name in some if " " in name]
        if names:
            yield from waiting.filter(TupleIn(Tuple(F("source"), F("ref")), names))
