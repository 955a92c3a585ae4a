from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from tests import factories
from tests.api.conftest import Api, World, next_version
from tracker.models import Report, Source

PATHS = [
    "", "figures/?limit=5", "figures/?all=1", "figures/?format=csv&all=1", "conflict/", "conflict/?all=1",
    "schema/", "timeline/?region=XX", "regions/", "regions/?format=geojson", "regions/XX/",
    "regions/XX/?format=geojson", "reports/", "reports/?all=1", "reports/?format=csv", "events/", "sources/",
    "rounds/", "crises/",
    "figures/?updated_after=2024-12-01&all=1", "coverage/", "coverage/?all=1",
    "figures/XX,departures,conflict,XX-2024,2024/history/",
    "figures/explain/?region=XX&measure=departures&cause=conflict&crisis=XX-2024&period=2024",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_who_has_the_answer_already_gets_a_304(api: Api, figures: World, path: str) -> None:
    url = f"/api/v1/{path}"
    first = api.at(url)
    assert first.status == 200
    assert first["Cache-Control"] == "public, no-cache"
    assert {"Accept", "Cookie"} <= {name.strip() for name in first["Vary"].split(",")}
    again = api.at(url, {"If-None-Match": first["ETag"]})
    assert (again.status, again.body, again["ETag"]) == (304, b"", first["ETag"])
    assert api.at(url, {"If-None-Match": '"another"'}).status == 200


@pytest.mark.parametrize("path", ["sources/", "sources/?all=1", "reports/?all=1", "figures/?all=1"])
def test_a_change_gives_another_tag(api: Api, figures: World, path: str) -> None:
    url = f"/api/v1/{path}"
    tag = api.at(url)["ETag"]
    if path.startswith("sources"):
        next_version(Source.objects.get(code="un"), tier=2)
    else:
        next_version(Report.objects.current().get(ref="north"), value=1, low=1)
    if not path.startswith("figures"):
        assert api.at(url, {"If-None-Match": tag}).status == 200
    assert api.at(url)["ETag"] != tag


def test_a_stream_has_another_tag_on_another_day(api: Api, figures: World) -> None:
    tags = set()
    for day in (20, 21):
        with time_machine.travel(datetime(2025, 1, day, tzinfo=UTC), tick=False):
            tags.add(api("figures/", all="1")["ETag"])
    assert len(tags) == 2


def test_forms_and_pages_have_tags_of_their_own(api: Api, world: World) -> None:
    answers = [api("sources/", **query) for query in ({}, {"format": "csv"}, {"limit": 1}, {"all": 1})]
    answers.append(api("sources/", all=1, headers={"Accept": "text/csv"}))
    assert len({answer["ETag"] for answer in answers}) == len(answers)


def test_what_staff_see_is_for_them_alone(api: Api, staff_api: Api, reports: World) -> None:
    for query in ({}, {"all": "1"}):
        answer = staff_api("reports/", **query)
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer["ETag"] != api("reports/", **query)["ETag"]


@pytest.mark.parametrize("path", PATHS)
def test_head_gives_the_headers_of_get_without_the_body(client: Client, figures: World, path: str) -> None:
    whole, head = client.get(f"/api/v1/{path}"), client.head(f"/api/v1/{path}")
    assert head.status_code == 200
    assert head.getvalue() == b""
    assert {**head.headers, "Content-Length": ""} == {**whole.headers, "Content-Length": ""}
    if not whole.streaming:
        assert head["Content-Length"] == str(len(whole.content))


@pytest.mark.parametrize("path", ["", "figures/", "regions/XX/", "figures/explain/"])
def test_options_tell_what_can_be_asked(client: Client, world: World, path: str) -> None:
    response = client.options(f"/api/v1/{path}")
    assert response.status_code == 200
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert "format" in response.json()["parameters"]


def test_nothing_that_is_loaded_from_an_answer_runs(api: Api, world: World) -> None:
    answer = api("sources/")
    policy = {"default-src 'none'", "frame-ancestors 'none'"}
    assert set(answer["Content-Security-Policy"].split("; ")) == policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_an_if_match_that_fails_is_a_problem_document(api: Api, db: None) -> None:
    factories.source()
    answer = api("sources/", headers={"If-Match": '"another"'})
    assert (answer.status, answer.json["code"]) == (412, "precondition_failed")
