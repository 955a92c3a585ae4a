"""Figures as GeoJSON (RFC 7946): one Feature for each figure, with the outline of its region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

import orjson

from tracker.exports.columns import COLUMNS, Cells, moment_text

_NAMES = [column.name for column in COLUMNS]
_MOMENTS = [place for place, column in enumerate(COLUMNS) if column.type == "datetime"]
_REGION = _NAMES.index("region")


class GeoJsonFile:
    """A GeoJSON file that is being written. Outlines are stored as GeoJSON and go in as they are."""

    def __init__(self, path: Path, *, name: str) -> None:
        self._file = path.open("wb")
        self._file.write(b'{"type":"FeatureCollection","name":%b,"features":[' % orjson.dumps(name))
        self._before = b"\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error_type: type[BaseException] | None, *error: object) -> None:
        try:
            if error_type is None:
                self._file.write(b"\n]}\n")
        finally:
            self._file.close()

    def write(self, rows: Iterable[Cells], outlines: Mapping[str, str]) -> None:
        """Add rows; `outlines` gives the outline of each of their regions, empty where there is none."""
        for row in rows:
            values = list(row)
            for place in _MOMENTS:
                values[place] = moment_text(row[place])
            self._file.write(
                b'%b{"type":"Feature","properties":%b,"geometry":%b}'
                % (
                    self._before,
                    orjson.dumps(dict(zip(_NAMES, values, strict=True))),
                    outlines[row[_REGION]].encode() or b"null",
                )
            )
            self._before = b",\n"
