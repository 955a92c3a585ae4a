"""The plain reference against the worked examples, its own promises, and the text's example.

What "no more and no less" means for the examples: a case lists some granularities, and of each of
these every figure of every series and region up to its as-of day. Of a granularity that it does not
list it says nothing. So the figures of the listed granularities are compared as a whole.
"""

import json
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reconcile.cases import STOCKS, cases, random_case
from tests.reconcile.plain import (
    GRANULARITIES,
    Case,
    FigureKey,
    FigureValue,
    Tree,
    day_of,
    explanation,
    explanations,
    figures,
    last_day_of,
    period_of,
    spread,
)

pytestmark = pytest.mark.once

SAMPLES = Path(__file__).parents[1] / "samples"
EXAMPLES: list[Case] = json.loads((SAMPLES / "method-examples.json").read_text("utf-8"))
OUTCOMES = {
    "used",
    "explained",
    "superseded",
    "lapsed",
    "stale",
    "less_trusted",
    "context",
    "forecast",
}


def parts_of(case: Case, found: dict[FigureKey, FigureValue], key: FigureKey) -> list[FigureValue]:
    """The figures of the sub-regions for the same series and period."""
    region, *rest = key
    parts = [(part, *rest) for part in Tree(case["regions"]).current_parts[region]]
    return [found[part] for part in parts if part in found]


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["name"])
def test_every_figure_of_the_worked_examples_no_more_and_no_less(case: Case) -> None:
    expected = {}
    for row in case["expected"]:
        key = (row["region"], row["measure"], row["cause"], row["crisis"])
        figure = (row["low"], row["best"], row["high"], row["unlocated"])
        expected[(*key, row["granularity"], row["period"])] = figure
    listed = [each for each in GRANULARITIES if any(key[4] == each for key in expected)]
    assert figures(case, listed) == expected


@pytest.mark.parametrize(
    ("known_on", "people", "located", "by_6_december"),
    [
        ("2024-12-07", 370_000, 0, 370_000),
        ("2024-12-10", 900_000, 0, 370_000),
        ("2024-12-13", 1_100_000, 0, 370_000),
        ("2024-12-14", 1_110_000, 1_110_000, 373_362),
    ],
)
def test_the_example_in_the_text(
    known_on: str,
    people: int,
    located: int,
    by_6_december: int,
) -> None:
    rows = [
        ("ocha1", "ocha", "SY", 370_000, "2024-12-06", "2024-12-07"),
        ("unhcr1", "unhcr", "SY", 900_000, "2024-12-09", "2024-12-10"),
        ("ocha2", "ocha", "SY", 1_100_000, "2024-12-12", "2024-12-13"),
        ("ocha3", "ocha", "SY02", 640_000, "2024-12-12", "2024-12-14"),
        ("ocha4", "ocha", "SY07", 334_000, "2024-12-12", "2024-12-14"),
        ("ocha5", "ocha", "SY05", 136_000, "2024-12-12", "2024-12-14"),
    ]
    below = [{"pcode": pcode, "level": 1, "parent": "SY"} for pcode in ("SY02", "SY05", "SY07")]
    case = {
        "as_of": "2024-12-31",
        "settings": {"max_age_days": 180, "freshness_days": 30},
        "regions": [{"pcode": "SY", "level": 0, "parent": ""}, *below],
        "sources": [{"code": "ocha", "tier": 1}, {"code": "unhcr", "tier": 1}],
        "rounds": [],
        "reports": [
            {
                "ref": ref,
                "source": source,
                "region": region,
                "measure": "departures",
                "cause": "conflict",
                "value": value,
                "start": "2024-11-27",
                "end": end,
                "published": published,
            }
            for ref, source, region, value, end, published in rows
            if published <= known_on
        ],
    }
    of_the_country = ("SY", "departures", "conflict", "")
    assert figures(case)[(*of_the_country, "year", "2024")] == (
        people,
        people,
        people,
        people - located,
    )
    daily = {key[5]: figure for key, figure in figures(case, ["day"]).items() if key[0] == "SY"}
    assert sum(daily[day][1] for day in daily if day <= "2024-12-06") == by_6_december


