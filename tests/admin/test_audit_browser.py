"""An auditor reads the log in a browser, on a phone too."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.admin.logging_in import appointed, log_in
from tracker.models import StaffRole
from tracker.models.audit import Action, record

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_auditor_finds_who_approved_a_report(page: Page, live_server: Any, complaints: list[str]) -> None:
    report = factories.report(factories.country(), factories.source(), ref="r1")
    boris: dict[str, Any] = {
        "actor": "boris",
        "address": "192.0.2.7",
        "object": "report un r1",
        "country": "XX",
    }
    record(Action.READ, **boris, details={"id": report.pk, "version": 1})
    record(
        Action.APPROVED, **boris, details={"id": report.pk, "version": 1, "reason": "checked against the PDF"}
    )
    record(Action.LISTED, actor="anna", address="192.0.2.8", object="report", details={"restricted": 7})
    appointed("aino", StaffRole.AUDITOR)
    log_in(page, live_server.url, "aino")
    page.goto(f"{live_server.url}/admin/tracker/auditentry/")

    page.set_viewport_size({"width": 375, "height": 740})
    page.get_by_label("what").fill("report un r1")
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    page.get_by_role("link", name="approved", exact=True).click()
    row = page.locator("#result_list tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("boris")
    row.get_by_role("link").first.click()

    expect(page.locator("#content-main")).to_contain_text("checked against the PDF")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_role("link", name="report un r1").click()
    expect(page).to_have_url(f"{live_server.url}/admin/tracker/report/{report.pk}/change/")
    assert complaints == []
