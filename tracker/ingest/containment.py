"""Where regions hang that no file places: retired ones, and current ones that lay below a retired one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracker.geo.shares import Shares

CONTAINED = 0.9
"""A region contains another when it has so much of its area: boundaries of two releases never quite agree."""
AS_LARGE = 1.01
"""Areas that differ by less are one area, such as a district of a single sub-district."""


@dataclass(frozen=True, slots=True)
class Node:
    """A region in the tree that a delivery leaves behind."""

    level: int
    parent: str
    """For a retired region, the one that it lay below as a current one or hung below so far."""
    retired: bool
    area_km2: float | None
    """None: it has no boundary."""


def homeless(tree: Mapping[str, Node]) -> list[str]:
    """Retired regions, and current ones below a retired one, in order of P-code."""
    return sorted(
        pcode for pcode, node in tree.items() if node.retired or (node.parent and tree[node.parent].retired)
    )


def retired_way(pcode: str, tree: Mapping[str, Node]) -> Iterator[str]:
    """The region, and the retired ones above it up to the first current one."""
    yield pcode
    while tree[pcode := tree[pcode].parent].retired:
        yield pcode


def placed(tree: Mapping[str, Node], shares: Shares, pcodes: Sequence[str]) -> dict[str, str]:
    """By P-code, the smallest current region that contains the region; a current one's of an upper level.

    Parameters
    ----------
    tree : all regions of one country
    shares : of the regions that `pcodes` name, and of the retired ones above them, in the current regions
        below the country; areas of those without a boundary are not in it
    pcodes : the regions to place

    A region without a boundary lies where the retired one lies that it hung below. Where no boundary
    decides, it stays below what it hung below, or what is left of that: a current region above whose
    boundary, if it has one, does not rule it out.
    """
    return {pcode: _place(pcode, tree, shares) for pcode in pcodes}


def _place(pcode: str, tree: Mapping[str, Node], shares: Shares) -> str:
    node = tree[pcode]
    drawn = next((one for one in retired_way(pcode, tree) if one in shares.ones), "")
    fitting = [
        other
        for other, share in shares.met(drawn).items()
        if share >= CONTAINED and other != pcode and (node.retired or tree[other].level < node.level)
    ]
    if fitting:
        smallest = min(shares.others[other] for other in fitting)
        as_small = [other for other in fitting if shares.others[other] <= AS_LARGE * smallest]
        return min(as_small, key=lambda other: (-tree[other].level, other))
    above = node.parent
    while _is_ruled_out(above, node, tree, boundary_decides=bool(drawn)):
        above = tree[above].parent
    return above


def _is_ruled_out(above: str, node: Node, tree: Mapping[str, Node], *, boundary_decides: bool) -> bool:
    holder = tree[above]
    if holder.level == 0:
        return False
    too_deep = not node.retired and holder.level >= node.level
    return holder.retired or too_deep or (boundary_decides and holder.area_km2 is not None)
