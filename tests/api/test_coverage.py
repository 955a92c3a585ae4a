from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from tests.api.conftest import LATE, Api, World, next_version
from tracker.figures.build import build
from tracker.figures.cubes import CubeKey
from tracker.models import Region

FIELDS = [
    "region", "region_name", "level", "measure", "first", "last", "reports", "sources", "days_since_last",
    "sub_regions", "sub_regions_with_figure", "share",
]  # fmt: skip


def covered(api: Api, **parameters: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["region"], row["measure"]): row for row in api("coverage/", **parameters).rows}


def test_a_row_tells_since_when_until_when_and_by_how_many(api: Api, figures: World) -> None:
    with time_machine.travel(datetime(2024, 12, 31, 5, tzinfo=UTC), tick=False):
        rows = covered(api)
    country = rows["XX", "departures"]
    assert list(country) == FIELDS
    assert (country["first"], country["last"], country["days_since_last"]) == ("2024-11-27", "2024-12-10", 21)
    # The sources whose reports may not be shown are counted too.
    assert (country["reports"], country["sources"]) == (7, 4)
    assert (country["sub_regions"], country["sub_regions_with_figure"], country["share"]) == (2, 2, 1.0)
    assert rows["XX", "idps"]["share"] == 0.5
    assert rows["XX0101", "idps"] | {"share": 1} == rows["XX0101", "idps"] | {"share": 1, "sub_regions": 0}
    assert rows["XX0101", "idps"]["share"] is None
    assert ("XX02", "idps") not in rows


def test_causes_and_crises_are_added_up_or_asked_for_one_by_one(api: Api, figures: World) -> None:
    assert covered(api, cause="disaster") == {}
    assert {measure for _, measure in covered(api, crisis="XX-2024")} == {"departures"}
    assert {measure for _, measure in covered(api, crisis="")} == {"idps"}


@pytest.mark.parametrize(
    ("parameters", "regions"),
    [
        ({"region": "XX02"}, {"XX02"}),
        ({"within": "XX01"}, {"XX0101"}),
        ({"level": "1"}, {"XX01", "XX02"}),
        ({"measure": "departures"}, {"XX", "XX01", "XX02"}),
        ({"within": "XX", "level": "2"}, {"XX0101"}),
    ],
)
def test_filters_keep_what_they_say(
    api: Api, figures: World, parameters: dict[str, Any], regions: set[str]
) -> None:
    assert {region for region, _ in covered(api, **parameters)} == regions


def test_pages_and_csv_give_the_same_rows(api: Api, figures: World) -> None:
    every = api("coverage/", all="1", count="1").json
    pages = [row for page in api.pages("coverage/", limit="2") for row in page["results"]]
    assert every["results"] == pages
    assert every["count"] == len(pages) == 6
    lines = api("coverage/", format="csv").body.decode().splitlines()
    assert lines[0] == ",".join(FIELDS)
    assert [line.split(",")[0] for line in lines[1:]] == [row["region"] for row in pages]


def test_a_retired_region_is_not_listed_and_counts_in_the_one_above(api: Api, figures: World) -> None:
    next_version(Region.objects.get(pcode="XX02"), retired=True, at=LATE)
    rows = covered(api, measure="departures")
    assert {region for region, _ in rows} == {"XX", "XX01"}
    build(CubeKey("XX", "departures", "conflict", "XX-2024"), recorded_at=LATE)
    rows = covered(api, measure="departures")
    assert {region for region, _ in rows} == {"XX", "XX01"}
    assert (rows["XX", "departures"]["reports"], rows["XX", "departures"]["sub_regions"]) == (7, 1)
