from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from tracker.geo.outlines import CLEANED, ONE_BY_ONE, geojson_geometry, outlines


def wavy(west: float, east: float) -> shapely.Polygon:
    """A strip whose sides are wavy lines that its neighbours share, vertex for vertex."""

    def side(longitude: float) -> list[tuple[float, float]]:
        return [(longitude + 0.003 * np.sin(step), 35 + step / 100) for step in range(101)]

    return shapely.Polygon(side(west) + side(east)[::-1])


STRIPS = [wavy(36, 37), wavy(37, 38), wavy(38, 39)]


def drawn(polygons: list[shapely.Polygon]) -> tuple[list[shapely.Geometry], str]:
    texts, note = outlines([shapely.to_wkb(polygon) for polygon in polygons])
    return [shapely.from_geojson(text) for text in texts], note


def test_outlines_are_simpler_and_neighbours_still_share_their_border():
    simple, note = drawn(STRIPS)
    assert note == ""
    assert shapely.get_num_coordinates(simple).sum() < shapely.get_num_coordinates(STRIPS).sum() / 3
    assert shapely.coverage_is_valid(simple)
    assert np.allclose(shapely.area(simple), shapely.area(STRIPS), rtol=0.02)


def test_borders_that_cross_a_little_are_cleaned_first_and_it_is_said():
    corners = list(STRIPS[1].exterior.coords)
    corners[40] = (corners[40][0] - 0.001, corners[40][1])
    simple, note = drawn([STRIPS[0], shapely.Polygon(corners), STRIPS[2]])
    assert note == CLEANED
    assert shapely.coverage_is_valid(simple)


def test_where_cleaning_would_move_much_outlines_are_made_one_by_one_and_it_is_said():
    overlapping = [shapely.box(36, 35, 37, 36), shapely.box(36.5, 35, 37.5, 36)]
    simple, note = drawn(overlapping)
    assert note == ONE_BY_ONE
    assert [outline.equals(box) for outline, box in zip(simple, overlapping, strict=True)] == [True, True]


def test_coordinates_have_four_decimals_and_outer_rings_turn_counter_clockwise():
    [text], _ = outlines([shapely.to_wkb(shapely.box(36.123456789, 35, 37, 36))])
    assert text.startswith('{"type":"Polygon","coordinates":[[[')
    assert " " not in text
    numbers = np.array(json.loads(text)["coordinates"][0])
    assert (np.round(numbers, 4) == numbers).all()
    assert shapely.from_geojson(text).exterior.is_ccw


@pytest.mark.parametrize("width", [0.001, 0.00001])
def test_a_region_too_small_for_the_map_still_has_an_outline(width: float):
    tiny = shapely.box(36, 35, 36 + width, 35 + width)
    simple, _ = drawn([*STRIPS[1:], tiny])
    assert tiny.area / 3 < simple[2].area < tiny.area * 3


def test_islands_and_holes_that_matter_are_kept():
    lake = shapely.Polygon(
        shapely.box(36, 35, 37, 36).exterior.coords, [shapely.box(36.4, 35.4, 36.6, 35.6).exterior.coords]
    )
    both = shapely.MultiPolygon([lake, shapely.box(38, 35, 38.5, 35.5)])
    [simple], _ = drawn([both])
    assert simple.equals(both)


def test_no_boundaries_give_no_outlines():
    assert outlines([]) == ([], "")


def test_the_whole_boundary_is_neither_simplified_nor_rounded():
    boundary = shapely.to_wkb(STRIPS[0])
    assert shapely.from_geojson(geojson_geometry(boundary)).equals_exact(STRIPS[0], 0)
