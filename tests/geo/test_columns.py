from __future__ import annotations

import pytest

from tracker.errors import LayoutChanged
from tracker.geo.columns import Columns, find_columns

CONVENTIONS = {
    "COD-AB 2018, Syria": (
        "NAME_EN NAM_EN_REF NAME_AR PCODE ADM1_EN ADM1_AR ADM1_PCODE ADM0_EN ADM0_AR ADM0_PCODE UPDATE_DAT",
        {},
        Columns(
            2, "PCODE", ("ADM1_PCODE", "ADM0_PCODE"),
            (("en", "NAME_EN"), ("ar", "NAME_AR"), ("reference", "NAM_EN_REF")),
        ),
    ),
    "COD-AB 2018, a country": (
        "NAME_EN NAM_EN_REF NAME_AR PCODE UPDATE_DAT",
        {},
        Columns(0, "PCODE", (), (("en", "NAME_EN"), ("ar", "NAME_AR"), ("reference", "NAM_EN_REF"))),
    ),
    "COD-AB 2020, Sudan": (
        "Shape_Leng ADM1_EN ADM1_AR ADM1_PCODE ADM1_REF ADM1ALT1EN ADM0_EN ADM0_AR ADM0_PCODE date",
        {},
        Columns(
            1, "ADM1_PCODE", ("ADM0_PCODE",),
            (("en", "ADM1_EN"), ("ar", "ADM1_AR"), ("reference", "ADM1_REF")),
        ),
    ),
    "COD-AB with other languages": (
        "ADM1_PT ADM1_FR ADM1_PCODE ADM0_PCODE",
        {},
        Columns(1, "ADM1_PCODE", ("ADM0_PCODE",), (("local", "ADM1_PT"), ("fr", "ADM1_FR"))),
    ),
    "COD-AB, Nigeria, cut after ten letters": (
        "OBJECTID_1 admin0Name admin0Pcod admin1Name admin1Pcod last_modif",
        {},
        Columns(1, "admin1Pcod", ("admin0Pcod",), (("en", "admin1Name"),)),
    ),
    "COD-AB, names by language, whole": (
        "admin2Name_en admin2Name_ar admin2Pcode admin2RefName admin1Name_en admin1Pcode admin0Pcode",
        {},
        Columns(
            2, "admin2Pcode", ("admin1Pcode", "admin0Pcode"),
            (("en", "admin2Name_en"), ("ar", "admin2Name_ar"), ("reference", "admin2RefName")),
        ),
    ),
    "COD-AB 2025, Central African Republic": (
        "adm1_name adm1_name1 adm1_pcode adm0_name adm0_pcode lang lang1 adm1_ref iso3",
        {"lang": "fr", "lang1": "sg"},
        Columns(
            1, "adm1_pcode", ("adm0_pcode",),
            (("fr", "adm1_name"), ("local", "adm1_name1"), ("reference", "adm1_ref")),
        ),
    ),
    "geoBoundaries": (
        "shapeName shapeISO shapeID shapeGroup shapeType",
        {"shapeISO": "SYR-DI", "shapeType": "ADM1"},
        Columns(1, "shapeISO", ("shapeGroup",), (("en", "shapeName"),)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "first", "expected"), CONVENTIONS.values(), ids=CONVENTIONS)
def test_each_naming_convention_is_known(columns: str, first: dict[str, str], expected: Columns):
    assert find_columns(columns.split(), first) == expected


def test_the_level_can_be_told():
    columns = ["ADM1_EN", "ADM1_PCODE", "ADM2_EN", "ADM2_PCODE", "ADM0_PCODE"]
    assert find_columns(columns, {}).level == 2
    assert find_columns(columns, {}, level=1) == Columns(
        1, "ADM1_PCODE", ("ADM0_PCODE",), (("en", "ADM1_EN"),)
    )


@pytest.mark.parametrize(
    ("columns", "first", "level", "reason"),
    [
        ("name iso_a3 pop_est", {}, None, "no column with P-codes"),
        ("ADM1_EN ADM1_PCODE ADM0_PCODE", {}, 2, "no column with P-codes of level 2, only of 0, 1"),
        ("ADM1_EN ADM1_PCODE", {}, None, "no column has the P-code of the region that contains"),
        ("ADM1_PCODE ADM0_PCODE", {}, None, "no column with names of level 1"),
        ("ADM5_EN ADM5_PCODE ADM4_PCODE", {}, None, "level 5; the deepest there is is 4"),
        ("shapeName shapeISO shapeGroup shapeType", {"shapeType": "ADM1"}, None, "gives no P-codes"),
        ("shapeName shapeGroup shapeType", {"shapeType": "ADM1"}, None, "gives no P-codes"),
        ("shapeName shapeISO shapeGroup", {"shapeISO": "SY-DI"}, None, "does not say the level"),
        (
            "shapeName shapeISO shapeGroup shapeType", {"shapeISO": "x", "shapeType": "ADM2"}, None,
            "does not say what contains",
        ),
    ],
)  # fmt: skip
def test_columns_of_no_known_convention_are_refused(
    columns: str, first: dict[str, str], level: int | None, reason: str
):
    with pytest.raises(LayoutChanged, match=reason):
        find_columns(columns.split(), first, level=level)
