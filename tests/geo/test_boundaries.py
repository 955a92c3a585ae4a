from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from tracker.errors import GeometryRefused, LayoutChanged
from tracker.geo.boundaries import read_boundaries

ROOT = Path(__file__).parents[2]
SYRIA = ROOT / "data" / "boundaries" / "syr-cod-2018"
SAMPLES = ROOT / "tests" / "samples" / "boundaries"
BOX = shapely.box(36, 35, 37, 36)
BOW_TIE = shapely.Polygon([(36, 35), (37, 36), (37, 35), (36, 36)])


def layer(path: Path, geometries: list[Any] | None = None, *, crs: Any = 4326, **columns: list[Any]) -> Path:
    geometries = [BOX] if geometries is None else geometries
    table = {
        "ADM1_EN": [f"Region {number}" for number in range(len(geometries))],
        "ADM1_PCODE": [f"XX{number:02}" for number in range(len(geometries))],
        "ADM0_PCODE": ["XX"] * len(geometries),
        **columns,
    }
    geopandas.GeoDataFrame(table, geometry=geometries, crs=crs).to_file(path)
    return path


@pytest.mark.parametrize(("level", "count"), [(0, 1), (1, 14), (2, 62), (3, 272)])
def test_each_level_of_the_syrian_release_is_read_whole(level: int, count: int):
    release = read_boundaries(SYRIA / f"syr_admin{level}.shp")
    assert len(release.boundaries) == count
    assert {boundary.level for boundary in release.boundaries} == {level}
    assert release.refused == []
    assert release.notes == []
    assert all(boundary.names["name_en"] and boundary.names["name_ar"] for boundary in release.boundaries)


def test_the_syrian_tree_is_as_the_release_states_it_and_its_area_right():
    release = read_boundaries(SYRIA / "syr_admin3.shp")
    afrin = next(boundary for boundary in release.boundaries if boundary.pcode == "SY020300")
    assert (afrin.parent, afrin.names["name_en"], afrin.names["name_ar"]) == ("SY0203", "Afrin", "مركز عفرين")
    # The usual figure for the country's area.
    assert sum(boundary.shape.area_km2 for boundary in release.boundaries) == pytest.approx(185_180, rel=0.02)


def test_a_folder_gives_all_its_levels_upper_ones_first():
    levels = [boundary.level for boundary in read_boundaries(SYRIA).boundaries]
    assert Counter(levels) == {0: 1, 1: 14, 2: 62, 3: 272}
    assert levels == sorted(levels)


def test_one_level_of_several_can_be_taken():
    assert {boundary.level for boundary in read_boundaries(SYRIA, level=2).boundaries} == {2}
    with pytest.raises(LayoutChanged, match="no layer of boundaries of level 4"):
        read_boundaries(SYRIA, level=4)


def test_an_archive_gives_all_its_levels_and_says_what_it_passes_over():
    release = read_boundaries(SAMPLES / "caf_cod_ab.geojson.zip")
    assert Counter(boundary.level for boundary in release.boundaries) == {0: 1, 1: 17, 2: 72, 3: 175, 4: 172}
    assert release.notes == ["caf_adminlines holds no areas and was passed over."]
    assert Counter(refused.reason.split()[-1] for refused in release.refused) == {"P-code": 26, "already": 4}
    country = release.boundaries[0]
    assert country.names == {"name_fr": "République centrafricaine", "name_en": "Central African Republic"}


def test_geoboundaries_gives_its_iso_codes_where_it_has_them():
    release = read_boundaries(SAMPLES / "syria-governorates-polygons.json")
    assert len(release.boundaries) == 14
    assert {(boundary.level, boundary.parent) for boundary in release.boundaries} == {(1, "SYR")}
    assert "SYR-HL" in {boundary.pcode for boundary in release.boundaries}


@pytest.mark.parametrize("suffix", ["shp", "gpkg", "geojson", "fgb"])
def test_any_format_that_geopandas_reads_will_do(tmp_path: Path, suffix: str):
    release = read_boundaries(layer(tmp_path / f"regions.{suffix}"))
    [boundary] = release.boundaries
    assert (boundary.pcode, boundary.level, boundary.parent) == ("XX00", 1, "XX")
    assert shapely.from_wkb(boundary.shape.wkb).equals(BOX)


def test_geoparquet_will_do(tmp_path: Path):
    table = geopandas.read_file(layer(tmp_path / "regions.geojson"))
    table.to_parquet(tmp_path / "regions.parquet")
    assert len(read_boundaries(tmp_path / "regions.parquet").boundaries) == 1


