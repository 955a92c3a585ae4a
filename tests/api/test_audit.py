"""What the API gives to staff and to nobody else stands in the audit log."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Api, World
from tracker.models import AuditEntry

EXPLAIN = {
    "measure": "departures",
    "cause": "conflict",
    "crisis": "XX-2024",
    "period": "2024-12-02",
    "depth": "all",
}


def told() -> list[tuple[str, str, str, Any]]:
    entries = AuditEntry.objects.filter(action="listed").order_by("number")
    return [(entry.actor, entry.object, entry.address, entry.facts["restricted"]) for entry in entries]


def hidden(api: Api, staff_api: Api, path: str, **query: Any) -> int:
    """How many rows of an answer are for staff alone."""
    return len(staff_api(path, **query).rows) - len(api(path, **query).rows)


@pytest.mark.parametrize("path", ["reports/", "events/", "rounds/"])
def test_a_page_with_restricted_rows_is_told_with_their_number(
    path: str, reports: World, events: World, api: Api, staff_api: Api
) -> None:
    number = hidden(api, staff_api, path, limit=1000)
    assert number > 0
    assert told() == [("officer", f"/api/v1/{path}", "127.0.0.1", number)]
    assert AuditEntry.objects.get(action="listed").facts["query"] == {"limit": ["1000"]}


def test_each_page_is_told_with_what_it_holds_itself(reports: World, api: Api, staff_api: Api) -> None:
    pages = list(staff_api.pages("reports/", limit=2))
    public = {(row["source"], row["ref"]) for row in api("reports/", limit=1000).rows}
    numbers = [sum((row["source"], row["ref"]) not in public for row in page["results"]) for page in pages]
    assert [entry[-1] for entry in told()] == [number for number in numbers if number]
    assert 0 in numbers
    assert max(numbers) > 0


@pytest.mark.parametrize("format", ["json", "csv"])
def test_a_whole_answer_is_told_before_it_is_streamed(
    format: str, reports: World, api: Api, staff_api: Api
) -> None:
    everything = len(staff_api("reports/", limit=1000).rows)
    public = len(api("reports/", limit=1000).rows)
    staff_api("reports/", all=1, format=format)
    assert [entry[-1] for entry in told()] == [everything - public] * 2


def test_nothing_is_told_where_nothing_restricted_is_given(reports: World, api: Api, staff_api: Api) -> None:
    api("reports/", limit=1000)
    staff_api("reports/", source="un")
    staff_api("sources/")
    staff_api("regions/")
    assert staff_api("reports/", region="nowhere").status == 400
    assert told() == []


def test_who_has_the_answer_already_is_given_nothing(reports: World, staff_api: Api) -> None:
    answer = staff_api("reports/")
    again = staff_api("reports/", headers={"If-None-Match": answer["ETag"]})
    assert again.status == 304
    assert len(told()) == 1


def test_reports_behind_a_figure_are_told(figures: World, api: Api, staff_api: Api) -> None:
    shown = staff_api("figures/explain/", region="XX", **EXPLAIN).json
    assert told()[0][1] == "/api/v1/figures/explain/"
    withheld = [
        line for line in lines(api("figures/explain/", region="XX", **EXPLAIN).json) if line["withheld"]
    ]
    named = {line["ref"] for line in lines(api("figures/explain/", region="XX", **EXPLAIN).json)}
    assert withheld
    assert told()[0][-1] == len([line for line in lines(shown) if line["ref"] not in named])


def test_the_history_of_a_figure_is_told(figures: World, api: Api, staff_api: Api) -> None:
    name = "figures/XX,departures,conflict,XX-2024,2024/history/"
    api(name)
    assert told() == []
    assert staff_api(name).status == 200
    assert [entry[:2] for entry in told()] == [("officer", f"/api/v1/{name}")]
    assert told()[0][-1] > 0


def lines(part: dict[str, Any]) -> list[dict[str, Any]]:
    own = list(part["reports"] or [])
    return own + [line for below in part["sub_regions"] or [] for line in lines(below)]
