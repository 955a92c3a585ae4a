"""From days to figures: one call makes a whole cube, columns in and columns out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tracker.reconcile.cube import Cube, Flags, Ints
from tracker.reconcile.flow_periods import flow_grid
from tracker.reconcile.flows import FlowDays, flow_days
from tracker.reconcile.grid import Grid, members
from tracker.reconcile.ordering import order_by
from tracker.reconcile.stock_periods import stock_grid
from tracker.reconcile.stocks import StockDays, stock_days
from tracker.vocabulary import PeriodType

WHOLE_PERIODS = (
    PeriodType.WEEK.value,
    PeriodType.MONTH.value,
    PeriodType.QUARTER.value,
    PeriodType.YEAR.value,
)
Days = FlowDays | StockDays

_MOST_SETS = 1 << 18
"""Of so many sets that a few sources can make, each has a place in a table; more are sorted."""


@dataclass(frozen=True)
class Figures:
    """Columns of length n, in order of period type, region and start.

    Attributes
    ----------
    period_type : int64, place in `period_types`
    region : int64, index in the cube's tree
    start, end : int64, days since 1970-01-01, both included
    exists : bool; where false there is no figure at the period's end, but there was one earlier in it
    people : int64, (3, n): low, value, high; 0 where there is no figure
    unlocated : int64
    reports : int64, number of reports used, sub-regions included
    sources : int64, place in `source_sets` of the set of sources used, each a tuple of source numbers
    warnings : int64, bit n for the n-th of `FigureWarning`
    final_from : int64, the first as-of day for which the figure is as given here
    """

    period_types: tuple[str, ...]
    period_type: Ints
    region: Ints
    start: Ints
    end: Ints
    exists: Flags
    people: Ints
    unlocated: Ints
    reports: Ints
    sources: Ints
    warnings: Ints
    final_from: Ints
    source_sets: list[tuple[int, ...]]

    def __len__(self) -> int:
        return len(self.region)


def settle(cube: Cube) -> Days:
    """The days of the cube by the rules for its measure."""
    return stock_days(cube) if cube.is_stock else flow_days(cube)


def figures(
    cube: Cube,
    *,
    period_types: Sequence[str] = WHOLE_PERIODS,
    until: int | None = None,
    settled: Days | None = None,
) -> Figures:
    """Figures of all regions and periods of a cube.

    Parameters
    ----------
    until : the as-of day, in days since 1970-01-01: periods are cut there, later ones left out. None takes
        every period whole, also those ahead; `final_from` says from which as-of day on that is right.
    settled : the days of this cube, where they are at hand

    Method: docs/methodology.md#figures
    """
    days = settle(cube) if settled is None else settled
    if isinstance(days, StockDays):
        grid = stock_grid(cube, days, period_types, until)
    else:
        grid = flow_grid(cube, days, period_types, until)
    kind, region, period = _places(grid, cube.tree.retired)
    exists = grid.exists[region, period]
    sources, source_sets = _numbered(grid.sources[region, period])
    return Figures(
        period_types=tuple(period_types),
        period_type=kind,
        region=region,
        start=grid.periods.start[period],
        end=grid.periods.end[period],
        exists=exists,
        people=grid.people[:, region, period] * exists,
        unlocated=grid.unlocated[region, period] * exists,
        reports=grid.reports[region, period] * exists,
        sources=sources,
        warnings=grid.warnings[region, period] * exists,
        final_from=grid.final_from[region, period],
        source_sets=source_sets,
    )


def _places(grid: Grid, retired: Flags) -> tuple[Ints, Ints, Ints]:
    """Period type, region and period of each figure, in this order."""
    shown = grid.shown & ~retired[:, np.newaxis]
    first = grid.periods.first_of_type
    found = [np.nonzero(shown[:, start:past]) for start, past in pairwise(first)]
    return (
        np.repeat(np.arange(len(found)), [len(region) for region, _ in found]),
        np.concatenate([region for region, _ in found]),
        np.concatenate([start + period for start, (_, period) in zip(first, found, strict=False)]),
    )


def _numbered(words: Ints) -> tuple[Ints, list[tuple[int, ...]]]:
    """The number of each row's set among the distinct ones, and these in order."""
    if words.shape[1] == 1 and len(words) and words.max() < _MOST_SETS:
        occurs = np.zeros(int(words.max()) + 1, dtype=np.bool_)
        occurs[words[:, 0]] = True
        return (np.cumsum(occurs) - 1)[words[:, 0]], members(np.flatnonzero(occurs)[:, np.newaxis])
    order = order_by(*words.T)
    in_order = words[order]
    is_new = np.ones(len(words), dtype=np.bool_)
    is_new[1:] = (np.diff(in_order, axis=0) != 0).any(axis=1)
    numbers = np.empty(len(words), dtype=np.int64)
    numbers[order] = np.cumsum(is_new) - 1
    return numbers, members(in_order[is_new])
