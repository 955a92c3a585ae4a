"""How much area regions have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from tracker.geo.shares import Shares

# NSIDC EASE-Grid 2.0 Global: cylindrical, on the WGS 84 ellipsoid, true to area from pole to pole.
_EQUAL_AREA = Transformer.from_crs("EPSG:4326", "EPSG:6933", always_xy=True)
_SQUARE_KM = 1e6
_SLIVER_KM2 = 1e-6
"""A square metre: what neighbours have in common because their corners are rounded."""


def overlaps(ones: Mapping[str, bytes], others: Mapping[str, bytes], *, at_least: float = 0.0) -> Shares:
    """What each of `ones` has in common with each of `others`, in km².

    Parameters
    ----------
    ones, others : by P-code the WKB of valid polygons, WGS 84
    at_least : pairs are left out in which the other is too small to hold that share of the one

    Method: intersections in an equal-area projection, of the pairs whose boxes meet.
    """
    first, second = _flat(ones), _flat(others)
    sizes, other_sizes = shapely.area(first), shapely.area(second)
    tree = shapely.STRtree(second)
    one, other = tree.query(first, predicate="intersects")
    large_enough = other_sizes[other] >= at_least * sizes[one]
    one, other = one[large_enough], other[large_enough]
    return _shares(ones, others, first, second, one, other)


def overlaps_of_same(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Shares:
    """What the region of each P-code before has in common with the one of the same P-code after, in km².

    Parameters and method as for `overlaps`; both have the same P-codes, in the same order.
    """
    pairs = np.arange(len(before))
    return _shares(before, after, _flat(before), _flat(after), pairs, pairs)


def _flat(boundaries: Mapping[str, bytes]) -> Any:
    shapes = np.asarray(shapely.from_wkb(list(boundaries.values())), dtype=object)
    flat = shapely.transform(shapes, _projected)
    # A corner that lies almost on another edge may come to lie on its other side.
    crossed = ~shapely.is_valid(flat)
    flat[crossed] = shapely.make_valid(flat[crossed], method="structure", keep_collapsed=False)
    return flat


def _projected(degrees: Any) -> Any:
    return np.column_stack(_EQUAL_AREA.transform(degrees[:, 0], degrees[:, 1]))


def _shares(
    ones: Mapping[str, bytes], others: Mapping[str, bytes], first: Any, second: Any, one: Any, other: Any
) -> Shares:
    """The areas of all, and of what the pairs (places in `first` and in `second`) have in common."""
    names, other_names = list(ones), list(others)
    areas = shapely.area(shapely.intersection(first[one], second[other])) / _SQUARE_KM
    return Shares(
        dict(zip(names, (shapely.area(first) / _SQUARE_KM).tolist(), strict=True)),
        dict(zip(other_names, (shapely.area(second) / _SQUARE_KM).tolist(), strict=True)),
        {
            (names[a], other_names[b]): km2
            for a, b, km2 in zip(one.tolist(), other.tolist(), areas.tolist(), strict=True)
            if km2 > _SLIVER_KM2
        },
    )
