"""What holds for every native file: its layout, its cells, and that no bytes break the reader."""

from __future__ import annotations

import csv
import io
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.ingest.files import ROWS, csv_text
from tracker.errors import LayoutChanged
from tracker.ingest.load import FORMATS
from tracker.ingest.readers import crises, events, regions, reports, rounds, sources
from tracker.ingest.readers.records import Column, Record
from tracker.ingest.readers.rows import Rejected
from tracker.models import ConflictEvent, Crisis, Region, Report, Round, Source

COLUMNS: dict[str, tuple[Column, ...]] = {
    "regions": regions.COLUMNS,
    "sources": sources.COLUMNS,
    "rounds": rounds.COLUMNS,
    "crises": crises.COLUMNS,
    "reports": reports.COLUMNS,
    "events": events.COLUMNS,
}
CONTRACT = {
    "regions": "pcode,level,parent,name_en[,name_ar,name_fr,name_local,household_size,geometry]",
    "sources": "code,name,tier[,kind,licence,licence_url,row_access,attribution]",
    "rounds": "code,source,region,date,published[,closed]",
    "crises": "code,name_en,start[,end,name_ar,countries]",
    "reports": "ref,source,region,measure,cause,start,end,value,published[,low,high,unit,household_size,"
    "crisis,round,counterpart,role,qualifier,title,url,excerpt,notes,sensitivity]",
    "events": "event_id,dataset,date,event_type[,date_end,sub_event_type,actor1,actor2,latitude,longitude,"
    "geo_precision,region,low,best,high,source,notes,url]",
}


def read(format: str, content: str | bytes) -> list[Any]:
    return list(FORMATS[format].read(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def only(format: str, **cells: str) -> Any:
    [found] = read(format, csv_text(format, cells))
    return found


@pytest.mark.parametrize("format", FORMATS)
def test_the_columns_are_those_of_the_contract(format: str):
    needed, _, others = CONTRACT[format].rstrip("]").partition("[,")
    assert [column.name for column in COLUMNS[format] if column.in_every_file] == needed.split(",")
    assert [column.name for column in COLUMNS[format] if not column.in_every_file] == others.split(",")


@pytest.mark.parametrize("format", FORMATS)
def test_the_order_of_columns_is_free(format: str):
    columns = list(ROWS[format])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(reversed(columns))
    writer.writerow(ROWS[format][name] for name in reversed(columns))
    [backwards] = read(format, text.getvalue())
    [forwards] = read(format, csv_text(format))
    said = [part.name for part in fields(forwards) if part.name != "content_hash"]
    assert [getattr(backwards, name) for name in said] == [getattr(forwards, name) for name in said]


@pytest.mark.parametrize(
    ("format", "name"),
    [
        (format, column.name)
        for format, columns in COLUMNS.items()
        for column in columns
        if column.in_every_file
    ],
)
def test_a_missing_column_stops_the_file_and_is_named(format: str, name: str):
    header, row = csv_text(format, {"parent": ""} if format == "regions" else {}).splitlines()
    place = header.split(",").index(name)
    without = [
        ",".join(cell for i, cell in enumerate(line.split(",")) if i != place) for line in (header, row)
    ]
    with pytest.raises(LayoutChanged, match=f"the column {name} is missing.*expected the columns"):
        read(format, "\n".join(without))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("code,name,tier,colour", "the column 'colour' is not known"),
        ("code,name,tier,tier", "the column tier is there twice"),
        ("code,name,tier,", "a column has no name"),
        ("code;name;tier", "the column 'code;name;tier' is not known"),
        ("Code,name,tier", "the column code is missing; the column 'Code' is not known"),
        ('code,"name,tier', "none closes"),
        ("", "the file is empty"),
    ],
)
def test_another_layout_stops_the_file(header: str, reason: str):
    with pytest.raises(LayoutChanged) as stopped:
        read("sources", header)
    assert reason in str(stopped.value)
    assert "expected the columns code, name, tier and, where wanted, kind" in str(stopped.value)


def test_a_file_of_its_first_line_alone_holds_nothing():
    assert read("sources", "code,name,tier\n") == []


@pytest.mark.parametrize("row", ["un,United Nations", "un,United Nations,1,2", "un"])
def test_too_many_or_too_few_cells_cost_the_row(row: str):
    bad, good = read("sources", f"code,name,tier\n{row}\nngo,NGO,3\n")
    assert isinstance(bad, Rejected) and bad.line == 2 and "the first line names 3 columns" in bad.reason
    assert good.code == "ngo"


def test_every_bad_cell_of_a_row_gets_its_own_entry():
    rejects = read("reports", csv_text("reports", {"value": "ten", "start": "1.12.2024", "source": ""}))
    assert [(reject.line, reject.column, reject.value) for reject in rejects] == [
        (2, "source", ""), (2, "start", "1.12.2024"), (2, "value", "ten"),
    ]  # fmt: skip


def test_a_row_after_a_quoted_line_break_bears_its_own_line():
    rejects = read("reports", csv_text("reports", {"excerpt": "two\nlines"}, {"value": "ten"}))
    assert [reject.line for reject in rejects if isinstance(reject, Rejected)] == [4]


@pytest.mark.parametrize("mark", ["\x00", "\x08", "\x1b", "\x85", "\ufffe"])
def test_characters_that_no_text_has_cost_the_row(mark: str):
    reject = only("reports", notes=f"a{mark}b")
    assert reject.column == "notes"
    assert f"U+{ord(mark):04X}" in reject.reason
    assert mark not in reject.value


def test_cells_are_trimmed_and_empty_ones_are_missing_not_zero():
    record = only("reports", value=" 5 ", low="", region=" XX01\t", notes=" ")
    assert (record.value, record.low, record.region, record.notes) == (5, None, "XX01", "")


