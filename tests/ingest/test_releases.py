"""What a newer release makes of standing regions, decided on shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tracker.geo.shares import NOTHING, Shares
from tracker.ingest.releases import (
    Absence,
    Standing,
    Succession,
    absence,
    missing,
    names_another_place,
    succession,
)


def shares(ones: Mapping[str, float], others: Mapping[str, float], **common: float) -> Shares:
    """Areas, and by keywords such as A_B what A and B have in common."""
    pairs = {tuple(names.split("_")): km2 for names, km2 in common.items()}
    return Shares(ones, others, pairs)  # type: ignore[arg-type]


def standing(**regions: Any) -> dict[str, Standing]:
    """Regions by P-code: level, parent, and area where they have one; of release 1 and current."""
    found = {"XX": Standing("XX", 0, "", retired=False, release="1", area_km2=400.0)}
    for pcode, (level, parent, *area) in regions.items():
        found[pcode] = Standing(pcode, level, parent, False, "1", area[0] if area else None)
    return found


class TestSuccession:
    def test_one_new_code_on_the_same_area_is_the_same_place(self):
        found = succession(["A"], [], ["B"], shares({"A": 100}, {"B": 100}, A_B=99))
        assert found == Succession(recoded={"A": "B"})

    def test_parts_below_a_tenth_are_noise(self):
        found = succession(["A"], [], ["B", "C"], shares({"A": 100}, {"B": 92, "C": 50}, A_B=91, A_C=9))
        assert found == Succession(recoded={"A": "B"})
        found = succession(["A"], [], ["B", "C"], shares({"A": 100}, {"B": 90, "C": 50}, A_B=90, A_C=10))
        assert found == Succession(split={"A": {"B": 0.9, "C": 0.1}})

    def test_what_goes_into_a_region_that_stood_is_merged(self):
        found = succession(["A"], ["B"], [], shares({"A": 100, "B": 100}, {"B": 200}, A_B=100, B_B=100))
        assert found == Succession(merged={"B": ["A"]})

    def test_what_goes_with_others_into_a_new_region_is_merged(self):
        areas = shares({"A": 100, "B": 50}, {"C": 150}, A_C=100, B_C=50)
        assert succession(["A", "B"], [], ["C"], areas) == Succession(merged={"C": ["A", "B"]})

    def test_a_region_that_gives_a_minor_part_to_a_new_code_is_no_origin_of_it(self):
        areas = shares({"A": 100, "K": 100}, {"B": 130, "K": 70}, A_B=100, K_B=30, K_K=70)
        assert succession(["A"], ["K"], ["B"], areas) == Succession(recoded={"A": "B"}, shifted={"K": 0.7})

    def test_a_new_code_that_lies_mainly_in_a_kept_region_came_out_of_it(self):
        areas = shares({"K": 100}, {"K": 70, "B": 30}, K_K=70, K_B=30)
        assert succession([], ["K"], ["B"], areas) == Succession(split={"K": {"K": 0.7, "B": 0.3}})

    def test_what_is_not_half_covered_is_lost(self):
        found = succession(["A", "B"], [], ["C"], shares({"A": 100}, {"C": 100}, A_C=49))
        assert found == Succession(lost=["A", "B"])


class TestAbsence:
    TREE = standing(
        A=(1, "XX", 200),
        B=(1, "XX", 200),
        A1=(2, "A", 100),
        A2=(2, "A", 100),
        B1=(2, "B", 100),
        B2=(2, "B", 100),
    )

    def absent(self, *held: str, areas: Shares = NOTHING, named: bool = True, **tree: Any) -> Absence:
        regions = self.TREE | tree
        left_out = missing(2, held, regions)
        return absence(2, left_out, held, regions, areas, gone_above=tree.get("gone", ()), named=named)

    def test_what_is_left_out_among_its_neighbours_is_gone(self):
        assert self.absent("A1", "A2", "B1") == Absence(gone=["B2"])
        assert self.absent("A1", "A2", "B1", named=False) == Absence(unnamed=["B2"])

    def test_half_of_the_level_is_enough_and_less_is_not(self):
        assert self.absent("A1", "B1") == Absence(gone=["A2", "B2"])
        assert self.absent("A1") == Absence(elsewhere=["A2", "B1", "B2"])

    def test_where_the_delivery_has_no_neighbour_it_says_nothing(self):
        assert self.absent("A1", "A2") == Absence(elsewhere=["B1", "B2"])

    def test_a_place_that_is_taken_is_gone_whatever_is_around(self):
        areas = shares({"B1": 100, "B2": 100}, {"N": 92}, B1_N=91, B2_N=1)
        assert self.absent("N", areas=areas, named=False) == Absence(
            gone=["B1"], elsewhere=["A1", "A2", "B2"]
        )

    def test_an_only_child_is_looked_at_with_the_neighbours_of_its_parent(self):
        tree = standing(
            A=(1, "XX", 300), B=(1, "XX", 100), A1=(2, "A", 150), A2=(2, "A", 150), B1=(2, "B", 100)
        )
        held = {"A1", "A2"}
        assert absence(2, ["B1"], held, tree, NOTHING, gone_above=(), named=True).gone == ["B1"]

    def test_below_a_region_that_is_gone_the_next_one_above_decides(self):
        held = {"A1", "A2"}
        found = absence(2, ["B1", "B2"], held, self.TREE, NOTHING, gone_above={"B"}, named=True)
        assert found.gone == ["B1", "B2"]

    @pytest.mark.parametrize(("release", "gone"), [("1", ["C"]), ("", [])])
    def test_without_a_boundary_only_what_a_release_brought_is_gone(self, release: str, gone: list[str]):
        added = Standing("C", 2, "B", retired=False, release=release, area_km2=None)
        assert self.absent("A1", "A2", "B1", "B2", C=added).gone == gone

    def test_nobody_knows_how_much_is_held_where_nothing_has_a_boundary(self):
        tree = standing(A1=(2, "XX"), A2=(2, "XX"))
        assert absence(2, ["A2"], {"A1"}, tree, NOTHING, gone_above=(), named=True).gone == []

    def test_retired_regions_and_countries_are_never_missing(self):
        tree = standing(A=(1, "XX", 1)) | {"R": Standing("R", 1, "A", True, "1", 1.0)}
        assert (missing(1, (), tree), missing(0, (), tree)) == (["A"], [])


@pytest.mark.parametrize(("common", "another"), [(0, True), (9, True), (10, False), (100, False)])
def test_a_code_names_another_place_when_next_to_nothing_is_in_common(common: float, another: bool) -> None:
    assert names_another_place("A", shares({"A": 1000}, {"A": 100}, A_A=common)) is another
