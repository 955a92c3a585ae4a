"""Names that sound alike are the same name, in whatever letters."""

from __future__ import annotations

import pytest

from tracker.ingest.sounds import sound


@pytest.mark.parametrize(
    "spellings",
    [
        ["Deir-ez-Zor", "Dayr az Zawr", "Deir Ezzor", "Dair Alzour", "دير الزور"],
        ["Al-Hasakah", "Al Hasakeh", "Hassaka", "Hasaké", "الحسكة"],
        ["Idlib", "Idleb", "إدلب", "ادلب"],
        ["Qamishli", "Al-Qamishli", "Kamechliyé", "القامشلي"],
        ["Khartoum", "Khartum", "الخرطوم"],
        ["Ar-Raqqa", "Raqqah", "Rakka", "الرقة"],
        ["Dar'a", "Daraa", "درعا"],
        ["Nyala", "Niyala", "نيالا"],
        ["Ouham-Pendé", "Ouham Pende", "OUHAM  PENDÉ"],
    ],
)
def test_spellings_of_one_name_sound_the_same(spellings: list[str]) -> None:
    assert {sound(spelling) for spelling in spellings} == {sound(spellings[0])}
    assert sound(spellings[0])


@pytest.mark.parametrize(("one", "other"), [("Aleppo", "Idlib"), ("Homs", "Hama"), ("حلب", "حماة")])
def test_other_names_sound_otherwise(one: str, other: str) -> None:
    assert sound(one) != sound(other)


@pytest.mark.parametrize("nothing", ["", "   ", "—", "ا"])
def test_what_has_no_consonant_has_no_sound(nothing: str) -> None:
    assert sound(nothing) == ""


def test_a_name_that_is_only_an_article_is_kept() -> None:
    assert sound("El") == "l"