def test_text_made_inert_for_spreadsheets_is_restored():
    assert only("reports", title="'=SUM(A1)", notes="'-").title == "=SUM(A1)"
    assert only("reports", title="=SUM(A1)").title == "=SUM(A1)"


def test_optional_columns_left_out_have_their_defaults():
    record = only("reports")
    assert (record.unit, record.role, record.qualifier, record.sensitivity) == (
        "people", "counted", "exactly", "public",
    )  # fmt: skip
    assert record.household_size is None
    assert only("rounds").closed is True
    assert only("sources").row_access == "public"
    assert only("events").best is None


@pytest.mark.parametrize(
    ("format", "cells", "column", "reason"),
    [
        ("reports", {"end": "2024-11-30"}, "end", "ends before it starts"),
        ("reports", {"measure": "idps"}, "end", "counted on one day"),
        ("reports", {"published": "2024-12-04"}, "published", "before its end"),
        ("reports", {"low": "1201"}, "low", "above the value"),
        ("reports", {"high": "1199"}, "high", "below the value"),
        ("reports", {"round": "r1"}, "round", "is a flow"),
        ("reports", {"measure": "births"}, "measure", "expected idps, returnees"),
        ("reports", {"household_size": "0"}, "household_size", "above 0"),
        ("reports", {"url": "javascript:alert(1)"}, "url", "http://"),
        ("rounds", {"published": "2024-11-30"}, "published", "before its reference date"),
        ("crises", {"end": "2024-10-01"}, "end", "before the start"),
        ("regions", {"parent": "YY"}, "parent", "lies in no other region"),
        ("regions", {"level": "1"}, "parent", "needs the P-code"),
        ("regions", {"level": "1", "parent": "XX"}, "parent", "does not contain itself"),
        ("regions", {"level": "5"}, "level", "from 0 to 4"),
        ("sources", {"tier": "0"}, "tier", "from 1 to 5"),
        ("sources", {"row_access": "all"}, "row_access", "public, partners or none"),
        ("events", {"date_end": "2024-11-30"}, "date_end", "ends before it begins"),
        ("events", {"latitude": "36.2"}, "longitude", "needs both"),
        ("events", {"longitude": "36.2"}, "latitude", "needs both"),
        ("events", {"region": ""}, "region", "needs coordinates or the P-code"),
        ("events", {"low": "3", "best": "2"}, "low", "low is above best"),
        ("events", {"best": "3", "high": "2"}, "high", "high is below best"),
        ("events", {"low": "3", "high": "2"}, "low", "low is above high"),
        ("events", {"geo_precision": "7"}, "geo_precision", "from 1 to 6"),
        ("events", {"event_type": "Battle"}, "event_type", "Battles, Explosions"),
    ],
)
def test_a_row_that_cannot_be_right_is_rejected(format: str, cells: dict[str, str], column: str, reason: str):
    reject = only(format, **cells)
    assert isinstance(reject, Rejected)
    assert reject.column == column
    assert reason in reject.reason


@pytest.mark.parametrize(
    ("format", "model"),
    [
        ("regions", Region), ("sources", Source), ("rounds", Round), ("crises", Crisis), ("reports", Report),
        ("events", ConflictEvent),
    ],
)  # fmt: skip
def test_no_text_is_longer_than_its_table_takes(format: str, model: type[Any]):
    for column in COLUMNS[format]:
        longest = getattr(model._meta.get_field(column.name), "max_length", None)
        if longest is None or "one_of" in column.parse.__qualname__:
            continue
        fits = (
            "https://x/".ljust(longest, "x") if "web_address" in column.parse.__qualname__ else "x" * longest
        )
        assert column.parse(fits) == fits, column.name
        with pytest.raises(ValueError, match=f"at most {longest:,} fit"):
            column.parse(fits + "x")


def test_household_sizes_are_as_their_table_takes_them():
    size = Report._meta.get_field("household_size")
    assert (size.max_digits, size.decimal_places) == (6, 3)
    assert only("reports", household_size="999.999").household_size == Decimal("999.999")


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """Files of a format with anything at all in their rows."""
    format = draw(st.sampled_from(list(FORMATS)))
    columns = [column.name for column in COLUMNS[format]]
    cell = st.one_of(
        st.sampled_from(list(ROWS[format].values())),
        st.text(max_size=8),
        st.integers().map(str),
        st.floats().map(str),
        st.dates().map(str),
    )
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for _ in range(draw(st.integers(0, 4))):
        row = {**dict.fromkeys(columns, ""), **ROWS[format]}
        for name in draw(st.lists(st.sampled_from(columns), max_size=4)):
            row[name] = draw(cell)
        writer.writerow(row.values())
    return format, text.getvalue().encode("utf-8", "surrogatepass") + draw(st.binary(max_size=12))


@given(files())
@example(("reports", b'\xef\xbb\xbfref,"'))
@example(("sources", b"code,name,tier\n\x00,\x00,1\n"))
def test_whatever_the_bytes_there_are_records_rejects_or_a_refused_layout(file: tuple[str, bytes]):
    format, content = file
    try:
        found = read(format, content)
    except LayoutChanged as refused:
        assert str(refused)
        return
    for one in found:
        assert isinstance(one, Record | Rejected)
        assert not isinstance(one, Rejected) or (one.reason and one.line >= 2)


@given(st.sampled_from(list(FORMATS)), st.binary(max_size=200))
def test_bytes_that_are_no_file_of_ours_are_refused_as_such(format: str, content: bytes):
    with pytest.raises(LayoutChanged):
        read(format, content)
