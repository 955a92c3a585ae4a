from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import BETWEEN, LATE, SQUARE, Api, World, next_version
from tracker.figures.build import build
from tracker.figures.cubes import CubeKey
from tracker.figures.query import FigureFilter, figure_rows
from tracker.models import Report

DEPARTURES = {"measure": "departures", "period_type": "year"}
FIELDS = [
    "region", "region_name", "level", "measure", "cause", "crisis", "period_type", "period", "start", "end",
    "value", "low", "high", "unlocated", "reports", "sources", "warnings", "recorded_at",
]  # fmt: skip


def names(api: Api, *columns: str, **parameters: Any) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in columns) for row in api("figures/", all="1", **parameters).rows}


def test_a_row_has_the_fields_of_the_design_in_their_order(api: Api, figures: World) -> None:
    row = api("figures/", region="XX", **DEPARTURES).rows[0]
    assert list(row) == FIELDS
    assert row["period"] == "2024"
    assert (row["start"], row["end"]) == ("2024-01-01", "2024-12-31")
    assert row["warnings"] == []


def test_figures_split_into_parts_and_show_how_they_grew(api: Api, figures: World) -> None:
    now, then = (
        api("figures/", region="XX", **DEPARTURES, **moment).rows[0] for moment in ({}, {"as_of": BETWEEN})
    )
    assert (then["value"], then["low"], then["high"]) == (370, 370, 370)
    assert (now["value"], now["low"], now["high"]) == (600, 500, 700)
    parts = api("figures/", within="XX", level="1", **DEPARTURES).rows
    assert now["unlocated"] + sum(part["value"] for part in parts) == now["value"]


def test_there_is_nothing_as_of_a_moment_before_the_first_report(api: Api, figures: World) -> None:
    assert api("figures/", as_of="2024-12-05T11:59:59Z").rows == []
    assert api("figures/", as_of="2024-12-05T12:00Z").rows != []


def test_a_plus_that_was_not_encoded_is_understood(api: Api, figures: World) -> None:
    rows = api.at("/api/v1/figures/?as_of=2024-12-05T14:00+02:00").rows
    assert rows == api("figures/", as_of="2024-12-05T12:00Z").rows != []


@pytest.mark.parametrize(
    ("parameters", "column", "expected"),
    [
        ({"region": ["XX01", "XX0101"]}, "region", {"XX01", "XX0101"}),
        ({"within": "XX01"}, "region", {"XX0101"}),
        ({"within": "XX", "region": "XX01"}, "region", {"XX01"}),
        ({"level": ["1"]}, "level", {1}),
        ({"measure": "idps"}, "measure", {"idps"}),
        ({"measure": ["idps", "departures"]}, "measure", {"idps", "departures"}),
        ({"cause": "conflict"}, "cause", {"conflict"}),
        ({"cause": "disaster"}, "cause", set()),
        ({"cause": "all"}, "cause", {"all"}),
        ({"crisis": "XX-2024"}, "crisis", {"XX-2024"}),
        ({"crisis": ""}, "crisis", {""}),
        ({"crisis": "XX-2020"}, "crisis", set()),
        ({}, "crisis", {"", "XX-2024"}),
        ({"period_type": "week"}, "period_type", {"week"}),
        ({"period_type": ["week", "day"]}, "period_type", {"week", "day"}),
        ({}, "period_type", {"day", "week", "month", "quarter", "year"}),
    ],
)
def test_filters_keep_what_they_say(
    api: Api, figures: World, parameters: dict[str, Any], column: str, expected: set[Any]
) -> None:
    assert names(api, column, **parameters) == {(value,) for value in expected}


def test_from_and_to_keep_the_periods_that_overlap_them(api: Api, figures: World) -> None:
    found = names(
        api,
        "period",
        measure="departures",
        period_type=["week", "month"],
        from_="2024-12-02",
        to="2024-12-02",
    )
    assert found == {("2024-W49",), ("2024-12",)}


def test_updated_after_gives_what_changed_in_the_order_of_the_changes(api: Api, figures: World) -> None:
    [changed] = api("figures/", updated_after=BETWEEN, **DEPARTURES).rows
    assert list(changed) == [*FIELDS, "withdrawn", "updated_at"]
    assert (changed["region"], changed["value"], changed["withdrawn"]) == ("XX", 600, False)
    assert changed["updated_at"] == changed["recorded_at"] == "2024-12-20T12:00:00Z"
    first = api("figures/", updated_after="2024-12-05", **DEPARTURES).rows
    assert [row["region"] for row in first] == ["XX01", "XX02", "XX"]
    assert api("figures/", updated_after=changed["updated_at"], **DEPARTURES).rows == []


def test_a_withdrawn_figure_is_told_of_where_somebody_keeps_a_copy(api: Api, figures: World) -> None:
    later = LATE + timedelta(days=1)
    next_version(Report.objects.current().get(ref="north"), at=later, status="retracted")
    build(CubeKey("XX", "departures", "conflict", "XX-2024"), recorded_at=later)
    rows = api("figures/", updated_after=LATE.isoformat(), **DEPARTURES).rows
    assert [(row["region"], row["value"], row["withdrawn"]) for row in rows] == [
        ("XX", 600, False),
        ("XX01", None, True),
    ]
    # It is gone from where nobody asks for changes.
    assert ("XX01",) not in names(api, "region", **DEPARTURES)


def test_changes_come_in_pages_and_as_csv(api: Api, figures: World) -> None:
    asked = {"updated_after": "2024-12-01", "measure": "departures"}
    every = api("figures/", all="1", count="1", **asked).json
    pages = list(api.pages("figures/", limit="9", **asked))
    assert [row for page in pages for row in page["results"]] == every["results"]
    assert every["count"] == len(every["results"]) > 30
    back = api.at(pages[-1]["previous"]).json
    assert back["results"] == pages[-2]["results"]
    lines = api("figures/", format="csv", **asked).body.decode().splitlines()
    assert lines[0].endswith("recorded_at,withdrawn,updated_at")
    assert lines[1].endswith(",false,2024-12-05T12:00:00Z")


def test_changes_are_told_up_to_now_and_not_as_of_a_moment(api: Api, figures: World) -> None:
    assert api("figures/", updated_after=BETWEEN, as_of="2024-12-21").faulty == ["as_of"]


def test_all_rows_are_those_of_the_room_below(api: Api, figures: World) -> None:
    rows = api("figures/", all="1").rows
    below = list(figure_rows(FigureFilter()))
    assert [(row["region"], row["period"], row["value"]) for row in rows] == [
        (row["region"], row["period"], row["value"]) for row in below
    ]


def test_geojson_repeats_the_outline_of_the_region(api: Api, figures: World) -> None:
    features = api("figures/", format="geojson", level=["1"], **DEPARTURES).json["features"]
    shapes = {feature["properties"]["region"]: feature["geometry"] for feature in features}
    assert shapes == {"XX01": json.loads(SQUARE), "XX02": None}
