"""What the form of a report says while it is typed, and how warnings are answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.admin.entered import address, edit_report, report_entered, step
from tests.admin.logging_in import appointed
from tests.french import in_french
from tracker.models import Appointment, AuditEntry, Region, Report, Source, StaffRole
from tracker.vocabulary import Measure, Status

ADD = "admin:tracker_report_add"


def check(client: Client, **changes: Any) -> dict[str, Any]:
    return dict(client.post(reverse("admin:tracker_report_entry_check"), report_entered(**changes)).json())


def effect(client: Client, **changes: Any) -> str:
    answer = client.post(reverse("admin:tracker_report_entry_effect"), report_entered(**changes))
    return " ".join(str(answer.json()["effect"]).split())


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


@pytest.fixture
def seldom(approved: Report) -> dict[str, Any]:
    """A report of ten times the last value, as the form sends it."""
    return report_entered(
        ref="r2", start="2024-12-02", end="2024-12-02", published="2024-12-02", stated_value="400"
    )


def test_what_is_still_needed_is_said_by_its_label(place: Region, un: Source, as_anna: Client) -> None:
    answer = check(as_anna, region="", start="", ref="", published="", end="")
    assert answer == {"missing": "Still needed: Region, First day.", "faults": {}}


def test_days_and_reference_may_be_left_open_while_typing(place: Region, un: Source, as_anna: Client) -> None:
    answer = check(as_anna, ref="", end="", published="")
    assert (answer["missing"], answer["faults"], answer["people"]) == ("", {}, 40)
    assert "None." in answer["overlaps"]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("region", "YY", "No region has the P-code"), ("stated_value", "many", "Enter a whole number"),
     ("stated_low", "41", "Low is above the value"), ("start", "2024-13-01", "Enter a valid date.")],
)  # fmt: skip
def test_what_cannot_be_right_is_said_on_its_field(
    column: str, value: str, words: str, place: Region, un: Source, as_anna: Client
) -> None:
    found = check(as_anna, **{column: value})["faults"]
    assert list(found) == [column]
    assert words in found[column]


def test_households_are_shown_as_people_with_the_size_and_where_it_came_from(
    place: Region, un: Source, as_anna: Client
) -> None:
    Region.objects.filter(pcode="XX").update(household_size="5.25")
    said = check(as_anna, unit="households")
    assert said["people"] == 210
    assert said["people_in_words"] == (
        "40 households of 5.250 people, the average of Region XX (XX): 210 people."
    )
    said = check(as_anna, unit="households", household_size="4")
    assert said["people_in_words"] == "40 households of 4 people, as stated: 160 people."


def test_reports_that_overlap_are_listed_with_a_link(approved: Report, as_anna: Client) -> None:
    shown = check(as_anna, ref="r2", region="XX")["overlaps"]
    assert address(approved) in shown
    assert "lies within this place" in shown


def test_a_warning_stands_on_its_field(approved: Report, as_anna: Client) -> None:
    warnings = check(
        as_anna, ref="r2", start="2024-12-02", end="2024-12-02", published="2024-12-02", stated_value="400"
    )
    assert warnings["warnings"] == [
        {"field": "stated_value", "text": "10 times the last value, 40 people: r1 of un, 2024-12-01."}
    ]


def test_the_figure_now_and_with_the_report_is_shown_for_the_place_and_above(
    place: Region, un: Source, as_anna: Client
) -> None:
    shown = effect(as_anna)
    assert "Region XX01 (XX01)" in shown
    assert "Region XX (XX)" in shown
    assert "no figure" in shown
    assert "+40" in shown


def test_a_correction_is_shown_beside_what_stands(approved: Report, as_anna: Client) -> None:
    shown = effect(as_anna, editing=str(approved.pk), stated_value="41")
    assert ">40</td>" in shown
    assert ">41<br>" in shown
    assert "+1" in shown


def test_a_form_that_was_overtaken_is_told_so(approved: Report, as_anna: Client) -> None:
    edited = {"editing": str(approved.pk)}
    assert check(as_anna, **edited)["missing"] == ""
    Report.objects.filter(pk=approved.pk).update(superseded_at=factories.RECORDED)
    assert "changed since it was opened" in check(as_anna, **edited)["missing"]
    assert effect(as_anna, **edited) == ""


def test_what_is_never_counted_changes_no_figure(place: Region, un: Source, as_anna: Client) -> None:
    assert "only reports with the role" in effect(as_anna, role="context")


def test_answers_change_nothing_and_are_asked_for_by_post(place: Region, un: Source, as_anna: Client) -> None:
    check(as_anna)
    effect(as_anna)
    assert not Report.objects.exists()
    assert as_anna.get(reverse("admin:tracker_report_entry_check")).status_code == 405


def test_who_may_not_enter_reports_is_told_nothing(place: Region, un: Source, client: Client) -> None:
    client.force_login(appointed("auditor", StaffRole.AUDITOR))
    for name in ("check", "effect"):
        asked = client.post(reverse(f"admin:tracker_report_entry_{name}"), report_entered())
        assert asked.status_code == 403


def test_an_officer_of_another_country_is_told_nothing_of_this_one(approved: Report, client: Client) -> None:
    factories.country("YY")
    client.force_login(appointed("officer", StaffRole.OFFICER, country="YY"))
    answer = check(client, ref="r2")
    assert list(answer["faults"]) == ["region"]
    assert "overlaps" not in answer
    assert effect(client, ref="r2") == ""


def test_a_strange_report_is_saved_as_a_draft_without_an_answer(
    seldom: dict[str, Any], as_anna: Client
) -> None:
    assert as_anna.post(reverse(ADD), seldom).status_code == 302
    draft = Report.objects.get(ref="r2")
    assert (draft.status, draft.warnings_overridden) == (Status.DRAFT, None)


def test_a_strange_report_is_submitted_with_a_reason_only(seldom: dict[str, Any], as_anna: Client) -> None:
    found = errors(as_anna.post(reverse(ADD), seldom | {"submits": "Submit"}))
    assert list(found) == ["override_reason"]
    assert "10 times the last value" in found["override_reason"][0]
    assert not Report.objects.filter(ref="r2").exists()

    as_anna.post(reverse(ADD), seldom | {"submits": "Submit", "override_reason": "two camps were emptied"})
    report = Report.objects.current().get(ref="r2")
    assert report.status == Status.SUBMITTED
    (one,) = report.warnings_overridden or []
    assert (one["code"], one["reason"]) == ("many_times_the_last", "two camps were emptied")


def test_a_warning_that_was_overridden_is_read_in_the_language_of_the_reader(
    seldom: dict[str, Any], as_anna: Client
) -> None:
    as_anna.post(reverse(ADD), seldom | {"submits": "Submit", "override_reason": "two camps were emptied"})
    page = reverse("admin:tracker_report_change", args=[Report.objects.current().get(ref="r2").pk])
    assert "10 times the last value, 40 people" in as_anna.get(page).content.decode()
    french = {
        "%(times)s times the last value, %(value)s people: %(ref)s of %(source)s, %(end)s.":
            "%(times)s fois la dernière valeur, %(value)s personnes, le %(end)s",
    }  # fmt: skip
    with in_french(french):
        read = as_anna.get(page, headers={"accept-language": "fr"}).content.decode()
    assert "10 fois la dernière valeur, 40 personnes, le " in read


def test_who_may_not_submit_saves_drafts_only(place: Region, un: Source, client: Client) -> None:
    client.force_login(appointed("officer", StaffRole.OFFICER, country="XX"))
    Appointment.objects.create(
        user=appointed("reviewer", StaffRole.REVIEWER), role=StaffRole.OFFICER, country="YY"
    )
    client.post(reverse(ADD), report_entered())
    draft = Report.objects.get()
    reviewer = Client()
    reviewer.force_login(User.objects.get(username="reviewer"))
    found = errors(edit_report(reviewer, draft, stated_value="41", submits="Submit"))
    assert "not hand them in" in found["__all__"][0]
    assert Report.objects.get() == draft


def test_a_report_without_warnings_is_submitted_at_once(place: Region, un: Source, as_anna: Client) -> None:
    as_anna.post(reverse(ADD), report_entered(submits="Submit", override_reason="none is needed"))
    report = Report.objects.current().get()
    assert (report.status, report.warnings_overridden) == (Status.SUBMITTED, None)


def test_a_draft_is_submitted_as_it_is_without_a_reason_for_a_change(
    place: Region, un: Source, as_anna: Client
) -> None:
    as_anna.post(reverse(ADD), report_entered())
    edit_report(as_anna, Report.objects.get(), reason="", submits="Submit")
    report = Report.objects.current().get()
    assert (report.status, report.version) == (Status.SUBMITTED, 2)


def test_a_changed_draft_is_submitted_as_changed(place: Region, un: Source, as_anna: Client) -> None:
    as_anna.post(reverse(ADD), report_entered())
    edit_report(as_anna, Report.objects.get(), stated_value="41", submits="Submit")
    report = Report.objects.current().get()
    assert (report.status, report.value) == (Status.SUBMITTED, 41)


def test_a_change_of_an_approved_report_answers_its_warnings(approved: Report, as_anna: Client) -> None:
    found = errors(edit_report(as_anna, approved, end="2030-01-01", published="2030-01-01"))
    assert list(found) == ["override_reason"]


def test_the_step_of_submitting_sends_a_strange_draft_to_its_form(
    seldom: dict[str, Any], as_anna: Client
) -> None:
    as_anna.post(reverse(ADD), seldom)
    page = step(as_anna, Report.objects.get(ref="r2"), "submit")
    assert "There are warnings" in page.content.decode()
    assert Report.objects.current().get(ref="r2").status == Status.DRAFT


def test_the_reviewer_reads_the_warning_and_the_reason(
    seldom: dict[str, Any], as_anna: Client, as_boris: Client
) -> None:
    as_anna.post(reverse(ADD), seldom | {"submits": "Submit", "override_reason": "two camps were emptied"})
    page = as_boris.get(address(Report.objects.current().get(ref="r2"))).content.decode()
    assert "10 times the last value" in page
    assert "two camps were emptied" in page


def test_an_approved_version_keeps_the_answers(
    seldom: dict[str, Any], as_anna: Client, as_boris: Client
) -> None:
    as_anna.post(reverse(ADD), seldom | {"submits": "Submit", "override_reason": "two camps were emptied"})
    step(as_boris, Report.objects.current().get(ref="r2"), "approve")
    approved = Report.objects.current().get(ref="r2")
    assert (approved.status, len(approved.warnings_overridden or [])) == (Status.APPROVED, 1)


def test_the_next_form_tells_the_browser_what_was_saved_and_once_only(
    place: Region, un: Source, as_anna: Client
) -> None:
    as_anna.post(reverse(ADD), report_entered(region="YY", entry_token="refused"))
    as_anna.post(reverse(ADD), report_entered(entry_token="stored"))
    assert as_anna.get(reverse(ADD)).context["entry"]["saved"] == ["stored"]
    assert as_anna.get(reverse(ADD)).context["entry"]["saved"] == []


def test_a_form_that_was_refused_keeps_its_token(place: Region, un: Source, as_anna: Client) -> None:
    page = as_anna.post(reverse(ADD), report_entered(region="YY", entry_token="mine"))
    assert page.context["entry"]["token"] == "mine"


class TestSuggestions:
    def suggested(self, client: Client, kind: str, **asked: str) -> list[dict[str, Any]]:
        return list(client.get(reverse("admin:suggest", args=[kind]), asked).json()["suggestions"])

    def test_a_region_is_suggested_with_its_path(self, place: Region, as_anna: Client) -> None:
        assert self.suggested(as_anna, "region", q="xx02") == [
            {"value": "XX02", "label": "Region XX › Region XX02", "retired": False}
        ]

    def test_a_retired_region_says_so(self, place: Region, as_anna: Client) -> None:
        factories.region("XX03", place, name_en="Gone", retired=True)
        (found,) = self.suggested(as_anna, "region", q="gone")
        assert (found["label"], found["retired"]) == ("Region XX › Gone (retired)", True)

    def test_the_last_documents_of_the_source_are_suggested_each_once(
        self, place: Region, un: Source, as_anna: Client
    ) -> None:
        other = factories.source("ngo")
        document: dict[str, Any] = {"title": "Flash update 3", "url": "https://example.org/3"}
        for source, fields in [
            (un, {"title": "Flash update 2"}),
            (un, document),
            (un, document),
            (other, {"title": "Flash"}),
        ]:
            factories.report(place, source, **fields)
        assert self.suggested(as_anna, "document", q="flash", within="un") == [
            {
                "value": "Flash update 3",
                "label": "https://example.org/3",
                "fills": {"url": "https://example.org/3"},
            },
            {"value": "Flash update 2", "label": "", "fills": {"url": ""}},
        ]
        assert self.suggested(as_anna, "document", q="flash") == []

    def test_documents_of_reports_in_other_countries_are_not_suggested(
        self, place: Region, un: Source, client: Client
    ) -> None:
        factories.report(place, un, title="Flash")
        client.force_login(appointed("officer", StaffRole.OFFICER, country="YY"))
        assert self.suggested(client, "document", q="", within="un") == []
        assert self.suggested(client, "region", q="XX") == []

    def test_the_log_tells_who_was_given_documents_of_restricted_reports(
        self, place: Region, un: Source, as_anna: Client
    ) -> None:
        factories.report(place, un, title="Flash")
        factories.report(place, un, title="Secret", sensitivity="internal")
        factories.report(place, un, title="Waits", status="submitted", approved_by="")
        for typed, number in [("flash", 0), ("secret", 1), ("waits", 2)]:
            assert self.suggested(as_anna, "document", q=typed, within="un")
            told = AuditEntry.objects.filter(action="listed", object="report", actor="anna")
            assert told.count() == number, typed

    def test_the_suggestions_of_the_admin_itself_are_closed(self, as_anna: Client) -> None:
        asked = {"app_label": "tracker", "model_name": "appointment", "field_name": "user", "term": "a"}
        assert as_anna.get(reverse("admin:autocomplete"), asked).status_code == 404


class TestBreakdown:
    def test_numbers_by_sex_and_age_are_stored_and_shown_again(
        self, place: Region, un: Source, as_anna: Client
    ) -> None:
        cells = {"breakdown-female-0-4": "12", "breakdown-male-60+": "1,000"}
        as_anna.post(reverse(ADD), report_entered(stated_value="2000", **cells))
        report = Report.objects.get()
        assert report.breakdown == {"female": {"0-4": 12}, "male": {"60+": 1000}}
        page = as_anna.get(address(report)).content.decode()
        assert 'name="breakdown-female-0-4" value="12"' in page

    def test_other_categories_that_are_stored_are_kept(self, approved: Report, as_anna: Client) -> None:
        stored = {"disabled": 3, "female": {"0-4": 1, "5-7": 2}}
        Report.objects.filter(pk=approved.pk).update(breakdown=stored)
        approved.refresh_from_db()
        page = as_anna.get(address(approved))
        shown = page.context["adminform"].form["breakdown"].value()
        assert shown == stored
        kept = '{"disabled": 3, "female": {"5-7": 2}}'
        edit_report(as_anna, approved, breakdown=kept, **{"breakdown-female-0-4": "1", "notes": "looked at"})
        assert Report.objects.get(status=Status.SUBMITTED).breakdown == stored

    @pytest.mark.parametrize(
        ("name", "typed", "words"),
        [
            ("breakdown-female-0-4", "a few", "“a few” is no whole number of people"),
            ("breakdown-male-60+", "-1", "is no whole number of people"),
            ("breakdown", "[1]", "expected names with their numbers"),
            ("breakdown", "{", "expected names with their numbers"),
            ("breakdown", '{"a": "\\u0000"}', "expected names with their numbers"),
        ],
    )
    def test_what_is_no_number_is_refused(
        self, name: str, typed: str, words: str, place: Region, un: Source, as_anna: Client
    ) -> None:
        found = errors(as_anna.post(reverse(ADD), report_entered(**{name: typed})))
        assert list(found) == ["breakdown"]
        assert words in found["breakdown"][0]


def test_people_present_in_another_series_do_not_matter(approved: Report, as_anna: Client) -> None:
    assert check(as_anna, ref="r2", measure=Measure.IDPS, stated_value="400")["warnings"] == []
