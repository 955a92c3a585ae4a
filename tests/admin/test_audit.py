"""What is done and what is read in the admin and in the API stands in the audit log."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import tracker
from tests import factories
from tests.admin.entered import address, edit_report, report_entered, step
from tests.admin.logging_in import appointed, give_password
from tracker.admin import readings
from tracker.admin.audited import Audited
from tracker.admin.site import site
from tracker.models import AuditEntry, ExportSchedule, Region, Report, Run, Source, StaffRole
from tracker.models.audit import Action, Verification, record
from tracker.vocabulary import RunState, Sensitivity, Status

pytestmark = pytest.mark.django_db

LIST = "admin:tracker_report_changelist"
LOG = "admin:tracker_auditentry_changelist"
LOCAL = "127.0.0.1"

Told = tuple[str, str, str]


@pytest.fixture(autouse=True)
def _whole(db: None) -> Iterator[None]:
    """Whatever was recorded verifies."""
    yield
    assert [str(found) for found in Verification().breaks() if AuditEntry.objects.exists()] == []


def told(*, after: int = 0) -> list[Told]:
    """Who did what with what, in order; without the log-ins of the fixtures."""
    entries = AuditEntry.objects.filter(number__gt=after).exclude(address="").order_by("number")
    return list(entries.values_list("actor", "action", "object"))


def last() -> AuditEntry:
    return AuditEntry.objects.latest("number")


def submitted(approved: Report, client: Client) -> Report:
    """A change of the approved report that waits for a reviewer."""
    edit_report(client, approved, stated_value="45")
    return Report.objects.get(status=Status.SUBMITTED)


def test_logging_in_and_out_is_told_with_the_address(client: Client, anna: User) -> None:
    appointed("olga", StaffRole.OFFICER)
    give_password(client, "olga", REMOTE_ADDR="192.0.2.7")
    client.post(reverse("admin:logout"), REMOTE_ADDR="192.0.2.7")
    assert told() == [("olga", "logged_in", "user olga"), ("olga", "logged_out", "user olga")]
    assert last().address == "192.0.2.7"


def test_a_failed_log_in_is_told_of_the_account_but_not_what_was_typed(client: Client, anna: User) -> None:
    give_password(client, "anna", "wrong")
    give_password(client, "my secret, in the wrong field", "anna")
    assert told() == [("", "login_failed", "user anna"), ("", "login_failed", "")]
    assert not AuditEntry.objects.filter(details__contains="secret").exists()


def test_a_report_that_is_entered_is_told_with_its_fields(place: Region, un: Source, as_anna: Client) -> None:
    as_anna.post(reverse("admin:tracker_report_add"), report_entered(title="a title"))
    assert told() == [("anna", "added", "report un r1")]
    assert (last().country, last().facts["version"]) == ("XX", 1)
    assert "title" in last().facts["fields"]


def test_what_is_refused_is_not_told_as_done(place: Region, un: Source, as_anna: Client) -> None:
    as_anna.post(reverse("admin:tracker_report_add"), report_entered(region="nowhere"))
    assert told() == []


def test_each_step_of_a_report_is_told(approved: Report, as_anna: Client, as_boris: Client) -> None:
    proposal = submitted(approved, as_anna)
    assert ("anna", "submitted", "report un r1") in told()
    assert (last().facts["fields"], last().facts["reason"]) == (["stated_value"], "it was mistyped")
    step(as_boris, proposal, "approve")
    step(as_boris, Report.objects.current().get(), "retract", "the source withdrew it")
    done = [entry for entry in told() if entry[1] not in {"read", "listed"}]
    assert done == [
        ("anna", "submitted", "report un r1"),
        ("boris", "approved", "report un r1"),
        ("boris", "retracted", "report un r1"),
    ]
    retracted = AuditEntry.objects.get(action=Action.RETRACTED)
    assert (retracted.country, retracted.facts["reason"]) == ("XX", "the source withdrew it")


def test_a_step_that_is_refused_is_not_told(approved: Report, as_anna: Client) -> None:
    step(as_anna, submitted(approved, as_anna), "approve")
    assert not AuditEntry.objects.filter(action=Action.APPROVED).exists()


def test_what_is_done_to_many_reports_is_told_of_each(place: Region, un: Source, as_anna: Client) -> None:
    reports = [
        factories.report(place, un, ref=f"r{number}", status=Status.SUBMITTED, author="olga", approved_by="")
        for number in range(3)
    ]
    chosen = {"chosen": ",".join(str(report.pk) for report in reports), "reason": ""}
    bulk = reverse("admin:tracker_report_bulk", args=["approve"])
    as_anna.post(bulk, chosen)
    assert told() == [("anna", "listed", "report")]
    assert last().facts["restricted"] == 3
    as_anna.post(bulk, chosen | {"confirm": "1"})
    done = {entry for entry in told() if entry[1] == "approved"}
    assert {("anna", "approved", f"report un r{number}") for number in range(3)} < done


def test_an_edit_of_another_table_is_told_with_its_reason(un: Source, as_anna: Client) -> None:
    entered = {
        "name": un.name,
        "kind": "",
        "tier": 3,
        "licence": "",
        "licence_url": "",
        "row_access": "public",
    }
    as_anna.post(address(un), entered | {"attribution": "", "reason": "they guess"})
    assert told() == [("anna", "changed", "source un")]
    assert last().facts == {
        "id": Source.objects.current().get().pk,
        "version": 2,
        "fields": ["tier"],
        "reason": "they guess",
    }


def test_where_no_version_keeps_them_the_values_before_and_after_are_told(as_anna: Client) -> None:
    schedule = ExportSchedule.objects.create(name="nightly")
    changed, deleted = (
        reverse(f"admin:tracker_exportschedule_{what}", args=[schedule.pk]) for what in ("change", "delete")
    )
    values = {"name": "nightly", "hour": 3, "minute": 0, "options": "{}", "enabled": "on"}
    as_anna.post(changed, values)
    as_anna.post(changed, values)
    assert told() == [("anna", "changed", "exportschedule nightly")]
    assert last().facts["values"] == {"hour": [2, 3]}
    as_anna.post(deleted, {"post": "yes"})
    chosen = ExportSchedule.objects.create(name="weekly")
    listed = reverse("admin:tracker_exportschedule_changelist")
    as_anna.post(listed, {"action": "delete_selected", "_selected_action": [chosen.pk], "post": "yes"})
    assert told()[1:2] == [("anna", "deleted", "exportschedule nightly")]
    assert not ExportSchedule.objects.filter(name="nightly").exists()


def test_a_run_that_is_tried_again_is_told(as_anna: Client) -> None:
    parked = Run.objects.create(kind="conflict", key="conflict:XX", state=RunState.PARKED)
    listed = reverse("admin:tracker_run_changelist")
    for _ in range(2):
        as_anna.post(listed, {"action": "try_again", "_selected_action": [parked.pk]})
    assert told() == [("anna", "retried", "run")]
    assert last().facts == {"runs": ["conflict:XX"]}


def test_what_somebody_may_do_is_told_where_it_changes(as_anna: Client) -> None:
    olga = User.objects.create_user("olga", is_staff=True)
    page = reverse("admin:auth_user_change", args=[olga.pk])
    rows = {
        "appointments-TOTAL_FORMS": 1, "appointments-INITIAL_FORMS": 0, "appointments-MIN_NUM_FORMS": 0,
        "appointments-MAX_NUM_FORMS": 9, "appointments-0-id": "", "appointments-0-user": olga.pk,
        "appointments-0-role": "officer", "appointments-0-country": "",
    }  # fmt: skip
    assert as_anna.post(page, {"username": "olga", "is_active": "on", **rows}).status_code == 302
    assert told() == [("anna", "permitted", "user olga")]
    assert last().facts["added"] == ["appointment officer"]


def test_a_password_that_is_set_is_told_and_never_kept(as_anna: Client, anna: User) -> None:
    olga = User.objects.create_user("olga", is_staff=True)
    new = {"password1": "long enough to do", "password2": "long enough to do", "usable_password": "true"}
    as_anna.post(reverse("admin:auth_user_password_change", args=[olga.pk]), new)
    own = {
        "old_password": "anna's password",
        "new_password1": "another long one",
        "new_password2": "another long one",
    }
    as_anna.post(reverse("admin:password_change"), own)
    assert [entry[1:] for entry in told()] == [("changed", "user olga"), ("password_set", "user anna")]
    assert not AuditEntry.objects.filter(details__contains="long").exists()


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({}, False),
        ({"sensitivity": Sensitivity.PARTNERS}, True),
        ({"sensitivity": Sensitivity.INTERNAL}, True),
        ({"status": Status.DRAFT}, True),
        ({"status": Status.SUBMITTED}, True),
        ({"status": Status.RETRACTED}, True),
    ],
)
def test_reading_a_report_is_told_where_it_is_not_for_everybody(
    fields: dict[str, Any], is_told: bool, place: Region, un: Source, as_anna: Client
) -> None:
    report = factories.report(place, un, ref="r1", **fields)
    assert as_anna.get(address(report)).status_code == 200
    as_anna.get(reverse(LIST))
    assert told() == ([("anna", "read", "report un r1"), ("anna", "listed", "report")] if is_told else [])
    if is_told:
        assert last().facts == {"filters": {}, "restricted": 1}


def test_the_page_of_a_version_tells_of_the_others(place: Region, un: Source, as_anna: Client) -> None:
    now = timezone.now()
    factories.report(place, un, ref="r1", sensitivity=Sensitivity.INTERNAL, superseded_at=now)
    public = factories.report(place, un, ref="r1", version=2)
    as_anna.get(address(public))
    assert told() == [("anna", "read", "report un r1")]


def test_an_event_that_is_not_public_is_told(place: Region, as_anna: Client) -> None:
    as_anna.get(address(factories.event(place, "open")))
    as_anna.get(address(factories.event(place, "delicate", sensitivity=Sensitivity.INTERNAL)))
    as_anna.get(reverse("admin:tracker_conflictevent_changelist") + "?event_type=Battles")
    assert told() == [("anna", "read", "conflictevent acled delicate"), ("anna", "listed", "conflictevent")]
    assert last().facts == {"filters": {"event_type": ["Battles"]}, "restricted": 1}


def test_a_page_that_is_refused_was_not_read(place: Region, un: Source, client: Client) -> None:
    report = factories.report(place, un, status=Status.DRAFT)
    client.force_login(appointed("petra", StaffRole.PARTNER_MANAGER))
    before = last().number
    assert client.get(address(report)).status_code == 403
    assert client.get(reverse(LIST)).status_code == 403
    assert told(after=before) == []


def test_what_a_page_shows_again_while_somebody_types_is_told_once(
    approved: Report, as_anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = submitted(approved, as_anna)
    before = last().number
    for _ in range(2):
        edit_report(as_anna, proposal, stated_value="")
    assert told(after=before) == [("anna", "read", "report un r1")]
    monkeypatch.setattr(readings, "TOLD_FOR", timedelta(0))
    edit_report(as_anna, proposal, stated_value="")
    assert len(told(after=before)) == 2


def test_a_reading_that_cannot_be_recorded_is_not_given(
    place: Region, un: Source, as_anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise DatabaseError

    report = factories.report(place, un, status=Status.DRAFT, title="not to be seen")
    monkeypatch.setattr(readings, "record", refuse)
    as_anna.raise_request_exception = False
    answer = as_anna.get(address(report))
    assert answer.status_code == 500
    assert "not to be seen" not in answer.content.decode()


def test_who_may_read_the_log_is_told_as_well(client: Client) -> None:
    client.force_login(appointed("aino", StaffRole.AUDITOR))
    before = last().number
    assert client.get(reverse(LOG)).status_code == 200
    assert client.get(address_of(last())).status_code == 200
    assert [entry[:2] for entry in told(after=before)] == [("aino", "listed"), ("aino", "read")]


@pytest.mark.parametrize("role", [role for role in StaffRole.values if role != StaffRole.AUDITOR])
def test_nobody_but_auditors_reads_the_log(role: str, client: Client) -> None:
    client.force_login(appointed("somebody", role))
    assert client.get(reverse(LOG)).status_code == 403
    assert client.get(address_of(last())).status_code == 403


def test_nobody_changes_the_log(as_anna: Client) -> None:
    for what in ("change", "delete"):
        page = reverse(f"admin:tracker_auditentry_{what}", args=[last().pk])
        assert as_anna.post(page, {"actor": "boris", "post": "yes"}).status_code == 403
    assert as_anna.get(reverse("admin:tracker_auditentry_add")).status_code == 403


@pytest.fixture
def log(anna: User) -> dict[str, int]:
    """Entries of two people, and their numbers."""
    read = record(
        Action.READ, actor="anna", address="192.0.2.7", object="report un r1", details={"version": 2}
    )
    return {
        "anna read": read.number,
        "boris approved": record(Action.APPROVED, actor="boris", address="", object="report un r2").number,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"actor": "anna", "action": "read"}, ["anna read"]),
        ({"actor": "boris"}, ["boris approved"]),
        ({"action": "approved"}, ["boris approved"]),
        ({"object": "report un r1"}, ["anna read"]),
        ({"object": " report un r1 ", "action": "approved"}, []),
        ({"object": "report"}, []),
        ({"actor": "a\x00nna", "object": "report un r1"}, ["anna read"]),
        ({"day": "2024-01-01"}, []),
    ],
)
def test_the_log_is_filtered(
    query: dict[str, str], found: list[str], log: dict[str, int], as_anna: Client
) -> None:
    page = as_anna.get(reverse(LOG), query)
    assert [row.number for row in page.context["cl"].result_list] == [log[name] for name in found]


def test_the_log_is_listed_newest_first_and_by_day(log: dict[str, int], as_anna: Client) -> None:
    today = f"{timezone.now():%Y-%m-%d}"
    rows = [row.number for row in as_anna.get(reverse(LOG), {"day": today}).context["cl"].result_list]
    assert rows == sorted(rows, reverse=True)
    assert set(log.values()) <= set(rows)


@pytest.mark.parametrize(
    "query", [{"day": "yesterday"}, {"day": "9999-12-31"}, {"action": "danced"}, {"o": "9"}]
)
def test_a_filter_that_says_nothing_is_answered_in_peace(query: dict[str, str], as_anna: Client) -> None:
    assert as_anna.get(reverse(LOG), query, follow=True).status_code == 200


def test_a_typed_filter_keeps_the_others(log: dict[str, int], as_anna: Client) -> None:
    page = as_anna.get(reverse(LOG), {"action": "read", "actor": "anna", "p": "1"}).content.decode()
    assert '<input type="hidden" name="action" value="read">' in page
    assert 'name="p"' not in page


def test_an_entry_leads_to_what_it_is_about_where_that_is_there(approved: Report, as_anna: Client) -> None:
    there = record(Action.READ, actor="", address="", object="report un r1", details={"id": approved.pk})
    gone = record(Action.READ, actor="", address="", object="report un r1", details={"id": approved.pk + 99})
    strange = record(Action.READ, actor="", address="", object="nothing known", details={"id": "<b>"})
    assert f'href="{address(approved)}"' in as_anna.get(address_of(there)).content.decode()
    for entry in (gone, strange):
        page = as_anna.get(address_of(entry)).content.decode()
        assert f'href="{address(approved)}"' not in page
        assert "<b>" not in page


def test_a_list_of_the_log_costs_the_same_queries_for_one_entry_as_for_many(
    as_anna: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        record(Action.READ, actor="anna", address="", object=f"report un r{number}", details={"id": number})
    with django_assert_max_num_queries(12):
        as_anna.get(reverse(LOG))


def test_every_page_of_the_admin_is_audited() -> None:
    assert [type(admin).__name__ for admin in site._registry.values() if not isinstance(admin, Audited)] == []


PLACE_OF_ACTION = {"record": 0, "entry": 0, "audit": 1, "audit_each": 1, "note_reading": 1}


def words_told(path: Path) -> Iterator[str]:
    """The words that a file tells the log as they are, and not as `Action.SOMETHING`."""
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call):
            place = PLACE_OF_ACTION.get(getattr(call.func, "attr", getattr(call.func, "id", "")))
            action = call.args[place] if place is not None and len(call.args) > place else None
            if isinstance(action, ast.Constant):
                yield str(action.value)


def test_only_words_of_the_vocabulary_are_recorded() -> None:
    files = Path(tracker.__path__[0]).rglob("*.py")
    assert {word for path in files for word in words_told(path)} <= set(Action.values)


def address_of(entry: AuditEntry) -> str:
    return reverse("admin:tracker_auditentry_change", args=[entry.pk])
