"""What each source says of each region: reports, and what closed rounds say (METHOD, "Stocks", step 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from tracker.reconcile.cube import Cube, Flags, Ints
from tracker.reconcile.ordering import order_by

NO_REPORT = -1
NO_ROUND = -1


@dataclass(frozen=True)
class Statements:
    """Columns of length n, sorted by region, source, date, published and `rank`.

    Attributes
    ----------
    people : int64, (3, n): low, value, high
    is_sum : bool, the sum of a round's rows below the region: its people are in the sub-regions' figures
    report : int64, the report that says it; -1 for a round's sum or zero
    round : int64, the closed round that says it; -1 for none
    """

    region: Ints
    source: Ints
    date: Ints
    published: Ints
    rank: Ints
    people: Ints
    is_sum: Flags
    report: Ints
    round: Ints

    def __len__(self) -> int:
        return len(self.region)


def statements(cube: Cube) -> Statements:
    """All statements of a stock cube, from the earliest on."""
    reports, rounds = cube.reports, cube.rounds
    in_closed_round = np.zeros(len(reports), dtype=np.bool_)
    has_round = reports.round >= 0
    in_closed_round[has_round] = rounds.closed[reports.round[has_round]]
    alone = np.flatnonzero(reports.counted & ~in_closed_round)
    number, region, report, is_sum, sums = _said_by_rounds(cube, np.flatnonzero(in_closed_round))
    of_rounds = np.where(report == NO_REPORT, sums, reports.people[:, report])
    said = Statements(
        region=np.concatenate([reports.region[alone], region]),
        source=np.concatenate([reports.source[alone], rounds.source[number]]),
        date=np.concatenate([reports.start[alone], rounds.date[number]]),
        published=np.concatenate([reports.published[alone], rounds.published[number]]),
        rank=np.concatenate([reports.rank[alone], rounds.rank[number]]),
        people=np.concatenate([reports.people[:, alone], of_rounds], axis=1),
        is_sum=np.concatenate([np.zeros(len(alone), dtype=np.bool_), is_sum]),
        report=np.concatenate([alone, report]),
        round=np.concatenate([np.full(len(alone), NO_ROUND), number]),
    )
    order = order_by(said.region, said.source, said.date, said.published, said.rank)
    return Statements(**{name: column[..., order] for name, column in vars(said).items()})


def _said_by_rounds(cube: Cube, rows: Ints) -> tuple[Ints, Ints, Ints, Flags, Ints]:
    """What the closed rounds say, given the reports that are their rows; columns as of `_read_rounds`."""
    reports, rounds, tree = cube.reports, cube.rounds, cube.tree
    # The newer of two rows comes later: the later published, then the greater ref.
    rows = rows[order_by(reports.round[rows], reports.published[rows], reports.rank[rows])]
    bounds = np.searchsorted(reports.round[rows], np.arange(len(rounds) + 1))
    takes_part = reports.counted[rows]
    # A round speaks only for the series of which at least one row takes part.
    speaking = np.unique(reports.round[rows[takes_part]])
    covered = rounds.region[speaking]
    return _read_rounds(
        tree.parent,
        speaking,
        covered,
        tree.last[covered],
        bounds,
        rows,
        reports.region[rows],
        takes_part,
        np.ascontiguousarray(reports.people[:, rows].T),
    )


@njit(cache=True, nogil=True)
def _read_rounds(
    parent: Ints,
    speaking: Ints,
    covered: Ints,
    last_covered: Ints,
    bounds: Ints,
    rows: Ints,
    row_region: Ints,
    takes_part: Flags,
    people: Ints,
) -> tuple[Ints, Ints, Ints, Flags, Ints]:
    """One statement for each region of which a round says something.

    Returns
    -------
    round, region, report (-1 where it has no row for the region itself), whether it is a sum, and the people
    of the rows below the region (3, n): the sum where it is one, else 0
    """
    regions = len(parent)
    room = (last_covered - covered + 1).sum()
    found_round = np.empty(room, np.int64)
    found_region = np.empty(room, np.int64)
    found_report = np.empty(room, np.int64)
    found_sum = np.empty(room, np.bool_)
    found_people = np.zeros((3, room), np.int64)
    found = 0
    for place in range(len(speaking)):
        number = speaking[place]
        own_row = np.full(regions, NO_REPORT, np.int64)
        listed = np.zeros(regions, np.bool_)
        for row in range(bounds[number], bounds[number + 1]):
            listed[row_region[row]] = True
            if takes_part[row]:
                own_row[row_region[row]] = row
        sums, has_rows_below = _sums_below(parent, own_row, people)
        related = _above_or_below(parent, listed)
        for region in range(covered[place], last_covered[place] + 1):
            row = own_row[region]
            is_sum = row == NO_REPORT and has_rows_below[region]
            if row == NO_REPORT and not is_sum and related[region]:
                continue
            found_round[found] = number
            found_region[found] = region
            found_report[found] = rows[row] if row != NO_REPORT else NO_REPORT
            found_sum[found] = is_sum
            if is_sum:
                found_people[:, found] = sums[region]
            found += 1
    return (
        found_round[:found],
        found_region[:found],
        found_report[:found],
        found_sum[:found],
        found_people[:, :found],
    )


@njit(cache=True, nogil=True)
def _sums_below(parent: Ints, own_row: Ints, people: Ints) -> tuple[Ints, Flags]:
    """For each region the sum of the rows below it that lie below no other of them, and if there are any."""
    regions = len(parent)
    sums = np.zeros((regions, 3), np.int64)
    any_below = np.zeros(regions, np.bool_)
    for region in range(regions - 1, -1, -1):
        above = parent[region]
        if above < 0:
            continue
        if own_row[region] != NO_REPORT:
            sums[above] += people[own_row[region]]
            any_below[above] = True
        elif any_below[region]:
            sums[above] += sums[region]
            any_below[above] = True
    return sums, any_below


@njit(cache=True, nogil=True)
def _above_or_below(parent: Ints, listed: Flags) -> Flags:
    """The listed regions, those above one of them and those below one."""
    above, below = listed.copy(), listed.copy()
    for region in range(len(parent) - 1, -1, -1):
        if parent[region] >= 0:
            above[parent[region]] |= above[region]
    for region in range(len(parent)):
        if parent[region] >= 0:
            below[region] |= below[parent[region]]
    return above | below
