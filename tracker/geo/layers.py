"""The layers that a file, a folder or a zip archive of boundaries holds."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyogrio

from tracker.errors import LayoutChanged

DATASETS = (".shp", ".geojson", ".json", ".gpkg", ".fgb", ".kml", ".gml", ".parquet", ".gdb")
LARGEST_ARCHIVE = 4_000_000_000
"""Bytes that an archive may unpack to; the largest release, Brazil's, has about one."""


@dataclass(frozen=True)
class Layer:
    """One layer of one dataset, as GDAL is told of it."""

    name: str
    dataset: str
    layer: str | None


def layers(path: Path) -> list[Layer]:
    """All layers, in the order of their names.

    Raises
    ------
    LayoutChanged : there is no such file, or it is in no format that can be read
    """
    if not path.exists():
        raise LayoutChanged(f"there is no file {path.name}")
    # An absolute path can be nothing else to GDAL, which takes other words for addresses of databases.
    whole = path.resolve()
    datasets = [str(whole)]
    if zipfile.is_zipfile(whole) and whole.suffix.lower() == ".zip":
        datasets = [f"/vsizip/{whole}/{member}" for member in _members_of_archive(whole)]
    elif whole.is_dir() and whole.suffix.lower() != ".gdb":
        datasets = [str(file) for file in sorted(whole.iterdir()) if file.suffix.lower() in DATASETS]
    found = [layer for dataset in datasets for layer in _layers_of(dataset)]
    if not found:
        raise LayoutChanged(f"{path.name} holds no layer that can be read")
    return sorted(found, key=lambda layer: layer.name)


def _members_of_archive(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        members = opened.infolist()
    if sum(member.file_size for member in members) > LARGEST_ARCHIVE:
        raise LayoutChanged(f"{archive.name} unpacks to more than {LARGEST_ARCHIVE:,} bytes")
    found = set()
    for member in members:
        name = PurePosixPath(member.filename)
        database = next((part for part in (name, *name.parents) if part.suffix.lower() == ".gdb"), None)
        if database is not None:
            found.add(str(database))
        elif name.suffix.lower() in DATASETS and not name.name.startswith("."):
            found.add(str(name))
    return sorted(found)


def _layers_of(dataset: str) -> list[Layer]:
    name = PurePosixPath(dataset).stem
    if dataset.lower().endswith(".parquet"):
        return [Layer(name, dataset, None)]
    try:
        inside = [str(layer) for layer, _ in pyogrio.list_layers(dataset)]
    except pyogrio.errors.DataSourceError as error:
        file = PurePosixPath(dataset).name
        raise LayoutChanged(f"{file} is in no format of boundaries that can be read") from error
    return [Layer(layer if len(inside) > 1 else name, dataset, layer) for layer in inside]
