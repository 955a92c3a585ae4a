from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import Api, World
from tracker.api.regions import Regions

SHAPE = {"type", "title", "status", "detail", "code", "errors"}
PATHS = [
    "flows/",
    "figures/", "figures/explain/", "conflict/", "timeline/", "regions/", "regions/XX/", "reports/",
    "events/", "sources/", "rounds/", "crises/", "schema/", "",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_parameter_is_refused_by_name(api: Api, world: World, path: str) -> None:
    answer = api(path, colour="red")
    assert "colour" in answer.faulty
    assert set(answer.json) == SHAPE
    assert answer.json["code"] == "invalid_parameters"
    [fault] = [error for error in answer.json["errors"] if error["parameter"] == "colour"]
    assert fault["value"] is None
    assert fault["message"] == "there is no such parameter here"
    assert "format" in fault["expected"]


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("figures/", "region", "YY"),
        ("figures/", "region", ""),
        ("figures/", "region", "XX01,XX02"),
        ("figures/", "region", "XX\x00"),
        ("figures/", "within", "YY"),
        ("figures/", "level", "5"),
        ("figures/", "level", "one"),
        ("figures/", "measure", "people"),
        ("figures/", "cause", "war"),
        ("figures/", "crisis", "YY-1"),
        ("figures/", "period_type", "decade"),
        ("figures/", "from", "2024-11-31"),
        ("figures/", "from", "yesterday"),
        ("figures/", "to", "2024-12-06T12:00Z"),
        ("figures/", "as_of", "2024-12-06T12:00"),
        ("figures/", "as_of", "2150-01-01"),
        ("figures/", "as_of", "soon"),
        ("figures/", "updated_after", "1"),
        ("figures/", "limit", "0"),
        ("figures/", "limit", "10001"),
        ("figures/", "limit", "ten"),
        ("figures/", "count", "yes"),
        ("figures/", "cursor", "nonsense"),
        ("figures/", "cursor", "ü"),
        ("figures/", "format", "xlsx"),
        ("reports/", "source", "nobody"),
        ("reports/", "crisis", "YY-1"),
        ("reports/", "role", "star"),
        ("reports/", "round", "R99"),
        ("reports/", "format", "geojson"),
        ("events/", "event_type", "War"),
        ("events/", "dataset", "nothing"),
        ("regions/", "country", "XX01"),
        ("regions/", "retired", "maybe"),
        ("sources/", "tier", "6"),
        ("rounds/", "closed", "2"),
        ("crises/", "crisis", ""),
        ("conflict/", "event_type", "War"),
        ("timeline/", "region", "YY"),
        ("timeline/", "period_type", "decade"),
        ("figures/explain/", "period", "2024-W54"),
        ("figures/explain/", "cause", "all"),
    ],
)
def test_a_value_that_cannot_be_taken_is_refused_with_what_would_be_right(
    api: Api, world: World, path: str, name: str, value: str
) -> None:
    answer = api(path, **{name: value})
    assert name in answer.faulty
    [fault] = [error for error in answer.json["errors"] if error["parameter"] == name]
    assert fault["value"] == value.replace("\x00", "\ufffd")
    assert fault["message"]
    assert fault["expected"]


def test_a_parameter_that_takes_one_value_is_refused_twice(api: Api, world: World) -> None:
    assert api("figures/", as_of=["2024-12-06", "2024-12-07"]).faulty == ["as_of"]
    assert api("figures/", format=["json", "json"]).faulty == ["format"]


def test_what_is_required_and_missing_is_named(api: Api, world: World) -> None:
    assert api("figures/explain/").faulty == ["region", "measure", "cause", "period"]
    assert api("timeline/").faulty == ["region"]


def test_the_sum_of_all_causes_stands_alone(api: Api, world: World) -> None:
    assert api("figures/", cause=["all", "conflict"]).faulty == ["cause"]


@pytest.mark.parametrize("path", ["nothing/", "nothing", "figures/nothing/", "regions/YY/", "regions/%00/"])
def test_where_nothing_is_a_problem_document_says_so(api: Api, world: World, path: str) -> None:
    answer = api(path)
    assert (answer.status, answer["Content-Type"]) == (404, "application/problem+json")
    assert set(answer.json) == SHAPE
    assert answer.json["code"] == "not_found"


def test_a_missing_last_slash_leads_to_the_address_with_its_query(api: Api) -> None:
    answer = api("figures", region="XX")
    assert (answer.status, answer["Location"]) == (301, "/api/v1/figures/?region=XX")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["figures/", "figures/explain/", "regions/XX/", "schema/"])
def test_writing_is_refused(client: Client, world: World, method: str, path: str) -> None:
    response = getattr(client, method)(f"/api/v1/{path}", {}, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert "GET" in response["Allow"]
    assert response.json()["code"] == "method_not_allowed"


def test_a_form_that_nobody_writes_is_not_acceptable(api: Api, world: World) -> None:
    answer = api("sources/", headers={"Accept": "application/pdf"})
    assert (answer.status, answer["Content-Type"]) == (406, "application/problem+json")
    assert "text/csv" in answer.json["detail"]


def test_too_many_parameters_are_a_bad_request(api: Api, world: World) -> None:
    answer = api("figures/", level=["1"] * 2000)
    assert (answer.status, answer.json["code"]) == (400, "bad_request")


def test_a_failure_inside_is_logged_and_not_shown(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr(Regions, "rows", fail)
    answer = api("regions/")
    assert (answer.status, answer["Content-Type"]) == (500, "application/problem+json")
    assert set(answer.json) == SHAPE
    assert b"1234" not in answer.body
    assert "1234" in caplog.text
    assert "GET /api/v1/regions/" in caplog.text


def test_errors_are_not_kept_by_caches(api: Api, world: World) -> None:
    assert api("figures/", colour="red")["Cache-Control"] == "no-store"
