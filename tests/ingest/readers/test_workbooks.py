"""A sheet of a workbook is read as the CSV file that it would be."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.ingest.workbooks import a_workbook, saved
from tracker.errors import LayoutChanged
from tracker.ingest.readers import workbooks
from tracker.ingest.readers.spreadsheets import restored
from tracker.ingest.readers.workbooks import as_workbook, workbook_rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sheet.xlsx"


def read(
    path: Path, content: bytes | None = None, *, named: str = "reports", most: int = 100
) -> list[list[str]]:
    if content is not None:
        path.write_bytes(content)
    return list(workbook_rows(path, named=named, most=most))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (40, "40"),
        (-5, "-5"),
        (40.0, "40"),
        (1e15, "1000000000000000"),
        (0.1, "0.1"),
        (5.625, "5.625"),
        (1e-7, "0.0000001"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime.fromisoformat("2024-02-29"), "2024-02-29"),
        (datetime.fromisoformat("2024-02-29T13:30:00"), "2024-02-29T13:30:00"),
        (time(13, 30), "13:30:00"),
        (True, "1"),
        ("0012", "0012"),
        ("دير الزور", "دير الزور"),
        ('two\nlines, "quoted"', 'two\nlines, "quoted"'),
    ],
)
def test_a_cell_is_read_as_it_is_stored(value: Any, text: str, path: Path) -> None:
    assert read(path, a_workbook({"ref": "a", "it": value})) == [["ref", "it"], ["a", text]]


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "''=1+1", "-5", "'60", "@x"])
def test_a_text_comes_through_the_readers_as_it_was(text: str, path: Path) -> None:
    (_, (_, found)) = read(path, a_workbook({"ref": "a", "it": text}))
    assert restored(found) == text


@pytest.mark.parametrize("formula", ["=1+1", "=SUM(A1:A2)"])
def test_a_formula_is_refused_by_the_name_of_its_cell(formula: str, path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["ref", "value"])
    book.worksheets[0].append(["a", 1])
    book.worksheets[0].append(["b", formula])
    with pytest.raises(LayoutChanged, match="line 3: the cell B3 holds a formula"):
        read(path, saved(book))


def test_the_sheet_called_as_the_format_is_read_else_the_first(path: Path) -> None:
    content = a_workbook({"ref": "a"}, title="Reports", about=[["read me"]])
    assert read(path, content) == [["ref"], ["a"]]
    assert read(path, named="rounds") == [["read me"]]


def test_empty_rows_keep_their_place_and_those_at_the_end_are_not_there(path: Path) -> None:
    book = Workbook()
    for row in (["ref", "value"], [], ["a"], [" "]):
        book.worksheets[0].append(row)
    book.worksheets[0].cell(50, 1, "").number_format = "0.00"
    assert read(path, saved(book)) == [["ref", "value"], [], ["a", ""], [" ", ""]]


def test_more_rows_than_are_taken_are_refused(path: Path) -> None:
    content = a_workbook(*[{"ref": "a"}] * 3)
    assert len(read(path, content, most=3)) == 4
    with pytest.raises(LayoutChanged, match="line 4: the file has more than 2 rows"):
        read(path, most=2)


def test_a_row_far_below_costs_no_rows_between(path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["ref"])
    book.worksheets[0].cell(1_048_576, 1, "far")
    with pytest.raises(LayoutChanged, match="more than 100 rows"):
        read(path, saved(book))


def zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        zipped({"xl/worksheets/sheet1.xml": b"0" * 20_000_000}),
        zipped({f"part{number}": b"" for number in range(1001)}),
    ],
)
def test_what_unpacks_to_far_more_is_refused_before_it_is_unpacked(
    content: bytes, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(workbooks, "_opened")
    with pytest.raises(LayoutChanged, match="too large once unpacked"):
        read(path, content)


BILLION = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        parts = {each: file.read(each) for each in file.namelist()}
    return zipped(parts | {name: part})


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 and no more",
        zipped({"readme.txt": b"hello"}),
        with_part(a_workbook({"ref": "a"}), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"),
        with_part(a_workbook({"ref": "a"}), "xl/worksheets/sheet1.xml", BILLION),
        with_part(a_workbook({"ref": "a"}), "xl/workbook.xml", b"not xml"),
    ],
)
def test_what_is_no_sound_workbook_is_refused_as_a_file(content: bytes, path: Path) -> None:
    with pytest.raises(LayoutChanged, match="workbook"):
        read(path, content)


def test_what_is_written_as_a_workbook_reads_back_as_it_was(path: Path) -> None:
    rows = [
        ["ref", "value", "start", "notes"],
        ["007", "-5", "2024-12-01", "'=1+1"],
        ["1" * 20, "5.625", "1899-01-01", ""],
        ["٤٠", "+4", "20241201", "a"],
    ]
    as_workbook(iter(rows), path)
    assert [[restored(text) for text in row] for row in read(path)] == [
        [restored(text) for text in row] for row in rows
    ]


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/styles.xml", b"<xf/>" * 1_000_000),
        ("xl/sharedStrings.xml", b"<si/>" * 14_000_000),
        ("xl/worksheets/sheet1.xml", b"<row>" + b"<c/>" * 1_200_000 + b"</row>"),
    ],
)
def test_what_is_parsed_as_a_whole_is_not_too_large(
    part: str, content: bytes, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MOST_TIMES", 1_000_000)
    monkeypatch.setattr(workbooks, "_opened", pytest.fail)
    with pytest.raises(LayoutChanged, match="too large once unpacked"):
        read(path, zipped({part: content}))


def test_what_nobody_sees_is_not_read(path: Path) -> None:
    book = Workbook()
    book.worksheets[0].title = "reports"
    book.worksheets[0].append(["hidden"])
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("shown").append(["ref"])
    assert read(path, saved(book)) == [["ref"]]


@pytest.mark.parametrize("written", ["one\r\ntwo", "one\rtwo", "one_x000D_\ntwo", "one\ntwo"])
def test_a_line_break_is_one_however_it_is_written(written: str, path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["notes"])
    book.worksheets[0].append([written])
    assert read(path, saved(book))[1] == ["one\ntwo"]
