from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.api.conftest import Api


def test_the_page_loads_nothing_inline_and_nothing_from_elsewhere(api: Api, client: Client) -> None:
    answer = api("docs/")
    assert answer["Content-Type"].startswith("text/html")
    policy = answer["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert "default-src 'self'" in policy
    assert b"//cdn" not in answer.body
    assert b"validator.swagger.io" not in answer.body
    script = client.get("/api/v1/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert b"/api/v1/schema/" in script.content


@pytest.mark.django_db(transaction=True)
def test_a_browser_shows_every_resource_and_breaks_no_policy(
    live_server: LiveServer, page: Page, complaints: list[str]
) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.wait_for_selector(".opblock-summary-path")
    shown = {text.replace("\u200b", "") for text in page.locator(".opblock-summary-path").all_inner_texts()}
    assert {"/api/v1/figures/", "/api/v1/figures/explain/", "/api/v1/regions/{pcode}/"} <= shown
    assert complaints == []
    assert all(url.startswith((live_server.url, "data:")) for url in requests)


@pytest.mark.django_db(transaction=True)
def test_a_request_can_be_tried_out(live_server: LiveServer, page: Page) -> None:
    factories.source("tried")
    page.goto(f"{live_server.url}/api/v1/docs/#/sources/sources")
    page.locator("#operations-sources-sources .try-out__btn").click()
    page.locator("#operations-sources-sources .execute").click()
    answer = page.locator("#operations-sources-sources .responses-inner .live-responses-table")
    answer.wait_for()
    assert "Source tried" in answer.inner_text()
