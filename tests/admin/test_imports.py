"""Imports in the admin: who sees, uploads, submits, approves and matches what."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook
from pytest_django import Settings

from tests import factories
from tests.admin.logging_in import appointed
from tests.french import in_french
from tests.ingest.files import csv_text
from tests.ingest.workbooks import REPORT, a_workbook, saved
from tests.uploading import done, reports, upload
from tracker.admin import imports
from tracker.ingest import importing, review
from tracker.models import ConflictEvent, Import, PlaceMatch, Region, Report, Round, Run, Source, StaffRole
from tracker.models.audit import AuditEntry
from tracker.vocabulary import ImportState, RowStep, RunState, Status

pytestmark = pytest.mark.django_db

ADD = reverse("admin:tracker_import_add")


@pytest.fixture(autouse=True)
def _known(place: Region, un: Source) -> None:
    factories.country("YY", parts=1)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager() -> Client:
    """A data manager of country XX."""
    return client_of(appointed("mona", StaffRole.DATA_MANAGER, "XX"))


@pytest.fixture
def reviewer() -> Client:
    """A reviewer of country XX."""
    return client_of(appointed("rita", StaffRole.REVIEWER, "XX"))


def send(client: Client, content: str | bytes, *, name: str = "reports.csv", format: str = "reports") -> Any:
    raw = content if isinstance(content, bytes) else content.encode()
    return client.post(ADD, {"format": format, "file": SimpleUploadedFile(name, raw)}, follow=True)


def page(client: Client, file: Import, query: str = "") -> str:
    answer = client.get(reverse("admin:tracker_import_change", args=[file.pk]) + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def act(client: Client, file: Import, name: str, **entered: Any) -> Any:
    return client.post(reverse("admin:tracker_import_act", args=[file.pk, name]), entered, follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_a_file_is_uploaded_checked_submitted_and_approved_by_somebody_else(
    manager: Client, reviewer: Client
) -> None:
    send(manager, csv_text("reports", {"ref": "a"}, {"ref": "b", "value": "x"}), name="../<b>r&d</b>.csv")
    file = Import.objects.get()
    assert (file.uploaded_by, file.countries, file.file_name) == ("mona", ["XX"], "b>.csv")
    assert "0 rows read" in page(manager, file)
    done(file)
    assert "Submit 1 chosen row for review" in page(manager, file)
    assert "expected a whole number" in page(manager, file, "?outcome=rejected")
    act(manager, file, "submit")
    assert "It waits for somebody else" in page(manager, done(file))
    assert "Approve 1 chosen row" not in page(manager, file)
    assert act(manager, file, "approve").status_code == 403
    assert "Approve 1 chosen row" in page(reviewer, file)
    act(reviewer, file, "approve")
    assert done(file).state == ImportState.TAKEN
    assert Report.objects.current().get().approved_by == "rita"
    assert "taken by rita" in page(manager, file)
    told = AuditEntry.objects.filter(object=f"import {file}").order_by("number")
    actions = [action for action in told.values_list("action", flat=True) if action != "read"]
    assert actions == ["uploaded", "submitted", "approved"]


def test_nobody_approves_what_they_uploaded_whatever_they_may(as_anna: Client, as_boris: Client) -> None:
    file = reports({"ref": "a"}, by="anna")
    act(as_anna, file, "submit")
    done(file)
    assert said(act(as_anna, file, "approve")) == [
        "Nobody approves their own import: somebody else has to look at it."
    ]
    act(as_boris, file, "approve")
    assert done(file).state == ImportState.TAKEN


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"\xd0\xcf\x11\xe0old", "This is an old or a protected workbook; save it as .xlsx"),
        (b"x" * 1_100_000, "The file has more than 1 MiB;"),
    ],
)
def test_what_cannot_be_taken_is_said_on_the_field(
    content: bytes, reason: str, as_anna: Client, settings: Settings
) -> None:
    settings.IMPORT_LIMIT_MIB = 1
    answer = send(as_anna, content)
    assert [error[: len(reason)] for error in answer.context["form"].errors["file"]] == [reason]
    assert not Import.objects.exists()


def test_the_same_file_again_shows_what_became_of_it(as_anna: Client, as_boris: Client) -> None:
    send(as_anna, csv_text("reports"))
    done(Import.objects.get())
    answer = send(as_boris, csv_text("reports"), name="other.csv")
    assert said(answer) == ["This file was uploaded before, by anna; this is what became of it."]
    assert answer.context["upload"] == Import.objects.get()


def test_who_does_not_see_the_first_upload_of_a_file_is_told_nothing_of_it(manager: Client) -> None:
    reports({"ref": "a", "region": "YY01"}, by="dora")
    answer = send(manager, csv_text("reports", {"ref": "a", "region": "YY01"}))
    assert said(answer) == []
    assert Import.objects.count() == 2


@pytest.mark.parametrize("role", sorted(set(StaffRole) - {StaffRole.DATA_MANAGER}))
def test_only_who_brings_reports_uploads(role: StaffRole) -> None:
    client = client_of(appointed("somebody", role))
    assert client.get(ADD).status_code == 403
    assert send(client, csv_text("reports")).status_code == 403
    assert not Import.objects.exists()


def test_an_import_without_rows_of_ones_countries_is_not_there(reviewer: Client) -> None:
    theirs = reports({"ref": "a", "region": "YY01"}, by="dora")
    ours = reports({"ref": "b"}, {"ref": "c", "region": "YY01", "value": "77"}, by="dora")
    listed = reviewer.get(reverse("admin:tracker_import_changelist"))
    assert list(listed.context["cl"].result_list) == [ours]
    for name in ("progress", "rejected"):
        assert reviewer.get(reverse(f"admin:tracker_import_{name}", args=[theirs.pk])).status_code == 404
    assert reviewer.get(reverse("admin:tracker_import_change", args=[theirs.pk])).status_code == 404
    assert "YY01" not in page(reviewer, ours)


def test_a_reviewer_approves_the_rows_of_their_countries_alone(reviewer: Client) -> None:
    file = reports({"ref": "a"}, {"ref": "b", "region": "YY01"}, by="dora")
    importing.submit(file.pk, by="dora", countries=None)
    done(file)
    assert "Approve 1 chosen row<" in page(reviewer, file).replace(" <", "<")
    act(reviewer, file, "approve")
    done(file)
    assert Report.objects.current().approved().get().ref == "a"


def test_an_act_is_a_post_and_one_that_there_is(as_anna: Client) -> None:
    file = reports({"ref": "a"})
    assert as_anna.get(reverse("admin:tracker_import_act", args=[file.pk, "submit"])).status_code == 405
    assert act(as_anna, file, "explode").status_code == 404
    assert act(as_anna, Import(pk=999_999), "submit").status_code == 404
    assert Client(enforce_csrf_checks=True).post(ADD, {}).status_code in (302, 403)


def test_rows_are_chosen_page_by_page(as_anna: Client) -> None:
    file = reports(*({"ref": f"r{number:03}"} for number in range(60)), by="anna")
    first = page(as_anna, file)
    assert first.count('name="line"') == 50
    assert page(as_anna, file, "?page=2").count('name="line"') == 10
    shown = re.search(r'name="of" value="([0-9,]+)"', first)
    assert shown is not None
    act(as_anna, file, "choose", of=shown[1], line=["2", "3"], outcome="new")
    assert file.rows.filter(chosen=True).count() == 12
    assert "Submit 12 chosen rows for review" in page(as_anna, file)
    act(as_anna, file, "choose", of=shown[1], all="0", outcome="new")
    assert file.rows.filter(chosen=True).count() == 0
    act(as_anna, file, "choose", of="x,-1,99999999999999999999", line="½")
    assert file.rows.filter(chosen=True).count() == 0
    everything = ",".join(map(str, range(100_000)))
    assert act(as_anna, file, "choose", of=everything, line=everything).status_code == 200


@pytest.mark.parametrize("outcome", ["\x00", "rejected", "x" * 1000, ""])
def test_rows_of_no_outcome_that_can_be_taken_are_not_chosen(outcome: str, as_anna: Client) -> None:
    file = reports({"ref": "a"}, by="anna")
    answer = act(as_anna, file, "choose", all="0", outcome=outcome)
    assert said(answer) == ["Only new and changed rows can be chosen."]
    assert file.rows.get().chosen


@pytest.mark.parametrize("entered", [{"all": "0", "outcome": "new"}, {"of": "2"}])
def test_nobody_leaves_out_rows_of_what_they_uploaded_or_submitted(
    entered: dict[str, str], as_anna: Client, as_boris: Client
) -> None:
    file = reports({"ref": "a"}, by="dora")
    act(as_anna, file, "submit")
    done(file)
    assert said(act(as_anna, file, "choose", **entered)) == [
        "What is submitted waits for somebody else, who chooses its rows."
    ]
    assert file.rows.get().chosen
    act(as_boris, file, "choose", **entered)
    assert not file.rows.get().chosen


def test_an_import_that_there_cannot_be_is_not_there(as_anna: Client) -> None:
    for name in ("progress", "rejected"):
        assert as_anna.get(reverse(f"admin:tracker_import_{name}", args=[10**30])).status_code == 404
    listed = reverse("admin:tracker_import_changelist")
    assert as_anna.get(f"{listed}{10**30}/change/").status_code == 404


def test_the_changes_of_a_row_are_shown_old_beside_new(approved: Report, as_anna: Client) -> None:
    file = reports({"ref": "r1", "value": "41", "end": "2024-12-01", "published": "2024-12-01"})
    shown = page(as_anna, file)
    assert re.search(r">value</b>: <del><bdi[^>]*>40</bdi></del>.*?<ins><bdi[^>]*>41</bdi></ins>", shown)


def test_a_place_is_matched_from_the_page(as_anna: Client) -> None:
    file = reports({"region": "Region XX 02"})
    assert '<option value="XX02">XX02: Region XX › Region XX02</option>' in page(as_anna, file)
    act(as_anna, file, "match", suggested_0="XX02")
    assert PlaceMatch.objects.get().pcode == "XX02"
    assert done(file).counts["new"] == 1


def test_a_region_that_is_typed_counts_before_the_suggested_one(as_anna: Client) -> None:
    file = reports({"region": "Region XX 02"})
    act(as_anna, file, "match", suggested_0="XX02", other_0="XX01")
    assert PlaceMatch.objects.get().pcode == "XX01"


@pytest.mark.parametrize(
    ("entered", "reason"),
    [
        ({"other_0": "XX99"}, "no region has this P-code"),
        ({"suggested_0": "nonsense"}, "Choose or type a region for one of the places at least."),
        ({}, "Choose or type a region for one of the places at least."),
    ],
)
def test_a_match_with_nothing_is_said(entered: dict[str, str], reason: str, as_anna: Client) -> None:
    file = reports({"region": "Region XX 02"})
    assert reason in said(act(as_anna, file, "match", **entered))[0]
    assert not PlaceMatch.objects.exists()


def test_a_wrong_match_is_deleted_and_asked_for_again(as_anna: Client) -> None:
    match = PlaceMatch.objects.create(publisher="un", text="Here", pcode="XX01", matched_by="boris")
    assert as_anna.get(reverse("admin:tracker_placematch_changelist")).status_code == 200
    address = reverse("admin:tracker_placematch_delete", args=[match.pk])
    assert as_anna.post(address, {"post": "yes"}).status_code == 302
    assert not PlaceMatch.objects.exists()


def test_refused_rows_are_a_file_to_correct(as_anna: Client) -> None:
    file = reports({"ref": "a"}, {"ref": "b", "value": "-1"}, {"ref": "c", "region": "Nowhere"})
    answer = as_anna.get(reverse("admin:tracker_import_rejected", args=[file.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="rejected-{file.pk}.csv"'
    lines = answer.getvalue().decode().splitlines()
    assert lines[0].startswith("reason,ref,source,")
    assert lines[1].startswith("value: the number is negative; counts begin at 0,b,un,")
    assert len(lines) == 3


def test_refused_rows_and_their_reasons_are_in_the_language_of_who_reads_them(as_anna: Client) -> None:
    file = reports({"ref": "b", "value": "-1", "end": "never"})
    french = {
        "the number is negative; counts begin at 0": "le nombre est négatif",
        "expected a date as YYYY-MM-DD, such as 2024-12-06": "une date est attendue",
        "%(first)s; %(next)s": "%(first)s ; %(next)s",
    }
    as_anna.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    with in_french(french):
        assert "le nombre est négatif" in page(as_anna, file)
        answer = as_anna.get(reverse("admin:tracker_import_rejected", args=[file.pk]))
        with override(None):  # the rows are read once the answer is on its way, and the request is over
            lines = answer.getvalue().decode().splitlines()
    assert lines[0].startswith("reason,ref,source,")
    assert lines[1].startswith("end\xa0: une date est attendue ; value\xa0: le nombre est négatif,b,un,")


def test_progress_is_told_to_the_script(as_anna: Client) -> None:
    file = upload(csv_text("reports"))
    Import.objects.update(share_done=425, rows_done=1200)
    address = reverse("admin:tracker_import_progress", args=[file.pk])
    assert as_anna.get(address).json() == {"busy": True, "share": 42, "said": "1,200 rows read"}
    assert 'value="42"' in page(as_anna, file)
    done(file)
    assert as_anna.get(address).json()["busy"] is False


def test_a_check_that_failed_for_good_says_why_and_is_tried_again(as_anna: Client) -> None:
    file = upload(csv_text("reports"))
    Run.objects.update(state=RunState.PARKED, outcome="OSError: the disk is full")
    assert "OSError: the disk is full" in page(as_anna, file)
    act(as_anna, file, "retry")
    assert done(file).state == ImportState.CHECKED


def test_a_refused_file_says_why(as_anna: Client) -> None:
    file = done(upload("a,b\n1,2\n", name="<script>.csv"))
    shown = page(as_anna, file)
    assert "the column ref is missing" in shown
    assert "<script>.csv" not in shown


def test_sources_are_stored_by_who_may_change_them(as_anna: Client, reviewer: Client) -> None:
    send(as_anna, csv_text("sources", {"code": "ngo"}), format="sources", name="sources.csv")
    file = done(Import.objects.get())
    assert act(reviewer, file, "store").status_code == 403
    act(as_anna, file, "store")
    assert done(file).state == ImportState.TAKEN
    assert Source.objects.current().filter(code="ngo").exists()


def test_places_are_matched_before_a_file_is_submitted(as_anna: Client) -> None:
    file = reports({"ref": "a"}, {"ref": "b", "region": "Region XX 02"})
    act(as_anna, file, "submit")
    done(file)
    assert "Places that are not known" not in page(as_anna, file)
    assert said(act(as_anna, file, "match", suggested_0="XX02")) == [
        "Places are matched after a file is checked and before it is submitted."
    ]
    assert not PlaceMatch.objects.exists()


def test_a_full_page_is_light(as_anna: Client) -> None:
    file = reports(
        *({"ref": f"r{number}", "region": f"Regio {number} of XX02"} for number in range(70)),
        *({"ref": f"s{number}", "value": "x" * 300} for number in range(70)),
    )
    assert len(file.unknown) == 50
    for outcome in ("rejected", "unmatched"):
        assert len(page(as_anna, file, f"?outcome={outcome}").encode()) < 200_000


def test_the_columns_of_the_formats_are_told(manager: Client) -> None:
    shown = " ".join(manager.get(ADD).content.decode().split())
    assert "<b>ref</b>, <b>source</b>, <b>region</b>" in shown
    assert "up to 16 MiB and 100,000 rows" in shown


def told(file: Import) -> list[tuple[str, str, str, dict[str, Any]]]:
    """What the log tells of a file, but who read it: who, from where, what, details without the row."""
    entries = AuditEntry.objects.filter(object=f"import {file}").exclude(action="read").order_by("number")
    return [
        (
            one.actor,
            one.address,
            one.action,
            {name: value for name, value in one.facts.items() if name != "id"},
        )
        for one in entries
    ]


def test_the_log_tells_of_every_button_that_was_pressed(manager: Client, reviewer: Client) -> None:
    send(manager, csv_text("reports", {"ref": "a"}, {"ref": "b"}, {"ref": "c", "region": "Region XX 02"}))
    file = done(Import.objects.get())
    pressed: list[tuple[str, dict[str, Any]]] = [
        ("match", {"suggested_0": "XX02"}),
        ("again", {}),
        ("choose", {"of": "2,3,4", "line": ["2", "3"]}),
        ("choose", {"all": "1", "outcome": "new"}),
        ("cancel", {}),
        ("again", {}),
        ("submit", {}),
    ]
    for name, entered in pressed:
        act(manager, file, name, **entered)
        done(file)
    act(reviewer, file, "decline", reason="of another year")
    done(file)
    assert [(action, facts) for _, _, action, facts in told(file)] == [
        ("uploaded", {"sha256": file.sha256}),
        ("matched", {"places": {"un: Region XX 02": "XX02"}}),
        ("checked", {}),
        ("chosen", {"taken": [2, 3], "left_out": [4]}),
        ("chosen", {"taken": "new"}),
        ("cancelled", {}),
        ("checked", {}),
        ("submitted", {"rows": 3}),
        ("declined", {"reason": "of another year"}),
    ]
    assert {(actor, address) for actor, address, _, _ in told(file)} == {
        ("mona", "127.0.0.1"),
        ("rita", "127.0.0.1"),
    }
    assert set(AuditEntry.objects.filter(object=f"import {file}").values_list("country", flat=True)) == {"XX"}


def test_a_button_that_is_refused_leaves_no_entry(manager: Client) -> None:
    file = reports({"ref": "a"}, by="mona", countries=["XX"])
    act(manager, file, "submit")
    done(file)
    act(manager, file, "choose", of="2")
    act(manager, file, "cancel")
    assert [action for _, _, action, _ in told(file)] == ["submitted"]


def submitted(*rows: dict[str, Any], by: str = "dora") -> Import:
    file = reports(*rows, by=by)
    importing.submit(file.pk, by=by, countries=None)
    return done(file)


def test_a_reviewer_declines_an_import_and_its_uploader_reads_why(reviewer: Client) -> None:
    dora = client_of(appointed("dora", StaffRole.DATA_MANAGER))
    file = submitted({"ref": "a"}, {"ref": "b"})
    assert "Decline this import" in page(reviewer, file)
    act(reviewer, file, "decline", reason="Of another year.\nSee <round> 3.")
    assert done(file).state == ImportState.DECLINED
    shown = page(dora, file)
    assert "rita declined it on" in shown
    assert "Of another year.<br>See &lt;round&gt; 3." in shown
    returned = Report.objects.current()
    assert {(report.ref, report.status, report.reason) for report in returned} == {
        (ref, Status.REJECTED, "Of another year.\nSee <round> 3.") for ref in "ab"
    }
    assert not file.rows.exclude(step=RowStep.CHECKED).exists()
    assert "Approve" not in page(reviewer, file)


def test_what_was_decided_before_stays_when_the_rest_is_declined(as_boris: Client) -> None:
    file = submitted({"ref": "a"}, {"ref": "b"}, {"ref": "c"})
    file.rows.filter(line__gt=2).update(chosen=False)
    act(as_boris, file, "approve")
    done(file)
    review.approve(Report.objects.current().get(ref="b"), by="boris")
    act(as_boris, file, "decline", reason="counted twice")
    assert done(file).state == ImportState.DECLINED
    assert dict(Report.objects.current().values_list("ref", "status")) == {
        "a": Status.APPROVED,
        "b": Status.APPROVED,
        "c": Status.REJECTED,
    }


def test_events_that_wait_are_declined_without_a_trace_among_the_events(as_boris: Client) -> None:
    file = done(upload(csv_text("events"), format="events", by="dora", name="events.csv"))
    importing.submit(file.pk, by="dora", countries=None)
    act(as_boris, file, "decline", reason="a draft of theirs")
    assert done(file).state == ImportState.DECLINED
    assert not ConflictEvent.objects.exists()


@pytest.mark.parametrize(
    ("by", "reason", "refusal"),
    [
        ("dora", "why", "Nobody decides on their own import: somebody else has to look at it."),
        ("boris", " \n ", "reason"),
    ],
)
def test_who_declines_is_somebody_else_and_says_why(by: str, reason: str, refusal: str) -> None:
    file = submitted({"ref": "a"})
    client = client_of(User.objects.create_superuser(by))
    (message,) = said(act(client, file, "decline", reason=reason))
    assert refusal in message
    assert done(file).state == ImportState.SUBMITTED


def test_only_what_waits_for_review_is_declined(as_boris: Client) -> None:
    file = reports({"ref": "a"}, by="dora")
    assert said(act(as_boris, file, "decline", reason="why")) == [
        "Only a file that has been submitted can be declined."
    ]


def test_nobody_declines_rows_of_countries_that_are_not_theirs(reviewer: Client) -> None:
    file = submitted({"ref": "a"}, {"ref": "b", "region": "YY01"})
    assert said(act(reviewer, file, "decline", reason="why")) == [
        "It has rows of countries that are not yours; leave out your rows instead."
    ]
    assert not Report.objects.current().filter(status=Status.REJECTED).exists()


def test_who_may_not_review_declines_nothing(manager: Client) -> None:
    file = submitted({"ref": "a"})
    assert act(manager, file, "decline", reason="why").status_code == 403


def test_what_was_declined_is_checked_again_and_submitted_anew(as_anna: Client, as_boris: Client) -> None:
    file = submitted({"ref": "a"}, by="anna")
    act(as_boris, file, "decline", reason="why")
    done(file)
    act(as_anna, file, "again")
    assert done(file).state == ImportState.CHECKED
    assert "boris declined it on" not in page(as_anna, file)
    act(as_anna, file, "submit")
    assert done(file).state == ImportState.SUBMITTED
    act(as_boris, file, "approve")
    assert done(file).state == ImportState.TAKEN
    assert Report.objects.current().get().status == Status.APPROVED


def test_a_manager_of_one_country_brings_no_sources_which_are_for_all(
    manager: Client, as_anna: Client
) -> None:
    assert "sources" not in dict(manager.get(ADD).context["form"].fields["format"].choices)
    send(manager, csv_text("sources", {"code": "ngo"}), format="sources", name="sources.csv")
    assert not Import.objects.exists()
    send(as_anna, csv_text("sources", {"code": "ngo"}), format="sources", name="sources.csv")
    file = done(Import.objects.get())
    for name in ("store", "again", "cancel", "choose"):
        assert act(manager, file, name).status_code == 403


def test_a_round_is_moved_to_another_country_by_people_of_both_alone(
    manager: Client, as_anna: Client, place: Region, un: Source
) -> None:
    factories.assessment_round(un, Region.objects.get(pcode="XX01"), "R1")
    factories.assessment_round(un, Region.objects.get(pcode="YY01"), "R2")
    rows = csv_text(
        "rounds",
        {"code": "R1", "region": "YY01"},
        {"code": "R2", "region": "XX01"},
        {"code": "R3", "region": "XX01"},
    )
    send(manager, rows, format="rounds", name="rounds.csv")
    theirs = done(Import.objects.get())
    assert dict(theirs.rows.values_list("line", "outcome")) == {2: "rejected", 3: "rejected", 4: "new"}

    send(as_anna, rows, format="rounds", name="rounds.csv")
    file = done(Import.objects.exclude(pk=theirs.pk).get())
    assert list(file.rows.values_list("country", flat=True)) == ["*", "*", "XX"]
    act(manager, file, "store")
    done(file)
    assert dict(Round.objects.filter(superseded_at=None).values_list("code", "region")) == {
        "R1": "XX01", "R2": "YY01", "R3": "XX01",
    }  # fmt: skip


def test_a_file_with_too_many_rows_is_refused_and_says_how_many(as_anna: Client, settings: Settings) -> None:
    settings.IMPORT_LIMIT_ROWS = 2
    enough = reports({"ref": "a"}, {"ref": "b"})
    assert enough.state == ImportState.CHECKED
    file = reports({"ref": "a"}, {"ref": "b"}, {"ref": "c"})
    assert file.state == ImportState.REFUSED
    assert "the file has more than 2 rows; divide it" in page(as_anna, file)
    assert not file.rows.exists()


def test_a_workbook_is_uploaded_and_its_rejected_rows_come_back_as_one(
    manager: Client, reviewer: Client
) -> None:
    send(
        manager, a_workbook(REPORT, REPORT | {"ref": "b", "value": -5, "notes": "=1+1"}), name="reports.xlsx"
    )
    file = done(Import.objects.get())
    assert (file.counts["new"], file.counts["rejected"]) == (1, 1)
    answer = manager.get(reverse("admin:tracker_import_rejected", args=[file.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="rejected-{file.pk}.xlsx"'
    header, bad = load_workbook(io.BytesIO(answer.getvalue())).worksheets[0].iter_rows()
    given = {name.value: cell for name, cell in zip(header, bad, strict=True)}
    assert header[0].value == "reason"
    assert given["reason"].value == "value: the number is negative; counts begin at 0"
    assert (given["value"].value, given["start"].value) == (-5, datetime.fromisoformat("2024-12-01"))
    assert (given["notes"].value, given["notes"].data_type) == ("=1+1", "s")

    given["value"].value = 5
    corrected = io.BytesIO()
    book = given["value"].parent.parent
    assert book is not None
    book.save(corrected)
    send(manager, corrected.getvalue(), name="corrected.xlsx")
    again = done(Import.objects.exclude(pk=file.pk).get())
    assert again.counts["new"] == 1
    act(manager, again, "submit")
    done(again)
    act(reviewer, again, "approve")
    assert done(again).state == ImportState.TAKEN
    stored = Report.objects.current().approved().get()
    assert (stored.ref, stored.value, stored.notes) == ("b", 5, "=1+1")


def test_of_a_workbook_with_very_many_rejected_rows_they_come_as_csv(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MOST_IN_A_WORKBOOK", 0)
    send(manager, a_workbook(REPORT | {"value": -5}), name="reports.xlsx")
    file = done(Import.objects.get())
    answer = manager.get(reverse("admin:tracker_import_rejected", args=[file.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="rejected-{file.pk}.csv"'
    assert answer.getvalue().startswith(b"reason,")


def test_a_workbook_that_was_refused_has_no_rejected_rows(manager: Client) -> None:
    book = load_workbook(io.BytesIO(a_workbook(REPORT)))
    book.worksheets[0]["A2"] = "=1+1"
    send(manager, saved(book), name="reports.xlsx")
    file = done(Import.objects.get())
    assert file.refusal
    assert manager.get(reverse("admin:tracker_import_rejected", args=[file.pk])).status_code == 404
