"""An import of thousands of rows in a real browser, with a worker in a process of its own."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import factories
from tests.admin.logging_in import appointed, log_in
from tests.ingest.files import csv_text
from tests.live import Environment
from tests.services.process import server
from tests.uploading import upload
from tracker.models import Import, Report, StaffRole
from tracker.vocabulary import Status

pytestmark = pytest.mark.django_db(transaction=True)

PROJECT_ROOT = Path(__file__).resolve().parents[2]
ROWS, NEGATIVE, ELSEWHERE = 5000, 25, 15
BAD = NEGATIVE + ELSEWHERE
PARTS = 20
SLOWEST = 60_000
"""Milliseconds after which what is waited for is taken not to come at all."""


@pytest.fixture
def _worker(live_database: Environment, tmp_path: Path) -> Iterator[None]:
    """`manage.py work`, ready: it does what waits, as a small installation does without a broker."""
    log = tmp_path / "work.log"
    with server(
        [sys.executable, "manage.py", "work"],
        log=log,
        is_ready=lambda: b"Waiting for runs" in log.read_bytes(),
        stop=signal.SIGTERM,
        environment=live_database | {"REDIS_URL": ""},
        folder=PROJECT_ROOT,
    ):
        yield


def let_it_wake() -> None:
    """Have the worker check a file of one row: what it needs is loaded from then on."""
    first = upload(csv_text("reports", {"ref": "first"}), by="somebody")
    until = time.monotonic() + SLOWEST / 1000
    while Import.objects.get(pk=first.pk).is_busy and time.monotonic() < until:
        time.sleep(0.1)


def row(number: int) -> dict[str, str]:
    """Ten people who left one of the parts on a day of its own; the last rows are bad."""
    first = date(2024, 1, 1) if number < ROWS - ELSEWHERE else date(2024, 12, 1)
    days = number // PARTS if number < ROWS - ELSEWHERE else number - (ROWS - ELSEWHERE)
    day = (first + timedelta(days=days)).isoformat()
    return {
        "ref": f"r{number:04}",
        "region": "Nowhere Town" if number >= ROWS - ELSEWHERE else f"XX{number % PARTS + 1:02}",
        "start": day,
        "end": day,
        "published": "2024-12-31",
        "value": "-1" if ROWS - BAD <= number < ROWS - ELSEWHERE else "10",
    }


def shares_seen(page: Page, *, until: str) -> list[int]:
    """What the progress bar showed, until there was something else on the page."""
    seen: list[int] = []
    while not page.locator(until).count():
        value = page.evaluate(
            "() => { const bar = document.querySelector('progress'); return bar && bar.value; }"
        )
        if value is not None and value not in seen[-1:]:
            seen.append(value)
        page.wait_for_timeout(30)
    return seen


@pytest.mark.usefixtures("_worker")
def test_a_file_of_5000_rows_comes_from_upload_to_the_figures(
    page: Page, browser: Browser, complaints: list[str], live_server: Any, tmp_path: Path
) -> None:
    factories.country("XX", parts=PARTS)
    factories.source("un")
    appointed("mona", StaffRole.DATA_MANAGER)
    appointed("rita", StaffRole.REVIEWER, "XX")
    let_it_wake()
    path = tmp_path / "departures.csv"
    path.write_text(csv_text("reports", *map(row, range(ROWS))))

    log_in(page, live_server.url, "mona")
    page.goto(f"{live_server.url}/admin/tracker/import/add/")
    page.set_input_files("#id_file", path)
    page.click("text=Upload and check")
    shares = shares_seen(page, until=".import-tabs")
    assert len({share for share in shares if 0 < share < 100}) >= 2, shares
    assert shares == sorted(shares)

    expect(page.locator(".import-tabs [aria-current]")).to_have_text(f"New {ROWS - BAD:,}")
    expect(page.locator("[aria-labelledby=effects-heading] tbody tr").first).to_contain_text("Region XX")
    page.click(".import-tabs >> text=Rejected")
    expect(page.locator(".import-rows tbody tr")).to_have_count(NEGATIVE)
    expect(page.locator(".import-rows tbody")).to_contain_text("the number is negative; counts begin at 0")
    with page.expect_download() as download:
        page.click("text=Rows that were not taken, as a file")
    assert len(Path(download.value.path()).read_text().splitlines()) == BAD + 1

    page.fill("#id_other_0", "XX01")
    page.click("text=Remember these places and check again")
    expect(page.locator(".import-tabs")).to_contain_text("Unmatched 0", timeout=SLOWEST)
    page.click(f"text=Submit {ROWS - NEGATIVE:,} chosen rows for review")
    expect(page.locator(".import .notice")).to_contain_text(
        "nobody approves their own import", timeout=SLOWEST
    )
    assert Report.objects.current().filter(status=Status.SUBMITTED, author="mona").count() == ROWS - NEGATIVE

    with browser.new_context() as context:
        other = context.new_page()
        log_in(other, live_server.url, "rita")
        other.goto(f"{live_server.url}/admin/tracker/import/")
        other.click("text=departures.csv")
        other.click(f"text=Approve {ROWS - NEGATIVE:,} chosen rows")
        expect(other.locator(".import-about")).to_contain_text("taken by rita", timeout=SLOWEST)
        assert figure(other, live_server.url) == 10 * (ROWS - NEGATIVE)
    assert complaints == []


def figure(page: Page, base: str) -> int:
    """The people who left the country in 2024, as the API has it, once it has it."""
    address = f"{base}/api/v1/figures/?region=XX&measure=departures&cause=conflict&period_type=year"
    until = time.monotonic() + SLOWEST / 1000
    while time.monotonic() < until:
        if found := page.request.get(address).json()["results"]:
            return int(found[0]["value"])
        time.sleep(0.1)
    raise AssertionError("there is no figure yet")
