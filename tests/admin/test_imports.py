"""Imports in the admin: who sees, uploads, submits, approves and matches what."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests import factories
from tests.admin.logging_in import appointed
from tests.ingest.files import csv_text
from tests.uploading import done, reports, upload
from tracker.ingest import importing
from tracker.models import Import, PlaceMatch, Region, Report, Run, Source, StaffRole
from tracker.models.audit import AuditEntry
from tracker.vocabulary import ImportState, RunState

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
        (b"PK\x03\x04zip", "This is a workbook of a spreadsheet program; save the sheet as CSV in UTF-8."),
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
    assert "<b>value</b>: <del>40</del> → <ins>41</ins>" in shown


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
    assert "up to 16 MiB" in shown
