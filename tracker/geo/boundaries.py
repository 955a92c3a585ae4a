"""Boundary releases as files: any vintage of COD-AB or geoBoundaries, in any format that geopandas reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas
import pyogrio
import shapely
from pyproj import CRS

from tracker.errors import GeometryRefused, LayoutChanged
from tracker.geo.columns import Columns, find_columns
from tracker.geo.layers import Layer, layers
from tracker.geo.repair import Shape, repaired

WGS84 = CRS.from_epsg(4326)


@dataclass(frozen=True)
class Boundary:
    """One region of a release: where the file has it, what it says of it, and its repaired shape."""

    layer: str
    feature: int
    """Its place in the layer, from 1."""
    pcode: str
    level: int
    parent: str
    """P-code; empty for a country."""
    names: dict[str, str]
    """By field: `name_en`, and `name_ar`, `name_fr`, `name_local` where the release has a column for them."""
    shape: Shape


@dataclass(frozen=True)
class Refused:
    """A feature that cannot be a region, and why."""

    layer: str
    feature: int
    column: str
    value: str
    reason: str
    pcode: str = ""
    """The region it would have been; empty where the feature does not say."""


@dataclass(frozen=True)
class Release:
    """What a file holds, upper levels first."""

    boundaries: list[Boundary] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was passed over or repaired, a sentence each."""


def read_boundaries(path: Path, *, level: int | None = None) -> Release:
    """The regions of all layers in the file (or folder, or zip archive), upper levels first.

    Parameters
    ----------
    path : a file that geopandas reads, a folder or zip archive of such files
    level : what level the regions are of; of several layers, which one to take

    Raises
    ------
    LayoutChanged : the file cannot be read, or its columns follow no known convention
    GeometryRefused : it has no coordinate system, or no geometry
    """
    release = Release()
    tables = []
    found = layers(path)
    for layer in found:
        table = _table(layer)
        if len(found) > 1 and not _has_areas(table):
            release.notes.append(f"{layer.name} holds no areas and was passed over.")
            continue
        try:
            columns = find_columns(
                [str(name) for name in table.columns if name != "geometry"],
                {str(name): _text(table[name].iloc[0]) for name in table.columns if len(table)},
                level=level if len(found) == 1 else None,
            )
        except LayoutChanged as error:
            raise LayoutChanged(f"{layer.name}: {error.reason}") from error
        if level is None or columns.level == level:
            tables.append((columns.level, layer, columns, table))
    if not tables:
        of_level = "" if level is None else f" of level {level}"
        raise LayoutChanged(f"the file holds no layer of boundaries{of_level}")
    for _, layer, columns, table in sorted(tables, key=lambda one: (one[0], one[1].name)):
        _read_layer(layer, columns, _in_wgs84(table, layer), release)
    return release


def _table(layer: Layer) -> Any:
    try:
        if layer.dataset.lower().endswith(".parquet"):
            return geopandas.read_parquet(layer.dataset)
        return geopandas.read_file(layer.dataset, layer=layer.layer, engine="pyogrio")
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError) as error:
        raise LayoutChanged(f"{layer.name} cannot be read as a layer of boundaries") from error


def _has_areas(table: Any) -> bool:
    if not isinstance(table, geopandas.GeoDataFrame):
        return False
    return bool(table.geom_type.isin(["Polygon", "MultiPolygon"]).any())


def _in_wgs84(table: Any, layer: Layer) -> Any:
    if not isinstance(table, geopandas.GeoDataFrame):
        raise GeometryRefused(f"{layer.name} has no geometry; a list of regions without it is a regions.csv")
    if table.crs is None:
        raise GeometryRefused(
            f"{layer.name} does not say its coordinate system; a shapefile needs its .prj file beside it"
        )
    return table if table.crs == WGS84 else table.to_crs(WGS84)


def _read_layer(layer: Layer, columns: Columns, table: Any, release: Release) -> None:
    first_of: dict[str, int] = {}
    cells = {name: [_text(cell) for cell in table[name]] for name in _used(columns)}
    for place, geometry in enumerate(table.geometry.array):
        feature = place + 1
        row = {name: values[place] for name, values in cells.items()}
        pcode = row[columns.pcode]
        refuse = _Refusal(layer.name, feature, pcode, release.refused)
        if not pcode:
            refuse(columns.pcode, "", "the feature has no P-code")
        elif pcode in first_of:
            refuse(columns.pcode, pcode, f"feature {first_of[pcode]} has this P-code already")
        elif not (names := _names(columns, row)).get("name_en"):
            refuse(columns.names[0][1], "", f"{pcode} has no name")
        else:
            try:
                shape = repaired(geometry)
            except (GeometryRefused, shapely.errors.GEOSException) as error:
                refuse("geometry", pcode, str(error))
                continue
            first_of[pcode] = feature
            if shape.fault:
                release.notes.append(shape.repair_of(pcode))
            parent = next((row[name] for name in columns.parents if row[name]), "")
            release.boundaries.append(
                Boundary(layer.name, feature, pcode, columns.level, parent, names, shape)
            )


@dataclass(frozen=True)
class _Refusal:
    layer: str
    feature: int
    pcode: str
    refused: list[Refused]

    def __call__(self, column: str, value: str, reason: str) -> None:
        self.refused.append(Refused(self.layer, self.feature, column, value, reason, self.pcode))


def _used(columns: Columns) -> Iterator[str]:
    yield from dict.fromkeys([columns.pcode, *columns.parents, *(column for _, column in columns.names)])


def _names(columns: Columns, row: dict[str, str]) -> dict[str, str]:
    """Names by field; the reference name, or else any, stands in for an English one."""
    found = {f"name_{language}": "" for language, _ in columns.names if language != "reference"}
    reference = ""
    for language, column in columns.names:
        # Some releases write the word None where a name is missing.
        name = "" if row[column] == "None" else row[column]
        if language == "reference":
            reference = reference or name
        else:
            found[f"name_{language}"] = found[f"name_{language}"] or name
    others = (name for name in (reference, *found.values()) if name)
    found["name_en"] = found.get("name_en") or next(others, "")
    return found


def _text(cell: Any) -> str:
    """The cell as text; what marks a missing value is empty."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())
