from __future__ import annotations

import json

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import GeometryRefused
from tracker.geo.repair import area_km2, geometry_of, repaired

BOX = shapely.box(36, 35, 37, 36)


def stored(geometry: object) -> shapely.Geometry:
    return shapely.from_wkb(repaired(geometry).wkb)


def test_a_bow_tie_keeps_the_area_its_rings_enclose_and_is_reported():
    shape = repaired(shapely.Polygon([(36, 35), (37, 36), (37, 35), (36, 36)]))
    whole = shapely.from_wkb(shape.wkb)
    assert shapely.is_valid(whole)
    assert whole.area == pytest.approx(0.5)
    assert shape.fault.startswith("Self-intersection")
    assert shape.repair_of("SY01").startswith("SY01 was repaired: Self-intersection")
    assert shape.area_km2 == pytest.approx(area_km2(whole), rel=1e-6)


def test_a_sound_boundary_is_no_repair():
    assert repaired(BOX).fault == ""
    assert repaired(BOX).bounds == (36.0, 35.0, 37.0, 36.0)


@pytest.mark.parametrize("reverse", [False, True])
def test_outer_rings_turn_counter_clockwise_and_holes_clockwise(reverse: bool):
    outer, hole = list(BOX.exterior.coords), list(shapely.box(36.4, 35.4, 36.6, 35.6).exterior.coords)
    ring = stored(shapely.Polygon(outer[::-1], [hole]) if reverse else shapely.Polygon(outer, [hole[::-1]]))
    assert ring.exterior.is_ccw
    assert not ring.interiors[0].is_ccw
    assert ring.area == pytest.approx(0.96)


@given(st.integers(0, 3), st.booleans())
def test_the_same_area_gives_the_same_bytes(turn: int, backwards: bool):
    corners = list(BOX.exterior.coords)[:-1]
    corners = corners[turn:] + corners[:turn]
    assert repaired(shapely.Polygon(corners[::-1] if backwards else corners)).wkb == repaired(BOX).wkb


def test_heights_are_left_out():
    tall = shapely.force_3d(BOX, 100.0)
    assert repaired(tall).wkb == repaired(BOX).wkb


def test_lines_and_points_among_polygons_are_left_out_and_reported():
    mixed = shapely.GeometryCollection([BOX, shapely.LineString([(0, 0), (1, 1)]), shapely.Point(2, 2)])
    assert stored(mixed).equals(BOX)
    assert repaired(mixed).fault == "lines or points among the polygons"


def test_parts_that_overlap_become_one_area():
    both = shapely.MultiPolygon([BOX, shapely.box(36.5, 35, 37.5, 36)])
    assert stored(both).area == pytest.approx(1.5)
    assert repaired(both).fault


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "no geometry"),
        (shapely.Polygon(), "no geometry"),
        (shapely.Point(36, 35), "a Point, not an area"),
        (shapely.LineString([(0, 0), (1, 1)]), "a LineString, not an area"),
        (shapely.Polygon([(36, 35), (37, 36), (36, 35)]), "no area"),
        (shapely.Polygon([(36, 35), (37, 36), (38, 37)]), "no area"),
        (shapely.GeometryCollection([shapely.Point(1, 1)]), "no area"),
        (shapely.box(200_000, 3_900_000, 300_000, 4_000_000), "not degrees"),
        (shapely.from_wkt("POLYGON ((36 35, 37 inf, 37 36, 36 35))"), "not degrees"),
    ],
)
def test_what_is_no_area_on_earth_is_refused(geometry: object, reason: str):
    with pytest.raises(GeometryRefused, match=reason):
        repaired(geometry)


def test_areas_are_those_on_the_ellipsoid():
    # One degree by one degree at the equator; from the ellipsoid's formula for a zone.
    assert area_km2(shapely.box(0, 0, 1, 1)) == pytest.approx(12_308.778, abs=0.01)


@pytest.mark.parametrize(
    "text",
    [
        "POLYGON ((36 35, 37 35, 37 36, 36 36, 36 35))",
        " multipolygon (((36 35, 37 35, 37 36, 36 36, 36 35)))",
        "POLYGON Z ((36 35 1, 37 35 1, 37 36 1, 36 36 1, 36 35 1))",
        json.dumps(shapely.geometry.mapping(BOX)),
    ],
)
def test_geometry_is_read_from_wkt_and_geojson(text: str):
    assert repaired(geometry_of(text)).wkb == repaired(BOX).wkb


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SY01",
        "POLYGON ((36 35, 37 35",
        "POINT (36 35)",
        '{"type": "Point", "coordinates": [36, 35]}',
        '{"type": "Polygon", "coordinates": "here"}',
        '{"type": "Polygon"}',
        '{"kind": "Polygon"}',
        "[1, 2]",
        "7",
        "GEOMETRYCOLLECTION(" * 100_000,
        "[" * 100_000,
        '{"type":"Polygon","coordinates":' + "[" * 100_000,
    ],
    ids=lambda text: text[:30],
)
def test_text_that_is_no_polygon_is_refused(text: str):
    with pytest.raises(GeometryRefused, match="expected a polygon"):
        geometry_of(text)
