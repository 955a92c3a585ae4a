from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Api, World, next_version
from tracker.models import Source

ManySources = Callable[[int], list[str]]


def codes(page: dict[str, Any]) -> list[str]:
    return [row["code"] for row in page["results"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8, 100])
def test_all_pages_together_give_each_row_once_in_order(
    api: Api, many_sources: ManySources, limit: int
) -> None:
    expected = many_sources(7)
    assert [code for page in api.pages("sources/", limit=limit) for code in codes(page)] == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_the_way_back_shows_the_same_pages(api: Api, many_sources: ManySources, limit: int) -> None:
    many_sources(7)
    there = list(api.pages("sources/", limit=limit))
    back = [there[-1]]
    while back[-1]["previous"]:
        back.append(api.at(back[-1]["previous"]).json)
    # Going back, the pages end where the later ones began; the first may hold fewer rows.
    assert [code for page in reversed(back) for code in codes(page)] == [
        code for page in there for code in codes(page)
    ]
    assert there[0]["previous"] is None
    assert there[-1]["next"] is None


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("figures/", {}),
        ("figures/", {"cause": "all", "period_type": ["month", "day"]}),
        ("conflict/", {}),
        ("reports/", {}),
        ("events/", {}),
        ("rounds/", {}),
        ("regions/", {"within": "XX"}),
        ("crises/", {}),
    ],
)
def test_every_list_can_be_paged_there_and_back(
    api: Api, figures: World, path: str, parameters: dict[str, Any]
) -> None:
    whole = api(path, all="1", **parameters).rows
    assert whole
    limit = max(2, len(whole) // 20)
    pages = list(api.pages(path, limit=limit, **parameters))
    assert [row for page in pages for row in page["results"]] == whole
    page = pages[-1]
    for earlier in reversed(pages[:-1]):
        page = api.at(page["previous"]).json
        assert page["results"] == earlier["results"]
    assert page["previous"] is None


@pytest.mark.parametrize(
    ("path", "limit", "kinds"),
    [("figures/", 1, ["week"]), ("figures/", 9, ["month", "day"]), ("conflict/", 1, ["week", "day"])],
)
def test_a_long_way_can_be_gone_back_whole(
    api: Api, figures: World, path: str, limit: int, kinds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.api.paging.LONGEST_TRAIL", 4)
    pages = [page["results"] for page in api.pages(path, limit=limit, period_type=kinds)]
    assert len(pages) > 9
    address = api(path, limit=limit, period_type=kinds).json["next"]
    while address:
        page = api.at(address).json
        address = page["next"]
    back = [page["results"]]
    while page["previous"]:
        page = api.at(page["previous"]).json
        back.append(page["results"])
    assert back == pages[::-1]


def test_count_is_added_on_request_only(api: Api, many_sources: ManySources) -> None:
    many_sources(5)
    assert "count" not in api("sources/", limit=2).json
    assert api("sources/", limit=2, count="1").json["count"] == 5


@pytest.mark.parametrize("path", ["figures/", "conflict/", "reports/", "events/", "regions/"])
def test_count_counts_all_pages(api: Api, figures: World, path: str) -> None:
    assert api(path, limit=1, count="1").json["count"] == len(api(path, all="1").rows)


def test_a_row_that_changes_between_two_pages_is_not_met_twice(api: Api, many_sources: ManySources) -> None:
    many_sources(4)
    first = api("sources/", limit=2).json
    next_version(Source.objects.get(code="s001"), name="new")
    assert codes(api.at(first["next"]).json) == ["s002", "s003"]


def test_a_cursor_keeps_its_place_when_limit_and_format_change(api: Api, many_sources: ManySources) -> None:
    many_sources(5)
    url = api("sources/", limit=2).json["next"]
    assert codes(api.at(url.replace("limit=2", "limit=10")).json) == ["s002", "s003", "s004"]
    assert api.at(url + "&format=csv").body.decode().splitlines()[1].startswith("s002,")


@pytest.mark.parametrize("change", [{"tier": "1"}, {"as_of": "2024-12-06"}])
def test_a_cursor_of_another_query_is_refused(
    api: Api, many_sources: ManySources, change: dict[str, Any]
) -> None:
    many_sources(5)
    cursor = api("sources/", limit=2).json["next"].rsplit("cursor=", 1)[1]
    assert api("sources/", cursor=cursor, **change).faulty == ["cursor"]
    assert api("crises/", cursor=cursor).faulty == ["cursor"]


def test_a_cursor_that_was_changed_is_refused(api: Api, many_sources: ManySources) -> None:
    many_sources(5)
    cursor = api("sources/", limit=2).json["next"].rsplit("cursor=", 1)[1]
    for broken in (cursor[:-1], cursor[:-2] + "AA", "A" + cursor, cursor[5:], "A" * 40):
        assert api("sources/", cursor=broken).faulty == ["cursor"], broken


def test_links_keep_the_query_and_are_absolute(api: Api, world: World) -> None:
    url = api("regions/", limit=1, level=["1", "2"], q="region xx").json["next"]
    assert url.startswith("http://testserver/api/v1/regions/?")
    assert "level=1&level=2" in url
    assert codes_of_regions(api.at(url).json) == ["XX0101"]


def codes_of_regions(page: dict[str, Any]) -> list[str]:
    return [row["pcode"] for row in page["results"]]


def test_the_whole_answer_takes_no_limit_and_no_cursor(api: Api, many_sources: ManySources) -> None:
    many_sources(3)
    assert api("sources/", all="1", limit=2).faulty == ["limit"]
    assert api("sources/", all="1", cursor="x").faulty == ["cursor"]
    answer = api("sources/", all="1", count="1").json
    assert (answer["count"], answer["next"], answer["previous"]) == (3, None, None)
