"""A real browser for the tests of pages: Debian's Chromium, driven by playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

from tests.services import binaries

QUIETLY = [
    "--no-sandbox",  # Chromium's own refuses to run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop running in this thread, and Django then takes every query for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=binaries.chromium(), args=QUIETLY)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a profile of its own: no cookie and no cache is shared between tests."""
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    return complaints_of(page)


def complaints_of(page: Page) -> list[str]:
    """What the browser complains of from now on: blocked content, failing scripts, missing files."""
    found: list[str] = []

    def answered(response: Response) -> None:
        if response.status >= 400:
            found.append(f"{response.status} {response.url}")

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            found.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("response", answered)
    return found
