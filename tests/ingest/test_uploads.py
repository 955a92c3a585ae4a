"""Uploaded files: kept as they came, and their refused rows given back."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from pytest_django import Settings

from tests import factories
from tests.ingest.checked import checked, sheet_of
from tests.ingest.files import csv_text
from tracker.errors import BadValue
from tracker.ingest import uploads
from tracker.ingest.uploads import keep, path_of, returned, rows_taken, shown_name
from tracker.models.imports import DIFFERENT
from tracker.vocabulary import RowOutcome


@pytest.fixture
def known(db: None) -> None:
    factories.country("XX")
    factories.source("un")


def given_back(content: bytes, folder: Path) -> bytes:
    path = folder / "original.csv"
    path.write_bytes(content)
    refused = [
        (row.line, row.last_line, "; ".join(reason for *_, reason in row.reasons))
        for row in checked(content)
        if row.outcome not in DIFFERENT
    ]
    return b"".join(returned(path, refused))


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_refused_rows_come_back_in_the_form_of_the_original(end: str, mark: bytes, tmp_path: Path) -> None:
    text = csv_text(
        "reports",
        {"ref": "good"},
        {"ref": "bad", "value": "-5", "notes": "two\nlines, quoted"},
        {"ref": "good too"},
        {"ref": "worse", "region": "XX99", "notes": "=cmd()"},
    ).replace("\n", end)
    back = given_back(mark + text.encode(), tmp_path)
    assert back.startswith(mark)
    assert back.count(end.encode()) == back.count(b"\n")
    header, bad, worse = csv.reader(io.StringIO(back.removeprefix(mark).decode(), newline=""))
    assert header == ["reason", *text.split(end)[0].split(",")]
    assert bad[1] == "bad" and "-5" in bad and f"two{end}lines, quoted" in bad
    assert bad[0] == "the number is negative; counts begin at 0"
    assert worse[0] == "no region has the P-code XX99"
    assert "'=cmd()" in worse


@pytest.mark.usefixtures("known")
def test_a_corrected_file_of_refused_rows_is_taken_as_it_is(tmp_path: Path) -> None:
    text = csv_text("reports", {"ref": "bad", "value": "-5", "notes": "=cmd()"})
    back = given_back(text.encode(), tmp_path).replace(b"-5", b"5")
    (row,) = checked(back)
    assert row.outcome == RowOutcome.NEW
    assert row.report is not None and (row.report.value, row.report.notes) == (5, "=cmd()")
    again = given_back(back.replace(b",5,", b",-5,"), tmp_path)
    assert again.count(b"reason") == 1


@pytest.mark.usefixtures("known")
def test_a_row_with_unmatched_quotation_marks_comes_back_alone(tmp_path: Path) -> None:
    text = csv_text("reports", {"ref": "a"}, {"ref": '"b'}, {"ref": "c"})
    broken = text.replace('"""b"', '"b').encode()
    lines = given_back(broken, tmp_path).decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("a quotation mark opens a cell here that none closes,")


def test_an_uploaded_file_is_kept_as_it_is_under_a_name_of_ours(settings: Settings) -> None:
    kept = keep([b"a,b\n", b"1,2\n"])
    path = path_of(kept.name)
    assert path.read_bytes() == b"a,b\n1,2\n"
    assert Path(settings.STORAGE) in path.parents
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert kept.size == 8


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        ([b"x" * 700_000, b"x" * 700_000], "more than 1 MiB"),
        ([], "the file is empty"),
        ([b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"], "workbook"),
    ],
)
def test_what_is_no_file_for_us_is_refused_and_not_kept(
    chunks: list[bytes], reason: str, settings: Settings
) -> None:
    settings.IMPORT_LIMIT_MIB = 1
    with pytest.raises(BadValue, match=reason):
        keep(chunks)
    assert list((Path(settings.STORAGE) / uploads.FOLDER).iterdir()) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\r.csv", "r.csv"),
        ("a\x00b\n.csv", "a\\u0000b .csv"),
        ("", "file.csv"),
        ("x" * 400, "x" * 150),
    ],
)
def test_a_hostile_name_is_text_and_no_path(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("notes", ["one\rtwo", "one\ntwo", "one, two", " one"])
def test_rows_that_are_taken_say_what_the_file_says(notes: str) -> None:
    content = csv_text("reports", {"notes": "NOTES"}).replace("NOTES", f'"{notes}"').encode()
    with rows_taken(sheet_of(content), {2}) as taken:
        text = io.TextIOWrapper(taken, encoding="utf-8", newline="")
        assert [row["notes"] for row in csv.DictReader(text)] == [notes]
