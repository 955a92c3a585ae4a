from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import EARLY, LATE, Api, World, next_version
from tracker.models import Report

NAME = "XX,departures,conflict,XX-2024,2024"


def told(api: Api, name: str = NAME, **parameters: Any) -> dict[str, Any]:
    answer = api(f"figures/{name}/history/", **parameters)
    assert answer.status == 200, answer.body
    return answer.json


def test_the_versions_come_with_what_made_the_difference(api: Api, figures: World) -> None:
    answer = told(api)
    assert (answer["region_name"], answer["period"], answer["start"]) == ("Region XX", "2024", "2024-01-01")
    now, then = answer["versions"]
    assert (now["value"], now["low"], now["high"], now["until"]) == (600, 500, 700, None)
    assert (then["value"], then["until"]) == (370, now["recorded_at"])
    [correction] = now["inputs"]
    assert (correction["what"], correction["name"]) == ("changed", "total")
    changes = {change["name"]: (change["before"], change["after"]) for change in correction["changes"]}
    assert changes["value"] == (370, 600)
    assert changes["end"] == ("2024-12-04", "2024-12-10")
    used = {line["ref"]: (line["before"], line["after"]) for line in now["people"]}
    assert used["total"][1] > used["total"][0]
    assert sum(line["after"] for line in then["people"]) == 370


def test_what_may_not_be_shown_is_told_in_one_line_for_each_source(
    api: Api, staff_api: Api, figures: World
) -> None:
    name = NAME.replace("XX,", "XX02,", 1)
    public, staff = told(api, name)["versions"][-1], told(staff_api, name)["versions"][-1]
    assert "hidden" not in str(public)
    assert "ngo-" not in str(public)
    assert [(line["source"], line["number"]) for line in public["inputs"]] == [
        ("un", 1), ("ngo", 2), ("partner", 1), ("secret", 2),
    ]  # fmt: skip
    hidden = public["inputs"][1:] + public["people"]
    assert all(line["withheld"] and not line.get("name") and not line.get("ref") for line in hidden)
    assert {line["name"] for line in staff["inputs"]} >= {"hidden-1", "hidden-2", "partners"}
    for moment in ("before", "after"):
        assert sum(line[moment] for line in public["people"]) == sum(line[moment] for line in staff["people"])


def test_who_recorded_it_is_told_to_staff_and_the_reason_to_all(
    api: Api, staff_api: Api, figures: World
) -> None:
    corrected = Report.objects.current().get(ref="total")
    Report.objects.filter(pk=corrected.pk).update(recorded_by="amal", reason="They counted again.")
    for caller, name in ((api, None), (staff_api, "amal")):
        line = told(caller)["versions"][0]["inputs"][0]
        assert (line["reason"], line["recorded_by"]) == ("They counted again.", name)


def test_a_report_found_too_sensitive_since_is_not_told_of(api: Api, figures: World) -> None:
    next_version(Report.objects.current().get(ref="total"), sensitivity="internal")
    for version in told(api)["versions"]:
        assert "total" not in str(version)


def test_earlier_leads_to_the_versions_before(api: Api, figures: World) -> None:
    page = told(api, limit="1")
    assert [version["value"] for version in page["versions"]] == [600]
    before = api.at(page["earlier"]).json
    assert [version["value"] for version in before["versions"]] == [370]
    assert before["versions"][0]["until"] is None
    assert before["earlier"] is None
    assert told(api, as_of=EARLY.isoformat())["versions"] == before["versions"]
    assert told(api, as_of=LATE.isoformat())["versions"] == told(api)["versions"]


@pytest.mark.parametrize(
    ("name", "status", "parameter"),
    [
        ("YY,departures,conflict,,2024", 404, None),
        ("XX", 400, "name"),
        ("XX,departures,conflict,2024", 400, "name"),
        ("XX,fear,conflict,,2024", 400, "measure"),
        ("XX,departures,all,,2024", 400, "cause"),
        ("XX,departures,conflict,NONE,2024", 400, "crisis"),
        ("XX,departures,conflict,,2024-13", 400, "period"),
        (",departures,conflict,,2024", 400, "region"),
    ],
)
def test_a_name_that_names_no_figure_is_refused(
    api: Api, world: World, name: str, status: int, parameter: str | None
) -> None:
    answer = api(f"figures/{name}/history/")
    assert answer.status == status
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["parameter"] for error in answer.json["errors"]] == ([parameter] if parameter else [])


def test_a_figure_that_never_was_has_no_versions(api: Api, figures: World) -> None:
    answer = told(api, NAME.replace("2024,2024", "2024,2020-W10"))
    assert (answer["versions"], answer["earlier"]) == ([], None)
