"""Logging out leaves nothing typed behind in the browser; a session that merely ended does."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.admin.logging_in import appointed, log_in
from tracker.models import StaffRole

pytestmark = pytest.mark.django_db

LOGOUT = reverse("admin:logout")
KEEP, KEPT = "localStorage.setItem('draft', 'typed')", "localStorage.getItem('draft')"
EVERYTHING = "JSON.stringify(localStorage)"


@pytest.fixture
def omar() -> User:
    return appointed("omar", StaffRole.OFFICER)


def test_logging_out_tells_the_browser_to_forget_what_it_kept(omar: User, client: Client) -> None:
    client.force_login(omar)
    assert client.post(LOGOUT).headers["Clear-Site-Data"] == '"storage"'


def test_who_is_not_logged_in_any_more_makes_no_browser_forget(omar: User, client: Client) -> None:
    client.force_login(omar)
    Session.objects.all().delete()
    assert "Clear-Site-Data" not in client.post(LOGOUT).headers
    assert "Clear-Site-Data" not in Client().get(reverse("admin:login")).headers


def test_what_was_typed_is_gone_after_logging_out_and_stays_where_a_session_ended(
    page: Page, complaints: list[str], live_server: Any, transactional_db: None
) -> None:
    appointed("omar", StaffRole.OFFICER)
    log_in(page, live_server.url, "omar")
    page.evaluate(KEEP)
    Session.objects.all().delete()
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator("#id_username")).to_be_visible()
    assert page.evaluate(KEPT) == "typed"

    log_in(page, live_server.url, "omar")
    page.locator("#logout-form button").click()
    expect(page.locator("#logout-form")).to_have_count(0)
    assert page.evaluate(KEPT) is None
    assert complaints == []


@pytest.mark.parametrize("obeys", [True, False], ids=["obeys", "knows no Clear-Site-Data"])
def test_what_stands_unsaved_in_the_form_is_gone_after_logging_out_from_it(
    obeys: bool, page: Page, complaints: list[str], live_server: Any, transactional_db: None
) -> None:
    appointed("omar", StaffRole.OFFICER)
    log_in(page, live_server.url, "omar")
    if not obeys:
        page.route(f"**{LOGOUT}", lambda route: route.fulfill(content_type="text/html", body="<p>Out</p>"))
    page.goto(f"{live_server.url}{reverse('admin:tracker_report_add')}")
    page.evaluate("localStorage.setItem('tracker.entry:0:old', '{}')")
    page.fill("#id_excerpt", "Forty people left the village.")
    # A change is kept at once; what is typed after it, at the latest when the page is left.
    page.locator("#id_excerpt").blur()
    assert "Forty people" in page.evaluate(EVERYTHING)
    page.locator("#id_excerpt").press_sequentially(" And more.")
    page.locator("#logout-form button").click()
    expect(page.locator("#logout-form")).to_have_count(0)
    page.goto(f"{live_server.url}/admin/login/")
    assert "tracker.entry" not in page.evaluate(EVERYTHING)
    assert complaints == []
