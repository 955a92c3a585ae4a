"""How long people wait on the pages: an import of thousands of rows, and hundreds of reports at once.

make waits: gunicorn, two workers and Chromium; each wait from the click until the page says that it is done.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests import factories
from tests.admin.logging_in import appointed, log_in
from tests.admin.test_bulk import submitted
from tests.admin.test_imports_browser import BAD, NEGATIVE, PARTS, ROWS, row
from tests.benchmarks.results import Measured, say, timed
from tests.benchmarks.serving import served
from tests.benchmarks.workers import workers
from tests.browser import QUIETLY
from tests.ingest.files import csv_text
from tests.services import binaries
from tracker.models import Region, Source, StaffRole

COUNTRIES = ("XA", "XB", "XC")
"""Each for one time that it is measured, so that all rows are new each time."""
IN_BULK = 500
LONGEST = 5.0
"""Seconds that nobody should have to wait longer than."""
GIVEN_UP = 120_000
"""Milliseconds after which what is waited for is taken not to come at all."""

WITH_FILES = "tests.benchmarks.serving_settings"
MANAGER, REVIEWER = "mona", "rita"

Waits = dict[str, float]
"""Seconds of each wait, by what was waited for."""


def measure(_number: int) -> list[Measured]:
    """The slowest of each wait, and how many were too long; on a database that has no other reports."""
    source = factories.source("un")
    appointed(MANAGER, StaffRole.DATA_MANAGER)
    appointed(REVIEWER, StaffRole.REVIEWER)
    with workers(), served(settings=WITH_FILES) as port, _chromium() as browser:
        base = f"http://127.0.0.1:{port}"
        manager, reviewer = (_logged_in(browser, base, name) for name in (MANAGER, REVIEWER))
        # As on any day in service: somebody has imported a file before.
        _import(manager, reviewer, base, country="XX", rows=100)
        imports = [_import(manager, reviewer, base, country=country, rows=ROWS) for country in COUNTRIES]
        region = Region.objects.get(pcode="XX01")
        in_bulk = [_in_bulk(reviewer, base, region, source, time) for time in range(len(COUNTRIES))]
    return [*_lines(imports, f"{ROWS:,} rows, {BAD} bad"), *_lines(in_bulk, f"{IN_BULK} reports")]


def _lines(times: list[Waits], of: str) -> list[Measured]:
    lines = []
    for what in times[0]:
        seconds = [waits[what] for waits in times]
        above = sum(each > LONGEST for each in seconds)
        goal = f"{LONGEST:.0f} s; above it {above} of {len(seconds)}"
        lines.append(Measured(f"wait: {what}, slowest of {len(seconds)}", of, max(seconds), goal=goal))
    return lines


def _import(manager: Page, reviewer: Page, base: str, *, country: str, rows: int) -> Waits:
    """A file of this country: checked, its places matched, submitted and approved."""
    factories.country(country, parts=PARTS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{country}.csv"
        file.write_text(
            csv_text("reports", *(_row_of(country, number) for number in range(ROWS - rows, ROWS)))
        )
        manager.goto(f"{base}/admin/tracker/import/add/")
        manager.set_input_files("#id_file", file)
        waits = {
            "a file, from the upload to what it would do": _waited(
                lambda: manager.click("text=Upload and check"), manager, ".import-tabs"
            )
        }
    manager.fill("#id_other_0", f"{country}01")
    waits["its places matched, until it is checked again"] = _waited(
        lambda: manager.click("text=Remember these places and check again"),
        manager,
        ".import-tabs:has-text('Unmatched 0')",
    )
    waits["its rows submitted for review"] = _waited(
        lambda: manager.click(f"text=Submit {rows - NEGATIVE:,} chosen rows for review"),
        manager,
        ".notice:has-text('nobody approves their own import')",
    )
    reviewer.goto(manager.url)
    waits["its rows approved by somebody else"] = _waited(
        lambda: reviewer.click(f"text=Approve {rows - NEGATIVE:,} chosen rows"),
        reviewer,
        f".import-about:has-text('taken by {REVIEWER}')",
    )
    _tell(waits)
    return waits


def _row_of(country: str, number: int) -> dict[str, str]:
    """As in the test of such an import; what is remembered of one country's places helps no other."""
    one = row(number)
    known = one["region"].startswith("XX")
    region = one["region"].replace("XX", country, 1) if known else f"{one['region']} {country}"
    return {**one, "ref": f"{country}-{one['ref']}", "region": region}


def _in_bulk(page: Page, base: str, region: Region, source: Source, time: int) -> Waits:
    """Reports approved at once and not so after all."""
    if not time:
        submitted(region, source, IN_BULK)
    page.goto(f"{base}/admin/tracker/report/?status__exact=submitted")
    page.check("#action-toggle")
    page.click(f"text=Select all {IN_BULK} reports")
    page.select_option("select[name=action]", "bulk_approve")
    waits = {
        "approving at once, until what it does is shown": _waited(
            lambda: page.click("button[name=index]"), page, "#effect-heading"
        ),
        "approving at once": _waited(
            lambda: page.click("input[name=confirm]"), page, ".messagelist form.undo"
        ),
        "undoing it": _waited(
            lambda: page.click(".messagelist form.undo button"),
            page,
            f".messagelist .success:has-text('{IN_BULK} reports are as they were before')",
        ),
    }
    _tell(waits)
    return waits


def _waited(act: Callable[[], None], page: Page, shown: str) -> float:
    """Seconds from the click until the page shows what it is to show."""

    def done() -> None:
        act()
        page.wait_for_selector(shown, timeout=GIVEN_UP)

    return timed(done)[0]


def _tell(waits: Waits) -> None:
    say("; ".join(f"{what} {seconds:.2f} s" for what, seconds in waits.items()))


def _logged_in(browser: Browser, base: str, name: str) -> Page:
    page = browser.new_context(locale="en").new_page()
    page.set_default_timeout(GIVEN_UP)
    log_in(page, base, name)
    return page


@contextmanager
def _chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop running in this thread, and Django then takes every query for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=binaries.chromium(), args=QUIETLY)
        yield chromium
        chromium.close()
