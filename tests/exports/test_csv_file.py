"""CSV: text that a spreadsheet would run is made inert, and nothing is lost."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exports.columns import COLUMNS, cells
from tracker.exports.csv_file import CsvFile
from tracker.ingest.readers.spreadsheets import inert, restored

ROW = {
    "region": "XX01", "region_name": "Ecks", "level": 1, "measure": "idps", "cause": "conflict", "crisis": "",
    "period_type": "day", "period": "2024-12-06", "start": date(2024, 12, 6), "end": date(2024, 12, 6),
    "value": 0, "low": None, "high": 7, "unlocated": 0, "reports": 1, "sources": 1,
    "warnings": ["parts_exceed_whole", "whole_older_than_parts"],
    "recorded_at": datetime(2024, 12, 6, 12, 0, 0, 5, tzinfo=UTC),
}  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "'=1", "''-x"])
def test_text_that_a_spreadsheet_would_run_is_made_inert(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert restored(inert(text)) == text


@pytest.mark.parametrize("text", ["", "Aleppo", "'Ayn al Arab", "2024-W48", "a=1", "''", "حلب"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert inert(text) == restored(text) == text


@given(st.text(alphabet="'=+-@\tax＝\0", max_size=6))
def test_no_text_is_lost_and_none_runs(text: str) -> None:
    assert restored(inert(text)) == text
    assert inert(text)[:1] not in {"=", "+", "-", "@", "\t", "\0", "＝"}


def test_unknown_is_an_empty_cell_and_zero_is_0(tmp_path: Path) -> None:
    with CsvFile(tmp_path / "x.csv") as file:
        file.write([cells(ROW)])
    [row] = csv.DictReader((tmp_path / "x.csv").open(encoding="utf-8", newline=""))
    assert (row["value"], row["low"], row["high"], row["crisis"]) == ("0", "", "7", "")
    assert row["warnings"] == "parts_exceed_whole|whole_older_than_parts"
    assert row["recorded_at"] == "2024-12-06T12:00:00.000005Z"


def test_numbers_are_not_taken_for_formulas(tmp_path: Path) -> None:
    with CsvFile(tmp_path / "x.csv") as file:
        file.write([cells(ROW | {"value": -5})])
    assert ",-5," in (tmp_path / "x.csv").read_text(encoding="utf-8")


def test_the_file_is_plain_utf8_with_crlf(tmp_path: Path) -> None:
    with CsvFile(tmp_path / "x.csv") as file:
        file.write([cells(ROW | {"region_name": 'حلب, "Aleppo"\nnew'})])
    text = (tmp_path / "x.csv").read_bytes()
    assert text.startswith(",".join(column.name for column in COLUMNS).encode() + b"\r\n")
    assert 'حلب, ""Aleppo""\nnew"'.encode() in text and text.endswith(b"Z\r\n")
