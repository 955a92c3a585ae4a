"""Every page of the admin, with data on it: those of each table that is registered, and our own.

A page is made known by `pages()`, and asked for as `asker_of` does or with a browser. What is on it because
somebody typed it begins with `zz` or is a code, so that a test can tell it from what we say ourselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.admin.entered import address, report_entered
from tests.admin.logging_in import appointed, give_password, with_device
from tests.admin.test_access import (
    BULK,
    COUNTRIES,
    READY_FOR_STEP,
    REGISTERED,
    SUBJECTS,
    a_report,
    bulk_of,
    name,
    steps_of,
)
from tests.admin.test_access import address as address_of
from tests.ingest.files import csv_text
from tests.uploading import done, reports, upload
from tracker.ingest import importing, review
from tracker.models import (
    BulkOperation,
    Coverage,
    Figure,
    Import,
    Region,
    Report,
    ReviewComment,
    Run,
    Source,
    StaffRole,
)
from tracker.models.audit import Action, record
from tracker.vocabulary import RowOutcome, RunKind, RunState, Status

VIEWER = "anna"
"""A superuser, who looks at the pages; the password is `anna's password`."""
OTHER = "boris"
"""Another, who does what somebody else has to."""

WRITTEN = {
    "title": "zztitle",
    "notes": "zznotes",
    "excerpt": "zzexcerpt",
    "author": VIEWER,
    "recorded_by": VIEWER,
}
WARNED = [{"code": "tenfold", "text": "zzwarning", "reason": "zzanswer"}]


@dataclass(frozen=True)
class Asked:
    """What a browser asks for: an address, and what a form sends there, where it is not just opened."""

    url: str
    sent: dict[str, Any] | None = None


@dataclass(frozen=True)
class PageOfOurs:
    """`make` stores what the page shows and says how it is asked for.

    `log_in` says how far a client gets before: by default to the end, as VIEWER.
    """

    name: str
    make: Callable[[], Asked]
    log_in: Callable[[Client], None] | None = None
    is_data: bool = False
    """Whether the answer is JSON for a script."""


def pages() -> list[PageOfOurs]:
    """All pages; known without a database, so that each can be a test of its own."""
    found = [*_of_tables(), *_of_reports(), *_of_entry(), *_in_bulk(), *_of_imports(), *_of_the_site()]
    return [*found, *_of_accounts(), *_before_log_in()]


def world() -> None:
    """What is there before any page is asked for: two countries, a source, and two people."""
    for who in (VIEWER, OTHER):
        User.objects.create_superuser(who, password=f"{who}'s password")
    for country in COUNTRIES:
        factories.country(country)
    factories.source("un")


def asker_of(page: PageOfOurs, language: str = "en") -> Callable[[], Any]:
    """Makes all that there is to see; called, it gives what the page answers after any redirect."""
    world()
    client = Client(headers={"accept-language": language})
    asked = page.make()
    (page.log_in or as_viewer)(client)
    if asked.sent is None:
        return lambda: client.get(asked.url, follow=True)
    return lambda: client.post(asked.url, asked.sent, follow=True)


def as_viewer(client: Client) -> None:
    client.force_login(User.objects.get(username=VIEWER))


def as_nobody(client: Client) -> None:
    """Nobody is logged in."""


def as_other(client: Client) -> None:
    client.force_login(User.objects.get(username=OTHER))


def halfway_with_device(client: Client) -> None:
    """The password is given, and the code is not."""
    with_device(User.objects.get(username=VIEWER))
    give_password(client, VIEWER)


def halfway_without_device(client: Client) -> None:
    give_password(client, VIEWER)


# The pages of each table.


def _of_tables() -> Iterator[PageOfOurs]:
    for label in REGISTERED:
        make = SUBJECTS[label].make
        yield PageOfOurs(f"{label} list", partial(_list, label))
        yield PageOfOurs(f"{label} list, searched in vain", partial(_list, label, "?q=zznothing"))
        yield PageOfOurs(f"{label} list, with no action chosen", partial(_no_action, label))
        yield PageOfOurs(f"{label} change", partial(_one, label, "change"))
        yield PageOfOurs(f"{label} history", partial(_one, label, "history"))
        if may_be_deleted(label):
            yield PageOfOurs(f"{label} delete", partial(_one, label, "delete"))
        yield PageOfOurs(f"{label} of a row that is not there", partial(_missing, label))
        entered, edited = SUBJECTS[label].entered, SUBJECTS[label].edited
        if entered is not None:
            yield PageOfOurs(f"{label} add", partial(_add, label))
            yield PageOfOurs(f"{label} added", partial(_add, label, entered))
            yield PageOfOurs(f"{label} added with nothing", partial(_add, label, lambda _country: {}))
        if edited is not None:
            yield PageOfOurs(f"{label} changed", partial(_changed, label, edited))
            yield PageOfOurs(f"{label} changed to nothing", partial(_changed, label, lambda _row: {}))
            yield PageOfOurs(f"{label} versions compared", partial(_compared, label, edited))
        for step in steps_of(label):
            ready = READY_FOR_STEP[label, step]
            yield PageOfOurs(f"{label} step {step}", partial(_step, label, step, ready))
            yield PageOfOurs(f"{label} step {step} taken", partial(_step, label, step, ready, "zzreason"))
        for action in bulk_of(label):
            ready = BULK[label, action].make
            yield PageOfOurs(f"{label} action {action}", partial(_action, label, action, ready))
            yield PageOfOurs(
                f"{label} action {action} with what it is not for", partial(_action, label, action, make)
            )


def may_be_deleted(label: str) -> bool:
    """Whether there is a page to delete one of these."""
    request = RequestFactory().get("/")
    request.user = User(is_active=True, is_superuser=True)
    return REGISTERED[label].has_delete_permission(request)


def _list(label: str, query: str = "") -> Asked:
    for country in COUNTRIES:
        SUBJECTS[label].make(country)
    return Asked(address_of(label, "changelist") + query)


def _no_action(label: str) -> Asked:
    return Asked(_list(label).url, {"action": "", "index": "0"})


def _one(label: str, what: str) -> Asked:
    return Asked(address_of(label, what, SUBJECTS[label].make(COUNTRIES[0]).pk))


def _missing(label: str) -> Asked:
    return Asked(address_of(label, "change", 999_999))


def _add(label: str, entered: Callable[[str], dict[str, Any]] | None = None) -> Asked:
    return Asked(address_of(label, "add"), entered(COUNTRIES[0]) if entered else None)


def _changed(label: str, edited: Callable[[Any], dict[str, Any]]) -> Asked:
    row = SUBJECTS[label].make(COUNTRIES[0])
    return Asked(address_of(label, "change", row.pk), edited(row))


def _compared(label: str, edited: Callable[[Any], dict[str, Any]]) -> Asked:
    """The last version of what was changed, beside the first."""
    row = SUBJECTS[label].make(COUNTRIES[0])
    client = Client()
    as_other(client)
    client.post(address_of(label, "change", row.pk), edited(row))
    last = type(row)._default_manager.order_by("-pk").first()
    return Asked(f"{address_of(label, 'change', last.pk)}?left={row.pk}&right={last.pk}")


def _step(label: str, step: str, ready: Callable[[str], Any], reason: str | None = None) -> Asked:
    url = address_of(label, "step", ready(COUNTRIES[0]).pk, step)
    return Asked(url, None if reason is None else {"reason": reason})


def _action(label: str, action: str, make: Callable[[str], Any]) -> Asked:
    chosen = [make(country).pk for country in COUNTRIES]
    return Asked(
        address_of(label, "changelist"), {"action": action, "index": "0", "_selected_action": chosen}
    )


# Reports: what is beside one, what was asked, what it is used in.


def _of_reports() -> Iterator[PageOfOurs]:
    for status in Status.values:
        yield PageOfOurs(f"report {status}", partial(_report, status))
    yield PageOfOurs("report superseded", _superseded)
    yield PageOfOurs("report with a proposal beside it", _with_proposal)
    yield PageOfOurs("report asked about", _asked_about)
    yield PageOfOurs("report returned again", lambda: _step_on(_asked_about_pk(), "reject"))
    yield PageOfOurs(
        "report returned without a word", lambda: _step_on(_asked_about_pk(), "reject", {"reason": ""})
    )
    yield PageOfOurs("report retracted without a reason", _retracted_without_reason)
    yield PageOfOurs("report approved by its author", _approved_by_author)
    yield PageOfOurs("report changed meanwhile", _changed_meanwhile)
    yield PageOfOurs("report used in figures", _used_in)
    yield PageOfOurs("report used in no figure", partial(_used_in, role="context"))
    yield PageOfOurs(
        "reports of all versions", lambda: Asked(_reports_listed().url + "?versions=all&within=XX")
    )
    yield PageOfOurs(
        "reports of a period", lambda: Asked(_reports_listed().url + "?from=2024-01-01&to=2025-01-01")
    )


def _reports_listed() -> Asked:
    return Asked(reverse("admin:tracker_report_changelist"))


def _made(status: str = Status.APPROVED, **fields: Any) -> Report:
    return a_report(COUNTRIES[0], status, **WRITTEN | fields)


def _report(status: str) -> Asked:
    return Asked(address(_made(status, warnings_overridden=WARNED, stated_low=1, low=1)))


def _superseded() -> Asked:
    first = _made(Status.DRAFT)
    review.submit(first, by=VIEWER)
    return Asked(address(first))


def _with_proposal() -> Asked:
    standing = _made()
    standing.successor(
        status=Status.SUBMITTED, value=41, low=41, high=41, stated_value=41, version=2,
        recorded_by=VIEWER, recorded_at=timezone.now(),
        reason="zzreason", approved_by="",
    ).save()  # fmt: skip
    return Asked(address(standing))


def _asked_about() -> Asked:
    return Asked(address(Report.objects.get(pk=_asked_about_pk())))


def _asked_about_pk() -> int:
    """A submitted report about which something was asked, and something settled."""
    report = _made(Status.SUBMITTED)
    now = timezone.now()
    one = {"report": report, "author": OTHER, "recorded_at": now}
    ReviewComment.objects.create(field="stated_value", text="zzcomment", **one)
    ReviewComment.objects.create(field="notes", text="zzother", settled_at=now, settled_by=OTHER, **one)
    return report.pk


def _step_on(pk: int, step: str, sent: dict[str, Any] | None = None) -> Asked:
    return Asked(reverse("admin:tracker_report_step", args=[pk, step]), sent)


def _retracted_without_reason() -> Asked:
    return _step_on(_made().pk, "retract", {"reason": ""})


def _approved_by_author() -> Asked:
    return _step_on(_made(Status.SUBMITTED).pk, "approve", {"reason": ""})


def _as_sent(report: Report, **changes: Any) -> dict[str, Any]:
    return report_entered(
        region=report.region, measure=report.measure, start=report.start, end=report.end,
        published=report.published, stated_value=report.stated_value, reason="zzreason",
    ) | changes  # fmt: skip


def _changed_meanwhile() -> Asked:
    """Both have changed the value, and the other one the qualifier too."""
    report = _made(Status.DRAFT)
    client = Client()
    as_other(client)
    client.post(address(report), _as_sent(report, stated_value=44, qualifier="about"))
    return Asked(address(report), _as_sent(report, stated_value=45))


def _used_in(role: str = "counted") -> Asked:
    return Asked(reverse("admin:tracker_report_used_in", args=[_made(role=role).pk]))


# What the form says while it is filled in.


def _of_entry() -> Iterator[PageOfOurs]:
    check, effect = reverse("admin:tracker_report_entry_check"), reverse("admin:tracker_report_entry_effect")
    yield PageOfOurs("entry checked, empty", lambda: Asked(check, {}), is_data=True)
    yield PageOfOurs("entry checked, faulty", lambda: Asked(check, _faulty()), is_data=True)
    yield PageOfOurs("entry checked, strange", lambda: Asked(check, _strange()), is_data=True)
    yield PageOfOurs("entry checked, of households", lambda: Asked(check, _of_households()), is_data=True)
    yield PageOfOurs("entry effect", lambda: Asked(effect, _strange()), is_data=True)
    yield PageOfOurs(
        "entry effect, not counted", lambda: Asked(effect, _strange() | {"role": "context"}), is_data=True
    )
    yield PageOfOurs(
        "entry handed in with warnings", lambda: Asked(_add_address(), _strange() | {"submits": "1"})
    )
    yield PageOfOurs("entry handed in, faulty", lambda: Asked(_add_address(), _faulty() | {"submits": "1"}))
    for kind in ("region", "source", "crisis", "round", "document"):
        yield PageOfOurs(f"suggestions of {kind}", partial(_suggestions, kind), is_data=True)


def _add_address() -> str:
    return reverse("admin:tracker_report_add")


def _faulty() -> dict[str, Any]:
    """Wrong in as many fields as there can be at once."""
    return report_entered(
        region="ZZ99", source="zzun", start="2024-13-01", stated_value="zzmany", url="zz",
        household_size="-1",
        **{"breakdown-female-0-4": "zz"}, breakdown="zz",
    )  # fmt: skip


def _strange() -> dict[str, Any]:
    """A report with warnings, which overlaps with another one: ten times its value, in the future."""
    factories.report(
        Region.objects.get(pcode="XX01"), Source.objects.get(code="un"), 40, measure="departures"
    )
    later = (timezone.now() + timedelta(days=9)).date().isoformat()
    return report_entered(
        ref=name(), start="2024-12-01", end=later, published="2024-12-02", stated_value="4000"
    )


def _of_households() -> dict[str, Any]:
    Region.objects.filter(pcode="XX").update(household_size="5.25")
    return report_entered(unit="households", ref=name())


def _suggestions(kind: str) -> Asked:
    factories.crisis(name())
    factories.assessment_round(Source.objects.get(code="un"), Region.objects.get(pcode="XX"), name())
    Region.objects.filter(pcode="XX02").update(retired=True)
    _made(title="zztitle", url="https://example.org/zz")
    typed = {"region": "Region", "document": "zz"}.get(kind, "")
    return Asked(f"{reverse('admin:suggest', args=[kind])}?q={typed}&within=un")


# Many reports at once.

_BULK = {"approve": Status.SUBMITTED, "return": Status.SUBMITTED, "role": Status.APPROVED,
         "crisis": Status.DRAFT, "retract": Status.APPROVED}  # fmt: skip


def _in_bulk() -> Iterator[PageOfOurs]:
    for action in _BULK:
        yield PageOfOurs(f"bulk {action} previewed", partial(_bulk, action, value="context"))
        yield PageOfOurs(f"bulk {action} without a reason", partial(_bulk, action, confirm="1"))
        yield PageOfOurs(
            f"bulk {action} done", partial(_bulk, action, confirm="1", reason="zzreason", value="context")
        )
    yield PageOfOurs("bulk with nothing chosen", lambda: Asked(_bulk_address("approve"), {"chosen": ""}))
    yield PageOfOurs("bulk of what one did, none", lambda: Asked(reverse("admin:tracker_report_bulk_recent")))
    yield PageOfOurs("bulk of what one did", _bulk_recent)
    yield PageOfOurs("bulk undone", lambda: _undo(_bulk_operation()))
    yield PageOfOurs("bulk undone twice", _undone_twice)
    yield PageOfOurs("bulk undone, all changed since", partial(_undone_after_change, changed=2))
    yield PageOfOurs("bulk undone, one changed since", partial(_undone_after_change, changed=1))


def _bulk_address(action: str) -> str:
    return reverse("admin:tracker_report_bulk", args=[action])


def _bulk(action: str, **sent: Any) -> Asked:
    """Two reports with which it can be done; where it is not done yet, also one with which it cannot."""
    written = {"author": OTHER, "recorded_by": OTHER}
    chosen = [_made(_BULK[action], **written), _made(_BULK[action], **written)]
    if "confirm" not in sent:
        chosen.append(_made(Status.RETRACTED))
    if action == "crisis":
        sent["value"] = factories.crisis(name()).code
    return Asked(
        _bulk_address(action), {"chosen": ",".join(str(one.pk) for one in chosen), "reason": "", **sent}
    )


def _bulk_operation() -> BulkOperation:
    asked = _bulk("role", confirm="1", reason="zzreason", value="context")
    client = Client()
    as_viewer(client)
    client.post(asked.url, asked.sent)
    return BulkOperation.objects.latest("pk")


def _undo(operation: BulkOperation) -> Asked:
    return Asked(reverse("admin:tracker_report_bulk_undo", args=[operation.pk]), {})


def _undone_twice() -> Asked:
    asked = _undo(_bulk_operation())
    client = Client()
    as_viewer(client)
    client.post(asked.url, asked.sent)
    return asked


def _bulk_recent() -> Asked:
    _undone_twice()
    _bulk_operation()
    return Asked(reverse("admin:tracker_report_bulk_recent"))


def _undone_after_change(*, changed: int) -> Asked:
    operation = _bulk_operation()
    written = [number for _ended, number in operation.pairs]
    for proposal in Report.objects.filter(pk__in=written[:changed]):
        review.reject(proposal, by=OTHER, reason="zzreason")
    return _undo(operation)


# Uploaded files.

_ROWS: tuple[dict[str, Any], ...] = (
    {"ref": "a"},
    {"ref": "b", "value": "-1", "start": "zz"},
    {"ref": "c", "region": "zzplace"},
    {"ref": "d", "source": "zzsource"},
    {"ref": "a"},
    {"ref": "e", "measure": "zz", "unit": "zz", "url": "zz", "published": "2024-11-01"},
    {"ref": "", "crisis": "zz", "round": "zz", "low": "900", "role": "zz"},
    {"ref": "f", "region": "Region XX 02"},
)


def _of_imports() -> Iterator[PageOfOurs]:
    upload_page = reverse("admin:tracker_import_add")
    empty = SimpleUploadedFile("zz.csv", b"")
    yield PageOfOurs(
        "import of an empty file", lambda: Asked(upload_page, {"format": "reports", "file": empty})
    )
    yield PageOfOurs("import of a workbook", lambda: Asked(upload_page, _sent(b"PK\x03\x04zip")))
    yield PageOfOurs("import of what was uploaded before", _uploaded_before)
    yield PageOfOurs("import being checked", lambda: _file(upload(csv_text("reports"))))
    yield PageOfOurs("import progress", _import_progress, is_data=True)
    yield PageOfOurs("import that failed", _import_failed)
    yield PageOfOurs("import refused", lambda: _file(done(upload("a,b\n1,2\n", name="zz.csv"))))
    yield PageOfOurs("import cancelled", _import_cancelled)
    yield PageOfOurs("import whose rows would do something else", _import_otherwise)
    for outcome in RowOutcome.values:
        yield PageOfOurs(f"import rows {outcome}", partial(_import_rows, outcome))
    for act in ("cancel", "again", "match", "choose", "submit", "approve", "retry", "store"):
        yield PageOfOurs(f"import act {act}", partial(_import_act, act))
    yield PageOfOurs("import of several pages", _import_of_pages)
    yield PageOfOurs("import submitted", partial(_import_submitted, VIEWER))
    yield PageOfOurs("import submitted by another", partial(_import_submitted, OTHER))
    yield PageOfOurs("import approved", _import_approved)
    yield PageOfOurs("import of sources", _import_of_sources)


def _sent(content: bytes) -> dict[str, Any]:
    return {"format": "reports", "file": SimpleUploadedFile("zz.csv", content)}


def _file(file: Import, query: str = "") -> Asked:
    return Asked(reverse("admin:tracker_import_change", args=[file.pk]) + query)


def _checked(*rows: dict[str, Any]) -> Import:
    return reports(*rows or _ROWS, by=VIEWER, name="zz.csv")


def _uploaded_before() -> Asked:
    content = csv_text("reports", {"ref": "a"})
    done(upload(content, by=OTHER))
    return Asked(reverse("admin:tracker_import_add"), _sent(content.encode()))


def _import_progress() -> Asked:
    return Asked(reverse("admin:tracker_import_progress", args=[upload(csv_text("reports")).pk]))


def _import_failed() -> Asked:
    file = upload(csv_text("reports"))
    Run.objects.update(state=RunState.PARKED, outcome="zzoutcome")
    return _file(file)


def _import_cancelled() -> Asked:
    file = upload(csv_text("reports"), by=VIEWER)
    importing.cancel(file.pk)
    return _file(file)


def _import_otherwise() -> Asked:
    file = _checked()
    Import.objects.filter(pk=file.pk).update(otherwise=2)
    return _file(file)


def _import_rows(outcome: str) -> Asked:
    """Beside what stands, so that there are new, changed and unchanged rows."""
    client = Client()
    as_other(client)
    file = reports({"ref": "x"}, {"ref": "y"}, by=OTHER)
    importing.submit(file.pk, by=OTHER, countries=None)
    done(file)
    as_viewer(client)
    importing.approve(file.pk, by=VIEWER, countries=None)
    done(file)
    return _file(_checked({"ref": "x"}, {"ref": "y", "value": "777"}, *_ROWS), f"?outcome={outcome}")


def _import_act(act: str) -> Asked:
    return Asked(reverse("admin:tracker_import_act", args=[_checked().pk, act]), {"outcome": "zz"})


def _import_of_pages() -> Asked:
    return _file(_checked(*({"ref": f"r{number}"} for number in range(120))), "?outcome=new&page=2")


def _import_submitted(by: str) -> Asked:
    return _file(_submitted(by))


def _submitted(by: str) -> Import:
    """A file with rows for review; its faulty ones stay behind."""
    file = reports({"ref": "a"}, {"ref": "b", "value": "-1"}, by=by, name="zz.csv")
    importing.submit(file.pk, by=by, countries=None)
    return done(file)


def _import_approved() -> Asked:
    file = _submitted(OTHER)
    importing.approve(file.pk, by=VIEWER, countries=None)
    return _file(done(file))


def _import_of_sources() -> Asked:
    content = csv_text(
        "sources", {"code": "zzngo", "name": "zz"}, {"code": "zzother", "name": "zz", "tier": "zz"}
    )
    return _file(done(upload(content, format="sources", by=VIEWER, name="zz.csv")))


# What is no table's: the first page, the audit log, background work, and accounts.


def _of_the_site() -> Iterator[PageOfOurs]:
    yield PageOfOurs("home, with nothing to do", lambda: Asked(reverse("admin:index")))
    yield PageOfOurs("home", _home)
    yield PageOfOurs("tables", lambda: Asked(reverse("admin:app_list", args=["tracker"])))
    yield PageOfOurs("accounts' tables", lambda: Asked(reverse("admin:app_list", args=["auth"])))
    yield PageOfOurs("audit log", _audit_log)
    yield PageOfOurs("audit log of a day", lambda: Asked(_audit_log().url + "?day=2024-12-01"))
    yield PageOfOurs("audit entry with details", _audit_entry)
    yield PageOfOurs("figures after a build", _figures)
    yield PageOfOurs("figure after a build", _figure)
    yield PageOfOurs("runs", _runs)
    yield PageOfOurs("schedule with options that no export takes", partial(_schedule, '{"zz": 1}'))
    yield PageOfOurs("schedule with options that are none", partial(_schedule, "[1]"))


def _home() -> Asked:
    for status in (Status.DRAFT, Status.REJECTED):
        _made(status, author=VIEWER, recorded_by=VIEWER)
    _made(Status.SUBMITTED, author=OTHER, recorded_by=OTHER)
    _made(warnings_overridden=WARNED, recorded_at=timezone.now())
    _runs()
    last = (timezone.now() - timedelta(days=90)).date()
    Coverage.objects.create(
        country="XX", region="XX01", level=1, measure="idps", cause="conflict", first=last, last=last,
        reports=1,
        source_codes="un",
    )  # fmt: skip
    _import_submitted(OTHER)
    SUBJECTS["tracker.figure"].make("XX")
    month = timezone.now().date().replace(day=1)
    for warning in ("parts_exceed_whole", "whole_older_than_parts"):
        figure = Figure.objects.latest("pk")
        figure.pk, figure.period_type, figure.start, figure.end = None, "month", month, month
        figure.crisis, figure.warnings = name(), warning
        figure.save(force_insert=True)
    return Asked(reverse("admin:index"))


def _audit_log() -> Asked:
    for action in Action.values:
        record(action, actor=VIEWER, address="127.0.0.1", object="zz", details=_DETAILS)
    return Asked(reverse("admin:tracker_auditentry_changelist"))


_DETAILS = {
    "reason": "zzreason", "fields": ["zzfield"], "filters": {"zz": ["zz"]}, "restricted": 3, "version": 2,
    "values": {"zz": ["zz", "zz"]}, "added": ["zz"], "message": "zz",
}  # fmt: skip


def _audit_entry() -> Asked:
    entry = record("read", actor=VIEWER, address="127.0.0.1", object="zz", details=_DETAILS)
    return Asked(reverse("admin:tracker_auditentry_change", args=[entry.pk]))


def _figures() -> Asked:
    SUBJECTS["tracker.figure"].make("XX")
    Figure.objects.update(low=0, high=9)
    return Asked(reverse("admin:tracker_figure_changelist"))


def _figure() -> Asked:
    _figures()
    return Asked(address(Figure.objects.latest("pk")))


def _runs() -> Asked:
    for state in RunState.values:
        for kind in RunKind.values:
            lease = {"lease": "zz", "lease_until": timezone.now()} if state == RunState.RUNNING else {}
            Run.objects.create(
                kind=kind, key=name(), state=state, payload={"country": "XX"}, outcome="zz", **lease
            )
    return Asked(reverse("admin:tracker_run_changelist"))


def _schedule(options: str) -> Asked:
    entered = {"name": "zz", "hour": "1", "minute": "0", "options": options}
    return Asked(reverse("admin:tracker_exportschedule_add"), entered)


def _of_accounts() -> Iterator[PageOfOurs]:
    change = reverse("admin:password_change")
    yield PageOfOurs("password change", lambda: Asked(change))
    yield PageOfOurs("password change, wrong", lambda: Asked(change, _passwords("zz", "12345", "zz")))
    yield PageOfOurs(
        "password change, done",
        lambda: Asked(change, _passwords(f"{VIEWER}'s password", *["zz long enough 7"] * 2)),
    )
    yield PageOfOurs("password of another", _password_of_another)
    yield PageOfOurs("account with appointments", _account)
    yield PageOfOurs("accounts with appointments", _accounts)
    yield PageOfOurs("accounts that lose their device", _accounts_that_lose_their_device)
    yield PageOfOurs("second factor, none", lambda: Asked(reverse("admin:second_factor")))
    yield PageOfOurs("second factor", partial(_own_factor, None))
    yield PageOfOurs("second factor, wrong code", partial(_own_factor, {"code": "zz", "renew": "1"}))
    yield PageOfOurs("second factor to set up", lambda: Asked(reverse("admin:second_factor_set_up")))
    yield PageOfOurs("logged out", lambda: Asked(reverse("admin:logout"), {}))


def _passwords(old: str, new: str, again: str) -> dict[str, Any]:
    return {"old_password": old, "new_password1": new, "new_password2": again}


def _password_of_another() -> Asked:
    return Asked(reverse("admin:auth_user_password_change", args=[User.objects.get(username=OTHER).pk]))


def _accounts() -> Asked:
    _account()
    return Asked(reverse("admin:auth_user_changelist"))


def _account() -> Asked:
    users = [appointed(name(), role, country) for role in StaffRole for country in ("", "XX")]
    return Asked(reverse("admin:auth_user_change", args=[users[0].pk]))


def _accounts_that_lose_their_device() -> Asked:
    user = User.objects.get(username=OTHER)
    with_device(user)
    sent = {"action": "take_second_factor_away", "_selected_action": [user.pk], "sure": "1"}
    return Asked(reverse("admin:auth_user_changelist"), sent)


def _own_factor(sent: dict[str, Any] | None) -> Asked:
    with_device(User.objects.get(username=VIEWER))
    return Asked(reverse("admin:second_factor"), sent)


def _before_log_in() -> Iterator[PageOfOurs]:
    log_in, code = reverse("admin:login"), reverse("admin:second_factor_code")
    wrong = {"username": "zz", "password": "zz"}
    yield PageOfOurs("log-in", lambda: Asked(log_in), as_nobody)
    yield PageOfOurs("log-in, wrong", lambda: Asked(log_in, wrong), as_nobody)
    yield PageOfOurs("log-in, empty", lambda: Asked(log_in, {}), as_nobody)
    yield PageOfOurs("log-in, second step", lambda: Asked(code), halfway_with_device)
    yield PageOfOurs("log-in, wrong code", lambda: Asked(code, {"code": "000000"}), halfway_with_device)
    yield PageOfOurs("log-in, no code", lambda: Asked(code, {"code": ""}), halfway_with_device)
    set_up = reverse("admin:second_factor_set_up")
    yield PageOfOurs("log-in, device to set up", lambda: Asked(set_up), halfway_without_device)
    yield PageOfOurs(
        "log-in, wrong code of new device", lambda: Asked(set_up, {"code": "0"}), halfway_without_device
    )
