"""Many reports at once, as people do it on the pages: choose, look, confirm, undo."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests import factories
from tests.admin.logging_in import appointed, log_in
from tracker.ingest import bulk_review, review
from tracker.ingest.bulk_review import Order
from tracker.models import BulkOperation, Region, Report, Run, Source
from tracker.models.audit import AuditEntry
from tracker.vocabulary import Measure, Role, Status

pytestmark = pytest.mark.django_db

LIST = "admin:tracker_report_changelist"


@pytest.fixture
def waiting(place: Region, un: Source) -> list[Report]:
    """Three reports of anna's that wait for review."""
    return submitted(Region.objects.get(pcode="XX01"), un, 3)


def submitted(region: Region, source: Source, count: int) -> list[Report]:
    first = factories.report(
        region, source, 40, ref="r0", measure=Measure.DEPARTURES, status=Status.SUBMITTED, author="anna",
        recorded_by="anna", approved_by="",
    )  # fmt: skip
    others = [first.successor(ref=f"r{number}") for number in range(1, count)]
    return [first, *Report.objects.bulk_create(others, batch_size=500)]


def choose(
    client: Client, action: str, reports: list[Report], *, across: bool = False, query: str = ""
) -> Any:
    """Choose reports on the list, and an action."""
    sent = {
        "action": f"bulk_{action}", "index": "0", "select_across": "1" if across else "0",
        "_selected_action": [report.pk for report in reports],
    }  # fmt: skip
    return client.post(reverse(LIST) + query, sent)


def confirm(client: Client, action: str, page: Any, **entered: str) -> Any:
    """Confirm on the page of the action."""
    sent = {"chosen": page.context["eligible_numbers"], "reason": "", "confirm": "1"} | entered
    return client.post(reverse("admin:tracker_report_bulk", args=[action]), sent, follow=True)


def undo(client: Client, operation: BulkOperation, **entered: str) -> Any:
    address = reverse("admin:tracker_report_bulk_undo", args=[operation.pk])
    return client.post(address, entered, follow=True)


def statuses() -> list[str]:
    return list(Report.objects.current().order_by("ref").values_list("status", flat=True))


def test_the_page_tells_who_is_left_out_and_what_changes(waiting: list[Report], as_boris: Client) -> None:
    waiting[1].author = waiting[1].recorded_by = "boris"
    waiting[1].save()
    page = choose(as_boris, "approve", waiting)
    text = page.content.decode()
    assert (page.context["eligible"], page.context["refused_count"]) == (2, 1)
    assert "Nobody approves their own report" in text
    changed = {(change.region, change.new.value) for change in page.context["effect"].changes}
    assert changed == {("XX01", 40), ("XX", 40)}, "the same people, said twice"
    assert statuses() == ["submitted"] * 3


def test_all_are_approved_and_the_message_undoes_it(waiting: list[Report], as_boris: Client) -> None:
    answer = confirm(as_boris, "approve", choose(as_boris, "approve", waiting))
    operation = BulkOperation.objects.get()
    assert statuses() == ["approved"] * 3
    assert reverse("admin:tracker_report_bulk_undo", args=[operation.pk]) in answer.content.decode()
    assert Run.objects.count() == 1
    undo(as_boris, operation)
    assert statuses() == ["submitted"] * 3
    told = AuditEntry.objects.filter(object=f"bulk operation {operation.pk}").order_by("number")
    assert [entry.action for entry in told] == ["approved", "undone"]
    assert told[0].facts["reports"] == ["un r0", "un r1", "un r2"]


def test_all_that_match_are_chosen_across_the_pages(place: Region, un: Source, as_boris: Client) -> None:
    reports = submitted(place, un, 120)
    reports[0].role = Role.CONTEXT
    reports[0].save()
    page = choose(as_boris, "approve", reports[:1], across=True, query="?role__exact=counted")
    assert page.context["eligible"] == 119
    confirm(as_boris, "approve", page)
    assert statuses().count("approved") == 119


@pytest.mark.parametrize("action", ["return", "retract"])
def test_returning_and_retracting_want_a_reason(
    action: str, waiting: list[Report], as_boris: Client, as_anna: Client
) -> None:
    if action == "retract":
        confirm(as_boris, "approve", choose(as_boris, "approve", waiting))
    before, reports = statuses(), list(Report.objects.current())
    page = choose(as_boris, action, reports)
    assert (page.context["effect"] is None) == (action == "return")
    refused = confirm(as_boris, action, page)
    assert refused.context["form"].errors == {"reason": ["This field is required."]}
    assert statuses() == before
    confirm(as_boris, action, page, reason="the source withdrew them")
    assert set(statuses()) == {"rejected" if action == "return" else "retracted"}
    assert set(Report.objects.current().values_list("reason", flat=True)) == {"the source withdrew them"}


