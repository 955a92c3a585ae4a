"""The promises that every figure keeps, on random cases, and the engine beside a plain one."""

from __future__ import annotations

import copy
from collections import defaultdict
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reconcile import plain
from tests.reconcile.cases import cases, random_case
from tests.reconcile.cubes import cube_of, figures_of, series_in
from tracker.reconcile.cube import Cube
from tracker.reconcile.figures import WHOLE_PERIODS, Days, figures, settle
from tracker.reconcile.outcomes import Said, outcomes
from tracker.reconcile.periods import day_number, day_of, parse_period, period_of
from tracker.vocabulary import FLOWS, Outcome

Case = dict[str, Any]
SEEDS = 3_000
"""As many that each reading of the method that matters is met (tests/reconcile/cases.py)."""
SOME = settings(max_examples=150)


@SOME
@given(cases())
def test_the_engine_and_the_plain_reference_agree(case: Case) -> None:
    assert figures_of(case) == plain.figures(case)


@pytest.mark.parametrize("first", range(0, SEEDS, 250))
def test_the_engine_and_the_plain_reference_agree_on_all_of_them(first: int) -> None:
    for seed in range(first, first + 250):
        case = random_case(Random(seed))
        assert figures_of(case) == plain.figures(case), f"seed {seed}"


@SOME
@given(cases())
def test_parts_and_whole_agree(case: Case) -> None:
    regions = {region["pcode"]: region for region in case["regions"]}

    def shown_above(pcode: str) -> str:
        above = regions[pcode]["parent"]
        return shown_above(above) if above and regions[above].get("retired") else above

    found = figures_of(case)
    below: dict[tuple[str, ...], int] = defaultdict(int)
    for (region, *rest), people in found.items():
        assert not regions[region].get("retired")
        below[shown_above(region), *rest] += people[1]
    for key, (_, value, _, unlocated) in found.items():
        assert unlocated >= 0
        assert value == below[key] + unlocated
    assert all(key in found for key in below if key[0])


@SOME
@given(cases(measures=tuple(sorted(FLOWS))))
def test_days_add_up(case: Case) -> None:
    found = figures_of(case)
    sums: dict[tuple[str, ...], Any] = defaultdict(lambda: np.zeros(4, dtype=np.int64))
    for (*series, kind, label), people in found.items():
        if kind == "day":
            for longer in WHOLE_PERIODS:
                period = period_of(parse_period(label).start, longer)
                sums[*series, longer, period.label] += people
    assert {key: tuple(int(n) for n in people) for key, people in sums.items()} == {
        key: people for key, people in found.items() if key[4] != "day"
    }


@SOME
@given(cases())
def test_every_person_is_accounted_for(case: Case) -> None:
    for series in series_in(case):
        cube = cube_of(case, series)
        days = settle(cube)
        until = day_number(plain_date(case["as_of"]))
        columns = figures(cube, period_types=WHOLE_PERIODS, until=until, settled=days)
        for row in range(len(columns)):
            region, last = int(columns.region[row]), min(int(columns.end[row]), until)
            said = said_in(cube, days, region=region, first=int(columns.start[row]), last=last)
            assert sum(line.used for line in said) == columns.unlocated[row]
            assert all(line.outcome == Outcome.USED for line in said if line.used)


@SOME
@given(cases())
def test_outcomes_are_those_of_the_plain_reference(case: Case) -> None:
    explained = plain.explanations(case, granularities=("week", "month"))
    for series in series_in(case):
        cube = cube_of(case, series)
        days = settle(cube)
        said_here = [r for r in case["reports"] if (r["measure"], r["cause"], r.get("crisis", "")) == series]
        until = day_number(plain_date(case["as_of"]))
        for (pcode, *of_series, _, label), reports in explained.items():
            if tuple(of_series) != series:
                continue
            period = parse_period(label)
            region, last = cube.tree.index[pcode], min(day_number(period.end), until)
            said = said_in(cube, days, region=region, first=day_number(period.start), last=last)
            found = {
                (said_here[line.report]["source"], said_here[line.report]["ref"]): (line.outcome, line.used)
                for line in said
                if line.report >= 0
            }
            counted = {key: what for key, what in reports.items() if what[0] not in ("context", "forecast")}
            assert found == counted, (pcode, series, label)


@SOME
@given(cases(), st.randoms(use_true_random=False))
def test_order_of_entry_does_not_change_the_figures(case: Case, random: Random) -> None:
    shuffled = copy.deepcopy(case)
    for name in ("reports", "rounds", "sources", "regions"):
        random.shuffle(shuffled[name])
    assert figures_of(shuffled) == figures_of(case)


@SOME
@given(cases())
def test_low_value_and_high_are_in_order(case: Case) -> None:
    for low, value, high, _ in figures_of(case).values():
        assert 0 <= low <= value <= high


@SOME
@given(cases(), st.integers(0, 400))
def test_whole_periods_are_right_from_the_day_they_say(case: Case, days_later: int) -> None:
    """What is stored once answers for every later as-of day: the promise behind `final_from`."""
    for series in series_in(case):
        cube = cube_of(case, series)
        until = day_number(plain_date(case["as_of"])) - 200 + days_later
        whole, cut = figures(cube), figures(cube, until=until)
        asked = keyed(cut)
        stored = {
            key: row for key, row in keyed(whole).items() if key[2] <= until and row[-1] <= until and row[0]
        }
        assert (
            stored.items()
            <= {key: (*row[:-1], stored.get(key, row)[-1]) for key, row in asked.items()}.items()
        )
        settled_later = {key for key, row in keyed(whole).items() if key[2] <= until < row[-1]}
        assert set(asked) - set(stored) <= settled_later


def said_in(cube: Cube, days: Days, *, region: int, first: int, last: int) -> list[Said]:
    """The outcomes of the region and of the retired ones whose people count as its `unlocated`."""
    held = np.flatnonzero(cube.tree.shown_in == region).tolist()
    return [said for each in held for said in outcomes(cube, days, region=each, first=first, last=last)]


def keyed(columns: Any) -> dict[tuple[int, int, int], tuple[Any, ...]]:
    return {
        (int(columns.period_type[n]), int(columns.region[n]), int(columns.start[n])): (
            bool(columns.exists[n]),
            *columns.people[:, n].tolist(),
            int(columns.unlocated[n]),
            int(columns.reports[n]),
            columns.source_sets[int(columns.sources[n])],
            int(columns.warnings[n]),
            int(columns.final_from[n]),
        )
        for n in range(len(columns))
    }


def plain_date(text: str) -> Any:
    return day_of(day_number(parse_period(text).start))
