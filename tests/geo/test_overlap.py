"""How much area regions have in common."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tracker.geo.overlap import overlaps, overlaps_of_same
from tracker.geo.repair import area_km2
from tracker.geo.shares import NOTHING, Shares


def box(west: float, south: float, east: float, north: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.box(west, south, east, north)))


def test_areas_are_those_on_the_ellipsoid_wherever_they_lie():
    boxes = {name: box(10, south, 11, south + 1) for name, south in (("A", 0), ("B", 45), ("C", -79))}
    found = overlaps(boxes, boxes)
    for name, boundary in boxes.items():
        # A parallel is no shortest line between its ends: the boxes differ by that.
        assert found.ones[name] == pytest.approx(area_km2(shapely.from_wkb(boundary)), rel=2e-3)


def test_shares_of_boxes_that_overlap_touch_and_lie_apart():
    found = overlaps(
        {"A": box(0, 0, 2, 1)}, {"B": box(1, 0, 4, 1), "C": box(2, 0, 3, 1), "D": box(5, 5, 6, 6)}
    )
    assert found.met("A") == {"B": pytest.approx(0.5)}
    assert found.origins("B") == {"A": pytest.approx(0.5)}
    assert found.of_other("A", "B") == pytest.approx(1 / 3)
    assert found.likeness("A", "B") == pytest.approx(1 / 4)
    assert found.likeness("A", "D") == 0
    assert (found.met("Z"), found.origins("D")) == ({}, {})


def test_the_parts_of_a_grid_are_the_whole():
    whole = {"W": box(36, 33, 40, 37)}
    parts = {f"{x}{y}": box(x, y, x + 1, y + 1) for x in range(35, 41) for y in range(32, 38)}
    found = overlaps(whole, parts)
    assert len(found.common) == 16
    assert sum(found.common.values()) == pytest.approx(found.ones["W"])


def test_others_too_small_to_hold_the_share_are_left_out():
    ones = {"A": box(0, 0, 1, 1)}
    others = {"small": box(0, 0, 0.8, 1), "large": box(0, 0, 0.95, 1)}
    assert set(overlaps(ones, others, at_least=0.9).met("A")) == {"large"}


def test_a_region_beside_itself_is_compared_with_no_other():
    before = {"A": box(0, 0, 1, 1), "B": box(1, 0, 2, 1)}
    after = {"A": box(0, 0, 1.5, 1), "B": box(1.5, 0, 2, 1)}
    found = overlaps_of_same(before, after)
    assert set(found.common) == {("A", "A"), ("B", "B")}
    assert found.likeness("A", "A") == pytest.approx(2 / 3)


def test_a_boundary_that_crosses_itself_by_rounding_is_compared_all_the_same():
    sliver = shapely.Polygon([(0, 0), (1, 1e-13), (2, 0), (2, 1), (1, 1e-13), (0, 1)])
    found = overlaps({"A": bytes(shapely.to_wkb(sliver))}, {"B": box(0, 0, 2, 1)})
    assert found.of_one("A", "B") == pytest.approx(1)


def test_without_regions_nothing_is_in_common():
    assert overlaps({}, {"A": box(0, 0, 1, 1)}).common == {}
    assert overlaps({"A": box(0, 0, 1, 1)}, {}).met("A") == {}


def test_an_area_too_small_to_be_measured_has_no_shares():
    assert Shares({"A": 0.0}, {"B": 0.0}, {}).likeness("A", "B") == 0
    assert NOTHING.met("A") == {}


@given(st.integers(0, 2**32))
def test_shares_do_not_depend_on_who_is_asked_first(seed: int) -> None:
    random = np.random.default_rng(seed)
    corners = random.uniform(-60, 60, (8, 2))
    boxes = [
        box(x, y, x + width, y + height)
        for (x, y), (width, height) in zip(corners, random.uniform(1, 20, (8, 2)), strict=True)
    ]
    ones, others = ({f"R{n}": boundary for n, boundary in enumerate(half)} for half in (boxes[:4], boxes[4:]))
    there, back = overlaps(ones, others), overlaps(others, ones)
    assert {(a, b) for a, b in there.common} == {(a, b) for b, a in back.common}
    for one, other in there.common:
        assert there.of_one(one, other) == pytest.approx(back.of_other(other, one))
        assert (
            0 < there.likeness(one, other) <= min(there.of_one(one, other), there.of_other(one, other)) + 1e-9
        )
