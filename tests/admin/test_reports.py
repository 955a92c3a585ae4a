"""Reports are entered, edited as new versions and reviewed, in the admin."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.admin.entered import address, edit_report, report_entered, step
from tracker.models import Region, Report, Run, Source
from tracker.vocabulary import RunState, Status

ADD = "admin:tracker_report_add"


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def test_a_report_is_entered_as_a_draft_of_its_author(place: Region, un: Source, as_anna: Client) -> None:
    answer = as_anna.post(reverse(ADD), report_entered(stated_low="30", stated_high="50"))
    assert answer.status_code == 302
    report = Report.objects.get()
    assert (report.status, report.author, report.recorded_by) == (Status.DRAFT, "anna", "anna")
    assert (report.low, report.value, report.high) == (30, 40, 50)
    assert report.country == "XX"
    assert not Run.objects.exists()


def test_households_become_people_as_in_a_file(place: Region, un: Source, as_anna: Client) -> None:
    as_anna.post(reverse(ADD), report_entered(unit="households", household_size="5.25"))
    report = Report.objects.get()
    assert (report.value, report.stated_value, report.household_size_used) == (210, 40, Decimal("5.25"))


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("source", "nobody", "no source has the code"),
        ("region", "YY", "no region has the P-code"),
        ("crisis", "none", "no crisis has the code"),
        ("end", "2024-11-30", "ends before it starts"),
        ("published", "2024-11-30", "published before its end"),
        ("stated_low", "41", "low is above the value"),
        ("stated_high", "39", "high is below the value"),
        ("stated_value", "-1", "negative"),
        ("unit", "households", "no household size is known"),
        ("round", "R1", "rounds count people present"),
        ("ref", "", "required"),
        ("url", "javascript:alert(1)", "valid URL"),
    ],
)
def test_what_a_file_may_not_say_the_form_refuses_on_the_field(
    column: str, value: str, words: str, place: Region, un: Source, as_anna: Client
) -> None:
    found = errors(as_anna.post(reverse(ADD), report_entered(**{column: value})))
    where = "household_size" if column == "unit" else column
    assert list(found) == [where]
    assert words.lower() in found[where][0].lower()
    assert not Report.objects.exists()


def test_a_reference_that_the_source_has_used_is_refused(approved: Report, as_anna: Client) -> None:
    found = errors(as_anna.post(reverse(ADD), report_entered()))
    assert "already has a report with this reference" in found["ref"][0]


def test_an_edit_of_an_approved_report_is_submitted_beside_it(approved: Report, as_anna: Client) -> None:
    edit_report(as_anna, approved, stated_value="45", reason="the source corrected it")
    approved.refresh_from_db()
    assert (approved.status, approved.superseded_at, approved.value) == (Status.APPROVED, None, 40)
    proposal = Report.objects.get(status=Status.SUBMITTED)
    assert (proposal.version, proposal.value, proposal.reason) == (2, 45, "the source corrected it")
    assert (proposal.author, proposal.approved_by) == ("anna", "")
    assert not Run.objects.exists()


def test_an_edit_without_a_reason_is_refused(approved: Report, as_anna: Client) -> None:
    found = errors(edit_report(as_anna, approved, stated_value="45", reason="  "))
    assert list(found) == ["reason"]
    assert Report.objects.count() == 1


def test_an_edit_that_changes_nothing_is_refused(approved: Report, as_anna: Client) -> None:
    found = errors(edit_report(as_anna, approved))
    assert found == {"__all__": ["Nothing was changed."]}
    assert Report.objects.count() == 1


def test_an_edit_that_breaks_a_rule_is_refused_on_the_field(approved: Report, as_anna: Client) -> None:
    found = errors(edit_report(as_anna, approved, region="YY"))
    assert list(found) == ["region"]
    assert Report.objects.count() == 1


def test_an_edit_of_a_draft_supersedes_it(place: Region, un: Source, as_anna: Client) -> None:
    as_anna.post(reverse(ADD), report_entered())
    draft = Report.objects.get()
    edit_report(as_anna, draft, stated_value="41")
    draft.refresh_from_db()
    new = Report.objects.current().get()
    assert (new.status, new.version, new.value) == (Status.DRAFT, 2, 41)
    assert draft.superseded_at == new.recorded_at


def test_a_report_is_approved_by_somebody_else_and_its_build_is_due(
    approved: Report, as_anna: Client, as_boris: Client
) -> None:
    edit_report(as_anna, approved, stated_value="45")
    step(as_boris, Report.objects.get(status=Status.SUBMITTED), "approve")
    standing = Report.objects.current().get()
    assert (standing.status, standing.value, standing.version) == (Status.APPROVED, 45, 3)
    assert (standing.author, standing.approved_by, standing.reason) == ("anna", "boris", "it was mistyped")
    run = Run.objects.get()
    assert (run.key, run.state, run.requested_by) == ("build:XX:departures:conflict:", RunState.DUE, "boris")


def test_nobody_is_offered_to_approve_their_own_report_and_nobody_can(
    approved: Report, as_anna: Client
) -> None:
    edit_report(as_anna, approved, stated_value="45")
    proposal = Report.objects.get(status=Status.SUBMITTED)
    offered = [item["step"].name for item in as_anna.get(address(proposal)).context["steps"]]
    assert offered == ["reject"]
    page = step(as_anna, proposal, "approve")
    assert "Nobody approves their own report" in page.content.decode()
    assert not Report.objects.filter(approved_by="anna").exists()


def test_rejecting_and_retracting_need_a_reason(approved: Report, as_anna: Client, as_boris: Client) -> None:
    page = step(as_boris, approved, "retract")
    assert page.context["form"].errors == {"reason": ["This field is required."]}
    step(as_boris, approved, "retract", "the source withdrew it")
    standing = Report.objects.current().get()
    assert (standing.status, standing.reason) == (Status.RETRACTED, "the source withdrew it")
    assert Run.objects.count() == 1


def test_a_page_offers_no_edit_where_a_proposal_waits(approved: Report, as_anna: Client) -> None:
    edit_report(as_anna, approved, stated_value="45")
    proposal = Report.objects.get(status=Status.SUBMITTED)
    page = as_anna.get(address(approved))
    assert page.context["has_change_permission"] is False
    assert page.context["beside"]["url"] == address(proposal)


def test_text_comes_out_as_it_went_in(place: Region, un: Source, as_anna: Client) -> None:
    notes = '=SUM(A1), "quoted"\r\nsecond line, حلب'
    as_anna.post(reverse(ADD), report_entered(notes=notes, title="'=1", breakdown='{"women": 20}'))
    report = Report.objects.get()
    assert (report.notes, report.title) == (notes.replace("\r\n", "\n"), "'=1")
    assert report.breakdown == {"women": 20}


def test_a_row_of_a_round_must_be_of_its_date(place: Region, un: Source, as_anna: Client) -> None:
    factories.assessment_round(un, place)
    stock = report_entered(measure="idps", round="R1", start="2024-11-30", end="2024-11-30")
    found = errors(as_anna.post(reverse(ADD), stock))
    assert "round r1 is of 2024-12-01" in found["start"][0].lower()