@pytest.mark.parametrize(("action", "value"), [("role", "context"), ("crisis", "C1")])
def test_a_value_is_asked_for_before_its_effect_is_shown(
    action: str, value: str, waiting: list[Report], approved: Report, as_boris: Client
) -> None:
    factories.crisis("C1")
    Report.objects.filter(pk=waiting[1].pk).delete()
    page = choose(as_boris, action, [approved])
    assert page.context["value"] is None
    shown = as_boris.post(
        reverse("admin:tracker_report_bulk", args=[action]), {"chosen": str(approved.pk), "value": value}
    )
    assert (shown.context["eligible"], shown.context["waits"]) == (1, 1)
    assert shown.context["effect"].changes
    confirm(as_boris, action, shown, value=value, reason="the source says so")
    assert set(Report.objects.filter(ref="r1").values_list("status", action)) == {
        ("approved", getattr(approved, action)), ("submitted", value),
    }  # fmt: skip


def test_nothing_is_done_where_one_was_changed_since(waiting: list[Report], as_boris: Client) -> None:
    page = choose(as_boris, "approve", waiting)
    review.reject(waiting[0], by="clara", reason="the page says 41")
    answer = confirm(as_boris, "approve", page)
    assert "Nothing was done" in answer.content.decode()
    assert statuses() == ["rejected", "submitted", "submitted"]
    assert answer.context["eligible"] == 2, "the rest is offered"


def test_an_undo_names_what_was_changed_and_offers_the_rest(waiting: list[Report], as_boris: Client) -> None:
    confirm(as_boris, "approve", choose(as_boris, "approve", waiting))
    first = Report.objects.current().order_by("ref")[0]
    review.retract(first, by="clara", reason="the source withdrew it")
    operation = BulkOperation.objects.get()
    page = undo(as_boris, operation)
    assert [report.ref for report in page.context["changed"]] == ["r0"]
    assert statuses() == ["retracted", "approved", "approved"]
    undo(as_boris, operation, leave="1")
    assert statuses() == ["retracted", "submitted", "submitted"]


def test_people_see_and_undo_what_they_did_themselves(
    waiting: list[Report], as_boris: Client, as_anna: Client
) -> None:
    confirm(as_boris, "approve", choose(as_boris, "approve", waiting))
    operation = BulkOperation.objects.get()
    recent = reverse("admin:tracker_report_bulk_recent")
    assert [one for one, _value in as_boris.get(recent).context["operations"]] == [operation]
    assert list(as_anna.get(recent).context["operations"]) == []
    assert undo(as_anna, operation).status_code == 404
    assert as_boris.get(reverse("admin:tracker_report_bulk_undo", args=[operation.pk])).status_code == 404
    assert statuses() == ["approved"] * 3


def test_reports_of_another_country_are_out_of_reach(place: Region, un: Source) -> None:
    elsewhere = factories.country("YY")
    reports = submitted(place, un, 1)
    reports += [reports[0].successor(ref="y", region="YY", country="YY")]
    reports[1].save()
    assert elsewhere.pcode == "YY"
    client = Client()
    client.force_login(appointed("rita", "reviewer", "XX"))
    page = client.post(
        reverse("admin:tracker_report_bulk", args=["approve"]),
        {"chosen": ",".join(str(report.pk) for report in reports)},
    )
    assert page.context["eligible"] == 1
    forged = ",".join(str(report.pk) for report in reports)
    client.post(reverse("admin:tracker_report_bulk", args=["approve"]), {"chosen": forged, "confirm": "1"})
    assert statuses() == ["approved", "submitted"]


def moved(place: Region, un: Source) -> Report:
    """A proposal that takes what stands in XX to YY."""
    elsewhere = factories.country("YY")
    stands = factories.report(place, un, 40, ref="r0", author="anna", approved_by="clara")
    content = {name: getattr(stands, name) for name in Report.CONTENT}
    content |= {"region": elsewhere.pcode, "country": "YY"}
    return review.revise(stands, content, by="anna", reason="it was there").report


