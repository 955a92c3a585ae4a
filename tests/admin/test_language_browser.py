"""The choice of a language in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.admin.logging_in import appointed, log_in
from tracker.models import ChosenLanguage

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_language_is_chosen_by_keyboard_before_and_after_logging_in(
    page: Page, complaints: list[str], live_server: Any
) -> None:
    base, olga = live_server.url, appointed("olga", "officer")
    page.goto(f"{base}/admin/login/")
    page.get_by_role("button", name="العربية").focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    header, form = (page.locator(place).bounding_box() for place in ("#site-name", "#language-form"))
    assert header is not None
    assert form is not None
    assert header["x"] + header["width"] > form["x"] + form["width"] / 2, "it begins at the right"

    log_in(page, base, "olga")
    page.goto(f"{base}/admin/tracker/report/?for_me=drafts")
    page.get_by_role("button", name="Français").focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page).to_have_url(f"{base}/admin/tracker/report/?for_me=drafts")
    assert ChosenLanguage.objects.of(olga) == "fr"
    assert complaints == []


def test_the_choice_fits_a_phone(page: Page, live_server: Any) -> None:
    page.set_viewport_size({"width": 320, "height": 600})
    page.goto(f"{live_server.url}/admin/login/")
    for name in ("English", "Français", "العربية"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 320
        assert box["height"] >= 24, "a finger finds it"
