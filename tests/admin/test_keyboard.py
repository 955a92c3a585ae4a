"""Every form of the admin is used without a mouse, and one sees where one is."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, Request, expect

from tests.admin.every_page import pages, world
from tests.admin.keyboard import tab_to
from tests.admin.logging_in import log_in
from tests.admin.shown import Shown, shown
from tests.axe import grave_problems
from tracker.models import Report

pytestmark = pytest.mark.django_db

FORMS = (
    "tracker.report add", "report draft", "report asked about", "tracker.report step reject",
    "bulk retract previewed", "bulk crisis previewed", "tracker.import add", "import rows unmatched",
    "tracker.source change", "tracker.crisis add", "tracker.round add", "tracker.exportschedule add",
    "tracker.conflictevent step retract", "auth.user add", "account with appointments", "password of another",
    "password change", "second factor", "log-in", "log-in, second step", "log-in, device to set up",
)  # fmt: skip
ADD = "tracker.report add"

SLOW = 60_000
"""Milliseconds: the first preview of a figure compiles the rules."""
FEW_MORE = 20
"""Stops that are no controls: areas that scroll, the parts of a control that the browser draws."""

# Numbers what can be used, in the order of the page, and remembers how each looks while one is elsewhere.
NUMBER = """
() => {
  const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  window.looks = (element) => {
    const style = getComputedStyle(element);
    return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor, style.backgroundColor,
      style.textDecorationLine].join();
  };
  // Of alternatives Tab comes to the chosen one; arrows go on to the others.
  const isThere = (one) => !one.disabled && (one.type !== "radio" || one.checked)
    && one.checkVisibility({ visibilityProperty: true });
  window.stops = [...document.querySelectorAll(controls)].filter(isThere);
  window.elsewhere = stops.map(looks);
  return stops.map((one) => one.outerHTML.slice(0, 120));
}
"""

# The number of what has the focus, -1 where it is none of them, and whether it looks another way for it.
WHERE = """
() => {
  document.getAnimations().forEach((one) => one.finish());
  const number = stops.indexOf(document.activeElement);
  return [number, number >= 0 && looks(stops[number]) !== elsewhere[number]];
}
"""


def opened(screen: Shown, name: str) -> Page:
    world()
    screen.ask(next(page for page in pages() if page.name == name))
    assert screen.show() == []
    screen.page.evaluate("document.activeElement.blur()")
    return screen.page


def is_sent(request: Request) -> bool:
    return request.method == "POST" and request.is_navigation_request()


def walk(page: Page) -> tuple[list[str], list[int], list[int]]:
    """The controls of the page, those that Tab comes to one after the other, and those that hide it."""
    controls = page.evaluate(NUMBER)
    passed: list[int] = []
    unseen: list[int] = []
    # Where a field had the focus at first, Tab goes on from there and comes round.
    for _ in range(2 * len(controls) + FEW_MORE):
        page.keyboard.press("Tab")
        number, is_seen = page.evaluate(WHERE)
        if number < 0 or number in passed[-1:]:
            continue
        if number in passed:
            break
        passed.append(number)
        if not is_seen:
            unseen.append(number)
    return controls, passed, unseen


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_gone_through_and_sent_by_keys(name: str, browser: Browser) -> None:
    with shown(browser, language="en") as screen:
        controls, passed, unseen = walk(opened(screen, name))
        first = passed.index(min(passed))
        assert passed[first:] + passed[:first] == list(range(len(controls))), controls
        assert [controls[number] for number in unseen] == []
        for key in ("Enter", "Space"):
            assert screen.show() == []
            page = screen.page
            form = page.locator("#content form[method=post]")
            # What is left empty is told by the server here, and not by the browser.
            form.first.evaluate("form => { form.noValidate = true }")
            send = form.locator("[type=submit]:not([name^=_add])").first
            send.focus()
            expect(send).to_be_focused()
            with page.expect_request(is_sent), page.expect_event("load"):
                page.keyboard.press(key)


def test_a_walk_finds_what_the_keyboard_cannot_reach_and_what_hides_the_focus(page: Page) -> None:
    page.set_content(
        "<style>:focus { outline: none }</style>"
        "<a href=#>one</a><a href=# tabindex=-1>two</a><input><a href=#>four</a>"
    )
    controls, passed, unseen = walk(page)
    assert (len(controls), passed, unseen) == (4, [0, 2, 3], [0, 2, 3])


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_first_key_leads_past_the_head_of_the_page(language: str, browser: Browser) -> None:
    with shown(browser, language=language) as screen:
        page = opened(screen, "home")
        page.keyboard.press("Tab")
        skip = page.locator(".skip-to-content-link")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#content-start")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('#content-start').contains(document.activeElement)")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_suggestions_are_gone_through_by_arrows_taken_by_enter_and_closed_by_escape(
    language: str, browser: Browser
) -> None:
    with shown(browser, language=language) as screen:
        page = opened(screen, ADD)
        field, options = page.locator("#id_region"), page.locator("#id_region_suggestions [role=option]")
        tab_to(page, "#id_region")
        page.keyboard.type("xx0")
        expect(options).to_have_count(2)
        assert grave_problems(page) == []
        page.keyboard.press("ArrowUp")
        expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("ArrowDown")
        expect(options.nth(0)).to_have_attribute("aria-selected", "true")
        assert grave_problems(page) == []
        page.keyboard.press("Escape")
        expect(page.locator("#id_region_suggestions")).to_be_hidden()
        expect(field).to_have_value("xx0")
        expect(field).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(page.locator("#id_region_suggestions")).to_be_visible()
        page.keyboard.press("ArrowDown")
        expect(options.nth(0)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Enter")
        expect(field).to_have_value("XX01")


@pytest.mark.django_db(transaction=True)
def test_what_is_said_while_somebody_types_keeps_nobody_out(
    page: Page, live_server: Any, anna: User, approved: Report
) -> None:
    log_in(page, live_server.url, "anna")
    page.goto(f"{live_server.url}/admin/tracker/report/add/")
    for name in ("source", "region", "start", "end", "published"):
        page.fill(f"#id_{name}", str(getattr(approved, name)))
    page.select_option("#id_measure", approved.measure)
    page.select_option("#id_cause", approved.cause)
    page.fill("#id_stated_value", "4000")
    expect(page.locator("#entry-overlaps")).to_contain_text("un r1", timeout=SLOW)
    expect(page.locator("#entry-effect table")).to_be_visible(timeout=SLOW)
    expect(page.locator("#entry-warnings li")).not_to_have_count(0)
    assert grave_problems(page) == []
