"""A report entered by keyboard in a real browser, and what the browser keeps of it."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests import factories
from tests.admin.keyboard import tab_to, type_into
from tests.admin.logging_in import log_in
from tracker.models import Region, Report, Source
from tracker.vocabulary import Status

pytestmark = pytest.mark.django_db(transaction=True)

LARGEST_PAGE = 200_000
"""Bytes on the line, where everything is compressed, without pictures."""


def wait_until_kept(page: Page, text: str) -> None:
    """Until the browser has stored it; the policy of the page keeps playwright from waiting by a script."""
    for _ in range(100):
        if text in page.evaluate("JSON.stringify(localStorage)"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{text!r} was not kept")


def test_a_report_is_entered_by_keyboard_with_overlap_effect_and_a_warning_answered(
    page: Page, complaints: list[str], live_server: Any, anna: User, approved: Report
) -> None:
    log_in(page, live_server.url, "anna")
    page.goto(f"{live_server.url}/admin/tracker/report/add/")

    type_into(page, "#id_source", "un")
    type_into(page, "#id_ref", "r2")
    type_into(page, "#id_region", "region xx01")
    expect(page.locator("#id_region_suggestions [role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#id_region")).to_have_attribute("aria-activedescendant", "id_region_suggestions_0")
    page.keyboard.press("Enter")
    expect(page.locator("#id_region")).to_have_value("XX01")
    expect(page.locator('.suggested[data-for="id_region"]')).to_have_text("Region XX › Region XX01")
    type_into(page, "#id_measure", "departures")
    type_into(page, "#id_cause", "conflict")
    type_into(page, "#id_start", "2024-12-01")
    type_into(page, "#id_end", "")
    expect(page.locator("#id_end")).to_have_value("2024-12-01")
    page.keyboard.type("2024-12-03")
    type_into(page, "#id_published", "2024-12-03")
    type_into(page, "#id_stated_value", "1500")

    expect(page.locator("#entry-overlaps")).to_contain_text("un r1")
    expect(page.locator("#entry-effect tr.changed").first).to_contain_text("Region XX01", timeout=60_000)
    expect(page.locator("#entry-effect tr.changed").first).to_contain_text("1,500")
    expect(page.locator("#entry-note-stated_value-warning")).to_contain_text("12 times the last value")
    expect(page.locator("#entry-state")).to_have_text("")

    tab_to(page, "input[name=submits]")
    page.keyboard.press("Enter")
    expect(page.locator("#entry .errorlist")).to_contain_text("say why the report is right all the same")
    type_into(page, "#id_override_reason", "two camps were emptied")
    tab_to(page, "input[name=submits]")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()

    report = Report.objects.current().get(ref="r2")
    assert (report.status, report.value) == (Status.SUBMITTED, 1500)
    assert [one["reason"] for one in report.warnings_overridden or []] == ["two camps were emptied"]
    assert complaints == []


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(
    page: Page, live_server: Any, anna: User, place: Region
) -> None:
    log_in(page, live_server.url, "anna")
    page.goto(f"{live_server.url}/admin/tracker/report/add/")
    type_into(page, "#id_region", "region")
    expect(page.locator("#id_region_suggestions")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#id_region_suggestions")).to_be_hidden()
    expect(page.locator("#id_region")).to_have_value("region")
    expect(page.locator("#id_region")).to_have_attribute("aria-expanded", "false")


def test_a_document_of_the_source_fills_title_and_address(
    page: Page, live_server: Any, anna: User, place: Region, un: Source
) -> None:
    factories.report(place, un, title="Flash update 3", url="https://example.org/3")
    log_in(page, live_server.url, "anna")
    page.goto(f"{live_server.url}/admin/tracker/report/add/")
    type_into(page, "#id_source", "un")
    type_into(page, "#id_title", "flash")
    page.locator("#id_title_suggestions [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#id_title")).to_have_value("Flash update 3")
    expect(page.locator("#id_url")).to_have_value("https://example.org/3")


def test_what_a_breakdown_leaves_out_is_shown_while_it_is_typed(
    page: Page, live_server: Any, anna: User, place: Region, un: Source
) -> None:
    factories.report(
        place, un, 100, status=Status.DRAFT, author="anna", ref="r1", breakdown={"male": {"60+": 30}}
    )
    log_in(page, live_server.url, "anna")
    page.goto(f"{live_server.url}/admin/tracker/report/{Report.objects.get().pk}/change/")
    expect(page.locator("[data-remainder]")).to_have_text("70")
    page.fill("input[name='breakdown-female-0-4']", "80")
    expect(page.locator("[data-sum]")).to_have_text("110")
    expect(page.locator("[data-remainder]")).to_have_text("-10")
    expect(page.locator("#entry-note-breakdown-warning")).to_contain_text("adds up to 110")


def test_what_was_typed_and_not_saved_is_offered_again_and_not_once_it_is_saved(
    page: Page, complaints: list[str], live_server: Any, anna: User, place: Region, un: Source
) -> None:
    log_in(page, live_server.url, "anna")
    add = f"{live_server.url}/admin/tracker/report/add/"
    page.goto(add)
    page.fill("#id_source", "un")
    page.fill("#id_ref", "r7")
    page.fill("#id_excerpt", "Forty people left the village.")
    wait_until_kept(page, "Forty people")

    again = page.context.new_page()
    page.close()
    again.goto(add)
    expect(again.locator("#entry-kept")).to_contain_text("r7")
    again.click("[data-bring-back]")
    expect(again.locator("#id_excerpt")).to_have_value("Forty people left the village.")
    for name, value in {"region": "XX01", "start": "2024-12-01", "published": "2024-12-01"}.items():
        again.fill(f"#id_{name}", value)
    again.fill("#id_end", "2024-12-01")
    again.select_option("#id_measure", "departures")
    again.select_option("#id_cause", "conflict")
    again.fill("#id_stated_value", "40")
    again.click("input[name=_save]")
    expect(again.locator(".messagelist .success")).to_be_visible()
    assert Report.objects.get().excerpt == "Forty people left the village."

    again.goto(add)
    expect(again.locator("#entry-kept")).to_be_hidden()
    assert "r7" not in again.evaluate("JSON.stringify(localStorage)")
    assert complaints == []


@pytest.mark.parametrize(("width", "direction"), [(1280, "ltr"), (360, "ltr"), (360, "rtl"), (1280, "rtl")])
def test_the_page_fits_its_window_either_way_round(
    width: int, direction: str, page: Page, live_server: Any, anna: User, approved: Report
) -> None:
    log_in(page, live_server.url, "anna")
    page.set_viewport_size({"width": width, "height": 800})
    for address in ("", "tracker/report/add/", f"tracker/report/{approved.pk}/change/"):
        page.goto(f"{live_server.url}/admin/{address}")
        page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_form_is_light_enough_for_a_slow_line(
    page: Page, live_server: Any, anna: User, approved: Report
) -> None:
    log_in(page, live_server.url, "anna")
    page.wait_for_load_state("networkidle")
    loaded: list[Any] = []
    page.on("response", lambda answer: loaded.append(answer))
    page.goto(f"{live_server.url}/admin/tracker/report/add/", wait_until="networkidle")
    told = {
        answer.url: len(gzip.compress(answer.body()))
        for answer in loaded
        if answer.request.resource_type not in {"image", "fetch"}
    }
    assert sum(told.values()) < LARGEST_PAGE, told
