"""Exports of figures: what is in the files, and that they come whole, once and the same."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas
import pyarrow.parquet as pq
import pytest
import time_machine

from tests import factories
from tests.exports.conftest import BUILT, OUTLINE, bring_up_to_date
from tracker.errors import BadValue
from tracker.exports import figures as export
from tracker.exports.columns import COLUMNS, moment_text
from tracker.exports.csv_file import CsvFile
from tracker.exports.figures import NotWritten, export_figures, prepare_export
from tracker.exports.geojson_file import GeoJsonFile
from tracker.exports.parquet_file import ParquetFile
from tracker.figures.query import FigureFilter, figure_rows
from tracker.ingest.readers.spreadsheets import restored
from tracker.models import Region, Report, Source
from tracker.models.versions import supersede
from tracker.vocabulary import METHOD_VERSION, PeriodType

HOUR = timedelta(hours=1)
FILES = ["datapackage.json", "figures.csv", "figures.geojson", "figures.parquet"]
NAMES = [column.name for column in COLUMNS]
NUMBERS = [column.name for column in COLUMNS if column.type == "integer"]


def expected(**fields: Any) -> list[dict[str, Any]]:
    """The rows of the figures, as plain values."""
    return [
        row
        | {
            "start": row["start"].isoformat(),
            "end": row["end"].isoformat(),
            "warnings": "|".join(row["warnings"]),
            "recorded_at": moment_text(row["recorded_at"]),
        }
        for row in figure_rows(FigureFilter(**fields))
    ]


def csv_rows(path: Path) -> list[dict[str, Any]]:
    with (path / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: restored(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    return [row | {name: int(row[name]) for name in NUMBERS} for row in rows]


def geojson_features(path: Path) -> list[dict[str, Any]]:
    return list(json.loads((path / "figures.geojson").read_bytes())["features"])


def description(path: Path) -> dict[str, Any]:
    return dict(json.loads((path / "datapackage.json").read_bytes()))


def content(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(path.iterdir())}


def everything(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir()) if home.exists() else []


@pytest.mark.usefixtures("figures")
class TestContent:
    def test_every_format_holds_the_figures_and_nothing_else(self, tmp_path: Path) -> None:
        result = export_figures({"period_type": PeriodType.values}, to=tmp_path)
        rows = expected()
        assert len(rows) == result.rows > 20
        assert any(row["value"] == 0 for row in rows)
        assert csv_rows(result.path) == rows
        assert [feature["properties"] for feature in geojson_features(result.path)] == rows
        table = pq.read_table(result.path / "figures.parquet").to_pylist()
        assert [
            row
            | {
                "start": str(row["start"]),
                "end": str(row["end"]),
                "recorded_at": moment_text(row["recorded_at"]),
            }
            for row in table
        ] == rows

    def test_columns_come_in_the_order_of_the_api(self, tmp_path: Path) -> None:
        path = export_figures({}, to=tmp_path).path
        assert list(expected()[0]) == NAMES
        assert (path / "figures.csv").read_text(encoding="utf-8").splitlines()[0] == ",".join(NAMES)
        assert pq.read_schema(path / "figures.parquet").names == NAMES
        assert list(geojson_features(path)[0]["properties"]) == NAMES

    def test_options_filter_as_in_the_api(self, tmp_path: Path) -> None:
        result = export_figures({"within": "XX", "period_type": ["week"]}, to=tmp_path)
        rows = expected(within=("XX",), period_types=("week",))
        assert csv_rows(result.path) == rows and 0 < len(rows) < len(expected())
        assert description(result.path)["filters"] == {"period_type": ["week"], "within": ["XX"]}

    def test_a_geographer_opens_the_geojson(self, tmp_path: Path) -> None:
        path = export_figures({"period_type": "year"}, to=tmp_path).path
        frame = geopandas.read_file(path / "figures.geojson")
        assert frame.crs.to_epsg() == 4326
        assert frame["value"].sum() == sum(row["value"] for row in expected(period_types=("year",)))
        assert set(frame[frame.geometry.isna()]["region"]) == {"XX02"}
        assert frame[frame["region"] == "XX"].geometry.is_valid.all()

    def test_outlines_go_in_as_they_are_stored(self, tmp_path: Path) -> None:
        features = geojson_features(export_figures({}, to=tmp_path).path)
        geometry = {feature["properties"]["region"]: feature["geometry"] for feature in features}
        assert geometry == {"XX": json.loads(OUTLINE), "XX01": json.loads(OUTLINE), "XX02": None}

    def test_an_analyst_opens_the_parquet(self, tmp_path: Path) -> None:
        file = pq.ParquetFile(export_figures({}, to=tmp_path).path / "figures.parquet")
        types = {field.name: str(field.type) for field in file.schema_arrow}
        assert types["value"] == "int64" and types["start"] == "date32[day]" and types["region"] == "string"
        assert types["recorded_at"] == "timestamp[us, tz=UTC]"
        assert file.schema_arrow.field("unlocated").metadata[b"unit"] == b"people"
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"

    def test_no_text_of_the_csv_runs_in_a_spreadsheet(self, tmp_path: Path) -> None:
        path = export_figures({}, to=tmp_path).path
        assert ",\"'=HYPERLINK(" in (path / "figures.csv").read_text(encoding="utf-8")

    def test_no_figures_are_an_export_too(self, tmp_path: Path) -> None:
        result = export_figures({"measure": "refugees"}, to=tmp_path)
        assert (result.rows, csv_rows(result.path), geojson_features(result.path)) == (0, [], [])
        assert pq.read_table(result.path / "figures.parquet").num_rows == 0
        assert "created" not in description(result.path)

    def test_batches_make_no_difference(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = export_figures({}, to=tmp_path / "whole")
        monkeypatch.setattr(export, "BATCH", 7)
        parts = export_figures({}, to=tmp_path / "parts")
        for name in ("figures.csv", "figures.geojson"):
            assert content(whole.path)[name] == content(parts.path)[name]
        parquet = pq.ParquetFile(parts.path / "figures.parquet")
        assert parquet.num_row_groups == -(-parts.rows // 7)
        assert parquet.read().equals(pq.read_table(whole.path / "figures.parquet"))


@pytest.mark.usefixtures("figures")
class TestDescription:
    def test_it_tells_size_and_digest_of_every_file(self, tmp_path: Path) -> None:
        result = export_figures({}, to=tmp_path)
        resources = description(result.path)["resources"]
        assert sorted([*(resource["path"] for resource in resources), "datapackage.json"]) == FILES
        for resource in resources:
            data = (result.path / resource["path"]).read_bytes()
            assert resource["bytes"] == len(data)
            assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert resource.get("rows", resource.get("features")) == result.rows
            assert resource["path"] == f"figures.{resource['format']}"
            assert resource["mediatype"] and resource["description"]
        for file in result.files:
            data = (result.path / file.name).read_bytes()
            assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())

    def test_it_tells_every_field_and_a_key_that_is_one(self, tmp_path: Path) -> None:
        path = export_figures({}, to=tmp_path).path
        schema = description(path)["resources"][0]["schema"]
        assert [field["name"] for field in schema["fields"]] == NAMES
        assert all(field["description"] for field in schema["fields"])
        units = {field["name"]: field.get("unit") for field in schema["fields"]}
        assert units["value"] == units["unlocated"] == "people"
        keys = [tuple(row[name] for name in schema["primaryKey"]) for row in csv_rows(path)]
        assert len(set(keys)) == len(keys)

    def test_it_names_the_sources_used_and_no_others(self, tmp_path: Path) -> None:
        def sources(**options: Any) -> list[tuple[str, str]]:
            found = description(export_figures(options, to=tmp_path).path)["sources"]
            return [(source["code"], source["attribution"]) for source in found]

        assert sources() == [("ngo", "An NGO"), ("un", "© United Nations")]
        assert sources(region="XX01") == [("un", "© United Nations")]

    def test_it_tells_moment_method_boundaries_and_licence(self, tmp_path: Path) -> None:
        package = description(export_figures({}, to=tmp_path).path)
        assert package["created"] == "2024-12-20T06:30:00Z"
        assert package["method_version"] == METHOD_VERSION
        assert package["boundary_releases"] == ["xx-2024"]
        assert package["licenses"][0]["name"] == "CC-BY-4.0"


@pytest.mark.usefixtures("figures")
class TestSameBytes:
    def test_the_same_figures_give_the_same_bytes(self, tmp_path: Path) -> None:
        flows = {"measure": "departures"}
        first = export_figures(flows, to=tmp_path / "one")
        with time_machine.travel(datetime(2024, 12, 28, 9, tzinfo=UTC)):
            second = export_figures(flows, to=tmp_path / "two")
        assert list(content(first.path)) == FILES
        assert content(first.path) == content(second.path)
        assert first.path.name == second.path.name

    def test_a_second_export_to_the_same_place_leaves_the_first(self, tmp_path: Path) -> None:
        first = export_figures({}, to=tmp_path).path.stat()
        second = export_figures({}, to=tmp_path).path.stat()
        assert (first.st_ino, first.st_mtime_ns) == (second.st_ino, second.st_mtime_ns)
        assert len(everything(tmp_path)) == 2

    def test_a_changed_figure_gives_another_export_beside_the_first(self, tmp_path: Path) -> None:
        first = export_figures({}, to=tmp_path)
        un, whole = Source.objects.get(code="un"), Region.objects.get(pcode="XX")
        factories.report(whole, un, 6_000, start=factories.DAY)
        bring_up_to_date(BUILT + HOUR)
        second = export_figures({}, to=tmp_path)
        assert second.moment == BUILT + HOUR
        assert everything(tmp_path) == sorted([first.path.name, second.path.name, "latest"])
        assert (tmp_path / "latest").resolve() == second.path

    def test_an_export_as_of_a_moment_is_the_export_of_that_moment(self, tmp_path: Path) -> None:
        then = export_figures({}, to=tmp_path / "then")
        Report.objects.filter(measure="idps").update(superseded_at=BUILT + HOUR)
        bring_up_to_date(BUILT + HOUR)
        now = export_figures({}, to=tmp_path / "now")
        again = export_figures({}, to=tmp_path / "again", as_of=BUILT)
        assert content(again.path) == content(then.path) != content(now.path)

    def test_a_new_name_or_outline_of_a_region_makes_a_new_export(self, tmp_path: Path) -> None:
        first = export_figures({}, to=tmp_path)
        region = Region.objects.get(pcode="XX")
        fields = {name: getattr(region, name) for name in (*Region.IDENTITY, *Region.CONTENT)}
        supersede(region, Region(**fields | {"name_en": "Exland"}, recorded_at=BUILT + HOUR))
        second = export_figures({}, to=tmp_path)
        assert {row["region_name"] for row in csv_rows(second.path) if row["region"] == "XX"} == {"Exland"}
        assert second.moment == BUILT + HOUR and first.rows == second.rows


def broken(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.usefixtures("figures")
class TestWholeOrNotAtAll:
    @pytest.mark.parametrize("part", [CsvFile, GeoJsonFile, ParquetFile])
    def test_a_full_disk_leaves_what_was_there_and_nothing_half(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: type
    ) -> None:
        before = export_figures({"measure": "idps"}, to=tmp_path)
        monkeypatch.setattr(part, "write", broken)
        with pytest.raises(NotWritten) as failed:
            export_figures({}, to=tmp_path)
        assert everything(tmp_path) == sorted([before.path.name, "latest"])
        assert (tmp_path / "latest").resolve() == before.path
        assert str(failed.value).endswith("No space left on device.")

    def test_a_disk_that_cannot_be_flushed_is_a_failure(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("os.fsync", broken)
        with pytest.raises(NotWritten):
            export_figures({}, to=tmp_path)
        assert everything(tmp_path) == []

    def test_a_prepared_export_is_not_to_be_seen_and_leaves_nothing_when_let_go(self, tmp_path: Path) -> None:
        prepared = prepare_export({}, to=tmp_path)
        assert [name for name in everything(tmp_path) if not name.startswith(".")] == []
        del prepared
        assert everything(tmp_path) == []

    def test_a_bad_option_writes_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(BadValue):
            export_figures({"regions": "XX"}, to=tmp_path / "new")
        assert not (tmp_path / "new").exists()


def test_a_process_that_serves_does_not_import_pyarrow() -> None:
    code = (
        "import django, sys; django.setup(); import tracker.exports.figures; "
        "sys.exit(bool({'pyarrow', 'pandas', 'geopandas'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
