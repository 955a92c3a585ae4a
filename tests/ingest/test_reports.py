"""Reports as delivered: checks against what is known, the two lanes, households, and what is built."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.ingest.files import csv_file
from tracker.ingest.households import people_in
from tracker.ingest.imports import IngestResult
from tracker.ingest.load import ingest
from tracker.ingest.review import reject, retract
from tracker.models import Region, Report, Run
from tracker.models.versions import supersede
from tracker.vocabulary import RunKind, RunState, Status

pytestmark = pytest.mark.django_db

STOCK = {"measure": "idps", "start": "2024-12-01", "end": "2024-12-01", "published": "2024-12-10"}


@pytest.fixture(autouse=True)
def _known() -> None:
    country = factories.country("XX")
    factories.country("YY", parts=1)
    factories.source("un")
    ngo = factories.source("ngo", tier=3)
    factories.crisis("XX-2024")
    factories.assessment_round(ngo, country, "r1")


@pytest.fixture
def deliver(tmp_path: Path) -> Any:
    def deliver(*rows: dict[str, Any], **options: Any) -> IngestResult:
        return ingest("reports", csv_file(tmp_path, "reports", *rows), **options)

    return deliver


def counts(result: IngestResult) -> tuple[int, int, int, int]:
    return result.new, result.changed, result.unchanged, result.rejected


def current(ref: str = "a") -> dict[str, Report]:
    return {report.status: report for report in Report.objects.current().filter(ref=ref)}


def due() -> set[str]:
    return set(Run.objects.filter(state=RunState.DUE).values_list("key", flat=True))


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"source": "who"}, "source", "no source has the code who"),
        ({"region": "XX99"}, "region", "no region has the P-code XX99"),
        ({"counterpart": "XX99"}, "counterpart", "no region has the P-code XX99"),
        ({"crisis": "ZZ-2024"}, "crisis", "no crisis has the code ZZ-2024"),
        ({**STOCK, "round": "r1"}, "round", "round r1 is a round of ngo, not of un"),
        ({**STOCK, "round": "r2"}, "round", "un has no round with the code r2"),
        (
            {**STOCK, "source": "ngo", "round": "r1", "start": "2024-12-02", "end": "2024-12-02"},
            "start", "round r1 is of 2024-12-01",
        ),
        ({**STOCK, "source": "ngo", "round": "r1", "region": "YY01"}, "region", "YY01 lies outside XX"),
        ({"unit": "households"}, "household_size", "no household size is known"),
        (
            {"unit": "households", "value": "999999999", "household_size": "5"},
            "value", "these are 4,999,999,995 people",
        ),
    ],
)  # fmt: skip
def test_a_report_that_does_not_fit_what_is_known_costs_only_its_row(
    deliver: Any, cells: dict[str, str], column: str, reason: str
):
    result = deliver({"ref": "bad", **cells}, {"ref": "good"})
    assert counts(result) == (1, 0, 0, 1)
    [reject] = result.rejects
    assert (reject.line, reject.column) == (2, column)
    assert reason in reject.reason
    assert list(Report.objects.values_list("ref", flat=True)) == ["good"]


def test_a_retired_region_still_takes_reports(deliver: Any):
    factories.region("XX77", Region.objects.get(pcode="XX"), retired=True)
    assert counts(deliver({"region": "XX77"})) == (1, 0, 0, 0)


def test_what_a_report_states_is_stored_as_stated(deliver: Any):
    deliver(
        {
            "value": "1200", "low": "1000", "high": "1500", "crisis": "XX-2024", "counterpart": "YY01",
            "role": "context", "qualifier": "about", "title": "Title", "url": "https://example.org/1",
            "excerpt": "two\nlines", "notes": "'=note", "sensitivity": "partners",
        }
    )  # fmt: skip
    report = Report.objects.get()
    assert (report.country, report.low, report.value, report.high) == ("XX", 1000, 1200, 1500)
    assert (report.stated_low, report.stated_value, report.stated_high) == (1000, 1200, 1500)
    assert (report.start, report.end, report.published) == (
        date(2024, 12, 1), date(2024, 12, 5), date(2024, 12, 6),
    )  # fmt: skip
    assert (report.role, report.qualifier, report.sensitivity) == ("context", "about", "partners")
    assert (report.excerpt, report.notes) == ("two\nlines", "=note")


def test_an_empty_low_or_high_is_the_value_itself_but_stays_unstated(deliver: Any):
    deliver({"value": "7", "low": "", "high": "9"})
    report = Report.objects.get()
    assert (report.low, report.value, report.high) == (7, 7, 9)
    assert (report.stated_low, report.stated_high) == (None, 9)


def test_a_row_of_a_round_lies_anywhere_inside_its_coverage(deliver: Any):
    row = {**STOCK, "source": "ngo", "round": "r1"}
    assert counts(deliver({**row, "ref": "a", "region": "XX01"}, {**row, "ref": "b", "region": "XX"})) == (
        2, 0, 0, 0,
    )  # fmt: skip


class TestHouseholds:
    @pytest.mark.parametrize(
        ("own", "of_region", "of_country", "people"),
        [("5.5", "4", "3", 561), ("", "4", "3", 408), ("", "", "2.5", 255)],
    )
    def test_the_size_is_the_reports_own_else_the_regions_else_its_ancestors(
        self, deliver: Any, own: str, of_region: str, of_country: str, people: int
    ):
        country = factories.region("ZZ", household_size=Decimal(of_country))
        factories.region("ZZ01", country, household_size=Decimal(of_region) if of_region else None)
        deliver({"region": "ZZ01", "unit": "households", "value": "102", "household_size": own})
        report = Report.objects.get()
        assert (report.low, report.value, report.high) == (people, people, people)
        assert (report.unit, report.stated_value) == ("households", 102)
        assert report.household_size_used == Decimal(own or of_region or of_country)
        assert report.household_size == (Decimal(own) if own else None)

    def test_low_and_high_are_households_too(self, deliver: Any):
        deliver({"unit": "households", "value": "10", "low": "9", "high": "20", "household_size": "4.5"})
        report = Report.objects.get()
        assert (report.low, report.value, report.high) == (41, 45, 90)

    def test_another_size_of_the_region_does_not_make_the_same_report_another(self, deliver: Any):
        zz = factories.region("ZZ", household_size=Decimal(5))
        row = {"region": "ZZ", "unit": "households", "value": "10"}
        deliver(row, approve=True)
        supersede(zz, zz.successor(household_size=Decimal(6)))
        assert counts(deliver(row, approve=True)) == (0, 0, 1, 0)
        assert Report.objects.get().value == 50

    @given(st.integers(0, 10**9), st.decimals("0.001", "999.999", places=3))
    def test_people_are_rounded_half_up(self, households: int, size: Decimal):
        people = people_in(households, size)
        assert people is not None
        assert -Decimal("0.5") <= households * size - people < Decimal("0.5")

    def test_unknown_households_or_size_are_unknown_people_not_zero(self):
        assert people_in(None, Decimal(5)) is None
        assert people_in(5, None) is None
        assert people_in(0, Decimal(5)) == 0


class TestTheSameAgain:
    def test_the_same_file_again_writes_no_report_and_makes_no_build_due(self, deliver: Any):
        rows = [{"ref": "a"}, {"ref": "b", "value": "5"}]
        assert counts(deliver(*rows, approve=True)) == (2, 0, 0, 0)
        Run.objects.filter(state=RunState.DUE).delete()
        stored = list(Report.objects.values())
        assert counts(deliver(*rows, approve=True)) == (0, 0, 2, 0)
        assert list(Report.objects.values()) == stored
        assert due() == set()

    def test_the_same_row_twice_in_a_file_is_stored_once(self, deliver: Any):
        assert counts(deliver({}, {}, {})) == (1, 0, 2, 0)
        assert Report.objects.count() == 1

    def test_the_same_ref_with_other_content_in_a_file_is_rejected_and_the_first_line_named(
        self, deliver: Any
    ):
        result = deliver({"value": "1"}, {"value": "2"}, {"value": "1"})
        assert counts(result) == (1, 0, 1, 1)
        [reject] = result.rejects
        assert (reject.line, reject.column, reject.value) == (3, "ref", "a")
        assert "line 2 of the file has it already, with other content" in reject.reason
        assert Report.objects.get().value == 1

    def test_the_same_ref_of_another_source_is_another_report(self, deliver: Any):
        assert counts(deliver({"source": "un"}, {"source": "ngo"})) == (2, 0, 0, 0)

    def test_a_rejected_row_does_not_bar_a_right_one_with_its_ref(self, deliver: Any):
        assert counts(deliver({"value": "-1"}, {"value": "1"})) == (1, 0, 0, 1)

    def test_a_column_that_a_file_leaves_out_leaves_what_stands(self, deliver: Any):
        deliver({"sensitivity": "internal", "role": "context", "notes": "Kept."}, approve=True)
        assert counts(deliver({}, approve=True)) == (0, 0, 1, 0)
        assert counts(deliver({"value": "5"}, approve=True)) == (0, 1, 0, 0)
        report = Report.objects.current().get()
        assert (report.value, report.sensitivity, report.role, report.notes) == (
            5,
            "internal",
            "context",
            "Kept.",
        )

    def test_a_cell_that_is_empty_says_so(self, deliver: Any):
        deliver({"notes": "Old.", "low": "1000"}, approve=True)
        deliver({"notes": "", "low": ""}, approve=True)
        report = Report.objects.current().get()
        assert (report.notes, report.stated_low, report.low) == ("", None, 1200)


class TestLanes:
    def test_without_approval_a_report_is_a_proposal_and_builds_nothing(self, deliver: Any):
        deliver({}, by="ann")
        [report] = current().values()
        assert (report.status, report.author, report.approved_by) == (
            "submitted",
            "import of reports.csv",
            "",
        )
        assert (report.recorded_by, report.version) == ("ann", 1)
        assert due() == set()

    def test_with_approval_it_stands_and_its_cube_is_due(self, deliver: Any):
        deliver({"crisis": "XX-2024"}, approve=True)
        [report] = current().values()
        assert (report.status, report.author, report.approved_by) == (
            "approved", "import of reports.csv", "command line",
        )  # fmt: skip
        assert due() == {"build:XX:departures:conflict:XX-2024"}

    def test_other_content_without_approval_is_proposed_beside_what_stands(self, deliver: Any):
        deliver({"value": "1"}, approve=True)
        assert counts(deliver({"value": "2"})) == (0, 1, 0, 0)
        lanes = current()
        assert (lanes["approved"].value, lanes["submitted"].value) == (1, 2)
        assert lanes["submitted"].version == 2
        assert counts(deliver({"value": "2"})) == (0, 0, 1, 0)
        assert counts(deliver({"value": "1"})) == (0, 0, 1, 0)

    def test_a_newer_proposal_takes_the_place_of_the_one_before(self, deliver: Any):
        deliver({"value": "1"})
        assert counts(deliver({"value": "2"})) == (0, 1, 0, 0)
        [report] = current().values()
        assert (report.status, report.value, report.version) == ("submitted", 2, 2)

    def test_other_content_with_approval_supersedes_what_stood_and_closes_the_proposal(self, deliver: Any):
        deliver({"value": "1"}, approve=True)
        deliver({"value": "2"})
        assert counts(deliver({"value": "3"}, approve=True)) == (0, 1, 0, 0)
        [report] = current().values()
        assert (report.status, report.value, report.version) == ("approved", 3, 3)
        assert report.reason
        closed = Report.objects.exclude(pk=report.pk)
        assert {one.superseded_at for one in closed} == {report.recorded_at}

    def test_content_that_waits_is_approved_by_the_same_content_with_approval(self, deliver: Any):
        deliver({"value": "1"})
        assert counts(deliver({"value": "1"}, approve=True, by="bob")) == (0, 1, 0, 0)
        [report] = current().values()
        assert (report.status, report.approved_by, report.version) == ("approved", "bob", 2)

    def test_what_stands_approved_leaves_a_proposal_beside_it_alone(self, deliver: Any):
        deliver({"value": "1"}, approve=True)
        deliver({"value": "2"})
        assert counts(deliver({"value": "1"}, approve=True)) == (0, 0, 1, 0)
        assert set(current()) == {"approved", "submitted"}

    def test_a_retracted_report_stays_so_without_approval_and_stands_again_with_it(self, deliver: Any):
        deliver({}, approve=True)
        retract(current()["approved"], by="ann", reason="Counted twice.")
        Run.objects.all().delete()
        assert counts(deliver({})) == (0, 0, 1, 0)
        assert set(current()) == {"retracted"}
        assert counts(deliver({}, approve=True)) == (0, 1, 0, 0)
        assert set(current()) == {"approved"}
        assert due() == {"build:XX:departures:conflict:"}

    def test_a_rejected_proposal_is_not_proposed_again_by_the_same_content(self, deliver: Any):
        deliver({})
        reject(current()["submitted"], by="ann", reason="No.")
        assert counts(deliver({})) == (0, 0, 1, 0)
        assert set(current()) == {"rejected"}

    def test_a_report_that_moves_to_another_series_makes_both_cubes_due(self, deliver: Any):
        deliver({}, approve=True)
        Run.objects.all().delete()
        deliver({"cause": "disaster", "region": "YY01"}, approve=True)
        assert due() == {"build:XX:departures:conflict:", "build:YY:departures:disaster:"}


class TestRecordedAsPublished:
    def test_each_report_is_recorded_at_midnight_of_its_publication(self, deliver: Any):
        deliver({}, approve=True, recorded_as_published=True)
        assert Report.objects.get().recorded_at == datetime(2024, 12, 6, tzinfo=UTC)
        assert Run.objects.get(kind=RunKind.IMPORT).backfilled

    def test_never_later_than_now(self, deliver: Any):
        with time_machine.travel(datetime(2024, 12, 5, 10, tzinfo=UTC), tick=False):
            deliver({}, approve=True, recorded_as_published=True)
        assert Report.objects.get().recorded_at == datetime(2024, 12, 5, 10, tzinfo=UTC)

    def test_never_before_the_version_that_it_replaces(self, deliver: Any):
        deliver({"published": "2024-12-20", "value": "1"}, approve=True, recorded_as_published=True)
        deliver({"published": "2024-12-10", "value": "2"}, approve=True, recorded_as_published=True)
        assert Report.objects.current().get().recorded_at == datetime(2024, 12, 20, tzinfo=UTC)

    def test_never_before_the_proposal_that_it_closes(self, deliver: Any):
        deliver({"value": "1"})
        proposed_at = Report.objects.get().recorded_at
        deliver({"value": "2"}, approve=True, recorded_as_published=True)
        assert Report.objects.current().get().recorded_at == proposed_at

    def test_otherwise_everything_is_recorded_when_it_happens(self, deliver: Any):
        deliver({}, approve=True)
        assert datetime.now(UTC) - Report.objects.get().recorded_at < timedelta(minutes=1)


def test_the_number_of_queries_does_not_grow_with_the_file(tmp_path: Path) -> None:
    _, few, many = (_queries_of(tmp_path, rows) for rows in (1, 8, 800))
    assert few == many
    assert Report.objects.filter(status=Status.APPROVED).count() == 809


def _queries_of(folder: Path, rows: int) -> tuple[int, int]:
    """How many queries a file of so many rows takes, and the same file again."""
    path = csv_file(folder, "reports", *({"ref": f"{number} of {rows}"} for number in range(rows)))
    taken = []
    for _ in range(2):
        Run.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            ingest("reports", path, approve=True)
        taken.append(len(queries))
    return taken[0], taken[1]


def test_a_proposed_row_of_a_round_makes_its_cube_due(deliver: Any) -> None:
    deliver({"ref": "alone", "region": "XX01", **STOCK})
    assert due() == set()
    row = STOCK | {"start": "2024-12-01", "end": "2024-12-01"}
    deliver({"ref": "row", "source": "ngo", "region": "XX01", "round": "r1", **row})
    assert due() == {"build:XX:idps:conflict:"}
    Run.objects.all().delete()
    deliver({"ref": "row", "source": "ngo", "region": "XX01", **row})
    assert due() == {"build:XX:idps:conflict:"}


def test_a_breakdown_stays_with_the_number_it_was_given_for(deliver: Any) -> None:
    deliver({"ref": "a", "value": "100"}, approve=True)
    Report.objects.update(breakdown={"female": 60})
    deliver({"ref": "a", "value": "100", "notes": "Checked by telephone."}, approve=True)
    assert current()[Status.APPROVED].breakdown == {"female": 60}
    deliver({"ref": "a", "value": "120", "notes": "Checked by telephone."}, approve=True)
    assert current()[Status.APPROVED].breakdown is None
