"""Why a row or a file is refused can be told in every language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

import tracker.ingest
from tests import factories
from tests.french import in_french
from tests.ingest.checked import checked, load, sheet_of
from tests.ingest.files import csv_text
from tracker.errors import LayoutChanged
from tracker.ingest.comparing import SHEETS
from tracker.ingest.entry import Refused, report_content
from tracker.ingest.readers.rows import LONGEST_RECORD
from tracker.models import Region, Report
from tracker.sentences import Sentence, in_language
from tracker.vocabulary import ImportFormat, Status

INGEST = Path(tracker.ingest.__file__).parent
BAD_CELLS = (
    "", "\x01", "two words", "a,b", "two\nlines", "x" * 100_001, "-1", "nine", "9999999999", "2024-13-01",
    "2024-02-30", "1899-01-01", "2024-1-1", "0", "-91", "www.example.org", "XX99",
)  # fmt: skip
"""Each is wrong in some column."""
IN_ROUND = {"measure": "idps", "start": "2024-12-01", "end": "2024-12-01", "round": "r1"}
FUTURE = (date.today() + timedelta(days=400)).isoformat()
CLASHES: dict[str, list[dict[str, str]]] = {
    ImportFormat.REPORTS: [
        {"end": "2024-11-01"},
        {"measure": "idps"},
        {"published": "2024-12-01"},
        {"low": "1300", "high": "1100"},
        {"round": "r1"},
        {"source": "nobody", "crisis": "none", "counterpart": "XX99"},
        {**IN_ROUND, "start": "2024-12-02", "end": "2024-12-02"},
        {**IN_ROUND, "region": "YY"},
        {**IN_ROUND, "round": "r9"},
        {**IN_ROUND, "source": "who"},
        {"unit": "households"},
        {"unit": "households", "value": "999999999", "household_size": "9"},
        {"ref": "twice", "value": "1"},
        {"ref": "twice", "value": "2"},
        {"ref": "twice", "value": "1"},
        {"region": "YY"},
        {"ref": "waits", "value": "7"},
        {"ref": "returned", "value": "7"},
    ],
    ImportFormat.EVENTS: [
        {"date": FUTURE},
        {"date_end": FUTURE},
        {"date_end": "2024-11-30"},
        {"latitude": "35"},
        {"longitude": "35"},
        {"region": ""},
        {"region": "", "latitude": "-80", "longitude": "0"},
        {"low": "5", "best": "3", "high": "2"},
        {"low": "5", "high": "2"},
    ],
    ImportFormat.ROUNDS: [
        {"published": "2024-11-30"},
        {"source": "nobody", "region": "XX99"},
        {"date": "2024-11-30"},
        {"region": "XX02"},
    ],
    ImportFormat.SOURCES: [{"tier": "6"}],
    ImportFormat.CRISES: [{"end": "2024-10-31"}, {"countries": "XX01 YY"}],
}
"""Rows whose cells may be right one by one, and cannot be right together or beside what is known."""
ROWS_BY_COLUMN = {
    format: [{column.name: cell} for column in sheet.columns for cell in BAD_CELLS]
    for format, sheet in SHEETS.items()
}
NO_LAYOUT = (b"", b'"ref\n', b"ref,source,source,,x\n", b"ref\xff\n", b"x" * (LONGEST_RECORD + 1))


@pytest.fixture(autouse=True)
def _known(db: None) -> None:
    country = factories.country("XX")
    factories.country("YY")
    source, part = factories.source("un"), Region.objects.get(pcode="XX01")
    for publisher in (source, factories.source("ngo")):
        factories.assessment_round(publisher, country, "r1")
    factories.source("who")
    factories.report(part, source, 5, ref="row", measure="idps", round="r1")
    for ref in ("waits", "returned"):
        load(csv_text("reports", {"ref": ref}).encode(), approve=False)
    Report.objects.filter(ref="returned").update(status=Status.REJECTED)


@pytest.mark.parametrize("format", [*CLASHES])
def test_every_reason_is_a_sentence(format: str) -> None:
    reasons = [*reasons_of_rows(format), *reasons_of_files()]
    assert {reason for reason in reasons if not isinstance(reason, Sentence)} == set()


def test_and_the_rows_above_meet_every_sentence_there_is() -> None:
    reasons = [*reasons_of_files(), *(reason for format in CLASHES for reason in reasons_of_rows(format))]
    met = {pattern for reason in reasons for pattern in patterns_of(reason)}
    rooms = [*INGEST.glob("readers/*.py"), *(INGEST / f"{name}.py" for name in CHECKS)]
    there = {pattern for room in rooms if room.stem not in ELSEWHERE for pattern in patterns_in(room)}
    assert there - met == {
        "expected the columns %(needed)s",  # every format has columns that may be left out
        "expected one of %(words)s",  # a format that there is not
        "the row cannot be split into cells (%(error)s)",  # whatever else Python's csv may say one day
    }


CHECKS = ("comparing", "crises", "delivery", "dry_run", "events", "households", "reports", "rounds")
ELSEWHERE = {"regions", "workbooks"}
"""Readers of what is loaded from the command line alone, and of what becomes CSV first."""


def reasons_of_rows(format: str) -> Iterator[str]:
    """What the dry run says of the bad cells in one file, and of the clashes one by one and together."""
    cells = csv_text(format, *ROWS_BY_COLUMN[format])
    clashes = csv_text(format, *CLASHES[format])
    broken = (clashes + end for end in ('x\n"x', '"x"x\n', "x\ry\n"))
    for content in (cells, *(csv_text(format, row) for row in CLASHES[format]), *broken):
        for row in checked(content, format=format, countries=frozenset({"XX"})):
            yield from (reason for _column, _value, reason in row.reasons)


def reasons_of_files() -> Iterator[str]:
    """Why files are refused as a whole."""
    for content in NO_LAYOUT:
        with pytest.raises(LayoutChanged) as refused:
            sheet_of(content)
        yield str(refused.value)


def patterns_of(text: object) -> Iterator[str]:
    """The patterns of the sentence and of those in it."""
    if isinstance(text, Sentence):
        yield text.pattern
        for fact in text.facts.values():
            yield from patterns_of(fact)


def patterns_in(room: Path) -> Iterator[str]:
    """The patterns that a file of Python has."""
    for node in ast.walk(ast.parse(room.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="_" | "ngettext"), args=[ast.Constant(value=str(pattern)), *_]):
                yield pattern


def test_a_bad_cell_that_is_typed_is_refused_with_a_sentence_too() -> None:
    entered = {
        "ref": "a", "source": "un", "region": "XX01", "measure": "departures", "cause": "conflict",
        "start": date(2024, 12, 5), "end": date(2024, 12, 1), "value": 9, "published": date(2024, 12, 6),
    }  # fmt: skip
    with pytest.raises(Refused) as refused:
        report_content(entered)
    (fault,) = refused.value.faults
    with in_french(
        {"the report ends before it starts, on %(start)s": "il finit avant de commencer, le %(start)s"}
    ):
        assert in_language(fault.reason) == "il finit avant de commencer, le 5 décembre 2024"
