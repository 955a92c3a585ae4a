"""Names that are nearly another."""

from __future__ import annotations

from tracker.ingest.names import Names


def test_names_that_are_nearly_alike_are_found() -> None:
    names = Names([("SY07", "Deir-ez-Zor"), ("SY02", "Aleppo"), ("SY07", "دير الزور"), ("SY11", "Dar'a")])
    assert names.like("Deir Ezzor", most=3)[0] == "SY07"
    assert names.like("ديرالزور", most=3)[0] == "SY07"
    assert names.like("Aleppo City", most=3)[0] == "SY02"
    assert names.like("Damascus", most=3) == []