def test_spreading_eight_people_over_five_days() -> None:
    assert spread(8, [1, 1, 1, 1, 1]) == [1, 2, 1, 2, 2]


@settings(deadline=None)
@given(cases())
def test_parts_and_whole_agree(case: Case) -> None:
    found = figures(case)
    for key, (low, value, high, unlocated) in found.items():
        assert 0 <= low <= value <= high
        assert 0 <= unlocated == value - sum(part[1] for part in parts_of(case, found, key))


@settings(deadline=None)
@given(cases())
def test_days_add_up(case: Case) -> None:
    found = figures(case)
    sums: dict[FigureKey, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (region, measure, cause, crisis, granularity, period), figure in found.items():
        if measure in STOCKS or granularity != "day":
            continue
        for longer in GRANULARITIES:
            around = period_of(day_of(period), longer)
            total = sums[region, measure, cause, crisis, longer, around]
            for place, people in enumerate(figure):
                total[place] += people
    flows = {key: list(figure) for key, figure in found.items() if key[1] not in STOCKS}
    assert flows == sums


@settings(deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_order_of_entry_does_not_matter(case: Case, random: Random) -> None:
    shuffled = {
        name: random.sample(part, len(part)) if isinstance(part, list) else part
        for name, part in case.items()
    }
    assert figures(shuffled) == figures(case)
    assert explanations(shuffled) == explanations(case)


@settings(deadline=None)
@given(cases())
def test_every_person_is_accounted_for(case: Case) -> None:
    found = figures(case)
    explained = explanations(case)
    assert explained.keys() == found.keys()
    for key, outcomes in explained.items():
        assert sum(people for _, people in outcomes.values()) == found[key][3]
        assert all(people == 0 for outcome, people in outcomes.values() if outcome != "used")
    for key in list(found)[:3]:
        assert explanation(case, *key) == explained[key]


@settings(deadline=None)
@given(cases())
def test_random_cases_are_valid(case: Case) -> None:
    tree = Tree(case["regions"])
    sources = {source["code"] for source in case["sources"]}
    rounds = {round_["code"]: round_ for round_ in case["rounds"]}
    assert len(tree.parent) == len(case["regions"])
    assert all(1 <= source["tier"] <= 5 for source in case["sources"])
    assert len(rounds) == len(case["rounds"])
    assert all(round_["date"] <= round_["published"] for round_ in case["rounds"])
    reports = case["reports"]
    assert 1 <= len(reports) <= 12
    assert len({(report["source"], report["ref"]) for report in reports}) == len(reports)
    for report in reports:
        value = report["value"]
        assert 0 <= report.get("low", value) <= value <= report.get("high", value) <= 10**9
        assert report["start"] <= report["end"] <= report["published"]
        assert report["source"] in sources
        if report["measure"] in STOCKS:
            assert report["start"] == report["end"]
        if "round" in report:
            round_ = rounds[report["round"]]
            assert report["source"] == round_["source"]
            assert report["end"] == round_["date"]
            inside = [round_["region"], *tree.below[round_["region"]]]
            assert report["region"] in inside and report["measure"] in STOCKS


def test_random_cases_reach_every_outcome() -> None:
    reached = {
        outcome
        for seed in range(150)
        for outcomes in explanations(random_case(Random(seed)), ["month"]).values()
        for outcome, _ in outcomes.values()
    }
    assert reached == OUTCOMES


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_a_period_is_named_by_its_last_day_and_not_by_the_next(granularity: str) -> None:
    for day in range(day_of("2019-12-25"), day_of("2025-01-10")):
        period = period_of(day, granularity)
        last = last_day_of(period, granularity)
        assert day <= last
        assert period_of(last, granularity) == period
        assert period_of(last + 1, granularity) != period
