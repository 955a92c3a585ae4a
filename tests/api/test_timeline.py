from __future__ import annotations

from typing import Any

from tests.api.conftest import BETWEEN, Api, World

NOTHING: dict[str, Any] = {
    "events": 0,
    "fatalities_unknown": 0,
    "fatalities_low": None,
    "fatalities_best": None,
    "fatalities_high": None,
    "by_type": [],
}


def timeline(api: Api, **parameters: Any) -> dict[str, dict[str, Any]]:
    answer = api("timeline/", **parameters)
    return {row["period"]: row for row in answer.rows}


def test_both_sides_stand_beside_each_other(api: Api, figures: World) -> None:
    answer = api("timeline/", region="XX").json
    assert {name: answer[name] for name in ("region", "region_name", "period_type", "as_of")} == {
        "region": "XX",
        "region_name": "Region XX",
        "period_type": "week",
        "as_of": None,
    }
    weeks = timeline(api, region="XX", to="2024-12-15")
    assert list(weeks) == ["2024-W48", "2024-W49", "2024-W50"]
    first = weeks["2024-W48"]
    assert (first["start"], first["end"]) == ("2024-11-25", "2024-12-01")
    assert {(row["measure"], row["crisis"]) for row in first["figures"]} == {
        ("departures", "XX-2024"),
        ("idps", ""),
    }
    assert "region" not in first["figures"][0]
    # One that everybody may see, two that are only counted.
    assert (first["conflict"]["events"], first["conflict"]["fatalities_best"]) == (3, 2)
    assert [row["event_type"] for row in weeks["2024-W50"]["conflict"]["by_type"]] == ["Battles", "Protests"]


def test_the_figures_are_those_of_figures(api: Api, figures: World) -> None:
    weeks = timeline(api, region="XX01", measure="departures")
    for row in api("figures/", region="XX01", measure="departures", period_type="week").rows:
        [cell] = weeks[row["period"]]["figures"]
        assert cell.items() <= row.items()


def test_a_period_of_which_nothing_is_known_is_there_and_empty(api: Api, figures: World) -> None:
    months = timeline(api, region="XX02", period_type="month", from_="2024-10-15", to="2025-01-01")
    assert list(months) == ["2024-10", "2024-11", "2024-12", "2025-01"]
    assert months["2024-10"]["figures"] == []
    assert months["2024-10"]["conflict"] == NOTHING


def test_without_from_and_to_it_goes_from_the_first_to_the_last_known(api: Api, figures: World) -> None:
    days = timeline(api, region="XX01", period_type="day", measure="departures")
    assert [min(days), max(days), len(days)] == ["2024-11-27", "2024-12-04", 8]
    assert timeline(api, region="XX0101", measure="exits", to="2024-11-20") == {}


def test_filters_choose_the_series_and_leave_conflict_alone(api: Api, figures: World) -> None:
    week = timeline(api, region="XX", measure="idps", cause="all", crisis="")["2024-W48"]
    assert [(row["measure"], row["cause"]) for row in week["figures"]] == [("idps", "all")]
    assert week["conflict"]["events"] == 3


def test_as_of_shows_both_sides_as_they_stood(api: Api, figures: World) -> None:
    years = {"region": "XX", "period_type": "year"}
    now, then = timeline(api, **years), timeline(api, **years, as_of=BETWEEN)
    values = [
        next(row["value"] for row in year["2024"]["figures"] if row["measure"] == "departures")
        for year in (now, then)
    ]
    assert values == [600, 370]
    assert [year["2024"]["conflict"]["events"] for year in (now, then)] == [5, 4]


def test_too_many_periods_are_refused(api: Api, figures: World) -> None:
    answer = api("timeline/", region="XX", period_type="day", from_="1950-01-01", to="2024-12-31")
    assert answer.faulty == ["from"]
