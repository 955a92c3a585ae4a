"""What each source says of each region: reports, and what closed rounds say (METHOD, "Stocks", step 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.reconcile.cube import Cube, Flags, Ints, Reports, Tree

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
    rows = [
        np.column_stack(
            [
                reports.region[alone],
                reports.source[alone],
                reports.start[alone],
                reports.published[alone],
                reports.rank[alone],
                reports.people[:, alone].T,
                np.zeros(len(alone), dtype=np.int64),
                alone,
                np.full(len(alone), NO_ROUND),
            ]
        ).astype(np.int64)
    ]
    members = np.flatnonzero(in_closed_round)
    members = members[np.argsort(reports.round[members], kind="stable")]
    bounds = np.searchsorted(reports.round[members], np.arange(len(rounds) + 1))
    for number in range(len(rounds)):
        of_round = members[bounds[number] : bounds[number + 1]]
        # A round speaks only for the series of which at least one row takes part.
        if reports.counted[of_round].any():
            rows.append(_round_statements(cube, number, of_round))
    table = np.concatenate(rows)
    table = table[np.lexsort(table[:, 4::-1].T)]
    return Statements(
        region=table[:, 0].copy(),
        source=table[:, 1].copy(),
        date=table[:, 2].copy(),
        published=table[:, 3].copy(),
        rank=table[:, 4].copy(),
        people=table[:, 5:8].T.copy(),
        is_sum=table[:, 8].astype(np.bool_),
        report=table[:, 9].copy(),
        round=table[:, 10].copy(),
    )


def newest_rows(reports: Reports, rows: Ints) -> dict[int, int]:
    """The newer of the rows for each region: the later published, then the greater ref."""
    newest: dict[int, int] = {}
    for row in rows[np.lexsort((reports.rank[rows], reports.published[rows]))]:
        newest[int(reports.region[row])] = int(row)
    return newest


def _round_statements(cube: Cube, number: int, rows: Ints) -> Ints:
    reports, rounds, tree = cube.reports, cube.rounds, cube.tree
    own_row = newest_rows(reports, rows[reports.counted[rows]])
    listed = {int(region) for region in reports.region[rows]}
    sums = _sums_below(tree, own_row, reports)
    above = _all_above(tree, listed)
    found = []
    covered = int(rounds.region[number])
    for region in [covered, *tree.below(covered)]:
        if region in own_row:
            people, is_sum, report = reports.people[:, own_row[region]], 0, own_row[region]
        elif region in sums:
            people, is_sum, report = sums[region], 1, NO_REPORT
        elif region in listed or region in above or _lies_below(tree, region, listed):
            continue
        else:
            people, is_sum, report = np.zeros(3, dtype=np.int64), 0, NO_REPORT
        found.append([region, *people, is_sum, report])
    table = np.array(found, dtype=np.int64).reshape(-1, 6)
    size = len(table)
    return np.column_stack(
        [
            table[:, 0],
            np.full(size, rounds.source[number]),
            np.full(size, rounds.date[number]),
            np.full(size, rounds.published[number]),
            np.full(size, rounds.rank[number]),
            table[:, 1:],
            np.full(size, number),
        ]
    )


def _sums_below(tree: Tree, own_row: dict[int, int], reports: Reports) -> dict[int, Ints]:
    """For each region above a row, the sum of the rows below it that lie below no other of those rows."""
    sums: dict[int, Ints] = {}
    for region, row in own_row.items():
        above = int(tree.parent[region])
        while above >= 0:
            sums[above] = sums.get(above, np.zeros(3, dtype=np.int64)) + reports.people[:, row]
            if above in own_row:
                # Further up this row lies below that one.
                break
            above = int(tree.parent[above])
    return sums


def _all_above(tree: Tree, regions: set[int]) -> set[int]:
    above = set()
    for region in regions:
        parent = int(tree.parent[region])
        while parent >= 0 and parent not in above:
            above.add(parent)
            parent = int(tree.parent[parent])
    return above


def _lies_below(tree: Tree, region: int, others: set[int]) -> bool:
    above = int(tree.parent[region])
    while above >= 0:
        if above in others:
            return True
        above = int(tree.parent[above])
    return False
