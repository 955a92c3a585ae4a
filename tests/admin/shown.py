"""Pages of the admin in a browser, answered by Django in this process: no server, and nothing to clean up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

from tests.admin.every_page import PageOfOurs, as_viewer
from tests.browser import complaints_of

HOST = "localhost"
BASE = f"http://{HOST}"
"""Nothing is asked of it: all that a page wants is answered here. A browser trusts this name without TLS."""
STATIC = f"/{settings.STATIC_URL.strip('/')}/"


class Shown:
    """What Django answers, in a tab of a browser."""

    page: Page

    def __init__(self, profile: BrowserContext, *, language: str) -> None:
        self._profile = profile
        self._language = language
        self._client = Client()
        self._answer: Any = None

    def ask(self, asked: PageOfOurs) -> Any:
        """Django's answer to what the page is asked for by, after any redirect; `show` shows it."""
        self._client = Client(headers={"accept-language": self._language}, SERVER_NAME=HOST)
        made = asked.make()
        (asked.log_in or as_viewer)(self._client)
        send = self._client.get if made.sent is None else self._client.post
        self._answer = send(made.url, made.sent, follow=True)
        # What the browser calls back in runs in a context of its own, where Django would connect anew and see
        # nothing of what this test has stored and not committed.
        self._context = copy_context()
        return self._answer

    def show(self) -> list[str]:
        """Show what was answered; what the browser has found amiss: blocked content, scripts that fail."""
        if self._profile.pages:
            # A page may be about to load itself again.
            self.page.goto("about:blank")
        else:
            self._profile.route("**/*", self._serve)
            self.page = self._profile.new_page()
            self._complaints = complaints_of(self.page)
        self._complaints.clear()
        self.page.goto(BASE + self._answer.request["PATH_INFO"])
        return list(self._complaints)

    def close(self) -> None:
        """Close the tab, once what it has asked for is answered: otherwise the browser may wait for ever."""
        self._profile.unroute_all(behavior="wait")
        for tab in self._profile.pages:
            tab.close()

    def _serve(self, route: Route, request: Request) -> None:
        path = urlsplit(request.url).path
        if not request.url.startswith(f"{BASE}/"):
            route.abort()  # which the browser complains of
        elif path.startswith(STATIC):
            route.fulfill(path=str(finders.find(path.removeprefix(STATIC))))
        else:
            answer = self._answer if request.is_navigation_request() else self._asked_by(request)
            route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=b"".join(answer))

    def _asked_by(self, request: Request) -> Any:
        """Django's answer to what a script or another part of the page asks for.

        The browser does not tell what a script sends of a form: such a question arrives empty.
        """
        ask = partial(
            self._client.generic,
            request.method,
            request.url.removeprefix(BASE),
            request.post_data_buffer or b"",
            content_type=request.headers.get("content-type", ""),
        )
        return self._context.run(ask)


@contextmanager
def shown(browser: Browser, *, language: str, **options: Any) -> Iterator[Shown]:
    """In a profile of its own; `options` are those of playwright's contexts."""
    with browser.new_context(locale=language, **options) as profile:
        screen = Shown(profile, language=language)
        yield screen
        screen.close()
