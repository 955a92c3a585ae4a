"""What the readers' page shows before any script runs: decided by the figures there are."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories
from tracker.figures.build import build
from tracker.figures.cubes import cube_keys
from tracker.models import Region
from tracker.vocabulary import Measure

pytestmark = pytest.mark.django_db


def built() -> None:
    for key in cube_keys():
        build(key, recorded_at=timezone.now())


def shown(client: Client, query: str = "") -> dict[str, Any]:
    page = client.get(f"/{query}").content.decode()
    found = re.search(r'<script id="state" type="application/json">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


@pytest.fixture
def country() -> Region:
    """A country with a yearly figure, and departures of a crisis in two weeks of December 2024."""
    country = factories.country("XX")
    un = factories.source("un")
    factories.crisis("XX-2024", start=date(2024, 12, 1))
    factories.report(
        country, un, 5000, measure=Measure.DEPARTURES, start=date(2019, 1, 1), end=date(2019, 12, 31)
    )
    factories.report(
        Region.objects.get(pcode="XX01"), un, 40,
        measure=Measure.DEPARTURES, crisis="XX-2024", start=date(2024, 12, 4), end=date(2024, 12, 10),
    )  # fmt: skip
    factories.report(country, un, 30, measure=Measure.IDPS, crisis="XX-2024", start=date(2024, 12, 10))
    built()
    return country


def test_it_opens_with_the_latest_crisis_and_the_periods_that_have_figures(
    country: Region, client: Client
) -> None:
    state = shown(client)
    assert {name: state[name] for name in ("region", "crisis", "measure", "cause", "period_type")} == {
        "region": "XX", "crisis": "XX-2024", "measure": "departures", "cause": "conflict",
        "period_type": "week",
    }  # fmt: skip
    # Weeks 49 and 50 have figures; one more stands on either side.
    assert (state["from"], state["to"]) == ("2024-11-25", "2024-12-22")


def test_everyone_over_the_years_is_shown_in_longer_periods(country: Region, client: Client) -> None:
    state = shown(client, "?crisis=&measure=departures")
    assert (state["crisis"], state["period_type"]) == ("", "month")
    assert (state["from"], state["to"]) == ("2018-12-01", "2020-01-31")


def test_an_address_says_all_that_is_shown(country: Region, client: Client) -> None:
    series = "region=XX01&measure=idps&crisis=XX-2024&cause=conflict"
    days = "period_type=day&from=2024-12-01&to=2024-12-09&period=2024-12-05&as_of=2024-12-08"
    state = shown(client, f"?{series}&{days}")
    del state["today"]
    assert state == {
        "region": "XX01", "measure": "idps", "crisis": "XX-2024", "cause": "conflict", "period_type": "day",
        "from": "2024-12-01", "to": "2024-12-09", "period": "2024-12-05", "as_of": "2024-12-08",
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "?region=nowhere&measure=none&cause=none&crisis=none&period_type=age&from=soon&to=never&as_of=x",
        "?region=%00&from=2024-02-31&to=2024-12-01&period=%3Cscript%3E",
        "?from=2024-12-09&to=2024-12-01&period_type=week&as_of=2999-01-01",
    ],
)
def test_what_an_address_says_wrongly_is_passed_over(query: str, country: Region, client: Client) -> None:
    state = shown(client, query)
    assert (state["region"], state["crisis"], state["as_of"]) == ("XX", "XX-2024", "")
    assert (state["from"], state["to"]) == ("2024-11-25", "2024-12-22")


def test_without_scripts_the_latest_yearly_figures_are_there(country: Region, client: Client) -> None:
    page = client.get("/").content.decode()
    without = page[page.index("<noscript>\n  <h1>") :]
    assert "Displaced from Region XX" in without
    assert "5,000" in without
    assert "/api/v1/docs/" in without


def test_before_there_are_figures_the_page_says_so(client: Client) -> None:
    assert b"No figures yet" in client.get("/").content
    factories.country("XX")
    answer = client.get("/")
    assert answer.status_code == 200


def test_the_page_loads_nothing_inline_and_nothing_from_elsewhere(country: Region, client: Client) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_only_what_a_reader_may_ask_is_answered(client: Client) -> None:
    assert client.post("/").status_code == 405
