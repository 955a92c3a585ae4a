"""Where regions hang that no file places."""

from __future__ import annotations

from typing import Any

from tracker.geo.shares import NOTHING, Shares
from tracker.ingest.containment import Node, homeless, placed

TREE = {
    "XX": Node(0, "", retired=False, area_km2=400.0),
    "A": Node(1, "XX", retired=False, area_km2=200.0),
    "A1": Node(2, "A", retired=False, area_km2=201.0),
    "B": Node(1, "XX", retired=False, area_km2=150.0),
    "B1": Node(2, "B", retired=False, area_km2=90.0),
}
AREAS = {"A": 200.0, "A1": 201.0, "B": 150.0, "B1": 90.0}


def home(pcode: str, node: Node, *more: tuple[str, Node], ones: float | None = None, **common: float) -> str:
    """Where the region hangs; keywords are what it (or the one named in `ones`) has in common with others."""
    tree = {**TREE, pcode: node, **dict(more)}
    drawn = {pcode: ones} if ones is not None else {}
    shares = Shares(drawn, AREAS, {(pcode, other): km2 for other, km2 in common.items()})
    return placed(tree, shares, [pcode])[pcode]


def retired(parent: str, level: int = 2, area: float | None = 50.0) -> Node:
    return Node(level, parent, retired=True, area_km2=area)


def test_retired_regions_and_those_below_them_have_no_home():
    tree: dict[str, Any] = {**TREE, "R": retired("A"), "R1": Node(3, "R", False, None)}
    assert homeless(tree) == ["R", "R1"]


def test_the_smallest_region_that_contains_nine_tenths_is_the_home():
    assert home("R", retired("A"), ones=50, B=50, B1=45) == "B1"
    assert home("R", retired("A"), ones=50, B=50, B1=44) == "B"


def test_of_areas_as_small_the_deepest_then_the_lowest_code_is_the_home():
    assert home("R", retired("XX"), ones=50, A=50, A1=50) == "A1"


def test_a_retired_region_may_hang_below_one_of_a_deeper_level():
    assert home("R", retired("XX", level=1), ones=50, B=50, B1=50) == "B1"


def test_a_current_region_hangs_below_an_upper_level_only():
    region = Node(2, "R", retired=False, area_km2=50.0)
    assert home("C", region, ("R", retired("XX", level=1)), ones=50, B=50, B1=50) == "B"


def test_a_region_that_nothing_contains_hangs_below_the_country():
    assert home("R", retired("A"), ones=50, A=25, B=25) == "XX"


def test_an_ancestor_without_a_boundary_is_not_ruled_out():
    bare = Node(1, "XX", retired=False, area_km2=None)
    assert home("R", retired("D"), ("D", bare), ones=50, A=25) == "D"


def test_without_any_boundary_a_region_stays_where_it_lay():
    assert placed({**TREE, "R": retired("B1", area=None)}, NOTHING, ["R"]) == {"R": "B1"}


def test_without_a_boundary_it_lies_where_the_retired_one_lies_that_it_lay_in():
    tree = {**TREE, "R": retired("XX", level=1), "C": Node(2, "R", retired=False, area_km2=None)}
    shares = Shares({"R": 50.0}, AREAS, {("R", "B"): 50.0, ("R", "B1"): 50.0})
    assert placed(tree, shares, ["C", "R"]) == {"C": "B", "R": "B1"}
