"""An import as a whole: all or nothing, its run, its rejects file, and bad files."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError
from django.db.models import F

from tests import factories
from tests.ingest.files import csv_file
from tracker.errors import BadValue, LayoutChanged
from tracker.ingest import imports
from tracker.ingest.load import FORMATS, ingest, load_regions
from tracker.ingest.readers.spreadsheets import restored
from tracker.models import ConflictEvent, Crisis, Region, Report, Round, Run, Source
from tracker.vocabulary import RunKind, RunState

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
BAD = ROOT / "tests" / "samples" / "bad"
DEMO = ROOT / "data" / "demo"
TABLES = (Region, Source, Crisis, Round, Report, ConflictEvent, Run)


@pytest.fixture
def _known() -> None:
    country = factories.country("XX")
    factories.source("un")
    factories.assessment_round(factories.source("ngo", tier=3), country, "r1", published="2024-12-10")


def rows_stored() -> dict[str, int]:
    return {table.__name__: table.objects.count() for table in TABLES}


@pytest.mark.usefixtures("_known")
class TestBadFiles:
    def test_each_bad_row_is_named_with_its_reason_and_the_good_rows_are_loaded(self):
        result = ingest("reports", BAD / "reports.csv", approve=True)
        assert (result.new, result.changed, result.unchanged, result.rejected) == (3, 0, 0, 9)
        assert [(reject.line, reject.column, reject.value) for reject in result.rejects] == [
            (3, "region", "XX99"),
            (4, "end", "2024-12-01"),
            (5, "value", "-10"),
            (6, "low", "20"),
            (7, "value", "about ten"),
            (8, "household_size", ""),
            (9, "end", "2024-11-31"),
            (10, "ref", "good-flow"),
            (11, "round", "r1"),
        ]
        reasons = [
            "no region has the P-code XX99",
            "ends before it starts",
            "negative",
            "low is above the value",
            "whole number in plain digits",
            "no household size is known",
            "no day of the calendar",
            "line 2 of the file has it already",
            "round r1 is a round of ngo, not of un",
        ]
        for reject, reason in zip(result.rejects, reasons, strict=True):
            assert reason in reject.reason
        stored = dict(Report.objects.values_list("ref", "value"))
        assert stored == {"good-flow": 1200, "good-stock": 340, "good-round-row": 55}

    @pytest.mark.parametrize(
        ("file", "reason"),
        [
            ("missing-column.csv", "line 1: the column value is missing"),
            ("windows-1252.csv", "line 3: byte 204 of the file (0xe9) is not UTF-8"),
            ("empty.csv", "line 1: the file is empty"),
        ],
    )
    def test_a_file_of_another_layout_is_refused_whole_and_its_run_is_shown_to_a_person(
        self, file: str, reason: str
    ):
        before = rows_stored()
        with pytest.raises(LayoutChanged) as refused:
            ingest("reports", BAD / file, approve=True, by="ann")
        assert str(refused.value).startswith(reason)
        assert rows_stored() == {**before, "Run": 1}
        run = Run.objects.get()
        assert (run.kind, run.state, run.requested_by) == (RunKind.IMPORT, RunState.REFUSED, "ann")
        assert run.outcome.startswith(f"{file} was refused: {reason}")

    def test_a_fault_at_the_end_of_a_long_file_leaves_nothing_of_what_came_before(self, tmp_path: Path):
        path = csv_file(tmp_path, "reports", *({"ref": str(number)} for number in range(3000)))
        path.write_bytes(path.read_bytes() + b"\xff\n")
        before = rows_stored()
        with pytest.raises(LayoutChanged, match="line 3002"):
            ingest("reports", path, approve=True)
        assert rows_stored() == {**before, "Run": 1}

    def test_a_failure_while_storing_leaves_nothing(self, tmp_path: Path):
        path = csv_file(tmp_path, "reports", *({"ref": str(number)} for number in range(3000)))
        before = rows_stored()
        with patch.object(imports, "request_builds", side_effect=OSError), pytest.raises(OSError):
            ingest("reports", path, approve=True)
        assert rows_stored() == before


@pytest.mark.usefixtures("_known")
class TestRuns:
    def test_an_import_is_kept_as_a_run_with_its_hash_counts_and_rejects(self, tmp_path: Path):
        path = csv_file(
            tmp_path, "reports", {"ref": "a"}, {"ref": "b", "value": "x\x00"}, name="december.csv"
        )
        result = ingest("reports", path, approve=True, by="ann")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        run = Run.objects.get(kind=RunKind.IMPORT)
        assert (run.key, run.input_hash, run.state) == (f"import:{digest}", digest, RunState.DONE)
        assert run.counts == {"new": 1, "changed": 0, "unchanged": 0, "rejected": 1, "builds": 1}
        assert run.requested_by == "ann"
        assert run.outcome == "december.csv: 1 new, 0 changed, 0 unchanged, 1 rejected."
        assert run.log.startswith("line 3, value, 'x\\\\u0000': ")
        assert run.payload == {"file": "december.csv", "format": "reports", "approve": True}
        assert str(tmp_path) not in run.outcome + run.log
        assert result.runs == [Run.objects.get(kind=RunKind.BUILD).pk]

    def test_a_dry_run_counts_the_same_and_leaves_no_row_at_all(self, tmp_path: Path):
        before = rows_stored()
        rejects = tmp_path / "rejects.csv"
        tried = ingest("reports", BAD / "reports.csv", approve=True, dry_run=True, rejects=rejects)
        assert rows_stored() == before
        assert tried.runs == []
        assert rejects.read_text().count("\n") == 10
        done = ingest("reports", BAD / "reports.csv", approve=True)
        assert (tried.new, tried.rejects) == (done.new, done.rejects)

    def test_a_dry_run_of_a_refused_file_leaves_no_row_either(self):
        before = rows_stored()
        with pytest.raises(LayoutChanged):
            ingest("reports", BAD / "empty.csv", dry_run=True)
        assert rows_stored() == before

    def test_the_same_file_again_leaves_nothing_but_its_run(self, tmp_path: Path):
        path = csv_file(tmp_path, "reports", {})
        ingest("reports", path, approve=True)
        before = rows_stored()
        ingest("reports", path, approve=True)
        assert rows_stored() == {**before, "Run": before["Run"] + 1}

    @pytest.mark.parametrize("failure", [IntegrityError("UNIQUE"), OperationalError("deadlock detected")])
    def test_what_somebody_else_stored_in_the_meantime_is_looked_at_again(
        self, tmp_path: Path, failure: Exception
    ):
        path = csv_file(tmp_path, "reports", {})
        once = imports._once
        tries: list[int] = []

        def in_the_meantime(*args: Any, **options: Any) -> Any:
            tries.append(1)
            if len(tries) == 1:
                raise failure
            return once(*args, **options)

        with patch.object(imports, "_once", in_the_meantime):
            assert ingest("reports", path).new == 1
        with patch.object(imports, "_once", side_effect=failure), pytest.raises(type(failure)):
            ingest("reports", path)


@pytest.mark.usefixtures("_known")
class TestRejectsFile:
    def test_it_has_line_column_value_and_reason_and_is_inert_in_spreadsheets(self, tmp_path: Path):
        rejects = tmp_path / "rejects.csv"
        value = '=HYPERLINK("https://evil.example")'
        ingest("reports", csv_file(tmp_path, "reports", {"value": value}), rejects=rejects)
        with rejects.open(encoding="utf-8", newline="") as file:
            header, row = csv.reader(file)
        assert header == ["line", "column", "value", "reason"]
        assert row[:2] == ["2", "value"]
        assert row[2] == f"'{value}"
        assert restored(row[2]) == value

    def test_without_rejects_it_has_its_first_line_alone(self, tmp_path: Path):
        rejects = tmp_path / "rejects.csv"
        rejects.write_text("of an earlier import")
        ingest("reports", csv_file(tmp_path, "reports", {}), rejects=rejects)
        assert rejects.read_text() == "line,column,value,reason\n"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["rejects.csv", "reports.csv"]

    def test_where_it_cannot_be_kept_nothing_is_stored(self, tmp_path: Path):
        before = rows_stored()
        with pytest.raises(OSError):
            ingest("reports", csv_file(tmp_path, "reports", {}), rejects=tmp_path / "nowhere" / "rejects.csv")
        assert rows_stored() == before


def test_an_unknown_format_is_refused_by_name(tmp_path: Path):
    with pytest.raises(BadValue, match="expected one of regions, sources"):
        ingest("figures", tmp_path / "x.csv")


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE tracker_report; --",
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
        "%s %(x)s",
        "\u202eتقرير",
        "😀" * 50,
    ],
)
def test_hostile_text_is_stored_as_text_and_nothing_else(tmp_path: Path, text: str):
    path = csv_file(tmp_path, "reports", {"ref": text, "title": text, "notes": text})
    assert ingest("reports", path).new == 1
    report = Report.objects.get()
    assert (report.ref, report.title, report.notes) == (text, text, text)
    assert ingest("reports", path).unchanged == 1


def test_the_demo_is_loaded_whole_and_again_without_a_change():
    load_regions(ROOT / "data" / "boundaries" / "syr-cod-2018")
    expected = {"sources": 9, "crises": 1, "reports": 75, "events": 18}
    for format, new in expected.items():
        result = ingest(format, DEMO / f"{format}.csv", approve=True, recorded_as_published=True)
        assert (result.new, result.rejected) == (new, 0), result.rejects
    for format, unchanged in expected.items():
        result = ingest(format, DEMO / f"{format}.csv", approve=True, recorded_as_published=True)
        assert (result.new, result.changed, result.unchanged) == (0, 0, unchanged)
    # The coordinates are those of the towns, and the regions named are the sub-districts these lie in.
    assert set(ConflictEvent.objects.values_list("located_by", flat=True)) == {"point"}
    assert not ConflictEvent.objects.exclude(region=F("region_stated")).exists()


def test_every_native_format_has_a_reader():
    assert list(FORMATS) == ["regions", "sources", "rounds", "crises", "reports", "events"]


@pytest.mark.usefixtures("_known")
def test_a_parked_or_done_run_does_not_bar_the_next_import_of_the_file(tmp_path: Path):
    path = csv_file(tmp_path, "reports", {"value": "ten"})
    for _ in range(2):
        ingest("reports", path)
    assert Run.objects.filter(kind=RunKind.IMPORT, state=RunState.DONE).count() == 2
