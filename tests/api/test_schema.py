"""The OpenAPI description: valid, without warnings, and true of the answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.urls import get_resolver
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]  # it has no types
from openapi_spec_validator import validate

from tests import factories
from tests.api.conftest import EARLY, Api, World, build_all
from tracker.api import urls

EXPLAIN = {"measure": "departures", "cause": "conflict", "crisis": "XX-2024", "period": "2024"}
A_FIGURE = "XX,departures,conflict,XX-2024,2024"
EVERYONE = EXPLAIN | {"crisis": ""}
QUESTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("/api/v1/", "", {}),
    ("/api/v1/figures/", "figures/", {"limit": 1000, "count": 1}),
    ("/api/v1/figures/", "figures/", {"cause": "all"}),
    ("/api/v1/figures/", "figures/", {"updated_after": "2024-12-01"}),
    ("/api/v1/figures/explain/", "figures/explain/", EXPLAIN | {"region": "XX"}),
    ("/api/v1/figures/explain/", "figures/explain/", EXPLAIN | {"region": "XX02", "as_of": "2024-12-06"}),
    ("/api/v1/figures/explain/", "figures/explain/", EXPLAIN | {"region": "XX", "period": "2023"}),
    ("/api/v1/figures/explain/", "figures/explain/", EVERYONE | {"region": "XX0101", "measure": "idps"}),
    ("/api/v1/figures/{name}/history/", "figures/XX,departures,conflict,XX-2024,2024/history/", {}),
    ("/api/v1/figures/{name}/history/", "figures/XX02,departures,conflict,XX-2024,2024-12-01/history/", {}),
    ("/api/v1/figures/{name}/history/", "figures/XX,exits,other,,2023-Q1/history/", {}),
    ("/api/v1/coverage/", "coverage/", {}),
    ("/api/v1/conflict/", "conflict/", {"limit": 1000}),
    ("/api/v1/timeline/", "timeline/", {"region": "XX", "from_": "2024-01-01", "to": "2024-12-31"}),
    ("/api/v1/regions/", "regions/", {"count": 1}),
    ("/api/v1/regions/{pcode}/", "regions/XX/", {}),
    ("/api/v1/reports/", "reports/", {}),
    ("/api/v1/events/", "events/", {}),
    ("/api/v1/sources/", "sources/", {"limit": 1}),
    ("/api/v1/rounds/", "rounds/", {}),
    ("/api/v1/crises/", "crises/", {}),
    ("/api/v1/flows/", "flows/", {}),
]  # fmt: skip


@pytest.fixture
def described(api: Api) -> dict[str, Any]:
    answer = api("schema/")
    assert answer["Content-Type"] == "application/json"
    found: dict[str, Any] = answer.json
    return found


def check(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Holds `value` against a schema of the document; `format`s count."""
    rooted = {"components": document["components"], "allOf": [schema]}
    Draft202012Validator(rooted, format_checker=FormatChecker()).validate(value)


def names_in(schema: dict[str, Any]) -> list[str]:
    """The names of the components that a schema, or each of its choices, refers to."""
    return [one["$ref"].rsplit("/", 1)[1] for one in schema.get("anyOf", [schema]) if "$ref" in one]


def test_it_is_valid_openapi_3_1(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    validate(described)


def test_making_it_gives_no_warning(tmp_path: Any) -> None:
    target = tmp_path / "schema.yaml"
    call_command("spectacular", fail_on_warn=True, validate=True, file=str(target))
    assert "/api/v1/figures/explain/" in target.read_text()


def test_every_address_is_described(described: dict[str, Any]) -> None:
    left_out = {"schema", "docs", "nowhere"}
    named = {pattern.name for pattern in urls.urlpatterns} - left_out
    assert len(described["paths"]) == len(named)
    assert get_resolver().namespace_dict["api"]
    for path in described["paths"].values():
        operation = path["get"]
        assert operation["summary"]
        assert {"200", "304", "400", "404", "405", "406", "500"} == set(operation["responses"])
        for parameter in operation["parameters"]:
            assert parameter["in"] == "path" or parameter["description"], parameter


def test_the_parameters_described_are_those_that_are_taken(
    api: Api, world: World, described: dict[str, Any]
) -> None:
    for path, operation in described["paths"].items():
        taken = api(
            path.removeprefix("/api/v1/").replace("{pcode}", "XX").replace("{name}", A_FIGURE), colour="red"
        ).json["errors"]
        [expected] = [error["expected"] for error in taken if error["parameter"] == "colour"]
        listed = {item["name"] for item in operation["get"]["parameters"] if item["in"] == "query"}
        assert listed == set(expected.removeprefix("one of ").split(", ")), path


@pytest.mark.parametrize(("path", "url", "parameters"), QUESTIONS)
def test_answers_are_as_described(
    api: Api,
    reports: World,
    events: World,
    described: dict[str, Any],
    path: str,
    url: str,
    parameters: dict[str, Any],
) -> None:
    # A whole that shrinks a part, and a forecast: what makes rows unusual.
    day = factories.DAY.replace(day=2)
    factories.report(reports.country, reports.un, 5, ref="whole", start=day, recorded_at=EARLY)
    factories.report(reports.town, reports.un, 5, ref="forecast", role="forecast", recorded_at=EARLY)
    flow: dict[str, Any] = {"measure": "arrivals", "counterpart": "XX02", "recorded_at": EARLY}
    factories.report(reports.north, reports.un, 5, ref="pair", **flow)
    build_all()
    answer = api(url, **parameters)
    assert answer.status == 200, answer.body
    content = described["paths"][path]["get"]["responses"]["200"]["content"]
    schema = content["application/json"]["schema"]
    check(described, schema, answer.json)
    rows = answer.json.get("results")
    if pages := [page for page in names_in(schema) if page.endswith("Page")]:
        assert rows
        kinds = [described["components"]["schemas"][page.removesuffix("Page")] for page in pages]
        assert list(rows[0]) in [list(kind["properties"]) for kind in kinds]
    if "application/geo+json" in content:
        collection = api(url, format="geojson", **parameters).json
        check(described, content["application/geo+json"]["schema"], collection)


def test_refusals_are_as_described(api: Api, world: World, described: dict[str, Any]) -> None:
    for url, status in (("figures/?limit=0", 400), ("figures/explain/", 400), ("regions/YY/", 404)):
        answer = api(url)
        assert answer.status == status
        path = "/api/v1/" + url.split("?")[0].replace("YY", "{pcode}")
        response = described["paths"][path]["get"]["responses"][str(status)]
        check(described, response["content"]["application/problem+json"]["schema"], answer.json)


def test_a_wrong_answer_would_be_noticed(described: dict[str, Any]) -> None:
    page = {"$ref": "#/components/schemas/SourceRowPage"}
    with pytest.raises(Exception, match="required property"):
        check(described, page, {"next": None, "previous": None, "results": [{"code": "un"}]})
    with pytest.raises(Exception, match="is not a"):
        check(described, {"type": "string", "format": "date-time"}, "yesterday")


def test_the_root_lists_what_there_is(api: Api, world: World) -> None:
    root = api("").json
    assert set(root["resources"]) == {
        "figures", "explain", "conflict", "timeline", "regions", "reports", "events", "sources", "rounds",
        "crises", "flows", "coverage",
    }  # fmt: skip
    for name, url in root["resources"].items():
        assert api.at(url).status == (400 if name in {"explain", "timeline"} else 200), name
    assert api.at(root["schema"]).status == api.at(root["docs"]).status == 200
