"""What figures say beside the people: how many reports and which sources, warnings, and retired regions."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import numpy as np
import pytest

from tests.reconcile.cases import random_case
from tests.reconcile.cubes import cube_of, figures_of, series_in
from tracker.reconcile.cube import Cube, Reports, no_rounds, tree_of
from tracker.reconcile.figures import figures, settle
from tracker.reconcile.outcomes import Outcomes, Said
from tracker.reconcile.periods import day_number
from tracker.vocabulary import FigureWarning, Outcome

Case = dict[str, Any]
EXCEEDS, OUTDATED = (1 << place for place in range(len(FigureWarning)))


def case_of(*reports: dict[str, Any], retired: tuple[str, ...] = ()) -> Case:
    """Reports of December 2024 on a small country; what they leave out is filled in."""
    parents = {"XA": "", "XA1": "XA", "XA11": "XA1", "XA111": "XA11", "XA12": "XA1"}
    filled = {"measure": "arrivals", "cause": "conflict", "start": "2024-12-02", "end": "2024-12-08"}
    return {
        "as_of": "2024-12-31",
        "settings": {"max_age_days": 180, "freshness_days": 30},
        "regions": [
            {"pcode": pcode, "parent": parent, "retired": pcode in retired}
            for pcode, parent in parents.items()
        ],
        "sources": [{"code": "un", "tier": 1}, {"code": "local", "tier": 3}],
        "rounds": [],
        "reports": [
            {"ref": f"r{number}", "source": "un", **filled, "published": report.get("end", "2024-12-31")}
            | report
            for number, report in enumerate(reports)
        ],
    }


def stock(region: str, day: str, value: int, source: str = "un") -> dict[str, Any]:
    return {
        "region": region,
        "measure": "idps",
        "start": day,
        "end": day,
        "value": value,
        "source": source,
    }


def of_december(case: Case) -> dict[str, tuple[int, int]]:
    """Value and `unlocated` by region."""
    return {key[0]: (row[1], row[3]) for key, row in figures_of(case).items() if key[5] == "2024-12"}


def warnings_of(case: Case) -> dict[str, int]:
    """Warnings of December's figures by region."""
    [series] = series_in(case)
    cube = cube_of(case, series)
    columns = figures(cube, period_types=["month"])
    return {
        cube.tree.pcodes[columns.region[row]]: int(columns.warnings[row])
        for row in np.flatnonzero(columns.start == day_number(date(2024, 12, 1))).tolist()
    }


FLOWS_BELOW = (
    {"region": "XA1", "value": 100},
    {"region": "XA11", "value": 40},
    {"region": "XA111", "value": 15},
    {"region": "XA12", "value": 20},
)
STOCKS_BELOW = (
    stock("XA1", "2024-12-01", 100),
    stock("XA11", "2024-12-01", 40),
    stock("XA111", "2024-12-01", 15),
    stock("XA12", "2024-12-01", 20),
)


@pytest.mark.parametrize("reports", [FLOWS_BELOW, STOCKS_BELOW], ids=["flows", "stocks"])
@pytest.mark.parametrize(
    ("retired", "expected"),
    [
        ((), {"XA": (100, 0), "XA1": (100, 40), "XA11": (40, 25), "XA111": (15, 15), "XA12": (20, 20)}),
        (("XA12",), {"XA": (100, 0), "XA1": (100, 60), "XA11": (40, 25), "XA111": (15, 15)}),
        (("XA11",), {"XA": (100, 0), "XA1": (100, 65), "XA111": (15, 15), "XA12": (20, 20)}),
        (("XA11", "XA111"), {"XA": (100, 0), "XA1": (100, 80), "XA12": (20, 20)}),
        (("XA1", "XA11", "XA111", "XA12"), {"XA": (100, 100)}),
    ],
)
def test_what_a_retired_region_has_is_unlocated_in_the_current_one_above(
    reports: tuple[dict[str, Any], ...], retired: tuple[str, ...], expected: dict[str, tuple[int, int]]
) -> None:
    assert of_december(case_of(*reports, retired=retired)) == expected


