"""Geometry as it is stored: WGS 84, flat, valid polygons, outer rings counter-clockwise (RFC 7946)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

from tracker.errors import GeometryRefused

_ELLIPSOID = Geod(ellps="WGS84")
_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7
# Nothing that nests: a reader of deep collections can be made to overrun its stack.
_WKT = re.compile(r"\s*(MULTI)?POLYGON\b", re.IGNORECASE)


@dataclass(frozen=True)
class Shape:
    """A boundary that can be stored."""

    wkb: bytes
    area_km2: float
    bounds: tuple[float, float, float, float]
    """West, south, east, north, in degrees."""
    fault: str = ""
    """What was wrong with it and has been repaired; empty where nothing was."""
    stated_km2: float = 0.0
    """The area that the rings had before the repair."""

    def repair_of(self, pcode: str) -> str:
        """What was repaired, as a sentence."""
        return (
            f"{pcode} was repaired: {self.fault}; "
            f"{self.stated_km2:,.3f} km² by its rings before, {self.area_km2:,.3f} km² after."
        )


def repaired(geometry: Any) -> Shape:
    """The geometry (shapely, WGS 84) as it is stored, with what had to be repaired.

    Invalid rings are made valid, keeping the area that they enclose; lines and points among polygons
    are left out. The same area gives the same bytes, wherever its rings begin and whichever way they turn.

    Raises
    ------
    GeometryRefused : empty, no area, beyond repair, or not on Earth
    """
    if geometry is None or geometry.is_empty:
        raise GeometryRefused("the region has no geometry")
    kind = shapely.get_type_id(geometry)
    if kind not in (_POLYGON, _MULTIPOLYGON, _COLLECTION):
        raise GeometryRefused(f"the geometry is a {geometry.geom_type}, not an area")
    flat = shapely.force_2d(geometry)
    corners = shapely.get_coordinates(flat)
    if not np.isfinite(corners).all() or (np.abs(corners) > (180, 90)).any():
        raise GeometryRefused("the coordinates are not degrees of longitude and latitude")
    fault = "" if shapely.is_valid(flat) else str(shapely.is_valid_reason(flat))
    whole = shapely.make_valid(flat, method="structure", keep_collapsed=False) if fault else flat
    polygons = [part for part in _parts(whole) if shapely.get_type_id(part) == _POLYGON]
    if kind == _COLLECTION and len(polygons) < len(_parts(whole)):
        fault = fault or "lines or points among the polygons"
    if kind == _COLLECTION:
        polygons = list(_parts(shapely.union_all(polygons)))
    if not polygons:
        raise GeometryRefused("the rings enclose no area")
    stored = shapely.orient_polygons(shapely.normalize(_one(polygons)), exterior_cw=False)
    west, south, east, north = (float(degrees) for degrees in shapely.bounds(stored))
    return Shape(
        wkb=shapely.to_wkb(stored, byte_order=1, output_dimension=2),
        area_km2=area_km2(stored),
        bounds=(west, south, east, north),
        fault=fault,
        stated_km2=area_km2(flat) if fault else 0.0,
    )


def area_km2(geometry: Any) -> float:
    """Area on the ellipsoid, of polygons in WGS 84."""
    return round(abs(_ELLIPSOID.geometry_area_perimeter(geometry)[0]) / 1e6, 6)


def geometry_of(text: str) -> Any:
    """The polygons that WKT or the text of a GeoJSON geometry describes.

    Raises
    ------
    GeometryRefused : it is neither
    """
    try:
        if _WKT.match(text):
            return shapely.from_wkt(text)
        if json.loads(text)["type"] in ("Polygon", "MultiPolygon"):
            return shapely.from_geojson(text)
    except (ValueError, TypeError, KeyError, RecursionError, shapely.errors.ShapelyError) as error:
        raise GeometryRefused("expected a polygon as WKT or as a GeoJSON geometry") from error
    raise GeometryRefused("expected a polygon as WKT or as a GeoJSON geometry, not another kind of geometry")


def _parts(geometry: Any) -> list[Any]:
    """The single geometries in a collection, however deep."""
    if shapely.get_type_id(geometry) < 4:
        return [] if geometry.is_empty else [geometry]
    return [part for member in shapely.get_parts(geometry) for part in _parts(member)]


def _one(polygons: list[Any]) -> Any:
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