def test_other_coordinate_systems_become_wgs_84(tmp_path: Path):
    in_metres = geopandas.GeoSeries([BOX], crs=4326).to_crs(32637)
    release = read_boundaries(layer(tmp_path / "regions.gpkg", list(in_metres), crs=32637))
    assert shapely.from_wkb(release.boundaries[0].shape.wkb).equals_exact(BOX, 1e-6, normalize=True)


def test_without_a_coordinate_system_a_file_is_refused(tmp_path: Path):
    path = layer(tmp_path / "regions.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(GeometryRefused, match="does not say its coordinate system"):
        read_boundaries(path)


def test_what_was_repaired_is_reported_with_the_areas(tmp_path: Path):
    release = read_boundaries(layer(tmp_path / "regions.geojson", [BOX, BOW_TIE]))
    assert [boundary.pcode for boundary in release.boundaries] == ["XX00", "XX01"]
    [note] = release.notes
    assert note.startswith("XX01 was repaired: Self-intersection")
    assert "km² by its rings before" in note


@pytest.mark.parametrize(
    ("geometries", "columns", "column", "reason"),
    [
        ([BOX, BOX], {"ADM1_PCODE": ["XX01", "XX01"]}, "ADM1_PCODE", "feature 1 has this P-code already"),
        ([BOX, BOX], {"ADM1_PCODE": ["XX01", None]}, "ADM1_PCODE", "no P-code"),
        ([BOX, BOX], {"ADM1_EN": ["One", " "]}, "ADM1_EN", "XX01 has no name"),
        ([BOX, None], {}, "geometry", "no geometry"),
        ([BOX, shapely.Polygon([(0, 0), (1, 1), (2, 2)])], {}, "geometry", "no area"),
    ],
)
def test_a_feature_that_is_no_region_is_refused_and_the_others_are_read(
    tmp_path: Path, geometries: list[Any], columns: dict[str, list[Any]], column: str, reason: str
):
    release = read_boundaries(layer(tmp_path / "regions.gpkg", geometries, **columns))
    assert len(release.boundaries) == 1
    [refused] = release.refused
    assert (refused.layer, refused.feature, refused.column) == ("regions", 2, column)
    assert reason in refused.reason


def test_p_codes_that_are_numbers_are_read_as_text(tmp_path: Path):
    release = read_boundaries(layer(tmp_path / "regions.gpkg", ADM1_PCODE=[101], ADM0_PCODE=[1.0]))
    assert (release.boundaries[0].pcode, release.boundaries[0].parent) == ("101", "1")


def test_layers_of_one_geopackage_are_read_by_level(tmp_path: Path):
    path = tmp_path / "release.gpkg"
    second = {"ADM2_EN": ["Part"], "ADM2_PCODE": ["XX0101"], "ADM1_PCODE": ["XX01"], "ADM0_PCODE": ["XX"]}
    first = {"ADM1_EN": ["Half"], "ADM1_PCODE": ["XX01"], "ADM0_PCODE": ["XX"]}
    geopandas.GeoDataFrame(second, geometry=[BOX], crs=4326).to_file(path, layer="a_second")
    geopandas.GeoDataFrame(first, geometry=[BOX], crs=4326).to_file(path, layer="b_first")
    assert [(one.layer, one.level) for one in read_boundaries(path).boundaries] == [
        ("b_first", 1),
        ("a_second", 2),
    ]


def test_a_file_that_is_no_boundaries_is_refused(tmp_path: Path):
    text = tmp_path / "notes.txt"
    text.write_text("nothing here")
    with pytest.raises(LayoutChanged, match=r"notes.txt is in no format"):
        read_boundaries(text)
    with pytest.raises(LayoutChanged, match="there is no file"):
        read_boundaries(tmp_path / "nowhere.shp")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    with pytest.raises(LayoutChanged, match="no layer that can be read"):
        read_boundaries(tmp_path / "empty.zip")


def test_a_table_without_geometry_is_refused(tmp_path: Path):
    table = tmp_path / "regions.csv"
    table.write_text("ADM1_EN,ADM1_PCODE,ADM0_PCODE\nOne,XX01,XX\n")
    with pytest.raises(GeometryRefused, match="has no geometry"):
        read_boundaries(table)


def test_columns_of_no_known_convention_name_the_layer(tmp_path: Path):
    table = geopandas.GeoDataFrame({"name": ["Half"]}, geometry=[BOX], crs=4326)
    table.to_file(tmp_path / "halves.gpkg")
    with pytest.raises(LayoutChanged, match="halves: no column with P-codes"):
        read_boundaries(tmp_path / "halves.gpkg")
