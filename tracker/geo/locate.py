"""Which region a point lies in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

REACH = 0.05
"""Degrees (about 5 km) within which a point outside every region is given to the nearest."""


@dataclass(frozen=True)
class Area:
    """A region that points may lie in."""

    pcode: str
    level: int
    country: str
    boundary: bytes
    """WKB of valid polygons, WGS 84."""


@dataclass(frozen=True)
class Place:
    """The region of a point, and how it was found: `point`, `border` or `nearest`."""

    pcode: str
    located_by: str


class Areas:
    """Regions of any levels and countries, in any order, made ready for many points."""

    def __init__(self, areas: Iterable[Area]) -> None:
        # Deepest level first, then lowest P-code: of several, the first is the one that has the point.
        self.ordered = sorted(areas, key=lambda area: (-area.level, area.pcode))
        self.levels = np.array([area.level for area in self.ordered], dtype=int)
        self.shapes = np.asarray(shapely.from_wkb([area.boundary for area in self.ordered]), dtype=object)
        shapely.prepare(self.shapes)


def locate(
    longitudes: Sequence[float],
    latitudes: Sequence[float],
    areas: Areas,
    *,
    deepest: Sequence[int] | None = None,
) -> list[Place | None]:
    """The region under each point.

    Parameters
    ----------
    longitudes, latitudes : degrees, WGS 84, equally long
    areas : the regions that points may lie in
    deepest : for each point the deepest level that may be given, where its precision allows no deeper

    Returns
    -------
    list, as long as the points; None where no region is within reach

    Method: docs/sources.md#locating. The deepest level that has a region there decides. Where two or more
    regions of that level touch the point, which then lies on a border, the lowest P-code has it. A point
    outside every region belongs to the country that is nearest, if within `REACH`, and there to the
    nearest region of the deepest level within reach.
    """
    points = shapely.points(np.asarray(longitudes, dtype=float), np.asarray(latitudes, dtype=float))
    limits = np.full(len(points), 99) if deepest is None else np.asarray(deepest, dtype=int)
    places = _containing(points, limits, areas)
    outside = np.array([number for number, place in enumerate(places) if place is None], dtype=int)
    for number, place in zip(outside, _nearest(points[outside], limits[outside], areas), strict=True):
        places[number] = place
    return places


def _containing(points: Any, limits: npt.NDArray[Any], areas: Areas) -> list[Place | None]:
    # The tree is of the points: then each polygon is prepared once, not once for each point.
    found, touched = shapely.STRtree(points).query(areas.shapes, predicate="intersects")
    allowed = areas.levels[found] <= limits[touched]
    found, touched = found[allowed], touched[allowed]
    nowhere = len(areas.ordered)
    best = np.full(len(points), nowhere)
    np.minimum.at(best, touched, found)
    same_level = areas.levels[found] == areas.levels[best[touched]]
    candidates = np.bincount(touched[same_level], minlength=len(points))
    return [
        None if area == nowhere else Place(areas.ordered[area].pcode, "border" if several > 1 else "point")
        for area, several in zip(best.tolist(), candidates.tolist(), strict=True)
    ]


def _nearest(points: Any, limits: npt.NDArray[Any], areas: Areas) -> list[Place | None]:
    found, touched = shapely.STRtree(points).query(areas.shapes, predicate="dwithin", distance=REACH)
    distances = shapely.distance(areas.shapes[found], points[touched])
    within: list[list[tuple[float, int]]] = [[] for _ in points]
    for area, point, distance in zip(found.tolist(), touched.tolist(), distances.tolist(), strict=True):
        if areas.levels[area] <= limits[point]:
            within[point].append((distance, area))
    return [_closest(candidates, areas.ordered) for candidates in within]


def _closest(within: list[tuple[float, int]], ordered: list[Area]) -> Place | None:
    if not within:
        return None
    least = min(distance for distance, _ in within)
    country = min(ordered[area].country for distance, area in within if distance == least)
    inside = [(distance, area) for distance, area in within if ordered[area].country == country]
    level = max(ordered[area].level for _, area in inside)
    _, area = min((distance, area) for distance, area in inside if ordered[area].level == level)
    return Place(ordered[area].pcode, "nearest")
