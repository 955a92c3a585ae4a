from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.ingest.readers.spreadsheets import inert, restored


@given(st.text(alphabet="'=+-@\t\rab "))
def test_reading_what_was_made_inert_gives_back_what_was_written(text: str):
    assert restored(inert(text)) == text


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
def test_what_begins_a_formula_is_made_inert(text: str):
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Aleppo", "'Ain Issa", "a=b", "''", "1-2"])
def test_other_text_is_left_alone_both_ways(text: str):
    assert inert(text) == text
    assert restored(text) == text
