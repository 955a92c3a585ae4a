"""Reports are entered, edited as new versions and reviewed, in the admin."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.admin.entered import address, edit_report, report_entered, step
from tests.admin.logging_in import appointed
from tracker.admin.reports import ReportAdmin
from tracker.errors import OutOfDate
from tracker.ingest import bulk_review, bulk_undo, review
from tracker.ingest.bulk_review import Order
from tracker.models import Import, ImportRow, Region, Report, Run, Source, StaffRole
from tracker.vocabulary import ImportState, RowOutcome, RowStep, RunState, Status

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


def test_who_reviews_one_country_takes_no_report_out_of_another(
    approved: Report, as_anna: Client, client: Client
) -> None:
    factories.country("YY")
    edit_report(as_anna, approved, region="YY")
    proposal = Report.objects.get(status=Status.SUBMITTED)
    client.force_login(appointed("rita", "reviewer", "YY"))
    offered = [item["step"].name for item in client.get(address(proposal)).context["steps"]]
    assert offered == ["reject"]
    assert step(client, proposal, "approve").status_code == 403
    assert Report.objects.current().filter(country="XX", status=Status.APPROVED).exists()


@pytest.mark.parametrize(
    ("author", "recorded_by", "is_listed"),
    [("anna", "dora", True), ("boris", "dora", False), ("anna", "boris", False)],
)
def test_what_one_wrote_or_handed_in_does_not_wait_for_ones_review(
    author: str, recorded_by: str, is_listed: bool, place: Region, un: Source, as_boris: Client
) -> None:
    factories.report(place, un, status=Status.SUBMITTED, author=author, recorded_by=recorded_by)
    listed = as_boris.get(reverse("admin:tracker_report_changelist"), {"for_me": "review"}).context["cl"]
    assert listed.result_count == is_listed


def test_what_came_back_by_ones_undoing_waits_for_ones_review(
    place: Region, un: Source, as_boris: Client
) -> None:
    waiting = factories.report(
        place, un, status=Status.SUBMITTED, author="anna", recorded_by="anna", approved_by=""
    )
    done = bulk_review.carry_out([waiting], Order("return", "boris", reason="the page says 41"))
    bulk_undo.undo(done.operation, by="boris")
    listed = as_boris.get(reverse("admin:tracker_report_changelist"), {"for_me": "review"}).context["cl"]
    assert listed.result_count == 1


def test_an_import_that_one_uploaded_does_not_wait_for_ones_review(place: Region, as_boris: Client) -> None:
    for name in ("boris", "clara"):
        upload = Import.objects.create(
            format="reports", file_name="a.csv", stored_as=name, sha256=name, size=1, uploaded_by=name,
            state=ImportState.SUBMITTED, submitted_by="dora",
        )  # fmt: skip
        ImportRow.objects.create(
            upload=upload, line=2, last_line=2, outcome=RowOutcome.NEW, step=RowStep.SUBMITTED, country="XX"
        )
    review_section = next(
        section
        for section in as_boris.get(reverse("admin:index")).context["home"]
        if section.name == "review"
    )
    assert [item.count for item in review_section.items] == [0, 1]


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


def test_a_report_goes_back_with_comments_that_stand_beside_their_fields(
    approved: Report, as_anna: Client, as_boris: Client
) -> None:
    edit_report(as_anna, approved, stated_value="45")
    proposal = Report.objects.get(status=Status.SUBMITTED)
    refused = step(as_boris, proposal, "reject")
    assert refused.context["form"].errors == {"reason": ["Say why: here, or on the fields below."]}
    step(as_boris, proposal, "reject", on_stated_value="page 4 says 46")
    returned = Report.objects.get(status=Status.REJECTED, superseded_at=None)
    assert (returned.author, returned.reason) == ("anna", "stated value: page 4 says 46")

    page = as_anna.get(address(returned))
    field = page.context["adminform"].form.fields["stated_value"]
    assert "boris asks: page 4 says 46" in field.help_text

    edit_report(as_anna, returned, stated_value="46")
    draft = Report.objects.get(status=Status.DRAFT, superseded_at=None)
    step(as_anna, draft, "submit")
    waiting = Report.objects.get(status=Status.SUBMITTED, superseded_at=None)
    (asked,) = as_boris.get(address(waiting)).context["asked"]
    assert (asked.then, asked.now, asked.is_changed) == ("45", "46", True)
    step(as_boris, waiting, "approve")
    (asked,) = as_boris.get(address(Report.objects.current().get())).context["asked"]
    assert asked.comment.settled_by == "boris"


def test_what_is_stored_of_a_step_is_english_whatever_language_the_reviewer_reads(
    approved: Report, as_anna: Client, as_boris: Client
) -> None:
    edit_report(as_anna, approved, stated_value="45")
    as_boris.post(reverse("admin:language"), {"language": "ar", "next": "/admin/"})
    proposal = Report.objects.get(status=Status.SUBMITTED)
    page = step(as_boris, proposal, "reject", on_stated_value="الصفحة 4")
    assert page["Content-Language"] == "ar"
    returned = Report.objects.get(status=Status.REJECTED)
    assert returned.reason == "stated value: الصفحة 4"
    kept = LogEntry.objects.get(user__username="boris", object_id=str(returned.pk))
    assert kept.change_message == "Return: stated value: الصفحة 4"


def test_a_comment_is_text_and_no_markup(approved: Report, as_anna: Client, as_boris: Client) -> None:
    edit_report(as_anna, approved, stated_value="45")
    proposal = Report.objects.get(status=Status.SUBMITTED)
    step(as_boris, proposal, "reject", on_stated_value="<script>alert(1)</script>")
    page = as_anna.get(address(Report.objects.get(status=Status.REJECTED)))
    assert "<script>alert" not in page.content.decode()


def test_what_is_returned_is_called_so(approved: Report, as_anna: Client, as_boris: Client) -> None:
    edit_report(as_anna, approved, stated_value="45")
    step(as_boris, Report.objects.get(status=Status.SUBMITTED), "reject", "the page says 46")
    listed = as_anna.get(reverse("admin:tracker_report_changelist")).content.decode()
    assert '<span class="status status-rejected">returned</span>' in listed


def test_the_page_of_an_approval_tells_what_it_does_to_the_figures(
    approved: Report, as_anna: Client, as_boris: Client
) -> None:
    edit_report(as_anna, approved, stated_value="45")
    proposal = Report.objects.get(status=Status.SUBMITTED)
    page = as_boris.get(reverse("admin:tracker_report_step", args=[proposal.pk, "approve"]))
    changes = page.context["effect"].changes
    assert {(change.old.value, change.new.value) for change in changes} == {(40, 45)}
    assert {change.region for change in changes} == {"XX01", "XX"}


def test_who_comes_second_is_told_what_changed_and_loses_nothing(
    approved: Report, as_anna: Client, as_boris: Client
) -> None:
    """Both have opened the approved version. Anna saves first."""
    edit_report(as_anna, approved, stated_value="45", end="2024-12-02", published="2024-12-03")
    page = edit_report(
        as_boris, approved, stated_value="46", notes="read it again", reason="page 4", end="2024-12-01"
    )
    assert Report.objects.count() == 2, "nothing is written yet"
    told = page.context["meanwhile"]
    assert [(one.name, one.old, one.new) for one in told.clashes] == [("stated_value", "40", "45")]
    assert {"end", "published"} <= {one.name for one in told.taken_over}
    form = page.context["adminform"].form
    kept = {name: str(form[name].value()) for name in ("stated_value", "notes", "reason", "end")}
    assert kept == {"stated_value": "46", "notes": "read it again", "reason": "page 4", "end": "2024-12-02"}

    proposal = Report.objects.get(status=Status.SUBMITTED)
    assert f'action="{address(proposal)}"' in page.content.decode()
    sent = {name: form[name].value() or "" for name in form.fields if name != "submits"}
    as_boris.post(address(proposal), report_entered() | sent | {"breakdown": ""})
    latest = Report.objects.current().proposed().get()
    assert (latest.value, latest.notes, str(latest.end)) == (46, "read it again", "2024-12-02")
    assert latest.author == "boris"


def test_who_saves_on_what_was_approved_meanwhile_goes_on_from_there(
    approved: Report, as_anna: Client, as_boris: Client
) -> None:
    edit_report(as_anna, approved, stated_value="45")
    proposal = Report.objects.get(status=Status.SUBMITTED)
    step(as_boris, proposal, "approve")
    page = edit_report(as_anna, proposal, stated_value="47")
    told = page.context["meanwhile"]
    assert (told.latest.status, told.clashes, told.taken_over) == (Status.APPROVED, [], [])
    assert page.context["adminform"].form["stated_value"].value() == "47"


def test_who_is_overtaken_between_rehearsal_and_write_loses_nothing_either(
    approved: Report, as_anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    revise, latest, writes = review.revise, ReportAdmin.latest, []

    def overtaken(report: Report, content: Any, **how: Any) -> Any:
        writes.append(report)
        if len(writes) == 2:
            raise OutOfDate("Somebody else has changed this report.")
        return revise(report, content, **how)

    def with_other(self: ReportAdmin, opened: Report) -> Any:
        if writes:
            content = {name: getattr(approved, name) for name in Report.CONTENT} | {"notes": "by boris"}
            revise(approved, content, by="boris", reason="more is known")
        return latest(self, opened)

    monkeypatch.setattr(review, "revise", overtaken)
    monkeypatch.setattr(ReportAdmin, "latest", with_other)
    page = edit_report(as_anna, approved, stated_value="45")
    form = page.context["adminform"].form
    assert [form[name].value() for name in ("stated_value", "notes")] == ["45", "by boris"]
    assert [change.name for change in page.context["meanwhile"].taken_over] == ["notes"]


def test_two_versions_are_shown_side_by_side(approved: Report, as_anna: Client, as_boris: Client) -> None:
    edit_report(as_anna, approved, stated_value="45")
    proposal = Report.objects.get(status=Status.SUBMITTED)
    page = as_boris.get(address(proposal), {"left": proposal.pk, "right": approved.pk})
    found = page.context["comparison"]
    assert (found.left.pk, found.right.pk) == (approved.pk, proposal.pk), "the earlier one is on the left"
    differing = {pair.label: (pair.left, pair.right) for pair in found.fields if pair.differs}
    assert differing["stated value"] == ("40", "45")
    assert ("region", False) in {(pair.label, pair.differs) for pair in found.fields}
    assert (found.right.who, found.right.reason) == ("anna", "it was mistyped")


@pytest.mark.parametrize(
    "asked", [{}, {"left": "x", "right": "\x00"}, {"left": "1", "right": "1"}, {"left": "9"}]
)
def test_what_cannot_be_compared_is_left_out(
    asked: dict[str, str], approved: Report, as_anna: Client
) -> None:
    page = as_anna.get(address(approved), asked)
    assert (page.status_code, page.context["comparison"]) == (200, None)


def test_of_versions_in_another_country_a_page_tells_only_that_they_are_there(
    place: Region, un: Source, client: Client
) -> None:
    earlier = factories.report(
        factories.country("YY"), un, 77, ref="moved", reason="secret reason", recorded_by="boris",
        notes="secret notes", superseded_at=timezone.now(),
    )  # fmt: skip
    moved = factories.report(place, un, 40, ref="moved", version=2)
    client.force_login(appointed("officer", StaffRole.OFFICER, country="XX"))
    page = client.get(address(moved), {"left": earlier.pk, "right": moved.pk})
    assert [(row.version, row.who, row.reason) for row in page.context["versions"]][1:] == [(1, "", "")]
    assert (page.context["versions"][0].changes, page.context["comparison"]) == ([], None)
    assert "secret" not in page.content.decode()


def test_a_report_tells_the_figures_it_is_used_in(approved: Report, place: Region, as_anna: Client) -> None:
    factories.report(
        place, Source.objects.get(), 100, ref="whole", measure="departures", start=approved.start
    )
    page = as_anna.get(reverse("admin:tracker_report_used_in", args=[approved.pk]))
    rows = [(row["use"].period.label, row["use"].people) for row in page.context["rows"]]
    assert rows == [("2024", 40), ("2024-Q4", 40), ("2024-12", 40), ("2024-W48", 40)]
    regions = {region.pcode for row in page.context["rows"] for region, _ in row["figures"]}
    assert regions == {"XX01", "XX"}


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


def test_who_approves_sees_the_warnings_that_were_overridden_and_why(
    place: Region, un: Source, as_boris: Client
) -> None:
    answered = [{"code": "same_number", "text": "The same <number>", "reason": "counted twice"}]
    report = factories.report(
        place, un, 40, status=Status.SUBMITTED, author="anna", warnings_overridden=answered
    )
    page = as_boris.get(reverse("admin:tracker_report_step", args=[report.pk, "approve"])).content.decode()
    assert "<bdi>The same &lt;number&gt;</bdi><br><bdi>Overridden because: counted twice</bdi>" in page
    plain = factories.report(place, un, 40, status=Status.SUBMITTED, author="anna")
    page = as_boris.get(reverse("admin:tracker_report_step", args=[plain.pk, "approve"])).content.decode()
    assert "Warning overridden" not in page
