"""sources/, rounds/ and crises/."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.api.conftest import BETWEEN, Api, World, next_version
from tracker.models import Round


def codes(api: Api, path: str, **parameters: Any) -> list[str]:
    return [row["code"] for row in api(path, **parameters).rows]


@pytest.mark.parametrize(
    ("path", "parameters", "expected"),
    [
        ("sources/", {}, ["ngo", "partner", "secret", "un"]),
        ("sources/", {"source": ["un", "ngo"]}, ["ngo", "un"]),
        ("sources/", {"tier": "2"}, ["partner", "secret"]),
        ("sources/", {"row_access": ["none", "public"]}, ["ngo", "secret", "un"]),
        ("sources/", {"updated_after": "2024-01-01"}, []),
        ("sources/", {"as_of": "2011-03-15"}, ["ngo", "partner", "secret", "un"]),
        ("rounds/", {}, ["R1"]),
        ("rounds/", {"region": "XX"}, ["R1"]),
        ("rounds/", {"within": "XX"}, []),
        ("rounds/", {"source": "secret"}, []),
        ("rounds/", {"closed": "0"}, ["R1"]),
        ("rounds/", {"closed": "true"}, []),
        ("rounds/", {"from": "2024-12-01", "to": "2024-12-01"}, ["R1"]),
        ("rounds/", {"from": "2024-12-02"}, []),
        ("rounds/", {"as_of": "2011-03-15"}, ["R1"]),
        ("crises/", {}, ["XX-2020", "XX-2024"]),
        ("crises/", {"crisis": "XX-2020"}, ["XX-2020"]),
        ("crises/", {"from": "2021-01-01"}, ["XX-2024"]),
        ("crises/", {"to": "2024-10-31"}, ["XX-2020"]),
        ("crises/", {"from": "2020-12-31", "to": "2024-11-01"}, ["XX-2020", "XX-2024"]),
        ("crises/", {"updated_after": "2024-06-01"}, []),
        ("crises/", {"as_of": "2011-03-15"}, ["XX-2020", "XX-2024"]),
    ],
)
def test_filters_keep_what_they_say(
    api: Api, world: World, path: str, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert codes(api, path, **parameters) == expected


def test_as_of_gives_the_tier_that_stood(api: Api, world: World) -> None:
    next_version(world.un, tier=4)
    assert api("sources/", source="un").rows[0]["tier"] == 4
    assert api("sources/", source="un", as_of=BETWEEN).rows[0]["tier"] == 1


def test_as_of_gives_the_round_and_the_crisis_that_stood(api: Api, world: World) -> None:
    next_version(Round.objects.get(code="R1"), region="XX01")
    next_version(world.crisis, end=date(2024, 12, 31))
    for moment, region, end in (({}, "XX01", "2024-12-31"), ({"as_of": BETWEEN}, "XX", None)):
        assert api("rounds/", **moment).rows[0]["region"] == region
        assert api("crises/", crisis="XX-2024", **moment).rows[0]["end"] == end


def test_rounds_of_a_source_whose_rows_may_not_be_served_are_for_staff(staff_api: Api, world: World) -> None:
    assert codes(staff_api, "rounds/") == ["S1", "R1"]
