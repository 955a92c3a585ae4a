from __future__ import annotations

import json
from typing import Any

import pytest

from tests import factories
from tests.api.conftest import BETWEEN, SQUARE, Api, World, next_version
from tracker.models import Region


def pcodes(api: Api, **parameters: Any) -> list[str]:
    return [row["pcode"] for row in api("regions/", **parameters).rows]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["XX", "XX01", "XX0101", "XX02"]),
        ({"region": "XX01"}, ["XX01"]),
        ({"region": ["XX01", "XX02"]}, ["XX01", "XX02"]),
        ({"within": "XX"}, ["XX01", "XX0101", "XX02"]),
        ({"within": "XX01"}, ["XX0101"]),
        ({"within": "XX0101"}, []),
        ({"within": ["XX01", "XX02"]}, ["XX0101"]),
        ({"within": "XX", "region": ["XX", "XX02"]}, ["XX02"]),
        ({"level": "1"}, ["XX01", "XX02"]),
        ({"level": ["0", "2"]}, ["XX", "XX0101"]),
        ({"country": "XX"}, ["XX", "XX01", "XX0101", "XX02"]),
        ({"retired": "false"}, ["XX", "XX01", "XX0101", "XX02"]),
        ({"retired": "1"}, []),
        ({"q": "rEGION xx0"}, ["XX01", "XX0101", "XX02"]),
        ({"q": "حلب"}, ["XX01"]),
        ({"q": "du sud"}, ["XX02"]),
        ({"q": "%"}, []),
        ({"updated_after": "2024-01-01T00:00Z"}, []),
        ({"updated_after": "2023-12-31"}, ["XX", "XX01", "XX0101", "XX02"]),
    ],
)
def test_filters_keep_what_they_say(
    api: Api, world: World, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert pcodes(api, **parameters) == expected


def test_below_goes_by_containment_and_not_by_pcode(api: Api, world: World) -> None:
    factories.region("C1001", world.town)
    factories.region("XX0103", world.south)
    assert pcodes(api, within="XX01") == ["C1001", "XX0101"]


def test_a_row_gives_unknown_as_null_and_numbers_as_numbers(api: Api, world: World) -> None:
    assert api("regions/", region="XX01").rows == [
        {
            "pcode": "XX01",
            "level": 1,
            "parent": "XX",
            "country": "XX",
            "name_en": "Region XX01",
            "name_ar": "حلب",
            "name_fr": "",
            "name_local": "",
            "household_size": 5.2,
            "release": "",
            "retired": False,
            "area_km2": None,
            "bbox": None,
            "version": 1,
            "recorded_at": "2024-01-01T00:00:00Z",
        }
    ]
    assert api("regions/", region="XX").rows[0]["bbox"] == [36.0, 34.0, 37.0, 35.0]


def test_geojson_gives_the_outline_or_null(api: Api, world: World) -> None:
    answer = api("regions/", format="geojson")
    assert answer["Content-Type"] == "application/geo+json"
    collection = answer.json
    assert collection["type"] == "FeatureCollection"
    shapes = {feature["properties"]["pcode"]: feature["geometry"] for feature in collection["features"]}
    assert shapes == {"XX": json.loads(SQUARE), "XX01": json.loads(SQUARE), "XX0101": None, "XX02": None}


def test_one_region_can_be_had_by_its_address(api: Api, world: World) -> None:
    assert api("regions/XX01/").json == api("regions/", region="XX01").rows[0]
    assert api("regions/XX01/", format="geojson").json == {
        "type": "Feature",
        "geometry": None,
        "properties": api("regions/XX01/").json,
    }


def test_one_region_as_geojson_has_its_full_boundary(api: Api, world: World) -> None:
    import shapely

    full = shapely.Polygon([(36, 34), (36.5, 34.00001), (37, 34), (37, 35), (36, 34)])
    Region.objects.filter(pcode="XX02").update(geometry=shapely.to_wkb(full))
    geometry = api("regions/XX02/", format="geojson").json["geometry"]
    assert shapely.equals(shapely.from_geojson(json.dumps(geometry)), full)


def test_as_of_gives_the_version_that_stood(api: Api, world: World) -> None:
    next_version(world.south, name_en="Moved", parent="XX01", level=2)
    for moment, name, place in (({"as_of": BETWEEN}, "Region XX02", "XX"), ({}, "Moved", "XX01")):
        assert api("regions/", region="XX02", **moment).rows[0]["name_en"] == name
        assert api("regions/XX02/", **moment).json["parent"] == place
    assert pcodes(api, within="XX01", as_of=BETWEEN) == ["XX0101"]
    assert pcodes(api, within="XX01") == ["XX0101", "XX02"]


def test_a_region_stood_before_its_first_version_was_recorded(api: Api, world: World) -> None:
    assert pcodes(api, as_of="2011-03-15") == ["XX", "XX01", "XX0101", "XX02"]
