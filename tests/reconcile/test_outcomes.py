"""Outcomes that the random cases of the promises do not single out."""

from __future__ import annotations

from tests.reconcile.cubes import cube_of, series_in
from tests.reconcile.test_figures import case_of, stock
from tracker.reconcile.figures import settle
from tracker.reconcile.outcomes import outcomes
from tracker.reconcile.periods import day_number, parse_period


def test_nothing_is_said_of_a_stock_before_its_first_statement() -> None:
    case = case_of(stock("XA1", "2024-12-02", 5))
    [series] = series_in(case)
    cube = cube_of(case, series)
    day = day_number(parse_period("2024-12-01").start)
    days, region = settle(cube), cube.tree.index["XA1"]
    assert outcomes(cube, days, region=region, first=day, last=day) == []
    assert len(outcomes(cube, days, region=region, first=day, last=day + 1)) == 1


def test_a_report_names_what_shrunk_it() -> None:
    case = case_of(
        {"region": "XA", "value": 50, "start": "2024-12-02", "end": "2024-12-02", "published": "2024-12-03"},
        {"region": "XA", "value": 30, "start": "2024-12-01", "end": "2024-12-02", "published": "2024-12-04"},
    )
    [series] = series_in(case)
    cube = cube_of(case, series)
    first = day_number(parse_period("2024-12").start)
    said = outcomes(cube, settle(cube), region=0, first=first, last=first + 30)
    assert [(line.report, line.used, line.shrunk_by) for line in said] == [(0, 30, ((1, -1),)), (1, 0, ())]


def test_a_statement_names_what_limits_it() -> None:
    case = case_of(stock("XA11", "2024-12-02", 50), stock("XA1", "2024-12-05", 30))
    [series] = series_in(case)
    cube = cube_of(case, series)
    day = day_number(parse_period("2024-12-06").start)
    [part] = outcomes(cube, settle(cube), region=cube.tree.index["XA11"], first=day, last=day)
    assert (part.people, part.used, part.shrunk_by) == (50, 30, ((1, -1),))
