"""How rows are written: JSON, CSV, CSV for spreadsheets, GeoJSON. A page and a stream are written alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import orjson
from rest_framework.renderers import BaseRenderer

from tracker.ingest.readers.spreadsheets import inert

Row = Mapping[str, Any]
JSON_OPTIONS = orjson.OPT_UTC_Z


@dataclass(frozen=True)
class Envelope:
    """What stands around the rows: links to the neighbouring pages, and what was counted."""

    next: str | None = None
    previous: str | None = None
    count: int | None = None

    def as_dict(self) -> dict[str, Any]:
        counted = {} if self.count is None else {"count": self.count}
        return {**counted, "next": self.next, "previous": self.previous}


@dataclass(frozen=True)
class Chunk:
    """Some rows of an answer, with the geometry of each where the format has geometry."""

    rows: Sequence[Row]
    geometries: Sequence[Any] = ()


class RowRenderer(BaseRenderer):
    """Writes rows piece by piece, so that an answer of any length needs little memory."""

    suffix: ClassVar[str]
    has_geometry: ClassVar[bool] = False

    def pieces(self, columns: Sequence[str], envelope: Envelope, chunks: Iterable[Chunk]) -> Iterator[bytes]:
        raise NotImplementedError


class JSONRenderer(RowRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    suffix = "json"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return dump(data)

    def pieces(self, columns: Sequence[str], envelope: Envelope, chunks: Iterable[Chunk]) -> Iterator[bytes]:
        yield dump(envelope.as_dict())[:-1] + b',"results":['
        yield from _joined(dump(chunk.rows)[1:-1] for chunk in chunks)
        yield b"]}"


class GeoJSONRenderer(RowRenderer):
    media_type = "application/geo+json"
    format = "geojson"
    charset = None
    suffix = "geojson"
    has_geometry = True

    def pieces(self, columns: Sequence[str], envelope: Envelope, chunks: Iterable[Chunk]) -> Iterator[bytes]:
        yield dump({"type": "FeatureCollection", **envelope.as_dict()})[:-1] + b',"features":['
        yield from _joined(
            dump([feature(row, shape) for row, shape in zip(chunk.rows, chunk.geometries, strict=True)])[1:-1]
            for chunk in chunks
        )
        yield b"]}"


class CSVRenderer(RowRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"
    suffix = "csv"
    mark: ClassVar[str] = ""
    line_end: ClassVar[str] = "\n"

    def pieces(self, columns: Sequence[str], envelope: Envelope, chunks: Iterable[Chunk]) -> Iterator[bytes]:
        yield (self.mark + self._lines([columns])).encode()
        for chunk in chunks:
            yield self._lines([cell(row[name]) for name in columns] for row in chunk.rows).encode()

    def _lines(self, rows: Iterable[Sequence[Any]]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator=self.line_end).writerows(rows)
        return text.getvalue()


class SpreadsheetCSVRenderer(CSVRenderer):
    """As spreadsheet programs want it: a byte order mark and the line ends of RFC 4180."""

    media_type = "text/csv; header=present"
    format = "csv-excel"
    mark = "\ufeff"
    line_end = "\r\n"


def dump(data: Any) -> bytes:
    """`data` as JSON; moments end in Z, decimals are numbers."""
    return orjson.dumps(data, default=_plain, option=JSON_OPTIONS)


def feature(row: Row, geometry: Any) -> dict[str, Any]:
    """One row as a GeoJSON feature; `geometry` is None where there is none."""
    return {"type": "Feature", "geometry": geometry, "properties": row}


def cell(value: Any) -> Any:
    """`value` as a CSV cell; unknown is empty, and text is never a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case list() | tuple():
            return ";".join(str(cell(part)) for part in value)
        case dict():
            return dump(value).decode()
        case str():
            return inert(value)
    return value


def _joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    first = True
    for part in parts:
        if part:
            yield part if first else b"," + part
            first = False


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")
