"""Regions as delivered: boundary releases and regions.csv."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from tests import factories
from tests.ingest.files import csv_file
from tracker.errors import GeometryRefused
from tracker.ingest.imports import IngestResult
from tracker.ingest.load import ingest, load_regions
from tracker.models import Region, Run
from tracker.vocabulary import RunKind, RunState

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
SYRIA = ROOT / "data" / "boundaries" / "syr-cod-2018"
SAMPLES = ROOT / "tests" / "samples" / "boundaries"
BOX = "POLYGON ((36 35, 37 35, 37 36, 36 36, 36 35))"

XX = {"pcode": "XX", "level": "0", "parent": ""}
XX01 = {"pcode": "XX01", "level": "1", "parent": "XX"}
XX0101 = {"pcode": "XX0101", "level": "2", "parent": "XX01"}


def counts(result: IngestResult) -> tuple[int, int, int, int]:
    return result.new, result.changed, result.unchanged, result.rejected


@pytest.fixture
def deliver(tmp_path: Path) -> Any:
    def deliver(*rows: dict[str, Any], **options: Any) -> IngestResult:
        return ingest("regions", csv_file(tmp_path, "regions", *rows), **options)

    return deliver


def levels() -> dict[int, int]:
    return dict(Counter(Region.objects.current().values_list("level", flat=True)))


class TestBoundaryReleases:
    def test_syria_is_loaded_level_by_level_and_again_without_a_change(self):
        for level in range(4):
            assert load_regions(SYRIA / f"syr_admin{level}.shp", release="2018").rejected == 0
        assert levels() == {0: 1, 1: 14, 2: 62, 3: 272}
        stored = list(Region.objects.values())
        again = [load_regions(SYRIA / f"syr_admin{level}.shp", release="2018") for level in range(4)]
        assert [counts(result) for result in again] == [
            (0, 0, 1, 0),
            (0, 0, 14, 0),
            (0, 0, 62, 0),
            (0, 0, 272, 0),
        ]
        assert list(Region.objects.values()) == stored

        # What is stored of one of them, and of all.
        region = Region.objects.get(pcode="SY0203")
        assert (region.level, region.parent, region.country, region.release) == (2, "SY02", "SY", "2018")
        assert (region.name_en, region.name_ar) == ("Afrin", "عفرين")
        assert region.retired is False
        whole = shapely.from_wkb(bytes(region.geometry or b""))
        assert shapely.is_valid(whole)
        assert (region.min_lon, region.min_lat, region.max_lon, region.max_lat) == whole.bounds
        assert all(
            json.loads(outline)["coordinates"] for outline in Region.objects.values_list("outline", flat=True)
        )
        area = sum(region.area_km2 or 0 for region in Region.objects.filter(level=3))
        assert area == pytest.approx(Region.objects.get(pcode="SY").area_km2, rel=0.001)

    def test_syria_is_loaded_from_its_folder_at_once(self):
        result = load_regions(SYRIA)
        assert counts(result) == (349, 0, 0, 0)
        assert levels() == {0: 1, 1: 14, 2: 62, 3: 272}
        assert result.notes == [
            "SY, level 3: borders crossed or did not meet; in the outlines they were made to."
        ]

    def test_an_archive_of_five_levels_is_loaded_and_what_is_wrong_in_it_named(self):
        result = load_regions(SAMPLES / "caf_cod_ab.geojson.zip")
        assert counts(result) == (437, 0, 0, 30)
        assert levels() == {0: 1, 1: 17, 2: 72, 3: 175, 4: 172}
        region = Region.objects.get(pcode="CF616")
        assert (region.parent, region.name_en, region.name_fr) == ("CF61", "Satema", "Satéma")
        assert result.rejects[0].reason == "caf_admin4: the feature has no P-code"

    def test_a_level_before_the_one_above_it_is_rejected_row_by_row(self):
        result = load_regions(SYRIA / "syr_admin1.shp")
        assert counts(result) == (0, 0, 0, 14)
        assert "SY, is not known; load the level above first" in result.rejects[0].reason

    def test_geoboundaries_stands_by_its_own_codes(self):
        factories.region("SYR")
        assert counts(load_regions(SAMPLES / "syria-governorates-polygons.json")) == (14, 0, 0, 0)
        assert Region.objects.get(pcode="SYR-HL").name_en == "Aleppo"

    def test_what_a_release_does_not_know_stays_as_it_stands(self):
        load_regions(SYRIA / "syr_admin0.shp", release="2018")
        Region.objects.update(name_fr="Syrie", household_size=Decimal("5.2"))
        assert counts(load_regions(SYRIA / "syr_admin0.shp")) == (0, 0, 1, 0)
        region = Region.objects.get()
        assert (region.name_fr, region.household_size, region.release) == ("Syrie", Decimal("5.2"), "2018")

    def test_another_boundary_is_a_new_version_and_moves_no_figure(self, tmp_path: Path):
        load_regions(SYRIA / "syr_admin0.shp")
        table = geopandas.read_file(SYRIA / "syr_admin0.shp")
        table.geometry = table.geometry.simplify(0.1)
        table.to_file(tmp_path / "later.gpkg")
        assert counts(load_regions(tmp_path / "later.gpkg", release="later")) == (0, 1, 0, 0)
        old, new = Region.objects.order_by("version")
        assert (new.version, new.release) == (2, "later")
        assert (old.geometry, old.outline, old.area_km2) != (new.geometry, new.outline, new.area_km2)
        assert not Run.objects.filter(state=RunState.DUE).exists()

    def test_without_a_coordinate_system_the_file_is_refused_and_the_run_says_why(self, tmp_path: Path):
        for suffix in ("shp", "shx", "dbf", "cpg"):
            shutil.copy(SYRIA / f"syr_admin0.{suffix}", tmp_path)
        with pytest.raises(GeometryRefused, match="coordinate system"):
            load_regions(tmp_path / "syr_admin0.shp")
        assert not Region.objects.exists()
        run = Run.objects.get()
        assert (run.kind, run.state) == (RunKind.IMPORT, RunState.REFUSED)
        assert "does not say its coordinate system" in run.outcome

    def test_names_that_no_table_takes_are_refused(self, tmp_path: Path):
        columns = {"PCODE": ["XX", "YY", "Z Z"], "NAME_EN": ["x" * 201, "Good", "Bad code"]}
        boxes = [shapely.box(west, 0, west + 1, 1) for west in range(3)]
        geopandas.GeoDataFrame(columns, geometry=boxes, crs=4326).to_file(tmp_path / "regions.gpkg")
        result = load_regions(tmp_path / "regions.gpkg")
        assert counts(result) == (1, 0, 0, 2)
        assert [reject.column for reject in result.rejects] == ["name_en", "pcode"]

    def test_one_p_code_in_two_layers_is_one_region(self, tmp_path: Path):
        table = geopandas.read_file(SYRIA / "syr_admin0.shp")
        for name in ("a", "b"):
            table.to_file(tmp_path / "two.gpkg", layer=name)
        result = load_regions(tmp_path / "two.gpkg")
        assert counts(result) == (1, 0, 0, 1)
        assert result.rejects[0].reason == "b: another layer of the file has this P-code already"

    def test_a_regions_csv_may_be_given_too(self, tmp_path: Path):
        assert counts(load_regions(csv_file(tmp_path, "regions", XX), release="own")) == (1, 0, 0, 0)
        assert Region.objects.get().release == "own"


class TestRegionsCsv:
    def test_rows_may_come_in_any_order(self, deliver: Any):
        assert counts(deliver(XX0101, XX01, XX)) == (3, 0, 0, 0)
        assert set(Region.objects.values_list("pcode", "parent", "country")) == {
            ("XX", "", "XX"), ("XX01", "XX", "XX"), ("XX0101", "XX01", "XX"),
        }  # fmt: skip

    def test_the_tree_is_by_the_stated_parent_not_by_how_p_codes_begin(self, deliver: Any):
        deliver(XX, XX01, {"pcode": "C1007", "level": "4", "parent": "XX01"}, {"pcode": "YY", "level": "0"})
        deliver({"pcode": "YY99", "level": "1", "parent": "XX"})
        assert Region.objects.get(pcode="C1007").country == "XX"
        assert Region.objects.get(pcode="YY99").country == "XX"

    @pytest.mark.parametrize(
        ("rows", "column", "reason"),
        [
            ([{"pcode": "ZZ01", "level": "1", "parent": "ZZ"}], "parent", "ZZ, is not known"),
            ([{"pcode": "A", "level": "2", "parent": "XX0101"}], "parent", "XX0101 is of level 2 and cannot"),
            ([{"pcode": "XX01", "level": "1", "parent": "YY"}], "parent", "it is a region of XX"),
            ([{"pcode": "XX01", "level": "0", "parent": ""}], "parent", "it is a region of XX"),
            (
                [{"pcode": "XX01", "level": "2", "parent": "XX"}],
                "level",
                "XX0101, which lies in it, is of level 2",
            ),
            ([{**XX, "pcode": "ZZ", "geometry": "POINT (1 1)"}], "geometry", "expected a polygon"),
            ([{**XX, "pcode": "ZZ", "geometry": "POLYGON ((0 0, 1 1, 2 2, 0 0))"}], "geometry", "no area"),
        ],
    )
    def test_a_region_that_does_not_fit_the_tree_costs_its_row(
        self, deliver: Any, rows: list[dict[str, str]], column: str, reason: str
    ):
        deliver(XX, XX01, XX0101, {"pcode": "YY", "level": "0"})
        result = deliver(*rows, {"pcode": "NEW", "level": "1", "parent": "XX"})
        assert counts(result) == (1, 0, 0, 1)
        assert (result.rejects[0].line, result.rejects[0].column) == (2, column)
        assert reason in result.rejects[0].reason

    def test_what_lies_below_a_rejected_region_is_rejected_with_it(self, deliver: Any):
        result = deliver(XX, {**XX01, "geometry": "nowhere"}, XX0101)
        assert counts(result) == (1, 0, 0, 2)
        assert "XX01, is not known" in result.rejects[1].reason

    def test_geometry_is_repaired_measured_and_outlined(self, deliver: Any):
        bow_tie = "POLYGON ((36 35, 37 36, 37 35, 36 36, 36 35))"
        result = deliver({**XX, "geometry": bow_tie})
        assert result.notes[0].startswith("XX was repaired: Self-intersection")
        region = Region.objects.get()
        assert shapely.from_wkb(bytes(region.geometry or b"")).area == pytest.approx(0.5)
        assert json.loads(region.outline)["type"] == "MultiPolygon"
        assert region.area_km2 == pytest.approx(5050, rel=0.01)

    def test_a_file_without_the_column_leaves_boundaries_as_they_stand(self, deliver: Any):
        deliver({**XX, "geometry": BOX, "household_size": "5"})
        assert counts(deliver({**XX, "household_size": "6"})) == (0, 1, 0, 0)
        region = Region.objects.current().get()
        assert region.geometry and region.outline and region.area_km2
        assert region.household_size == 6
        assert counts(deliver({**XX, "geometry": ""})) == (0, 1, 0, 0)
        region = Region.objects.current().get()
        assert (region.geometry, region.outline, region.area_km2, region.min_lon) == (None, "", None, None)

    def test_the_same_again_changes_nothing(self, deliver: Any):
        rows = [{**XX, "geometry": BOX, "name_ar": "س", "household_size": "5.25"}, XX01]
        deliver(*rows)
        assert counts(deliver(*rows)) == (0, 0, 2, 0)
        assert Region.objects.count() == 2

    def test_another_tree_makes_all_cubes_and_conflict_figures_of_the_country_due(self, deliver: Any):
        deliver(XX, XX01, XX0101)
        xx = Region.objects.get(pcode="XX")
        factories.report(xx, factories.source())
        factories.event(xx)
        factories.report(factories.country("YY"), factories.source("ngo"))
        deliver({**XX, "name_en": "Another name"})
        assert not Run.objects.filter(state=RunState.DUE).exists()
        deliver({**XX0101, "parent": "XX"})
        due = Run.objects.filter(state=RunState.DUE)
        assert set(due.values_list("key", flat=True)) == {"build:XX:idps:conflict:", "conflict:XX"}
        due.delete()
        deliver({**XX01, "pcode": "XX02"})
        assert due.count() == 2
