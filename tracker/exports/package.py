"""datapackage.json: what an export holds, in the form of a Frictionless Data Package, version 2."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from tracker.exports.columns import COLUMNS, PRIMARY_KEY, Column, moment_text
from tracker.models import Source
from tracker.vocabulary import METHOD_VERSION

DESCRIPTOR = "datapackage.json"

LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
"""For figures, which are our own work. Rows of sources, whose licences are theirs, are in no export."""

FORMATS: dict[str, dict[str, Any]] = {
    "csv": {
        "type": "table",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        "description": (
            "An empty cell is an unknown number. Text that a spreadsheet would run as a formula has an "
            "apostrophe before it."
        ),
    },
    "geojson": {
        "mediatype": "application/geo+json",
        "encoding": "utf-8",
        "description": (
            "One Feature for each figure, with the outline of its region (WGS 84), simplified for maps; null "
            "where the region's boundary is unknown."
        ),
    },
    "parquet": {
        "type": "table",
        "mediatype": "application/vnd.apache.parquet",
        "description": "A null is an unknown number. Dates and moments (UTC) have their own types.",
    },
}
"""Of each format, what the description says of its file."""


@dataclass(frozen=True)
class ExportFile:
    """A file of an export; `rows` is None for the description."""

    name: str
    bytes: int
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class Contents:
    """What an export is made of."""

    moment: datetime | None
    filters: Mapping[str, Any]
    rows: int
    boundary_releases: Iterable[str]
    sources: Iterable[str]
    """Codes of the sources used."""


def file_of(path: Path, rows: int | None) -> ExportFile:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return ExportFile(path.name, path.stat().st_size, sha256, rows)


def description_of(contents: Contents, files: Iterable[ExportFile]) -> bytes:
    """The text of datapackage.json: the same contents give the same bytes."""
    created = {"created": moment_text(contents.moment)} if contents.moment else {}
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "displacement-figures",
        "title": "Displacement figures",
        "description": (
            "Figures of displaced people by region and period. They are made from reports of the sources "
            "named here, by one published method that counts nobody twice; each can be traced to its reports."
        ),
        **created,
        "method_version": METHOD_VERSION,
        "boundary_releases": sorted(filter(None, contents.boundary_releases)),
        "filters": contents.filters,
        "rows": contents.rows,
        "licenses": [LICENCE],
        "sources": _sources(contents.sources, contents.moment),
        "resources": [_resource(file) for file in files],
    }
    return orjson.dumps(package, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _sources(codes: Iterable[str], moment: datetime | None) -> list[dict[str, Any]]:
    rows = Source.objects.as_of(moment).filter(code__in=list(codes)).order_by()
    found = []
    for source in sorted(rows, key=lambda source: source.code):
        notes = {
            "code": source.code,
            "title": source.name,
            "attribution": source.attribution or source.name,
            "licence": source.licence,
            "licence_url": source.licence_url,
        }
        found.append({name: value for name, value in notes.items() if value})
    return found


def _resource(file: ExportFile) -> dict[str, Any]:
    stem, form = file.name.rsplit(".", 1)
    return {
        "name": f"{stem}-{form}",
        "path": file.name,
        "format": form,
        **FORMATS[form],
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        # A tool that checks rows can count those of tables only.
        ("features" if form == "geojson" else "rows"): file.rows,
        "schema": {
            "fields": [_field(column) for column in COLUMNS],
            "missingValues": [""],
            "primaryKey": list(PRIMARY_KEY),
        },
    }


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": column.type, "description": column.description}
    if column.unit:
        field["unit"] = column.unit
    if column.type == "string":
        # An empty text says something, as each description tells; it is not an unknown one.
        field["missingValues"] = []
    if column.choices:
        field["constraints"] = {"enum": list(column.choices)}
    return field
