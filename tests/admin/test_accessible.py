"""No page of the admin keeps anybody out: axe finds nothing grave, and no content policy is broken."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from http import HTTPStatus

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Page

from tests.admin.every_page import PageOfOurs, pages, world
from tests.admin.shown import Shown, shown
from tests.axe import grave_problems

EVERY_PAGE = "EVERY_PAGE" in os.environ
"""Look at each, also where all that it is made of has been looked at on others. It takes ten minutes."""
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600 if EVERY_PAGE else 400)]

PHONE = {"width": 360, "height": 780}
ON_A_PHONE = (
    "home", "tracker.report list", "tracker.report add", "report asked about", "tracker.report step reject",
    "tracker.report versions compared", "bulk approve previewed", "tracker.import add",
    "import rows unmatched", "audit log", "log-in", "log-in, device to set up", "account with appointments",
)  # fmt: skip


class Build(HTMLParser):
    """Of what a page is made, whatever it says: elements with their attributes, roles, types and classes."""

    def __init__(self, html: str, *, with_classes: bool) -> None:
        super().__init__()
        self._with_classes = with_classes
        self._parts: set[Hashable] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        part = (tag, frozenset(of), of.get("role"), of.get("type"))
        self._parts.add((*part, of.get("class")) if self._with_classes else part)

    @property
    def parts(self) -> frozenset[Hashable]:
        return frozenset(self._parts)


@contextmanager
def forgotten() -> Iterator[None]:
    """What is stored in the block is gone after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def problems_of(wanted: Iterable[PageOfOurs], screen: Shown, *, with_classes: bool = False) -> list[str]:
    """What is amiss on these pages, and where; a page of which nothing is new is not looked at."""
    world()
    found: list[str] = []
    looked_at: set[Hashable] = set()
    for page in wanted:
        with forgotten():
            answer = screen.ask(page)
            parts = Build(answer.content.decode(), with_classes=with_classes).parts
            if answer.status_code == HTTPStatus.OK and (EVERY_PAGE or parts - looked_at):
                looked_at |= parts
                problems = [*screen.show(), *grave_problems(screen.page)]
                found += [f"{page.name}: {problem}" for problem in problems]
    assert looked_at, "no page was looked at"
    return found


# Names and roles are the same in the dark, and colours in Arabic: so two rounds are enough.
@pytest.mark.parametrize(("language", "color_scheme"), [("en", "light"), ("ar", "dark")])
def test_no_page_has_a_grave_problem_or_breaks_its_content_policy(
    language: str, color_scheme: str, browser: Browser
) -> None:
    wanted = [page for page in pages() if not page.is_data]
    with shown(browser, language=language, color_scheme=color_scheme) as screen:
        found = problems_of(wanted, screen, with_classes=language == "en")
    assert not found, "\n".join(found)


def test_no_page_has_a_grave_problem_on_a_phone(browser: Browser) -> None:
    wanted = [page for page in pages() if page.name in ON_A_PHONE]
    assert len(wanted) == len(ON_A_PHONE)
    with shown(browser, language="ar", viewport=PHONE) as screen:
        found = problems_of(wanted, screen)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ("<input name=people>", "label"),
        ("<p style='color: #bbb; background: #fff'>a hundred people</p>", "color-contrast"),
        ("<img src=map.png>", "image-alt"),
    ],
)
def test_axe_finds_what_is_wrong(html: str, rule: str, page: Page) -> None:
    page.set_content(f"<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1>{html}</main>")
    assert {problem.split()[0] for problem in grave_problems(page)} == {rule}


def test_what_the_content_policy_blocks_is_seen(browser: Browser) -> None:
    world()
    log_in = next(page for page in pages() if page.name == "log-in")
    with shown(browser, language="en") as screen:
        answer = screen.ask(log_in)
        assert screen.show() == []
        answer.content += b"<p style='color: red'>blocked</p><script src='https://example.org/x.js'></script>"
        complaints = " ".join(screen.show())
    assert "inline style" in complaints
    assert "https://example.org/x.js" in complaints
