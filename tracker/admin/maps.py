"""A region's boundary as a small picture, for pages that must not show it as bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

WIDTH = 320.0
MARGIN = 4.0


def map_of(outline: str, *, inside: str = "") -> SafeString | None:
    """An SVG of the outline (a GeoJSON geometry), drawn within the outline of what it lies in, if given.

    Equirectangular, with degrees of longitude shortened by the cosine of the middle latitude.
    """
    shapes = (
        [("parent", json.loads(inside)), ("region", json.loads(outline))]
        if inside
        else [("region", json.loads(outline))]
    )
    points = [point for _, shape in shapes for ring in _rings(shape) for point in ring]
    if not points:
        return None
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    narrowing = math.cos(math.radians((south + north) / 2)) or 1.0
    scale = (WIDTH - 2 * MARGIN) / max((east - west) * narrowing, (north - south), 1e-9)

    def path(shape: dict[str, Any]) -> str:
        rings = []
        for ring in _rings(shape):
            drawn = " ".join(
                f"{(lon - west) * narrowing * scale + MARGIN:.1f},{(north - lat) * scale + MARGIN:.1f}"
                for lon, lat in ring
            )
            rings.append(f"M{drawn}Z")
        return "".join(rings)

    width = (east - west) * narrowing * scale + 2 * MARGIN
    height = (north - south) * scale + 2 * MARGIN
    drawn = ((kind, path(shape)) for kind, shape in shapes)
    return format_html(
        '<svg class="region-map" role="img" aria-label="{3}"'
        ' viewBox="0 0 {0} {1}" width="{0}" height="{1}">{2}</svg>',
        f"{width:.0f}",
        f"{height:.0f}",
        format_html_join("", '<path class="{}" d="{}" fill-rule="evenodd"/>', drawn),
        gettext("Map of the boundary"),
    )


def _rings(shape: dict[str, Any]) -> Iterator[list[tuple[float, float]]]:
    """All rings of a Polygon or MultiPolygon; other geometry has none."""
    coordinates = shape.get("coordinates", [])
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(shape.get("type", ""), [])
    for polygon in polygons:
        for ring in polygon:
            yield [(point[0], point[1]) for point in ring]
