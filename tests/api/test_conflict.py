from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import BETWEEN, Api, World


def counts(api: Api, **parameters: Any) -> dict[tuple[str, str, str], int]:
    return {
        (row["region"], row["event_type"], row["period"]): row["events"]
        for row in api("conflict/", all="1", **parameters).rows
    }


def test_a_row_counts_events_and_adds_up_what_is_known(api: Api, figures: World) -> None:
    rows = api("conflict/", region="XX", period_type="year", event_type="Battles").rows
    assert [list(row) for row in rows] == [
        [
            "region", "region_name", "level", "event_type", "period_type", "period", "start", "end", "events",
            "fatalities_low", "fatalities_best", "fatalities_high", "fatalities_unknown", "recorded_at",
        ]
    ]  # fmt: skip
    row = rows[0]
    # Two public ones, a delicate one and one of a closed dataset: all are counted, none is shown.
    assert (row["events"], row["fatalities_unknown"]) == (4, 3)
    assert (row["fatalities_low"], row["fatalities_best"], row["fatalities_high"]) == (1, 2, 3)


def test_fatalities_known_for_no_event_are_null(api: Api, figures: World) -> None:
    row = api("conflict/", region="XX02", period_type="year", event_type="Battles").rows[0]
    assert row["fatalities_best"] is None


@pytest.mark.parametrize(
    ("parameters", "column", "expected"),
    [
        ({"region": "XX01"}, "region", {"XX01"}),
        ({"within": "XX01"}, "region", {"XX0101"}),
        ({"level": "0"}, "level", {0}),
        ({"event_type": "Protests"}, "event_type", {"Protests"}),
        ({"period_type": ["week", "day"]}, "period_type", {"week", "day"}),
        ({"from": "2024-12-09", "to": "2024-12-09", "period_type": "week"}, "period", {"2024-W50"}),
        ({"updated_after": BETWEEN, "period_type": "month"}, "event_type", {"Protests"}),
        ({"as_of": BETWEEN}, "event_type", {"Battles"}),
        ({"as_of": "2024-12-05T11:00Z"}, "event_type", set()),
    ],
)
def test_filters_keep_what_they_say(
    api: Api, figures: World, parameters: dict[str, Any], column: str, expected: set[Any]
) -> None:
    assert {row[column] for row in api("conflict/", all="1", **parameters).rows} == expected


def test_days_add_up_to_the_year(api: Api, figures: World) -> None:
    def total(period_type: str) -> int:
        return sum(
            row["events"] for row in api("conflict/", region="XX", period_type=period_type, all="1").rows
        )

    assert total("day") == total("week") == total("year") == 5
