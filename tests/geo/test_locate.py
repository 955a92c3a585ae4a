from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tracker.geo.locate import REACH, Area, Areas, Place, locate


def area(pcode: str, level: int, west: float, south: float, east: float, north: float) -> Area:
    return Area(pcode, level, pcode[:2], shapely.to_wkb(shapely.box(west, south, east, north)))


# Country XX: two halves of level 1; the western half has two quarters of level 2, B below A.
# Country YY, to the east of it, is known as a whole only.
WORLD = Areas(
    [
        area("XX01", 1, 0, 0, 1, 2),
        area("XX0102", 2, 0, 0, 1, 1),
        area("XX", 0, 0, 0, 2, 2),
        area("XX02", 1, 1, 0, 2, 2),
        area("XX0101", 2, 0, 1, 1, 2),
        area("YY", 0, 2, 0, 3, 2),
    ]
)


def place(longitude: float, latitude: float, deepest: int = 99) -> Place | None:
    [found] = locate([longitude], [latitude], WORLD, deepest=[deepest])
    return found


@pytest.mark.parametrize(
    ("longitude", "latitude", "pcode", "located_by"),
    [
        (0.5, 0.5, "XX0102", "point"),
        (1.5, 0.5, "XX02", "point"),
        (2.5, 0.5, "YY", "point"),
        (0.5, 1.0, "XX0101", "border"),
        (1.0, 0.5, "XX0102", "point"),  # between levels 2 and 1: one region of the deepest
        (1.0, 1.0, "XX0101", "border"),
        (1.0, 2.0, "XX0101", "point"),
        (0.0, 0.0, "XX0102", "point"),
        (2.0, 0.5, "XX02", "point"),
        (2.0, 0.0, "XX02", "point"),
    ],
)
def test_the_deepest_level_decides_and_on_a_border_the_lowest_p_code(
    longitude: float, latitude: float, pcode: str, located_by: str
):
    assert place(longitude, latitude) == Place(pcode, located_by)


@pytest.mark.parametrize(
    ("longitude", "latitude", "pcode"),
    [
        (-0.04, 0.5, "XX0102"),
        (-0.04, 1.0, "XX0101"),
        (1.5, -0.05, "XX02"),
        (3.03, 1, "YY"),
        (2.03, 2.03, "YY"),
    ],
)
def test_outside_every_region_the_nearest_within_reach_has_the_point(
    longitude: float, latitude: float, pcode: str
):
    assert place(longitude, latitude) == Place(pcode, "nearest")


@pytest.mark.parametrize(("longitude", "latitude"), [(-0.06, 0.5), (3.04, 2.04), (-90, -45)])
def test_a_point_beyond_reach_has_no_region(longitude: float, latitude: float):
    assert place(longitude, latitude) is None


@pytest.mark.parametrize(
    ("deepest", "inside", "near"), [(2, "XX0102", "XX0102"), (1, "XX01", "XX01"), (0, "XX", "XX")]
)
def test_a_point_known_less_precisely_is_placed_no_deeper(deepest: int, inside: str, near: str):
    assert place(0.5, 0.5, deepest) == Place(inside, "point")
    assert place(-0.01, 0.5, deepest) == Place(near, "nearest")


def test_overlapping_regions_count_as_a_border():
    areas = Areas([area("XX2", 1, 0, 0, 1, 1), area("XX1", 1, 0.5, 0, 1.5, 1)])
    assert locate([0.75], [0.5], areas) == [Place("XX1", "border")]


def test_many_points_are_placed_in_their_order():
    points = [(0.5, 0.5), (-50.0, 0.0), (2.5, 1.5), (0.5, 1.0)]
    found = locate([x for x, _ in points], [y for _, y in points], WORLD)
    assert [one and one.pcode for one in found] == ["XX0102", None, "YY", "XX0101"]


def test_no_points_and_no_regions_are_no_failure():
    assert locate([], [], WORLD) == []
    assert locate([1.0], [1.0], Areas([])) == [None]


@given(st.integers(3, 40), st.integers(0, 2**32 - 1))
def test_every_vertex_of_a_jagged_border_belongs_to_the_lowest_p_code(corners: int, seed: int):
    jagged = np.random.default_rng(seed).uniform(-0.3, 0.3, corners)
    border = [(float(x), float(y)) for x, y in zip(jagged, np.linspace(0, 1, corners), strict=True)]
    west = shapely.Polygon([(-1, 0), *border, (-1, 1)])
    east = shapely.Polygon([(1, 0), *border, (1, 1)])
    areas = Areas([Area("E", 1, "X", shapely.to_wkb(east)), Area("W", 1, "X", shapely.to_wkb(west))])
    found = locate([x for x, _ in border], [y for _, y in border], areas)
    assert found == [Place("E", "border")] * corners


@given(st.lists(st.tuples(st.floats(-0.2, 3.2), st.floats(-0.2, 2.2)), min_size=1, max_size=20))
def test_places_agree_with_asking_each_region_by_itself(points: list[tuple[float, float]]):
    found = locate([x for x, _ in points], [y for _, y in points], WORLD)
    for (x, y), one in zip(points, found, strict=True):
        point = shapely.Point(x, y)
        shapes = [(other, shapely.from_wkb(other.boundary)) for other in WORLD.ordered]
        touching = [(-other.level, other.pcode) for other, shape in shapes if shape.intersects(point)]
        if touching:
            assert one is not None and one.pcode == min(touching)[1]
            assert (one.located_by == "border") == (
                sum(level == min(touching)[0] for level, _ in touching) > 1
            )
        elif min(shape.distance(point) for _, shape in shapes) <= REACH:
            assert one is not None and one.located_by == "nearest"
        else:
            assert one is None
