"""A cube: what the rules work on. One country and one series, as columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

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
    `retired` : bool, length n. Of an older boundary release: it has no figures of its own, and what its own
    reports put there is `unlocated` in the nearest current region above.
    """

    pcodes: tuple[str, ...]
    parent: Ints
    last: Ints
    depth: Ints
    rank: Ints
    retired: Flags

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

    @cached_property
    def shown_in(self) -> Ints:
        """For each region the one in whose `unlocated` its own people count: itself, unless it is retired."""
        shown_in = np.arange(len(self), dtype=np.int64)
        for number in np.flatnonzero(self.retired).tolist():
            shown_in[number] = shown_in[self.parent[number]]
        return shown_in


def tree_of(parents: Mapping[str, str], *, retired: Collection[str] = ()) -> Tree:
    """Arrange regions, given as P-code to parent's P-code ("" for a country), in preorder.

    Raises
    ------
    ValueError : a parent is missing, the regions form a circle, or no current region is above a retired one
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
    is_retired = np.array([pcode in retired for pcode in pcodes], dtype=np.bool_)
    if (is_retired & (parent < 0)).any():
        raise ValueError("a retired region lies below no current one")
    last = np.arange(len(pcodes), dtype=np.int64)
    depth = np.zeros(len(pcodes), dtype=np.int64)
    for number in np.flatnonzero(parent >= 0).tolist():
        depth[number] = depth[parent[number]] + 1
    for number in np.flatnonzero(parent >= 0)[::-1].tolist():
        last[parent[number]] = max(last[parent[number]], last[number])
    return Tree(tuple(pcodes), parent, last, depth, text_ranks(pcodes), is_retired)


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
