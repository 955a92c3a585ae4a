"""A cube: what the rules work on. One country and one series, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LOW, VALUE, HIGH = 0, 1, 2
"""Rows of an array of people: low, value and high side by side."""


@dataclass(frozen=True)
class Tree:
    """Regions of one country, each followed by all that lies below it (preorder).

    `parent`, `last`, `depth`, `rank` : int64, length n. The index of the parent (-1 for none), of the last
    region below (the region itself where none is), the steps from the top, and the place in order of P-code.
    """

    pcodes: tuple[str, ...]
    parent: Ints
    last: Ints
    depth: Ints
    rank: Ints

    def __len__(self) -> int:
        return len(self.pcodes)

    @property
    def index(self) -> dict[str, int]:
        return {pcode: number for number, pcode in enumerate(self.pcodes)}

    def below(self, region: int) -> range:
        """Indices of all regions below `region`."""
        return range(region + 1, int(self.last[region]) + 1)

    def children(self, region: int) -> list[int]:
        return [number for number in self.below(region) if self.parent[number] == region]


def tree_of(parents: Mapping[str, str]) -> Tree:
    """Arrange regions, given as P-code to parent's P-code ("" for a country), in preorder.

    Raises
    ------
    ValueError : a parent is missing or the regions form a circle
    """
    children: dict[str, list[str]] = {}
    for pcode, above in parents.items():
        if above and above not in parents:
            raise ValueError(f"{pcode}: its parent {above} is not among the regions")
        children.setdefault(above, []).append(pcode)
    pcodes: list[str] = []
    waiting = sorted(children.get("", []), reverse=True)
    while waiting:
        pcode = waiting.pop()
        pcodes.append(pcode)
        waiting.extend(sorted(children.get(pcode, []), reverse=True))
    if len(pcodes) != len(parents):
        raise ValueError("the regions form a circle")
    index = {pcode: number for number, pcode in enumerate(pcodes)}
    parent = np.array([index.get(parents[pcode], -1) for pcode in pcodes], dtype=np.int64)
    last = np.arange(len(pcodes), dtype=np.int64)
    depth = np.zeros(len(pcodes), dtype=np.int64)
    for number in range(len(pcodes)):
        if parent[number] >= 0:
            depth[number] = depth[parent[number]] + 1
    for number in range(len(pcodes) - 1, 0, -1):
        if parent[number] >= 0:
            last[parent[number]] = max(last[parent[number]], last[number])
    return Tree(tuple(pcodes), parent, last, depth, text_ranks(pcodes))


def text_ranks(texts: Sequence[str]) -> Ints:
    """The place of each text among the distinct ones, in order of code points."""
    place = {text: number for number, text in enumerate(sorted(set(texts)))}
    return np.array([place[text] for text in texts], dtype=np.int64)


@dataclass(frozen=True)
class Reports:
    """Columns of length n. People are int64, days int64 since 1970-01-01, both ends included."""

    region: Ints
    source: Ints
    start: Ints
    end: Ints
    people: Ints
    """Shape (3, n): low, value, high."""
    published: Ints
    rank: Ints
    """The `ref`'s place in order of code points, among the refs and the codes of the rounds."""
    round: Ints
    """Index of the round it is a row of; -1 for none."""
    counted: Flags
    """It takes part: approved, and its role is `counted`. Others matter only as rows of a closed round."""

    def __len__(self) -> int:
        return len(self.region)


@dataclass(frozen=True)
class Rounds:
    """Columns of length n; `rank` is that of the code, as for reports."""

    source: Ints
    region: Ints
    date: Ints
    published: Ints
    rank: Ints
    closed: Flags

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True)
class Cube:
    """The reports of one country and one series, with all they are read by.

    `tier` : int64, one for each source; sources are numbered in order of their codes.
    """

    tree: Tree
    tier: Ints
    reports: Reports
    rounds: Rounds
    is_stock: bool
    max_age_days: int = 180
    freshness_days: int = 30


def integers(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def no_rounds() -> Rounds:
    none = np.zeros(0, dtype=np.int64)
    return Rounds(none, none, none, none, none, none.astype(np.bool_))
