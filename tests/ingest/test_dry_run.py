"""What is said of a file is what happens when it is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import factories
from tests.ingest.checked import checked, load
from tests.ingest.files import csv_text
from tracker.errors import LayoutChanged
from tracker.ingest.load import FORMATS, ingest
from tracker.models import Report
from tracker.vocabulary import ImportFormat, RowOutcome, Status


@pytest.fixture(autouse=True)
def _known(db: None) -> None:
    factories.country("XX")
    factories.country("YY")
    factories.source("un")


def test_a_changed_row_says_what_it_held_and_what_it_would_hold() -> None:
    load(csv_text("reports", {"value": "40"}).encode(), approve=True)
    (row,) = checked(csv_text("reports", {"value": "41", "notes": "Seen."}))
    assert row.outcome == RowOutcome.CHANGED
    assert row.changes == [("notes", "", "Seen."), ("value", "40", "41")]
    assert row.standing == Report.objects.get().pk


def test_a_report_that_was_retracted_would_be_approved_again() -> None:
    load(csv_text("reports").encode(), approve=True)
    Report.objects.update(status=Status.RETRACTED)
    (row,) = checked(csv_text("reports"))
    assert (row.outcome, row.changes) == (RowOutcome.CHANGED, [("status", "retracted", "approved")])


def test_what_waits_for_review_says_the_row_already_or_is_named() -> None:
    load(csv_text("reports", {"ref": "a"}, {"ref": "b"}).encode(), approve=False)
    same, other = checked(csv_text("reports", {"ref": "a"}, {"ref": "b", "value": "7"}))
    assert (same.outcome, same.reasons, same.proposal) == (RowOutcome.NEW, [], None)
    assert other.outcome == RowOutcome.NEW
    assert "a proposal by import of a.csv waits beside it" in other.reasons[0][2]
    assert other.proposal == Report.objects.get(ref="b").pk


def test_what_was_returned_is_named_even_where_it_says_the_row_already() -> None:
    load(csv_text("reports").encode(), approve=False)
    Report.objects.update(status=Status.REJECTED)
    (row,) = checked(csv_text("reports"))
    returned = Report.objects.get()
    assert (row.outcome, row.proposal) == (RowOutcome.NEW, returned.pk)
    assert row.reasons == [
        ("", "", f"a proposal by {returned.author} was returned by a reviewer, and would be replaced")
    ]


def test_a_row_whose_place_alone_is_not_known_is_unmatched_and_others_are_rejected() -> None:
    rows = checked(
        csv_text(
            "reports",
            {"ref": "a", "region": "Region Two"},
            {"ref": "b", "region": "XX77"},
            {"ref": "c", "region": "Region Two", "value": "-1"},
            {"ref": "d", "source": "ngo"},
            {"ref": "e", "region": ""},
            {"ref": "f", "counterpart": "Elsewhere"},
        )
    )
    assert [row.outcome for row in rows] == [
        "unmatched",
        "unmatched",
        "rejected",
        "unmatched",
        "rejected",
        "unmatched",
    ]
    texts = [[(one.publisher, one.text, one.is_place) for one in row.unknown] for row in rows]
    assert texts == [
        [("un", "Region Two", True)], [("un", "XX77", True)], [], [("ngo", "ngo", False)], [],
        [("un", "Elsewhere", True)],
    ]  # fmt: skip
    assert rows[2].reasons[-1] == ("value", "-1", "the number is negative; counts begin at 0")


def test_a_matched_place_is_read_as_its_region_for_its_source_alone() -> None:
    factories.source("ngo")
    content = csv_text(
        "reports",
        {"region": "Region Two"},
        {"region": "Region Two", "source": "ngo"},
        {"region": "XX01", "ref": "c"},
    )
    rows = checked(content, matches={("un", "Region Two"): "XX02"})
    assert [row.outcome for row in rows] == ["new", "unmatched", "new"]
    assert rows[0].report is not None and rows[0].report.region == "XX02"


def test_rows_beyond_the_persons_countries_are_rejected_also_where_they_would_take_something_away() -> None:
    load(csv_text("reports", {"ref": "theirs", "region": "YY01"}).encode(), approve=True)
    rows = checked(
        csv_text("reports", {"ref": "a"}, {"ref": "b", "region": "YY01"}, {"ref": "theirs"}),
        countries=frozenset({"XX"}),
    )
    assert [row.outcome for row in rows] == ["new", "rejected", "rejected"]
    assert {row.reasons[0][2] for row in rows[1:]} == {"YY is not among your countries"}


def test_a_row_that_repeats_an_earlier_one_is_unchanged_or_rejected() -> None:
    rows = checked(csv_text("reports", {}, {}, {"value": "3"}))
    assert [row.outcome for row in rows] == ["new", "unchanged", "rejected"]
    assert rows[2].reasons[0][2].startswith("line 2 of the file has it already")


def test_a_file_of_another_layout_is_refused() -> None:
    with pytest.raises(LayoutChanged, match="the column ref is missing"):
        checked("source,region\nun,XX01\n")


FILES = {
    "events": ([{"event_id": "e1"}, {"event_id": "e2", "region": "ZZ"}], {"event_id": "e1", "best": "4"}),
    "rounds": ([{"code": "r1"}, {"code": "r2", "region": "ZZ"}], {"code": "r1", "closed": "0"}),
    "sources": ([{"code": "ngo"}, {"code": "who", "tier": "9"}], {"code": "ngo", "tier": "2"}),
    "crises": ([{"code": "C1"}, {"code": "C2", "countries": "ZZ"}], {"code": "C1", "name_en": "Other"}),
}


@pytest.mark.parametrize("format", FILES)
def test_the_other_formats_come_to_what_was_said_of_them(format: str, tmp_path: Path) -> None:
    first, change = FILES[format]
    path = tmp_path / "file.csv"
    for rows, wanted in ((first, ["new"]), (first, ["unchanged"]), ([change], ["changed"])):
        path.write_text(csv_text(format, *rows))
        said = [row.outcome.value for row in checked(path.read_bytes(), format=format)]
        assert said[:1] == wanted
        result = ingest(format, path)
        good = [outcome for outcome in said if outcome not in ("rejected", "unmatched")]
        assert {name: good.count(name) for name in ("new", "changed", "unchanged")} == {
            name: getattr(result, name) for name in ("new", "changed", "unchanged")
        }
        assert len(said) - len(good) == result.rejected


def test_every_format_that_can_be_uploaded_can_be_loaded() -> None:
    assert set(ImportFormat.values) < set(FORMATS)
