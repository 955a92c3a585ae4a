"""Exports of figures: CSV, GeoJSON and Parquet with their description, written whole or not at all."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db.models import Max

from tracker.errors import TrackerError
from tracker.exports.columns import cells
from tracker.exports.csv_file import CsvFile
from tracker.exports.folder import Draft
from tracker.exports.geojson_file import GeoJsonFile
from tracker.exports.options import Options, figure_filter, options_text
from tracker.exports.package import DESCRIPTOR, FORMATS, Contents, ExportFile, description_of, file_of
from tracker.figures.query import FigureFilter, figure_rows_with_sources, stands_since
from tracker.models import Region, Source

BATCH = 50_000
"""Rows in memory at a time, and rows of a row group of Parquet."""


class NotWritten(TrackerError):
    """An export could not be written; what is there from earlier is untouched."""


@dataclass(frozen=True)
class ExportResult:
    """A published export."""

    path: Path
    moment: datetime | None
    rows: int
    files: tuple[ExportFile, ...]

    @property
    def counts(self) -> dict[str, Any]:
        """What a run keeps of it."""
        files = {file.name: {"bytes": file.bytes, "sha256": file.sha256} for file in self.files}
        return {"rows": self.rows, "files": files}


@dataclass(frozen=True)
class PreparedExport:
    """An export that is written and not published yet; let go, it leaves nothing behind."""

    draft: Draft
    name: str
    moment: datetime | None
    rows: int
    files: tuple[ExportFile, ...]

    def publish(self) -> ExportResult:
        """Let the export appear, with `latest` leading to it."""
        try:
            path = self.draft.publish(self.name)
        except OSError as error:
            raise _not_written(self.draft.home, error) from error
        return ExportResult(path, self.moment, self.rows, self.files)


def export_figures(options: Options, *, to: Path, as_of: datetime | None = None) -> ExportResult:
    """Write the figures that `options` name into a new folder of `to`.

    The folder is named after the moment of the figures and its contents; the link `latest` leads to it.
    The moment is `as_of`, or else the one since which the figures have stood: no clock gets into a file,
    and the same figures give the same bytes.

    Raises
    ------
    BadValue : an option is none, or its value is
    NotWritten : there was no room, for one
    """
    return prepare_export(options, to=to, as_of=as_of).publish()


def prepare_export(options: Options, *, to: Path, as_of: datetime | None = None) -> PreparedExport:
    """Write the figures that `options` name where nobody looks yet."""
    wanted = figure_filter(options)
    moment = as_of or wanted.as_of or _standing_since(wanted)
    try:
        draft = Draft(to)
        try:
            return _write(draft, replace(wanted, as_of=moment), options)
        except BaseException:
            draft.discard()
            raise
    except OSError as error:
        raise _not_written(to, error) from error


def _standing_since(wanted: FigureFilter) -> datetime | None:
    """Since when these figures, and the names and outlines that go with them, have been as they are."""
    figures_since = stands_since(wanted)
    if figures_since is None:
        return None
    # A first version stood before it was recorded (ReferenceQuerySet): only later ones change anything.
    tables = (Region.objects, Source.objects)
    later = [table.filter(version__gt=1).aggregate(at=Max("recorded_at"))["at"] for table in tables]
    return max(moment for moment in [figures_since, *later] if moment is not None)


def _write(draft: Draft, wanted: FigureFilter, options: Options) -> PreparedExport:
    # Only here is pyarrow needed, and it is large.
    from tracker.exports.parquet_file import ParquetFile

    moment = wanted.as_of
    paths = {form: draft.path / f"figures.{form}" for form in FORMATS}
    rows = figure_rows_with_sources(wanted) if moment else iter(())
    outlines, sources, count = _Outlines(moment), set[str](), 0
    with ExitStack() as files:
        csv = files.enter_context(CsvFile(paths["csv"]))
        geojson = files.enter_context(GeoJsonFile(paths["geojson"], name="figures"))
        parquet = files.enter_context(ParquetFile(paths["parquet"]))
        while batch := list(islice(rows, BATCH)):
            table = [cells(row) for row, _ in batch]
            sources.update(*(codes for _, codes in batch))
            outlines.fetch({row["region"] for row, _ in batch})
            csv.write(table)
            geojson.write(table, outlines)
            parquet.write(table)
            count += len(batch)
    data = [file_of(path, count) for path in paths.values()]
    description = draft.path / DESCRIPTOR
    contents = Contents(moment, options_text(options), count, outlines.releases, sources)
    description.write_bytes(description_of(contents, data))
    described = file_of(description, None)
    draft.flush()
    begin = f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" if moment else "none"
    return PreparedExport(draft, f"{begin}-{described.sha256[:8]}", moment, count, (*data, described))


class _Outlines(dict[str, str]):
    """Outlines of regions by P-code, as of a moment; they are fetched once."""

    def __init__(self, moment: datetime | None) -> None:
        super().__init__()
        self._moment = moment
        self.releases: set[str] = set()

    def fetch(self, pcodes: set[str]) -> None:
        missing = pcodes - self.keys()
        regions = Region.objects.as_of(self._moment).filter(pcode__in=missing).order_by()
        self.update(dict.fromkeys(missing, ""))
        for pcode, outline, release in regions.values_list("pcode", "outline", "release"):
            self[pcode] = outline
            self.releases.add(release)


def _not_written(to: Path, error: OSError) -> NotWritten:
    return NotWritten(f"The export could not be written to {to}: {error.strerror or error}.")
