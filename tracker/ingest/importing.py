"""What people do with uploaded files: hand them in, match places, choose rows, submit and approve.

Each step looks at the import as it is, held until the transaction ends, and requests the run that does
the work. To store what is chosen is for that run (`tracker.work.importing`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from tracker.errors import BadValue, NotAllowed, OutOfDate
from tracker.ingest import uploads
from tracker.ingest.matching import remember
from tracker.models import Import, ImportRow, Run
from tracker.models.imports import DIFFERENT
from tracker.vocabulary import ImportFormat, ImportState, RowStep, RunKind, RunState

CHECK, SUBMIT, TAKE, DECLINE = "check", "submit", "take", "decline"
"""What a run of an import does."""


@dataclass(frozen=True)
class Received:
    """An uploaded file, and the runs that are due because of it."""

    upload: Import
    runs: list[Run]
    is_known: bool
    """It was uploaded before: this is the import of then."""


def receive(
    chunks: Iterable[bytes],
    *,
    format: str,
    file_name: str,
    by: str,
    countries: Collection[str] | None,
    among: QuerySet[Import],
) -> Received:
    """The import of the file, to be checked; or that of the same file if it is `among` earlier ones.

    Raises
    ------
    BadValue : the file is too large, empty, or no text
    """
    kept = uploads.keep(chunks)
    own = None if countries is None else sorted(countries)
    same = among.filter(sha256=kept.sha256, format=format).order_by("pk")
    # Checked for other countries it was another file.
    earlier = next((upload for upload in same if upload.countries == own), None)
    if earlier is not None:
        uploads.discard(kept.name)
        return Received(earlier, [], is_known=True)
    with transaction.atomic():
        upload = Import.objects.create(
            format=format,
            file_name=uploads.shown_name(file_name),
            stored_as=kept.name,
            sha256=kept.sha256,
            size=kept.size,
            uploaded_by=by,
            countries=own,
        )
        return Received(upload, [request(upload, CHECK, by=by)], is_known=False)


def check_again(pk: int, *, by: str) -> list[Run]:
    """The run that checks the file anew; what was submitted stays so, what was taken is a beginning anew."""
    with transaction.atomic():
        upload = _held(pk)
        if upload.is_busy:
            raise NotAllowed(gettext("This file is being worked on."))
        if upload.state != ImportState.SUBMITTED:
            upload.submitted_by, upload.submitted_at = "", None
            upload.declined_by, upload.declined_at, upload.declined_because = "", None, ""
        return [_begin(upload, ImportState.CHECKING, CHECK, by=by)]


def try_again(pk: int, *, by: str) -> list[Run]:
    """The runs that take up again what failed for good."""
    with transaction.atomic():
        upload = _held(pk)
        parked = Run.objects.filter(key=upload.key, state=RunState.PARKED).values_list("pk", flat=True)
        if not upload.is_busy or Run.objects.open().filter(key=upload.key).exists():
            raise NotAllowed(gettext("There is nothing to try again."))
        return Run.objects.try_again(list(parked), by=by)


def match_places(
    pk: int, meant: Mapping[tuple[str, str], str], *, by: str, countries: Collection[str] | None
) -> list[Run]:
    """The run that checks the file anew with these places; raises BadValue where a region is not known."""
    with transaction.atomic():
        upload = _held(pk)
        if upload.state != ImportState.CHECKED:
            raise NotAllowed(
                gettext("Places are matched after a file is checked and before it is submitted.")
            )
        remember(meant, by=by, countries=countries)
        return [_begin(upload, ImportState.CHECKING, CHECK, by=by)]


def cancel(pk: int) -> list[Run]:
    """Withdraw a file that is not submitted, or take back a step whose run failed for good; no run is due."""
    with transaction.atomic():
        upload = _held(pk)
        if upload.state in (ImportState.CHECKING, ImportState.CHECKED) and not upload.submitted_by:
            upload.state = ImportState.CANCELLED
        elif upload.is_busy and not Run.objects.open().filter(key=upload.key).exists():
            upload.state = ImportState.SUBMITTED if upload.submitted_by else ImportState.CHECKED
            upload.declined_by, upload.declined_because = "", ""
        else:
            raise NotAllowed(gettext("This file can no longer be cancelled."))
        upload.save(update_fields=["state", "declined_by", "declined_because"])
        return []


def choose(
    pk: int, *, chosen: Collection[int], of: Collection[int], by: str, countries: Collection[str] | None
) -> None:
    """Choose of these rows (by line) the `chosen` ones, and leave out the others."""
    with transaction.atomic():
        rows = _choosable(pk, countries, by=by).filter(line__in=of)
        rows.filter(line__in=chosen).update(chosen=True)
        rows.exclude(line__in=chosen).update(chosen=False)


def choose_all(pk: int, *, chosen: bool, outcome: str, by: str, countries: Collection[str] | None) -> None:
    """Choose all rows of this outcome, or leave all of them out."""
    if outcome not in DIFFERENT:
        raise NotAllowed(gettext("Only new and changed rows can be chosen."))
    with transaction.atomic():
        _choosable(pk, countries, by=by).filter(outcome=outcome).update(chosen=chosen)


def submit(pk: int, *, by: str, countries: Collection[str] | None) -> list[Run]:
    """The run that submits the chosen rows; those of events wait for review as they are."""
    with transaction.atomic():
        upload = _held(pk)
        if not upload.needs_review or upload.state != ImportState.CHECKED:
            raise NotAllowed(gettext("Only a file that has been checked can be submitted."))
        rows = _some(takeable(upload, SUBMIT, countries))
        if upload.format == ImportFormat.EVENTS:
            rows.update(step=RowStep.SUBMITTED)
            upload.state = ImportState.SUBMITTED
            upload.submitted_by, upload.submitted_at = by, timezone.now()
            upload.save(update_fields=["state", "submitted_by", "submitted_at"])
            return []
        return [_begin(upload, ImportState.SUBMITTING, SUBMIT, by=by, countries=countries)]


def approve(pk: int, *, by: str, countries: Collection[str] | None) -> list[Run]:
    """The run that takes the chosen rows as approved by `by`, who has neither uploaded nor submitted them."""
    with transaction.atomic():
        upload = _held(pk)
        if not upload.needs_review or upload.state != ImportState.SUBMITTED:
            raise NotAllowed(gettext("Only a file that has been submitted can be approved."))
        if not by or by in (upload.uploaded_by, upload.submitted_by):
            raise NotAllowed(gettext("Nobody approves their own import: somebody else has to look at it."))
        _some(takeable(upload, TAKE, countries))
        return [_begin(upload, ImportState.TAKING, TAKE, by=by, countries=countries)]


def decline(pk: int, *, by: str, reason: str, countries: Collection[str] | None) -> list[Run]:
    """The run that sends back all that waits for review, with a reason, by who may review all of it."""
    with transaction.atomic():
        upload = _held(pk)
        if not upload.needs_review or upload.state != ImportState.SUBMITTED:
            raise NotAllowed(gettext("Only a file that has been submitted can be declined."))
        if not by or by in (upload.uploaded_by, upload.submitted_by):
            raise NotAllowed(gettext("Nobody decides on their own import: somebody else has to look at it."))
        waiting = upload.rows.filter(step=RowStep.SUBMITTED)
        if waiting.count() != visible(waiting, countries).count():
            raise NotAllowed(
                gettext("It has rows of countries that are not yours; leave out your rows instead.")
            )
        if not reason.strip():
            raise BadValue("reason", reason, gettext("say why"))
        upload.declined_by, upload.declined_because = by, reason.strip()
        return [_begin(upload, ImportState.DECLINING, DECLINE, by=by)]


def store(pk: int, *, by: str, countries: Collection[str] | None) -> list[Run]:
    """The run that takes the chosen rows of a file that needs no review."""
    with transaction.atomic():
        upload = _held(pk)
        if upload.needs_review or upload.state != ImportState.CHECKED:
            raise NotAllowed(
                gettext("Only a checked file of rounds, sources or crises is stored without review.")
            )
        _some(takeable(upload, TAKE, countries))
        return [_begin(upload, ImportState.TAKING, TAKE, by=by, countries=countries)]


def takeable(upload: Import, step: str, countries: Collection[str] | None) -> QuerySet[ImportRow]:
    """The chosen rows to which `step` (SUBMIT or TAKE) is open, of these countries; None is all."""
    before = RowStep.SUBMITTED if step == TAKE and upload.needs_review else RowStep.CHECKED
    rows = upload.rows.filter(outcome__in=DIFFERENT, chosen=True, step=before)
    return visible(rows, countries)


def visible(rows: QuerySet[ImportRow], countries: Collection[str] | None) -> QuerySet[ImportRow]:
    """The rows of these countries, and those that are of none; None is all."""
    return rows if countries is None else rows.filter(country__in=["", *countries])


def request(upload: Import, step: str, *, by: str, **more: Any) -> Run:
    """The waiting run that does this with the file."""
    payload = {"import": upload.pk, "file": upload.file_name, "step": step, "by": by, **more}
    run: Run = Run.objects.request(RunKind.IMPORT, upload.key, payload=payload, requested_by=by)
    Run.objects.filter(pk=run.pk).update(input_hash=upload.sha256)
    return run


def _begin(
    upload: Import, state: ImportState, step: str, *, by: str, countries: Collection[str] | None = None
) -> Run:
    upload.state, upload.refusal, upload.otherwise = state, "", 0
    upload.rows_done, upload.share_done = 0, 0
    upload.save()
    return request(upload, step, by=by, countries=None if countries is None else sorted(countries))


def _choosable(pk: int, countries: Collection[str] | None, *, by: str) -> QuerySet[ImportRow]:
    """The rows that `by` may choose: of what is submitted, only those of others."""
    upload = _held(pk)
    if upload.state not in (ImportState.CHECKED, ImportState.SUBMITTED):
        raise OutOfDate(gettext("This file is being worked on, or is done; nothing was chosen."))
    if upload.state == ImportState.SUBMITTED and by in (upload.uploaded_by, upload.submitted_by):
        raise NotAllowed(gettext("What is submitted waits for somebody else, who chooses its rows."))
    return visible(upload.rows.filter(outcome__in=DIFFERENT).exclude(step=RowStep.TAKEN), countries)


def _held(pk: int) -> Import:
    """The import as it is, held until the transaction ends."""
    upload = Import.objects.select_for_update().filter(pk=pk).first()
    if upload is None:
        raise OutOfDate(gettext("This import is no longer there."))
    return upload


def _some(rows: QuerySet[ImportRow]) -> QuerySet[ImportRow]:
    if not rows.exists():
        raise NotAllowed(gettext("No row is chosen that could be taken."))
    return rows