def test_sub_regions_that_exceed_a_more_trusted_whole_are_warned_of() -> None:
    whole = {"region": "XA1", "value": 50, "source": "un"}
    part = {"region": "XA11", "value": 60, "source": "local"}
    assert warnings_of(case_of(whole, part)) == {"XA": 0, "XA1": EXCEEDS, "XA11": 0}
    assert warnings_of(case_of(whole | {"value": 60}, part))["XA1"] == 0
    assert warnings_of(case_of(whole, part | {"source": "un"}))["XA1"] == 0


def test_days_that_a_whole_gave_up_do_not_count_against_it() -> None:
    """The short report takes the first two days, where the part has its people."""
    short = {"region": "XA1", "value": 90, "start": "2024-12-01", "end": "2024-12-03"}
    whole = {"region": "XA1", "value": 50}
    part = {"region": "XA11", "value": 60, "source": "local", "start": "2024-12-02", "end": "2024-12-03"}
    assert warnings_of(case_of(short, whole, part))["XA1"] == 0
    assert warnings_of(case_of(whole, part))["XA1"] == EXCEEDS


def test_stocks_that_exceed_a_more_trusted_whole_are_warned_of() -> None:
    whole, part = stock("XA1", "2024-12-02", 50), stock("XA11", "2024-12-03", 60, "local")
    assert warnings_of(case_of(whole, part))["XA1"] == EXCEEDS
    assert warnings_of(case_of(whole, part | {"source": "un"}))["XA1"] == 0


def test_a_whole_that_is_much_older_than_its_parts_is_warned_of() -> None:
    part = stock("XA11", "2024-12-31", 20, "local")
    assert warnings_of(case_of(stock("XA1", "2024-11-30", 50), part))["XA1"] == OUTDATED
    assert warnings_of(case_of(stock("XA1", "2024-12-01", 50), part))["XA1"] == 0
    # It adds nobody.
    assert warnings_of(case_of(stock("XA1", "2024-11-30", 20), part))["XA1"] == 0


def test_every_source_of_many_is_named() -> None:
    """Sets of sources are longer than one word."""
    size = 150
    day = np.arange(size)
    reports = Reports(
        region=np.zeros(size, dtype=np.int64),
        source=day,
        start=day,
        end=day,
        people=np.ones((3, size), dtype=np.int64),
        published=day,
        rank=day,
        round=np.full(size, -1),
        counted=np.ones(size, dtype=np.bool_),
    )
    tier = np.ones(size, dtype=np.int64)
    columns = figures(
        Cube(tree_of({"XA": ""}), tier, reports, no_rounds(), is_stock=False), period_types=["day", "year"]
    )
    named = [columns.source_sets[number] for number in columns.sources.tolist()]
    assert named == [(source,) for source in range(size)] + [tuple(range(size))]


@pytest.mark.parametrize("measure", ["arrivals", "idps"])
def test_a_cube_without_reports_that_take_part_has_no_figures(measure: str) -> None:
    case = case_of(stock("XA1", "2024-12-02", 5) | {"measure": measure, "status": "submitted"})
    assert figures_of(case) == {}


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_a_figure_tells_how_many_reports_and_which_sources_are_used(first: int) -> None:
    for seed in range(first, first + 100):
        case = random_case(Random(seed))
        for series in series_in(case):
            _check_reports_and_sources(cube_of(case, series), f"seed {seed}, {series}")


def _check_reports_and_sources(cube: Cube, where: str) -> None:
    days = settle(cube)
    columns = figures(cube, period_types=["month"], settled=days)
    for row in np.flatnonzero(columns.exists).tolist():
        region, start, end = (int(column[row]) for column in (columns.region, columns.start, columns.end))
        said = Outcomes(cube, days, first=start, last=end)
        used = [line for each in (region, *cube.tree.below(region)) for line in _used(said, each)]
        sources = tuple(sorted({line.source for line in used}))
        assert columns.source_sets[int(columns.sources[row])] == sources, where
        assert columns.reports[row] == sum(line.report >= 0 for line in used), where


def _used(said: Outcomes, region: int) -> list[Said]:
    return [line for line in said.of(region) if line.outcome == Outcome.USED]
