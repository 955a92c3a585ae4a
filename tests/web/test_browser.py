"""The readers' page in a real browser, on a desk and on a phone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import factories
from tracker.figures.build import build
from tracker.figures.conflict import build_conflict
from tracker.figures.cubes import cube_keys
from tracker.models import Region
from tracker.vocabulary import Measure

pytestmark = pytest.mark.django_db(transaction=True)


def square(west: int) -> str:
    ring = [[west, 34], [west + 1, 34], [west + 1, 35], [west, 35], [west, 34]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


@pytest.fixture
def crisis() -> Region:
    """Seventy people (60 to 90) displaced from XX01 in week 49 and nobody from XX02; a battle in XX01.

    The first report on it spoke of twenty.
    """
    country = factories.region("XX")
    first = factories.region("XX01", country, outline=square(35))
    second = factories.region("XX02", country, outline=square(36))
    factories.crisis("XX-2024", start=date(2024, 12, 1))
    un = factories.source("un", attribution="Said by the UN")
    week = {"start": date(2024, 12, 2), "end": date(2024, 12, 8)}
    when: dict[str, Any] = {"measure": Measure.DEPARTURES, "crisis": "XX-2024", **week}
    early = datetime(2024, 12, 9, 8, tzinfo=UTC)
    late = datetime(2024, 12, 12, 8, tzinfo=UTC)
    factories.report(first, un, 20, ref="a", recorded_at=early, published=date(2024, 12, 8), **when)
    for key in cube_keys():
        build(key, recorded_at=early)
    factories.report(
        first, un, 70, low=60, high=90, ref="b", recorded_at=late, published=date(2024, 12, 12),
        url="https://example.org/b", title="Flash update", **when,
    )  # fmt: skip
    factories.report(second, un, 0, ref="c", recorded_at=late, published=date(2024, 12, 12), **when)
    for key in cube_keys():
        build(key, recorded_at=late)
    factories.event(first, day=date(2024, 12, 3), latitude=34.5, longitude=35.5)
    build_conflict("XX", recorded_at=timezone.now())
    return country


def test_a_reader_sees_where_when_and_why(
    page: Page, complaints: list[str], live_server: Any, crisis: Region
) -> None:
    page.goto(live_server.url)
    expect(page.locator("#headline")).to_have_text("70 people were displaced from Region XX")
    expect(page.locator("#subline")).to_contain_text("2 – 8 December 2024 · between 60 and 90")

    expect(page.locator("#map path[aria-label='Region XX01: 70 people']")).to_have_class("area q5")
    expect(page.locator("#map path[aria-label='Region XX02: 0 people']")).to_have_class("area zero")
    expect(page.locator("#map circle.event")).to_have_count(1)

    expect(page.locator("#chart .column")).to_have_count(3)
    expect(page.locator("#chart .column .whisker")).to_have_count(1)
    expect(page.locator("#chart .column .events")).to_have_count(1)
    rows = page.locator("#table tbody tr")
    expect(rows.nth(0)).to_contain_text("no figure")
    expect(rows.nth(1)).to_contain_text("60 to 90")

    expect(page.locator(".parts tbody tr").first).to_contain_text("Region XX01")
    page.click(".parts >> text=Region XX01")
    expect(page.locator("#headline")).to_have_text("70 people were displaced from Region XX01")
    used = page.locator(".report.outcome-used")
    expect(used.first).to_contain_text("Counts here with")
    expect(page.locator(".reports >> text=Flash update")).to_have_attribute("href", "https://example.org/b")
    assert complaints == []


def test_a_reader_goes_back_to_what_was_known(
    page: Page, complaints: list[str], live_server: Any, crisis: Region
) -> None:
    page.goto(live_server.url)
    expect(page.locator("#headline")).to_contain_text("70 people")
    page.fill("#as-of-day", "2024-12-10")
    expect(page.locator("#headline")).to_contain_text("20 people")
    expect(page.locator("#chart .later")).to_have_count(1)
    expect(page.locator("#map path[aria-label='Region XX02: no figure']")).to_have_class("area unknown")
    assert "as_of=2024-12-10" in page.url

    page.goto(page.url)
    expect(page.locator("#headline")).to_contain_text("20 people")
    page.click("#as-of-now")
    expect(page.locator("#headline")).to_contain_text("70 people")
    assert complaints == []


def test_a_period_without_a_figure_is_no_zero_and_is_chosen_by_keyboard(
    page: Page, complaints: list[str], live_server: Any, crisis: Region
) -> None:
    page.goto(live_server.url)
    expect(page.locator("#headline")).to_contain_text("70 people")
    page.focus("#chart [data-period='2024-W48']")
    page.keyboard.press("Enter")
    expect(page.locator("#headline")).to_have_text("No figure: displaced from Region XX")
    expect(page.locator("#reasons-body")).to_contain_text("That is not zero")
    assert page.evaluate("() => document.activeElement.dataset.period") == "2024-W48"
    assert complaints == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_its_screen(width: int, page: Page, live_server: Any, crisis: Region) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(live_server.url)
    expect(page.locator("#map svg")).to_be_visible()
    expect(page.locator(".parts")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
