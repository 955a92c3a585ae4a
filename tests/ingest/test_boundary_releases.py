"""A newer boundary release over one that stands: made-up grids, and the two Syrian releases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests import factories
from tests.ingest.files import csv_file
from tracker.ingest.imports import IngestResult
from tracker.ingest.load import load_regions
from tracker.models import Region, Run
from tracker.vocabulary import RunKind, RunState

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
SYRIA = ROOT / "data" / "boundaries" / "syr-cod-2018"
SAMPLES = ROOT / "tests" / "samples" / "boundaries"


def area(west: float, south: float, east: float, north: float) -> str:
    return shapely.box(west, south, east, north).wkt


def row(pcode: str, parent: str, *corners: float, **said: str) -> dict[str, str]:
    level = 0 if not parent else 1 if parent == "XX" else 2
    values = {"pcode": pcode, "level": str(level), "parent": parent, "name_en": f"Place {pcode}"} | said
    return values | ({"geometry": area(*corners)} if corners else {})


XX = row("XX", "", 0, 0, 4, 2)
WEST, EAST = row("XX01", "XX", 0, 0, 2, 2), row("XX02", "XX", 2, 0, 4, 2)
NORTH_WEST, SOUTH_WEST = row("XX0101", "XX01", 0, 1, 2, 2), row("XX0102", "XX01", 0, 0, 2, 1)
NORTH_EAST, SOUTH_EAST = row("XX0201", "XX02", 2, 1, 4, 2), row("XX0202", "XX02", 2, 0, 4, 1)
UPPER = [XX, WEST, EAST]
FIRST = [*UPPER, NORTH_WEST, SOUTH_WEST, NORTH_EAST, SOUTH_EAST]
"""A country of two districts, side by side, of two sub-districts each: north and south."""


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def load(*rows: dict[str, str], release: str = "2", **options: Any) -> IngestResult:
        return load_regions(csv_file(tmp_path, "regions", *rows), release=release, **options)

    return load


@pytest.fixture
def loaded(load: Any) -> Any:
    """The same, with the first release loaded."""
    assert load(*FIRST, release="1").notes == []
    return load


def tree() -> dict[str, str]:
    """The current regions with their parents."""
    return dict(Region.objects.current().filter(retired=False, level__gt=0).values_list("pcode", "parent"))


def retired() -> dict[str, str]:
    return dict(Region.objects.current().filter(retired=True).values_list("pcode", "parent"))


def without(*gone: dict[str, str]) -> list[dict[str, str]]:
    return [region for region in FIRST if region not in gone]


class TestTheSame:
    def test_a_release_without_a_change_keeps_every_region_and_says_so(self, loaded: Any):
        result = loaded(*FIRST)
        assert (result.new, result.changed, result.rejected) == (0, 7, 0)
        assert result.notes == [
            "XX, level 0, release 2: 1 kept, 0 renamed, 0 split, 0 merged, 0 moved, 0 new, 0 retired.",
            "XX, level 1, release 2: 2 kept, 0 renamed, 0 split, 0 merged, 0 moved, 0 new, 0 retired.",
            "XX, level 2, release 2: 4 kept, 0 renamed, 0 split, 0 merged, 0 moved, 0 new, 0 retired.",
        ]
        assert set(Region.objects.current().values_list("release", "retired")) == {("2", False)}
        assert not Run.objects.filter(state=RunState.DUE).exists()

    def test_the_same_release_again_changes_nothing_and_says_nothing(self, loaded: Any):
        loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1))
        stored = list(Region.objects.order_by("pk").values())
        again = loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1))
        assert (again.new, again.changed, again.unchanged, again.notes) == (0, 0, 7, [])
        assert list(Region.objects.order_by("pk").values()) == stored

    def test_a_boundary_drawn_by_another_hand_is_the_same(self, loaded: Any):
        result = loaded(*without(NORTH_WEST), row("XX0101", "XX01", 0, 1.02, 2.01, 2))
        assert "XX, level 2, release 2: 4 kept, 0 renamed" in result.notes[2]

    @pytest.mark.parametrize("names", [("2018", "2020"), ("", "")])
    def test_both_syrian_releases_have_the_same_sub_districts(self, names: tuple[str, str]):
        earlier, later = names
        for level in range(4):
            load_regions(SYRIA / f"syr_admin{level}.shp", release=earlier)
        result = load_regions(SAMPLES / "syr_admbnda_adm3_20201217.zip", release=later)
        assert (result.new, result.changed + result.unchanged, result.rejected) == (0, 272, 0)
        kept = "SY, level 3, release 2020: 272 kept, 0 renamed, 0 split, 0 merged, 0 moved, 0 new, 0 retired."
        assert result.notes == ([kept] if later else [])
        assert Region.objects.current().filter(level=3, release=later).count() == 272
        assert Region.objects.current().count() == 349
        assert not retired()


class TestRenamed:
    def test_another_name_is_reported_and_the_region_kept(self, loaded: Any):
        result = loaded(*without(WEST), {**WEST, "name_en": "Occident"})
        assert "Renamed: XX01 from “Place XX01” to “Occident”." in result.notes
        assert (tree()["XX01"], Region.objects.current().get(pcode="XX01").version) == ("XX", 2)

    def test_a_name_in_another_language_that_was_not_known_renames_nothing(self, loaded: Any):
        result = loaded(*without(WEST), {**WEST, "name_ar": "غرب"})
        assert "2 kept, 0 renamed" in result.notes[1]

    def test_another_code_of_the_same_place_is_a_renaming(self, loaded: Any):
        result = loaded(*without(SOUTH_EAST), row("XX0299", "XX02", 2, 0, 4, 1.02, name_en="New"))
        assert result.notes[2:6] == [
            "XX, level 2, release 2: 3 kept, 1 renamed, 0 split, 0 merged, 0 moved, 1 new, 1 retired.",
            "Renamed: XX0202 (Place XX0202) is XX0299 (New) now, with 98 % in common.",
            "New: XX0299 (New).",
            "Retired, and counted in XX0299 (New) now: XX0202 (Place XX0202).",
        ]
        assert retired() == {"XX0202": "XX0299"}
        old = Region.objects.current().get(pcode="XX0202")
        assert (old.level, old.release, old.version) == (2, "1", 2)
        assert old.reason == "regions.csv: It bears the code XX0299 now."


class TestSplit:
    def test_the_parts_are_named_with_their_shares_and_the_whole_hangs_by_containment(self, loaded: Any):
        parts = row("XX0203", "XX02", 2, 0, 3.5, 1), row("XX0204", "XX02", 3.5, 0, 4, 1)
        result = loaded(*without(SOUTH_EAST), *parts)
        assert "Split: XX0202 (Place XX0202) into XX0203 (75 %), XX0204 (25 %)." in result.notes
        assert "3 kept, 0 renamed, 1 split, 0 merged, 0 moved, 2 new, 1 retired" in result.notes[2]
        assert retired() == {"XX0202": "XX02"}
        reason = Region.objects.current().get(pcode="XX0202").reason
        assert reason == "regions.csv: Split into XX0203 (75 %), XX0204 (25 %)."

    def test_a_part_may_keep_the_code(self, loaded: Any):
        result = loaded(
            *without(SOUTH_EAST), row("XX0202", "XX02", 2, 0, 3, 1), row("XX0203", "XX02", 3, 0, 4, 1)
        )
        assert "Split: XX0202 (Place XX0202) into XX0202 (50 %), XX0203 (50 %)." in result.notes
        assert not retired()
        assert Region.objects.current().get(pcode="XX0202").area_km2 == pytest.approx(12_300, rel=0.01)

    def test_a_split_across_two_districts_hangs_below_the_country(self, loaded: Any):
        moved = row("XX0201", "XX02", 1, 1, 4, 2)
        result = loaded(*without(NORTH_WEST, NORTH_EAST), moved, row("XX0103", "XX01", 0, 1, 1, 2))
        assert "Split: XX0101 (Place XX0101) into XX0103 (50 %), XX0201 (50 %)." in result.notes
        assert retired() == {"XX0101": "XX01"}  # which its districts still contain
        loaded(XX, row("XX01", "XX", 0, 0, 1, 2), row("XX02", "XX", 1, 0, 4, 2))
        assert retired() == {"XX0101": "XX"}


class TestMerged:
    def test_several_become_one_of_a_new_code(self, loaded: Any):
        result = loaded(*without(NORTH_EAST, SOUTH_EAST), row("XX0209", "XX02", 2, 0, 4, 2))
        assert (
            "Merged: XX0201 (Place XX0201), XX0202 (Place XX0202) into XX0209 (Place XX0209)." in result.notes
        )
        assert "2 kept, 0 renamed, 0 split, 2 merged, 0 moved, 1 new, 2 retired" in result.notes[2]
        assert retired() == {"XX0201": "XX0209", "XX0202": "XX0209"}

    def test_one_goes_into_another_that_keeps_its_code(self, loaded: Any):
        result = loaded(*without(NORTH_EAST, SOUTH_EAST), row("XX0201", "XX02", 2, 0, 4, 2))
        assert "Merged: XX0202 (Place XX0202) into XX0201 (Place XX0201)." in result.notes
        assert not any(note.startswith("Moved") for note in result.notes)
        assert retired() == {"XX0202": "XX0201"}


class TestMoved:
    def test_a_shifted_boundary_is_measured(self, loaded: Any):
        result = loaded(
            *without(WEST, EAST), row("XX01", "XX", 0, 0, 1.5, 2), row("XX02", "XX", 1.5, 0, 4, 2)
        )
        assert "0 kept, 0 renamed, 0 split, 0 merged, 2 moved, 0 new, 0 retired" in result.notes[1]
        assert result.notes[2] == (
            "Moved: the boundary of XX01 (Place XX01); 75 % in common, 49,227 km² before, 36,920 km² now."
        )
        assert not retired()

    def test_another_parent_is_named_and_builds_are_due(self, loaded: Any):
        factories.report(Region.objects.get(pcode="XX0101"), factories.source())
        factories.event(Region.objects.get(pcode="XX0101"))
        result = loaded(*without(SOUTH_WEST), {**SOUTH_WEST, "parent": "XX02"})
        assert "Moved: XX0102 (Place XX0102) from XX01 (Place XX01) to XX02 (Place XX02)." in result.notes
        assert "3 kept, 0 renamed, 0 split, 0 merged, 1 moved" in result.notes[2]
        due = Run.objects.filter(state=RunState.DUE)
        assert set(due.values_list("key", flat=True)) == {"build:XX:idps:conflict:", "conflict:XX"}


class TestGone:
    def test_what_the_release_lacks_is_retired_below_what_it_lay_in(self, loaded: Any):
        factories.report(Region.objects.get(pcode="XX0202"), factories.source())
        others = [row("XX0203", "XX02", 2, 0, 2.4, 1)]
        result = loaded(*without(SOUTH_EAST), *others)
        assert "Gone: XX0202 (Place XX0202); nothing is known to have taken the place." in result.notes
        assert retired() == {"XX0202": "XX02"}
        assert Run.objects.filter(state=RunState.DUE, kind=RunKind.BUILD).exists()

    def test_a_country_is_never_gone(self, loaded: Any):
        loaded(row("YY", "", 0, 0, 4, 2))
        assert not retired()

    def test_one_level_says_nothing_of_another(self, loaded: Any):
        loaded(*UPPER)
        assert len(tree()) == 6 and not retired()

    def test_a_part_of_the_country_retires_nothing_elsewhere(self, loaded: Any):
        result = loaded(NORTH_WEST, row("XX0103", "XX01", 0, 0, 2, 1))
        assert retired() == {"XX0102": "XX0103"}
        assert (
            "Not in the file, which has little of what is around: XX0201 (Place XX0201), XX0202 "
            "(Place XX0202). What stands stays." in result.notes
        )

    def test_a_release_may_come_in_several_files(self, loaded: Any):
        loaded(*UPPER, NORTH_WEST, SOUTH_WEST)
        assert not retired()
        loaded(NORTH_EAST, row("XX0203", "XX02", 2, 0, 4, 1))
        assert retired() == {"XX0202": "XX0203"}

    def test_a_release_does_not_retire_its_own_regions(self, loaded: Any):
        result = loaded(*without(SOUTH_EAST), release="1")
        assert not retired()
        assert result.notes == []

    def test_without_boundaries_nothing_is_retired(self, loaded: Any):
        bare = [{name: text for name, text in region.items() if name != "geometry"} for region in FIRST]
        loaded(*bare[:-1])
        assert not retired()

    def test_a_row_that_cannot_be_read_may_be_any_region(self, loaded: Any):
        result = loaded(*without(SOUTH_EAST), {**SOUTH_EAST, "level": "two"})
        assert not retired()
        assert "Not in the file: XX0202" in result.notes[-1]

    def test_a_refused_row_is_in_the_release_all_the_same(self, loaded: Any):
        result = loaded(*without(SOUTH_EAST), {**SOUTH_EAST, "geometry": "POINT (1 1)"})
        assert result.rejected == 1
        assert not retired()

    def test_what_was_added_by_hand_without_a_boundary_stays(self, loaded: Any):
        loaded(row("XX02CAMP", "XX02"), release="")
        loaded(*FIRST)
        assert not retired()

    def test_what_an_earlier_release_listed_without_a_boundary_is_gone(self, loaded: Any):
        loaded(row("XX02CAMP", "XX02"), release="1")
        loaded(*FIRST)
        assert retired() == {"XX02CAMP": "XX02"}


class TestWithoutAName:
    def test_a_place_that_is_taken_is_retired(self, loaded: Any):
        loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1), release="")
        assert retired() == {"XX0202": "XX0203"}

    def test_what_is_merely_missing_stays_and_a_note_says_why(self, loaded: Any):
        result = loaded(*without(SOUTH_EAST), release="")
        assert not retired()
        assert result.notes[-1] == (
            "Not in the file: XX0202 (Place XX0202). What stands stays, unless the file bears the name of "
            "another release and all its rows can be read."
        )

    def test_the_release_that_a_region_bears_stays(self, loaded: Any):
        loaded(*without(WEST), {**WEST, "name_en": "Occident"}, release="")
        assert Region.objects.current().get(pcode="XX01").release == "1"


class TestCodesGivenTwice:
    def test_a_code_of_another_place_is_refused_with_what_lies_below_it(self, loaded: Any):
        swapped = [
            row("XX01", "XX", 2, 0, 4, 2), row("XX02", "XX", 0, 0, 2, 2), row("XX0105", "XX01", 2, 1, 4, 2),
        ]  # fmt: skip
        result = loaded(XX, *swapped)
        assert (result.new, result.rejected) == (0, 3)
        assert {reject.column for reject in result.rejects} == {"pcode", "parent"}
        assert "XX01 stands for another place" in result.rejects[0].reason
        assert tree()["XX01"] == "XX" and not retired()
        assert Region.objects.current().get(pcode="XX01").release == "1"

    def test_within_its_release_a_boundary_may_be_corrected(self, loaded: Any):
        result = loaded(row("XX0101", "XX01", 2, 1, 4, 2), release="1")
        assert (result.changed, result.rejected) == (1, 0)

    def test_a_region_that_loses_most_of_its_area_is_the_same(self, loaded: Any):
        result = loaded(
            *without(SOUTH_EAST), row("XX0202", "XX02", 2, 0, 2.1, 1), row("XX0203", "XX02", 2.1, 0, 4, 1)
        )
        assert result.rejected == 0
        assert "Split: XX0202 (Place XX0202) into XX0203 (95 %)." in result.notes


class TestComingBack:
    def test_a_code_that_comes_back_is_current_again(self, loaded: Any):
        loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1))
        result = loaded(*FIRST, release="3")
        assert "Back: XX0202 (Place XX0202)." in result.notes
        assert retired() == {"XX0203": "XX0202"}
        assert tree()["XX0202"] == "XX02"

    def test_what_comes_back_on_another_area_is_back_and_not_moved(self, loaded: Any):
        loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1))
        result = loaded(*without(SOUTH_EAST), row("XX0202", "XX02", 2, 0, 3.5, 1), release="3")
        assert "Back: XX0202 (Place XX0202)." in result.notes
        assert not any(note.startswith(("Moved", "Split")) for note in result.notes)
        assert retired() == {"XX0203": "XX02"}

    def test_a_list_without_boundaries_brings_nothing_back(self, loaded: Any):
        loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1))
        loaded({**row("XX0202", "XX01"), "name_en": "Former"}, release="")
        assert retired() == {"XX0202": "XX0203"}
        assert Region.objects.current().get(pcode="XX0202").name_en == "Former"
        loaded(row("XX0202", "XX01"), release="3")
        assert tree()["XX0202"] == "XX01"


class TestTheTree:
    def test_what_lies_below_a_retired_region_hangs_by_containment_until_its_own_file_comes(
        self, loaded: Any
    ):
        halves = row("XX03", "XX", 0, 1, 2, 2), row("XX04", "XX", 0, 0, 2, 1)
        result = loaded(XX, EAST, *halves)
        assert retired() == {"XX01": "XX"}
        assert (tree()["XX0101"], tree()["XX0102"]) == ("XX03", "XX04")
        assert "Moved: XX0101 (Place XX0101) from XX01 (Place XX01) to XX03 (Place XX03)." in result.notes
        stored = Region.objects.count()
        assert loaded(XX, EAST, *halves).notes == []
        assert Region.objects.count() == stored

    def test_a_file_that_names_a_retired_parent_hangs_by_containment_too(self, loaded: Any):
        loaded(XX, EAST, row("XX03", "XX", 0, 1, 2, 2), row("XX04", "XX", 0, 0, 2, 1))
        loaded(NORTH_WEST, row("XX0109", "XX01", 1, 0, 2, 1), row("XX0110", "XX01"))
        assert (tree()["XX0101"], tree()["XX0109"]) == ("XX03", "XX04")
        assert tree()["XX0110"] == "XX"  # it lay somewhere in XX01, which no district contains

    def test_a_district_of_one_sub_district_does_not_end_in_a_circle(self, loaded: Any):
        loaded(*UPPER, row("XX0101", "XX01", 0, 0, 2, 2), NORTH_EAST, SOUTH_EAST)
        loaded(XX, EAST, row("XX03", "XX", 0, 0, 1, 2), row("XX04", "XX", 1, 0, 2, 2), release="3")
        assert retired() == {"XX01": "XX0101", "XX0102": "XX0101"}
        assert tree()["XX0101"] == "XX"

    def test_a_retired_region_follows_what_contains_it(self, loaded: Any):
        loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1))
        halves = row("XX0204", "XX02", 2, 0, 3, 1), row("XX0205", "XX02", 3, 0, 4, 1)
        result = loaded(*without(SOUTH_EAST), *halves, release="3")
        assert retired() == {"XX0202": "XX02", "XX0203": "XX02"}
        assert (
            "Retired before, and counted in XX02 (Place XX02) now instead of XX0203 (Place XX0203): "
            "XX0202 (Place XX0202)." in result.notes
        )
        loaded(row("XX0206", "XX02", 2, 0, 4, 1.01), release="4")
        assert set(retired().values()) == {"XX0206"}

    def test_a_level_may_change_above_a_retired_region(self, loaded: Any):
        loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1))
        result = loaded(XX, WEST, row("XX0203", "XX", 2, 0, 4, 1, level="1"), release="3")
        assert result.rejected == 0

    def test_a_dry_run_says_it_all_and_stores_nothing(self, loaded: Any):
        before = list(Region.objects.order_by("pk").values())
        result = loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1), dry_run=True)
        assert any(note.startswith("Renamed: XX0202") for note in result.notes)
        assert list(Region.objects.order_by("pk").values()) == before

    def test_the_report_stays_with_the_run(self, loaded: Any):
        result = loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1))
        assert Run.objects.filter(kind=RunKind.IMPORT).latest("pk").log == "\n".join(result.notes)


class TestAsOf:
    def test_a_region_that_came_after_reports_was_not_there_before_them(self, loaded: Any):
        factories.report(Region.objects.get(pcode="XX0202"), factories.source())
        before = datetime.now(UTC)
        loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1), row("YY", "", 9, 9, 10, 10))
        then = Region.objects.as_of(before)
        assert set(then.values_list("pcode", flat=True)) == {region["pcode"] for region in FIRST} | {"YY"}
        assert not then.filter(retired=True).exists()
        assert then.get(pcode="XX0202").parent == "XX02"

    def test_without_reports_a_region_always_stood(self, loaded: Any):
        before = datetime.now(UTC)
        loaded(*without(SOUTH_EAST), row("XX0203", "XX02", 2, 0, 4, 1))
        assert Region.objects.as_of(before).filter(pcode="XX0203").exists()


def test_a_geojson_release_level_by_level(tmp_path: Path) -> None:
    def released(level: int, *regions: tuple[str, str, tuple[float, ...]], release: str) -> IngestResult:
        features = [
            {
                "type": "Feature",
                "geometry": json.loads(shapely.to_geojson(shapely.box(*corners))),
                "properties": {f"ADM{level}_PCODE": pcode, f"ADM{level}_EN": pcode, **_above(level, parent)},
            }
            for pcode, parent, corners in regions
        ]
        path = tmp_path / f"adm{level}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        return load_regions(path, release=release)

    released(0, ("ZZ", "", (0, 0, 4, 2)), release="1")
    released(1, ("ZZ1", "ZZ", (0, 0, 2, 2)), ("ZZ2", "ZZ", (2, 0, 4, 2)), release="1")
    result = released(
        1, ("ZZ1", "ZZ", (0, 0, 2, 2)), ("ZZ3", "ZZ", (2, 0, 4, 1)), ("ZZ4", "ZZ", (2, 1, 4, 2)), release="2"
    )
    assert result.notes[1] == "Split: ZZ2 (ZZ2) into ZZ3 (50 %), ZZ4 (50 %)."
    assert retired() == {"ZZ2": "ZZ"}


def _above(level: int, parent: str) -> dict[str, str]:
    return {f"ADM{level - 1}_PCODE": parent} if level else {}