def test_a_report_that_stands_in_another_country_is_not_moved_out_of_it(place: Region, un: Source) -> None:
    proposal = moved(place, un)
    client = Client()
    client.force_login(appointed("rita", "reviewer", "YY"))
    page = choose(client, "approve", [proposal])
    assert (page.context["eligible"], page.context["refused_count"]) == (0, 1)
    assert "stands in another country" in page.content.decode()
    sent = {"chosen": str(proposal.pk), "confirm": "1"}
    client.post(reverse("admin:tracker_report_bulk", args=["approve"]), sent)
    assert set(statuses()) == {"approved", "submitted"}


def test_an_undo_is_for_who_reaches_all_that_it_brings_back(place: Region, un: Source) -> None:
    done = bulk_review.carry_out([moved(place, un)], Order("approve", "rita"))
    client = Client()
    client.force_login(appointed("rita", "reviewer", "YY"))
    assert undo(client, done.operation).status_code == 403
    assert statuses() == ["approved"]


def test_where_the_database_gives_up_nothing_is_done_and_it_is_said(
    waiting: list[Report], as_boris: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadlock(_runs: Any) -> None:
        raise OperationalError("deadlock detected")

    page = choose(as_boris, "approve", waiting)
    with monkeypatch.context() as patched:
        patched.setattr("tracker.tasks.announce", deadlock)
        answer = confirm(as_boris, "approve", page)
    assert "somebody else was at work on the same reports; try again" in answer.content.decode()
    assert statuses() == ["submitted"] * 3
    assert not BulkOperation.objects.exists()
    confirm(as_boris, "approve", page)
    operation = BulkOperation.objects.get()
    with monkeypatch.context() as patched:
        patched.setattr("tracker.tasks.announce", deadlock)
        answer = undo(as_boris, operation)
    assert "somebody else was at work on the same reports; try again" in answer.content.decode()
    operation.refresh_from_db()
    assert (statuses(), operation.undone_at) == (["approved"] * 3, None)


def test_an_officer_is_offered_no_approval(waiting: list[Report]) -> None:
    client = Client()
    client.force_login(appointed("olga", "officer"))
    offered = dict(client.get(reverse(LIST)).context["action_form"].fields["action"].choices)
    assert set(offered) - {""} == {"bulk_role", "bulk_crisis"}
    sent = {"chosen": str(waiting[0].pk), "confirm": "1"}
    assert client.post(reverse("admin:tracker_report_bulk", args=["approve"]), sent).status_code == 403
    assert statuses() == ["submitted"] * 3


@pytest.mark.parametrize(
    "sent",
    [{}, {"chosen": "x"}, {"chosen": "1,,2"}, {"chosen": "9" * 40}, {"chosen": "\x00"}, {"value": "\x00"}],
)
@pytest.mark.parametrize("action", ["approve", "crisis", "burn"])
def test_whatever_is_sent_is_answered(
    action: str, sent: dict[str, str], waiting: list[Report], as_boris: Client
) -> None:
    for extra in ({}, {"confirm": "1", "reason": "why"}):
        answer = as_boris.post(reverse("admin:tracker_report_bulk", args=[action]), sent | extra)
        assert answer.status_code == (404 if action == "burn" else 200)
    assert statuses() == ["submitted"] * 3


@pytest.mark.django_db(transaction=True)
def test_five_hundred_are_approved_and_undone_at_once(
    page: Page, complaints: list[str], live_server: Any, boris: User, place: Region, un: Source,
    record_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    submitted(Region.objects.get(pcode="XX01"), un, 500)
    log_in(page, live_server.url, "boris")
    page.goto(f"{live_server.url}{reverse(LIST)}?status__exact=submitted")
    page.check("#action-toggle")
    page.click("text=Select all 500 reports")
    page.select_option("select[name=action]", "bulk_approve")
    waits = [waited(page, "button[name=index]", "#effect-heading")]
    expect(page.locator("#content")).to_contain_text("500 reports were chosen")
    waits.append(waited(page, "input[name=confirm]", ".messagelist form.undo"))
    assert statuses() == ["approved"] * 500
    waits.append(waited(page, ".messagelist form.undo button", ".messagelist .success"))
    expect(page.locator(".messagelist")).to_contain_text("500 reports are as they were before")
    assert statuses() == ["submitted"] * 500
    record_property("seconds waited", waits)
    assert complaints == []


def waited(page: Page, button: str, shown: str) -> float:
    """Seconds from the click until the next page shows what it is to show."""
    begun = time.perf_counter()
    page.click(button)
    page.wait_for_selector(shown)
    return time.perf_counter() - begun
