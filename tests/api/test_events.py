from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import BETWEEN, Api, World, next_version
from tracker.models import ConflictEvent


def ids(api: Api, **parameters: Any) -> list[str]:
    return [row["event_id"] for row in api("events/", **parameters).rows]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["e1", "e2", "e3"]),
        ({"region": "XX02"}, ["e2", "e3"]),
        ({"within": "XX"}, ["e1", "e2", "e3"]),
        ({"within": "XX01"}, ["e1"]),
        ({"dataset": "other"}, ["e3"]),
        ({"dataset": ["other", "control"]}, ["e1", "e2", "e3"]),
        ({"event_type": "Protests"}, ["e3"]),
        ({"from": "2024-11-28"}, ["e2", "e3"]),
        ({"from": "2024-11-27", "to": "2024-12-08"}, ["e1"]),
        ({"updated_after": BETWEEN}, ["e3"]),
        ({"as_of": BETWEEN}, ["e1", "e2"]),
        ({"as_of": "2024-12-04"}, []),
    ],
)
def test_filters_keep_what_they_say(
    api: Api, events: World, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert ids(api, **parameters) == expected


def test_an_event_belongs_to_the_period_of_its_first_day(api: Api, events: World) -> None:
    ConflictEvent.objects.filter(event_id="e1").update(date_end="2024-12-31")
    assert ids(api, from_="2024-12-01") == ["e2", "e3"]


def test_staff_see_what_is_not_public_but_nothing_retracted(staff_api: Api, events: World) -> None:
    assert set(ids(staff_api)) == {"closed", "delicate", "e1", "e2", "e3"}


def test_hidden_events_do_not_show_in_numbers_either(api: Api, events: World) -> None:
    assert api("events/", count="1", limit=1).json["count"] == 3


def test_the_name_of_a_hidden_dataset_is_as_unknown_as_one_that_is_not(api: Api, events: World) -> None:
    assert api("events/", dataset="SECRET").faulty == api("events/", dataset="none").faulty == ["dataset"]


def test_what_was_found_too_sensitive_is_hidden_in_its_earlier_versions_too(api: Api, events: World) -> None:
    next_version(ConflictEvent.objects.get(event_id="e1"), sensitivity="internal")
    assert ids(api, as_of=BETWEEN) == ["e2"]


def test_unknown_fatalities_are_null_and_none_are_zero(api: Api, events: World) -> None:
    fatalities = {row["event_id"]: (row["low"], row["best"], row["high"]) for row in api("events/").rows}
    assert fatalities == {"e1": (1, 2, 3), "e2": (None, None, None), "e3": (None, 0, None)}


def test_geojson_gives_points_and_null_where_no_point_is_known(api: Api, events: World) -> None:
    features = api("events/", format="geojson").json["features"]
    assert [feature["geometry"] for feature in features] == [
        {"type": "Point", "coordinates": [36.5, 34.5]},
        None,
        None,
    ]
    assert [feature["properties"] for feature in features] == api("events/").rows
