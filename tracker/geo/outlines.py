"""Simplified boundaries for maps, as GeoJSON text; borders that regions share stay shared."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

TOLERANCE = 0.01
"""Degrees; detail below about a kilometre is of no use on a map of a country."""
DECIMALS = 4

CLEANED = "borders crossed or did not meet; in the outlines they were made to"
ONE_BY_ONE = "borders cross beyond cleaning, so outlines were simplified one by one and may leave gaps"


def outlines(boundaries: Sequence[bytes]) -> tuple[list[str], str]:
    """A GeoJSON geometry for each boundary, and a note where their borders did not fit together.

    Parameters
    ----------
    boundaries : WKB of valid polygons in WGS 84, the regions of one level

    Returns
    -------
    list of str, as long as `boundaries`, coordinates in degrees with four decimals, outer rings
    counter-clockwise; and a sentence, empty where the borders fitted

    Method: coverage simplification (Visvalingam-Whyatt on shared edges). Where regions are small, less
    is left out: at most a fifteenth of the typical region's width.
    """
    if not boundaries:
        return [], ""
    whole = np.asarray(shapely.from_wkb(list(boundaries)), dtype=object)
    tolerance = min(TOLERANCE, math.sqrt(float(np.median(shapely.area(whole)))) / 15)
    simple, note = _simplified(whole, tolerance)
    simple = shapely.orient_polygons(simple, exterior_cw=False)
    return [_text(outline, full) for outline, full in zip(simple, whole, strict=True)], note


def geojson_geometry(boundary: bytes) -> str:
    """The boundary (WKB) as a GeoJSON geometry, as it is stored: not simplified, not rounded."""
    return str(shapely.to_geojson(shapely.from_wkb(boundary)))


def _simplified(whole: Any, tolerance: float) -> tuple[Any, str]:
    if shapely.coverage_is_valid(whole):
        return shapely.coverage_simplify(whole, tolerance), ""
    cleaned = shapely.coverage_clean(whole)
    before, after = shapely.area(whole), shapely.area(cleaned)
    if shapely.coverage_is_valid(cleaned) and (np.abs(after - before) <= 0.01 * before).all():
        return shapely.coverage_simplify(cleaned, tolerance), CLEANED
    alone = shapely.make_valid(shapely.simplify(whole, tolerance), method="structure", keep_collapsed=False)
    return alone, ONE_BY_ONE


def _text(outline: Any, full: Any) -> str:
    for geometry, decimals in ((outline, DECIMALS), (full, DECIMALS), (full, 9)):
        polygons = [rings for part in shapely.get_parts(geometry) if (rings := _rings(part, decimals))]
        if polygons:
            break
    kind, coordinates = ("Polygon", polygons[0]) if len(polygons) == 1 else ("MultiPolygon", polygons)
    return json.dumps({"type": kind, "coordinates": coordinates}, separators=(",", ":"))


def _rings(polygon: Any, decimals: int) -> list[list[list[float]]]:
    """The polygon's rings, rounded; without those that rounding leaves no area."""
    if polygon.is_empty or shapely.get_type_id(polygon) != 3:
        return []
    rings = [_rounded(ring, decimals) for ring in (polygon.exterior, *polygon.interiors)]
    return [ring for ring in rings if ring] if rings[0] else []


def _rounded(ring: Any, decimals: int) -> list[list[float]]:
    corners = np.round(shapely.get_coordinates(ring), decimals) + 0.0
    kept = np.append(True, (corners[1:] != corners[:-1]).any(axis=1))
    corners = corners[kept]
    if len(corners) < 4 or not shapely.area(shapely.polygons(corners)):
        return []
    return [[float(x), float(y)] for x, y in corners]
