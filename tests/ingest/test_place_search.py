"""Places are found by code, by name in any language, and by sound."""

from __future__ import annotations

import pytest

from tests import factories
from tracker.ingest.place_search import Places, places
from tracker.models import Region
from tracker.models.versions import supersede

pytestmark = pytest.mark.django_db


@pytest.fixture
def syria() -> Places:
    whole = factories.region("SY", name_en="Syria", name_ar="سوريا", name_fr="Syrie")
    aleppo = factories.region("SY02", whole, name_en="Aleppo", name_ar="حلب", name_fr="Alep")
    zor = factories.region("SY09", whole, name_en="Deir-ez-Zor", name_ar="دير الزور")
    factories.region("SY0200", aleppo, name_en="Jebel Saman", name_ar="جبل سمعان")
    factories.region("SY0201", aleppo, name_en="Al Bab", name_ar="الباب")
    factories.region("SY0902", zor, name_en="Abu Kamal", name_ar="البوكمال")
    factories.region("SY02X", aleppo, name_en="Aleppo", retired=True)
    factories.region("IQ", name_en="Iraq", name_ar="العراق")
    return places()


def first(known: Places, typed: str) -> str:
    found = known.search(typed)
    return found[0].pcode if found else ""


@pytest.mark.parametrize(
    ("typed", "pcode"),
    [
        ("SY02", "SY02"), ("sy09", "SY09"), ("Aleppo", "SY02"), ("alep", "SY02"), ("حلب", "SY02"),
        ("syrie", "SY"), ("سوريا", "SY"), ("dayr az zawr", "SY09"), ("Deir ezzor", "SY09"),
        ("دير الزور", "SY09"),
        ("saman", "SY0200"), ("djebel samaan", "SY0200"), ("جبل سمعان", "SY0200"), ("albab", "SY0201"),
        ("aboukamal", "SY0902"), ("العراق", "IQ"), ("Allepo", "SY02"), ("zzzz", ""),
    ],
)  # fmt: skip
def test_a_place_is_found_by_code_name_and_sound(syria: Places, typed: str, pcode: str) -> None:
    assert first(syria, typed) == pcode


def test_a_name_as_spelled_comes_before_one_that_begins_so_and_retired_places_last(syria: Places) -> None:
    assert [place.pcode for place in syria.search("sy02")] == ["SY02", "SY0201", "SY0200", "SY02X"]
    assert [place.pcode for place in syria.search("Aleppo")] == ["SY02", "SY02X"]


def test_the_path_goes_from_the_country_to_the_place(syria: Places) -> None:
    assert [place.name() for place in syria.path("SY0200")] == ["Syria", "Aleppo", "Jebel Saman"]
    assert [place.name("ar") for place in syria.path("SY0200")] == ["سوريا", "حلب", "جبل سمعان"]
    assert syria.path("nowhere") == []


def test_other_countries_are_left_out_where_asked_for(syria: Places) -> None:
    assert {place.country for place in syria.search("", countries={"IQ"})} == {"IQ"}
    assert syria.search("Allepo", countries={"IQ"}) == []


def test_a_renamed_region_is_found_by_its_new_name(syria: Places) -> None:
    old = Region.objects.get(pcode="SY02")
    assert first(syria, "Halab") == "SY02"
    supersede(old, old.successor(name_en="Newtown", name_ar=""))
    assert first(places(), "newtown") == "SY02"
