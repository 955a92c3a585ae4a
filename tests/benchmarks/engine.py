"""How fast the engine makes one cube, beside a plain compiled loop over the same reports.

    python -m tests.benchmarks.engine

Everything is seeded and made in memory; there is no database. The limit lays nothing: it spreads each report
evenly over its days, low, value and high alike, and adds the days up the tree. It gives wrong figures, for it
counts twice what two reports count, and no exact rule can touch as little.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numba import njit

from tracker.reconcile.cube import Cube, Ints, Reports, Rounds, Tree, no_rounds, tree_of
from tracker.reconcile.figures import figures, settle
from tracker.reconcile.periods import day_number

SEED = 20_241_127
FLOW_REPORTS = 143_000
STOCK_REPORTS = 60_000
ROUNDS = 300
SOURCES = 40
FIRST_DAY = day_number(date(2019, 1, 1))
DAYS = 2_192
"""2019 to 2024."""
REGIONS_BY_LEVEL = (1, 14, 72, 270)
SHARE_OF_LEVEL = (0.0, 0.05, 0.15, 0.80)
LENGTHS = (1, 7, 14, 30)
OVERLAPS = 0.15
"""Share of the flow reports that go on from another of the same source and region."""
RUNS = 7
LIMIT = ("flows", "limit: spread evenly, add up the tree")


@dataclass(frozen=True)
class Measured:
    """One step: its median in seconds, and how many times the limit that is."""

    cube: str
    step: str
    seconds: float
    ratio: float | None = None


def measure(runs: int = RUNS) -> list[Measured]:
    """Time each step `runs` times, once everything is compiled; in turn, so that a slow moment meets all."""
    flows, stocks = flow_cube(), stock_cube()
    jobs: dict[tuple[str, str], Callable[[], Any]] = {LIMIT: partial(spread_evenly, flows)}
    for name, cube in (("flows", flows), ("stocks", stocks)):
        jobs[name, "settle"] = partial(settle, cube)
        jobs[name, "figures"] = partial(figures, cube, settled=settle(cube))
    for job in jobs.values():
        job()
    taken = {key: median(times) for key, times in _times(jobs, runs).items()}
    return [
        Measured(
            cube, step, seconds, seconds / taken[LIMIT] if cube == "flows" and step != LIMIT[1] else None
        )
        for (cube, step), seconds in taken.items()
    ]


def flow_cube(size: int = FLOW_REPORTS) -> Cube:
    """Reports of 1, 7, 14 and 30 days; some continue another: totals since, rolling windows, corrections."""
    random = np.random.default_rng(SEED)
    tree = benchmark_tree()
    region = _regions(random, tree, size)
    source = random.integers(0, SOURCES, size)
    length = random.choice(LENGTHS, size)
    start = random.integers(0, DAYS - max(LENGTHS), size)
    value = _people(random, size)
    published = start + length + random.integers(0, 15, size)
    for later in np.flatnonzero(random.random(size) < OVERLAPS)[1:].tolist():
        earlier = int(random.integers(0, later))
        region[later], source[later] = region[earlier], source[earlier]
        start[later], length[later] = start[earlier], length[earlier]
        match later % 3:
            case 0:  # A total since the same day.
                length[later] += length[earlier]
                value[later] = value[earlier] + value[later]
            case 1:  # A window that has rolled on.
                start[later] += max(1, int(length[earlier]) // 2)
            case 2:  # A correction.
                value[later] = value[earlier] * random.integers(80, 110) // 100
        published[later] = max(published[earlier], start[later] + length[later]) + 7
    start += FIRST_DAY
    end = np.minimum(start + length - 1, FIRST_DAY + DAYS - 1)
    reports = Reports(
        region=region,
        source=source,
        start=start,
        end=end,
        people=_with_range(value),
        published=published + FIRST_DAY,
        rank=random.permutation(size),
        round=np.full(size, -1),
        counted=np.ones(size, dtype=np.bool_),
    )
    return Cube(tree, _tiers(random), reports, no_rounds(), is_stock=False)


def stock_cube(size: int = STOCK_REPORTS) -> Cube:
    """Two thirds of the reports are rows of closed rounds, each of one source on part of the country."""
    random = np.random.default_rng(SEED + 1)
    tree = benchmark_tree()
    in_round = np.full(size, -1)
    rows = random.permutation(size)[: size * 2 // 3]
    in_round[rows] = random.integers(0, ROUNDS, len(rows))
    rounds = Rounds(
        source=random.integers(0, SOURCES, ROUNDS),
        region=np.where(
            random.random(ROUNDS) < 0.5, 0, random.choice(np.flatnonzero(tree.depth == 1), ROUNDS)
        ),
        date=FIRST_DAY + random.integers(0, DAYS, ROUNDS),
        published=np.zeros(ROUNDS, dtype=np.int64),
        rank=size + random.permutation(ROUNDS),
        closed=np.ones(ROUNDS, dtype=np.bool_),
    )
    rounds = Rounds(**(vars(rounds) | {"published": rounds.date + random.integers(5, 30, ROUNDS)}))
    region = _regions(random, tree, size)
    source = random.integers(0, SOURCES, size)
    day = FIRST_DAY + random.integers(0, DAYS, size)
    published = day + random.integers(0, 15, size)
    for row in rows.tolist():
        number = in_round[row]
        covered = int(rounds.region[number])
        below = int(tree.last[covered])
        region[row] = covered + 1 + random.integers(0, below - covered)
        source[row], day[row], published[row] = (
            rounds.source[number],
            rounds.date[number],
            rounds.published[number],
        )
    reports = Reports(
        region=region,
        source=source,
        start=day,
        end=day,
        people=_with_range(_people(random, size)),
        published=published,
        rank=random.permutation(size),
        round=in_round,
        counted=np.ones(size, dtype=np.bool_),
    )
    return Cube(tree, _tiers(random), reports, rounds, is_stock=True)


def benchmark_tree() -> Tree:
    """One country, each region of a level shared out in turn among those of the level above."""
    parents = {"XA": ""}
    above = ["XA"]
    for level, size in enumerate(REGIONS_BY_LEVEL[1:], start=1):
        here = [f"XA{level}{number:03}" for number in range(size)]
        parents |= {pcode: above[number % len(above)] for number, pcode in enumerate(here)}
        above = here
    return tree_of(parents)


def spread_evenly(cube: Cube) -> Ints:
    """The limit: low, value and high of every region and day, shape (regions, 3, days)."""
    reports, tree = cube.reports, cube.tree
    return _spread_evenly(
        tree.parent, reports.region, reports.start - FIRST_DAY, reports.end - FIRST_DAY, reports.people, DAYS
    )


@njit(cache=True, nogil=True)
def _spread_evenly(parent: Ints, region: Ints, start: Ints, end: Ints, people: Ints, days: int) -> Ints:
    figures = np.zeros((len(parent), 3, days), np.int64)
    for report in range(len(region)):
        length = end[report] - start[report] + 1
        for kind in range(3):
            given = 0
            for place in range(length):
                up_to_here = people[kind, report] * (place + 1) // length
                figures[region[report], kind, start[report] + place] += up_to_here - given
                given = up_to_here
    for below in range(len(parent) - 1, 0, -1):
        figures[parent[below]] += figures[below]
    return figures


def _regions(random: np.random.Generator, tree: Tree, size: int) -> Ints:
    level = random.choice(len(SHARE_OF_LEVEL), size, p=SHARE_OF_LEVEL)
    region = np.zeros(size, dtype=np.int64)
    for depth in range(len(REGIONS_BY_LEVEL)):
        at = level == depth
        region[at] = random.choice(np.flatnonzero(tree.depth == depth), int(at.sum()))
    return region


def _tiers(random: np.random.Generator) -> Ints:
    return random.integers(1, 4, SOURCES)


def _people(random: np.random.Generator, size: int) -> Ints:
    """Mostly hundreds, now and then a hundred thousand, as displacement goes."""
    return np.minimum(random.lognormal(5.5, 1.5, size).astype(np.int64), 1_000_000)


def _with_range(value: Ints) -> Ints:
    return np.stack([value * 8 // 10, value, value * 12 // 10])


def _times(jobs: dict[tuple[str, str], Callable[[], Any]], runs: int) -> dict[tuple[str, str], list[float]]:
    taken: dict[tuple[str, str], list[float]] = {key: [] for key in jobs}
    for _ in range(runs):
        for key, job in jobs.items():
            start = perf_counter()
            job()
            taken[key].append(perf_counter() - start)
    return taken


def main() -> None:
    for line in measure():
        ratio = "" if line.ratio is None else f"  {line.ratio:5.2f} x the limit"
        print(f"{line.cube:7} {line.step:40} {line.seconds:8.3f} s{ratio}")


if __name__ == "__main__":
    main()
