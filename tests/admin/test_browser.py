"""The admin in a real browser: it works, and it breaks no rule of its own content policy."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.admin.logging_in import log_in
from tracker.models import Region, Report, Source
from tracker.vocabulary import Status

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_officer_enters_edits_and_submits_and_another_approves(
    page: Page, complaints: list[str], live_server: Any, anna: User, boris: User, place: Region, un: Source
) -> None:
    base = live_server.url
    log_in(page, base, "anna")
    page.goto(f"{base}/admin/tracker/report/")
    page.click("text=Add report")

    page.fill("#id_source", "un")
    page.fill("#id_ref", "r1")
    page.locator("#id_region").press_sequentially("XX02")
    expect(page.locator('.suggested[data-for="id_region"]')).to_have_text("Region XX › Region XX02")
    page.select_option("#id_measure", "departures")
    page.select_option("#id_cause", "conflict")
    for field in ("start", "end", "published"):
        page.fill(f"#id_{field}", "2024-12-01")
    page.fill("#id_stated_value", "40")
    page.click("input[name=_save]")
    expect(page.locator(".messagelist .success")).to_be_visible()

    page.click("#result_list a:text('r1')")
    page.fill("#id_stated_value", "41")
    page.click("input[name=_save]")
    expect(page.locator(".field-reason .errorlist")).to_have_text("This field is required.")
    page.fill("#id_reason", "it was mistyped")
    page.click("input[name=_save]")
    expect(page.locator(".versions ins").first).to_have_text("41")
    page.click(".steps >> text=Submit for review")
    page.click("input[type=submit]")
    expect(page.locator(".steps")).not_to_contain_text("Approve")

    page.click("#logout-form button")
    log_in(page, base, "boris")
    page.click("text=report waits for my review")
    page.click("#result_list a:text('r1')")
    page.click(".steps >> text=Approve")
    page.click("input[type=submit]")
    expect(page.locator(".messagelist .success")).to_contain_text("1 build due")

    standing = Report.objects.current().get()
    assert (standing.status, standing.value, standing.approved_by) == (Status.APPROVED, 41, "boris")
    assert complaints == []
