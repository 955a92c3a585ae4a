from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests import factories
from tests.api.conftest import BETWEEN, EARLY, LATE, Api, World
from tracker.models import Source


@pytest.fixture
def pairs(world: World) -> World:
    facts: dict[str, Any] = {"recorded_at": EARLY, "start": date(2024, 12, 1), "end": date(2024, 12, 3)}
    factories.report(world.north, world.un, 5, ref="out", measure="departures", counterpart="XX02", **facts)
    factories.report(world.north, world.un, 6, ref="in", measure="arrivals", counterpart="XX02", **facts)
    factories.report(world.north, world.un, 7, ref="back", measure="returns", counterpart="ZZ", **facts)
    factories.report(world.north, world.un, 8, ref="one-end", measure="returns", **facts)
    factories.report(world.north, world.un, 9, ref="stock", counterpart="XX02", recorded_at=EARLY)
    factories.report(world.north, world.secret, 1, ref="hidden", measure="exits", counterpart="XX02", **facts)
    late = facts | {"recorded_at": LATE, "measure": "exits", "crisis": "XX-2024", "role": "context"}
    factories.report(world.south, Source.objects.get(code="ngo"), 2, ref="late", counterpart="XX01", **late)
    return world


def refs(api: Api, **parameters: Any) -> list[str]:
    return [row["ref"] for row in api("flows/", **parameters).rows]


def test_a_row_tells_both_ends_of_the_way(api: Api, pairs: World) -> None:
    ways = {
        row["ref"]: (row["origin"], row["origin_name"], row["destination"], row["destination_name"])
        for row in api("flows/").rows
    }
    assert ways == {
        "out": ("XX01", "Region XX01", "XX02", "Region XX02"),
        "in": ("XX02", "Region XX02", "XX01", "Region XX01"),
        "back": ("ZZ", "", "XX01", "Region XX01"),
        "late": ("XX02", "Region XX02", "XX01", "Region XX01"),
    }


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"origin": "XX01"}, {"out"}),
        ({"origin": ["XX01", "XX02"]}, {"out", "in", "late"}),
        ({"destination": "XX02"}, {"out"}),
        ({"origin": "XX02", "destination": "XX01"}, {"in", "late"}),
        ({"source": "ngo"}, {"late"}),
        ({"source": "secret"}, set()),
        ({"measure": ["arrivals", "returns"]}, {"in", "back"}),
        ({"cause": "disaster"}, set()),
        ({"crisis": ""}, {"out", "in", "back"}),
        ({"role": "context"}, {"late"}),
        ({"from": "2024-12-04"}, set()),
        ({"from": "2024-12-03", "to": "2024-12-03"}, {"out", "in", "back", "late"}),
        ({"as_of": BETWEEN}, {"out", "in", "back"}),
        ({"updated_after": BETWEEN}, {"late"}),
    ],
)
def test_filters_keep_what_they_say(
    api: Api, pairs: World, parameters: dict[str, Any], expected: set[str]
) -> None:
    assert set(refs(api, **parameters)) == expected


def test_staff_see_the_pairs_of_closed_sources(staff_api: Api, pairs: World) -> None:
    assert "hidden" in refs(staff_api)


def test_a_stock_is_no_flow(api: Api, pairs: World) -> None:
    assert api("flows/", measure="idps").faulty == ["measure"]
