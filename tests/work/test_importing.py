"""Uploaded files as runs: checked, submitted, approved; killed, cancelled and overtaken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import shapely
from django.utils import timezone

from tests import factories
from tests.french import in_french
from tests.ingest.files import csv_text
from tests.uploading import done, outcomes, reports, row, upload
from tracker.errors import BadValue, NotAllowed, OutOfDate
from tracker.ingest import importing, review, uploads
from tracker.models import (
    ConflictEvent,
    Figure,
    Import,
    ImportRow,
    PlaceMatch,
    Region,
    Report,
    ReviewComment,
    Run,
    Source,
)
from tracker.vocabulary import ImportState, RowStep, RunState, Status
from tracker.work import drain
from tracker.work import importing as work
from tracker.work.ticking import waiting_behind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _known() -> None:
    factories.country("XX")
    factories.country("YY", parts=1)
    factories.source("un")


@pytest.fixture
def every_word() -> Iterator[None]:
    """A check tells how far it is after each row."""
    with patch.object(work, "BETWEEN_WORDS", 0):
        yield


def submitted(*rows: dict[str, Any], **more: Any) -> Import:
    """A file of reports that anna has submitted."""
    file = reports(*rows, **more)
    importing.submit(file.pk, by="anna", countries=None)
    return done(file)


def approved(file: Import, *, by: str = "boris") -> Import:
    importing.approve(file.pk, by=by, countries=None)
    return done(file)


def declined(file: Import, *, by: str = "boris") -> Import:
    importing.decline(file.pk, by=by, reason="of another year", countries=None)
    return done(file)


def statuses() -> dict[str, str]:
    """The status of each report by its ref."""
    return dict(Report.objects.current().values_list("ref", "status"))


def run_of(file: Import) -> Run:
    """The last run of the file."""
    return Run.objects.filter(key=file.key).latest("pk")


def test_a_file_is_checked_and_each_row_kept_with_what_it_would_do() -> None:
    factories.report(Region.objects.get(pcode="XX01"), Source.objects.get(), 40, ref="there")
    file = reports(
        {"ref": "a"}, {"ref": "there"}, {"ref": "b", "value": "x"}, {"ref": "c", "region": "Nowhere"}
    )
    assert file.state == ImportState.CHECKED
    assert outcomes(file) == {2: "new", 3: "changed", 4: "rejected", 5: "unmatched"}
    assert file.counts == {"new": 1, "changed": 1, "unchanged": 0, "rejected": 1, "unmatched": 1}
    assert row(file, 4).reasons_in_words == [
        ("value", "x", "expected a whole number in plain digits, such as 12500")
    ]
    assert (file.share_done, file.rows_done) == (1000, 4)
    assert Report.objects.count() == 1
    run = run_of(file)
    assert (run.state, run.input_hash, run.requested_by) == (RunState.DONE, file.sha256, "anna")


def test_the_figures_that_would_change_most_are_foreseen_as_they_then_come() -> None:
    with patch.object(work, "MOST_EFFECTS", 100):
        file = submitted({"ref": "a", "value": "100"}, {"ref": "b", "region": "XX02", "value": "9"})
    foreseen = {
        (change["region"], change["period"]): change["new"]
        for change in file.effects["changes"]
        if change["period_type"] == "month"
    }
    assert [change["new"] for change in file.effects["changes"]] == sorted(
        (change["new"] for change in file.effects["changes"]), reverse=True
    )
    approved(file)
    drain()
    stored = Figure.objects.current().filter(period_type="month")
    assert foreseen == {(figure.region, "2024-12"): figure.value for figure in stored}
    assert file.effects["cubes_left_out"] == 0


def test_what_there_is_no_time_to_foresee_is_said() -> None:
    with patch.object(work, "PREVIEW_SECONDS", -1), patch.object(work, "MOST_PREVIEWED", 1):
        file = reports({"ref": "a"}, {"ref": "b"})
    assert (file.effects["changes"], file.effects["cubes_left_out"]) == ([], 1)
    assert file.effects["rows_left_out"] == 1


def test_submitted_rows_wait_for_review_under_the_name_of_who_uploaded_them() -> None:
    file = submitted({"ref": "a"}, {"ref": "b", "value": "x"})
    assert file.state == ImportState.SUBMITTED
    report = Report.objects.get()
    assert (report.ref, report.status, report.author) == ("a", Status.SUBMITTED, "anna")


def test_somebody_else_approves_and_figures_are_due() -> None:
    file = approved(submitted({"ref": "a"}))
    standing = Report.objects.current().get()
    assert (standing.status, standing.author, standing.approved_by) == (Status.APPROVED, "anna", "boris")
    assert (file.state, file.taken_by) == (ImportState.TAKEN, "boris")
    build = Run.objects.get(kind="build")
    assert waiting_behind(run_of(file).pk) == [build.pk]


@pytest.mark.parametrize("by", ["anna", "clara", ""])
def test_nobody_approves_what_they_uploaded_or_submitted(by: str) -> None:
    file = reports({"ref": "a"})
    importing.submit(file.pk, by="clara", countries=None)
    done(file)
    with pytest.raises(NotAllowed, match="Nobody approves their own import"):
        importing.approve(file.pk, by=by, countries=None)


def test_only_the_chosen_rows_are_taken_and_the_others_can_be_taken_later() -> None:
    file = submitted({"ref": "a"}, {"ref": "b"}, {"ref": "c"})
    importing.choose(file.pk, chosen=[2], of=[2, 3], by="boris", countries=None)
    file = approved(file)
    standing = Report.objects.current().approved()
    assert set(standing.values_list("ref", flat=True)) == {"a", "c"}
    assert file.state == ImportState.SUBMITTED
    importing.choose_all(file.pk, chosen=True, outcome="new", by="boris", countries=None)
    assert approved(file).state == ImportState.TAKEN
    assert standing.count() == 3


def test_nothing_is_submitted_where_nothing_is_chosen() -> None:
    file = reports({"ref": "a"})
    importing.choose_all(file.pk, chosen=False, outcome="new", by="anna", countries=None)
    with pytest.raises(NotAllowed, match="No row is chosen"):
        importing.submit(file.pk, by="anna", countries=None)


def test_what_changed_since_the_check_is_shown_anew_and_not_done() -> None:
    file = submitted({"ref": "a", "value": "7"}, {"ref": "b"})
    factories.report(Region.objects.get(pcode="XX02"), Source.objects.get(), 40, ref="a")
    file = approved(file)
    assert (file.state, file.otherwise) == (ImportState.SUBMITTED, 1)
    assert outcomes(file) == {2: "changed", 3: "new"}
    assert ["value", "40", "7"] in row(file, 2).changes
    assert Report.objects.current().approved().get().value == 40
    approved(file)
    assert set(Report.objects.current().approved().values_list("ref", "value")) == {("a", 7), ("b", 1200)}


def test_what_changed_before_it_is_submitted_is_shown_anew_and_can_be_submitted_then() -> None:
    file = reports({"ref": "a", "value": "7"})
    factories.report(Region.objects.get(pcode="XX02"), Source.objects.get(), 40, ref="a")
    importing.submit(file.pk, by="anna", countries=None)
    file = done(file)
    assert (file.state, file.otherwise, file.submitted_by) == (ImportState.CHECKED, 1, "")
    assert not Report.objects.filter(status=Status.SUBMITTED).exists()
    importing.submit(file.pk, by="clara", countries=None)
    file = done(file)
    assert (file.state, file.submitted_by) == (ImportState.SUBMITTED, "clara")
    assert file.submitted_at is not None
    assert Report.objects.current().get(status=Status.SUBMITTED).stated_value == 7


def test_a_place_that_is_matched_otherwise_since_the_check_is_shown_anew() -> None:
    match = PlaceMatch.objects.create(publisher="un", text="Here", pcode="XX01", matched_by="anna")
    file = submitted({"ref": "a", "region": "Here"})
    Report.objects.all().delete()
    match.pcode = "XX02"
    match.save()
    file = approved(file)
    assert (file.state, file.otherwise) == (ImportState.SUBMITTED, 1)
    assert ["region", "XX02"] in row(file, 2).said
    assert not Report.objects.approved().exists()


def test_a_row_that_comes_to_lie_beyond_the_uploaders_countries_is_not_taken() -> None:
    file = submitted({"ref": "a"}, countries={"XX"})
    Import.objects.update(countries=["YY"])
    file = approved(file)
    assert (file.otherwise, outcomes(file)) == (1, {2: "rejected"})
    assert (file.state, file.submitted_by) == (ImportState.CHECKED, "")
    assert not Report.objects.approved().exists()


def test_what_a_reviewer_has_returned_since_is_shown_anew_and_settled_once_it_is_approved() -> None:
    file = submitted({"ref": "a"}, {"ref": "b"})
    for ref in ("a", "b"):
        review.reject(Report.objects.current().get(ref=ref), by="rita", comments={"value": "Whose?"})
    importing.choose(file.pk, chosen=[2], of=[2, 3], by="boris", countries=None)
    file = approved(file)
    assert (file.state, file.otherwise) == (ImportState.SUBMITTED, 1)
    assert "was returned by a reviewer" in row(file, 2).reasons_in_words[0][2]
    assert not Report.objects.approved().exists()
    assert ReviewComment.objects.open().count() == 2
    approved(file)
    assert Report.objects.current().approved().get().ref == "a"
    assert ReviewComment.objects.open().get().report.ref == "b"
    assert ReviewComment.objects.get(report__ref="a").settled_by == "boris"


def test_another_proposal_that_came_meanwhile_is_not_silently_replaced() -> None:
    file = submitted({"ref": "a"})
    Report.objects.filter(ref="a").update(stated_value=3, author="dora")
    file = approved(file)
    assert file.otherwise == 1
    assert "a proposal by dora waits" in row(file, 2).reasons_in_words[0][2]


def test_a_proposal_that_replaced_one_of_a_clock_that_is_ahead_is_returned_with_the_others() -> None:
    submitted({"ref": "a", "value": "7"}, name="first.csv")
    ahead = timezone.now() + timedelta(minutes=5)
    Report.objects.update(recorded_at=ahead)
    Import.objects.update(submitted_at=ahead)
    file = submitted({"ref": "a"}, {"ref": "b"})
    assert Report.objects.current().get(ref="a").recorded_at == ahead
    declined(file)
    assert statuses() == {"a": Status.REJECTED, "b": Status.REJECTED}
    assert run_of(file).outcome == "reports.csv was declined: 2 proposed reports were returned."


def test_the_proposals_of_a_file_that_holds_when_its_load_ended_are_returned() -> None:
    file = submitted({"ref": "a"}, {"ref": "two words"})
    Import.objects.update(submitted_at=timezone.now() + timedelta(minutes=5))
    declined(file)
    assert statuses() == {"a": Status.REJECTED, "two words": Status.REJECTED}


def test_a_proposal_whose_row_a_later_check_rejects_is_returned_too() -> None:
    match = PlaceMatch.objects.create(publisher="un", text="Here", pcode="XX01", matched_by="anna")
    file = submitted({"ref": "a", "region": "Here"}, {"ref": "b"}, {"ref": "b", "value": "5"})
    match.delete()
    importing.check_again(file.pk, by="anna")
    assert outcomes(done(file)) == {2: "unmatched", 3: "new", 4: "rejected"}
    declined(file)
    assert statuses() == {"a": Status.REJECTED, "b": Status.REJECTED}


def test_declining_leaves_alone_what_was_edited_since_and_what_another_file_or_person_proposes() -> None:
    file = submitted(*({"ref": ref} for ref in ("edited", "handed", "later", "own", "waits")))
    for ref, by in (("edited", "dora"), ("own", "anna")):
        report = Report.objects.get(ref=ref)
        content = {name: getattr(report, name) for name in Report.CONTENT} | {"notes": "Mind the bridge."}
        review.revise(report, content, by=by, reason="it was mistyped")
    other = reports({"ref": "handed", "value": "8"}, name="others.csv")
    importing.submit(other.pk, by="clara", countries=None)
    done(other)
    submitted({"ref": "later", "value": "9"}, name="later.csv")
    with patch.object(review, "PAIRS", 2):
        declined(file)
    assert statuses() == dict.fromkeys(("edited", "handed", "later", "own"), Status.SUBMITTED) | {
        "waits": Status.REJECTED
    }


def test_a_run_that_is_broken_off_while_it_stores_leaves_nothing_and_stores_all_once_when_done_again() -> (
    None
):
    file = submitted({"ref": "a"}, {"ref": "b"})
    importing.approve(file.pk, by="boris", countries=None)
    with patch.object(work, "_move_on", side_effect=RuntimeError("the power is gone")):
        drain(keys=[file.key])
    assert not Report.objects.approved().exists()
    file.refresh_from_db()
    assert file.state == ImportState.TAKING
    Run.objects.filter(key=file.key).update(not_before=timezone.now())
    assert done(file).state == ImportState.TAKEN
    assert Report.objects.current().approved().count() == 2


def test_a_check_whose_worker_was_killed_is_taken_up_by_another() -> None:
    file = upload(csv_text("reports"))
    run = run_of(file)
    gone = timezone.now() - timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, lease="x", lease_until=gone, attempts=1)
    assert done(file).state == ImportState.CHECKED
    assert file.rows.count() == 1


def test_the_run_of_an_import_that_is_done_already_does_nothing() -> None:
    file = approved(submitted({"ref": "a"}))
    before = Report.objects.count()
    importing.request(file, importing.TAKE, by="boris", countries=None)
    assert done(file).state == ImportState.TAKEN
    assert Report.objects.count() == before
    assert run_of(file).outcome == "There was nothing to do."


@pytest.mark.usefixtures("every_word")
def test_a_check_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    tell = work.Progress.tell

    def listening(progress: work.Progress, share: float, *, rows: int, at_once: bool = False) -> None:
        tell(progress, share, rows=rows, at_once=at_once)
        told.append(Import.objects.values_list("share_done", "rows_done").get())

    with patch.object(work.Progress, "tell", listening):
        reports(*({"ref": f"r{number}"} for number in range(600)))
    assert told == sorted(told)
    assert {rows for _, rows in told} == set(range(1, 601))
    assert len({share for share, _ in told}) > 3
    assert told[-1] == (950, 600)


def test_a_check_does_not_tell_more_often_than_is_seen() -> None:
    with patch.object(work, "BETWEEN_WORDS", 1000), patch.object(Import.objects, "filter") as asked:
        work.Progress(Import(pk=1)).tell(0.5, rows=1)
        asked.assert_not_called()


@pytest.mark.usefixtures("every_word")
def test_a_check_that_is_cancelled_ends_and_keeps_nothing() -> None:
    file = upload(csv_text("reports", {"ref": "a"}, {"ref": "b"}))
    tell = work.Progress.tell

    def cancelling(progress: work.Progress, share: float, *, rows: int, at_once: bool = False) -> None:
        if rows == 1:
            importing.cancel(file.pk)
        tell(progress, share, rows=rows, at_once=at_once)

    with patch.object(work.Progress, "tell", cancelling):
        done(file)
    assert file.state == ImportState.CANCELLED
    assert not ImportRow.objects.exists()
    assert run_of(file).outcome == "It was cancelled."


def test_a_file_that_is_cancelled_before_its_check_is_not_checked() -> None:
    file = upload(csv_text("reports"))
    importing.cancel(file.pk)
    assert done(file).state == ImportState.CANCELLED
    assert not ImportRow.objects.exists()


def test_what_is_submitted_can_no_longer_be_cancelled() -> None:
    with pytest.raises(NotAllowed, match="no longer be cancelled"):
        importing.cancel(submitted({"ref": "a"}).pk)


@pytest.mark.parametrize("content", [b"region,ref\nXX01,a\n", b"ref,source\xff\n", b"\n"])
def test_a_file_of_another_layout_is_refused_with_the_reason(content: bytes) -> None:
    file = done(upload(content))
    assert file.state == ImportState.REFUSED
    assert file.refusal_in_words.startswith("line ")
    assert run_of(file).outcome == f"{file.file_name} was refused: {file.refusal_in_words}"
    assert run_of(file).state == RunState.REFUSED


def test_reasons_are_told_in_the_language_of_who_reads_them() -> None:
    file = reports({"end": "2024-11-30"})
    refused = done(upload(b"region,ref\nXX01,a\n"))
    french = {
        "the report ends before it starts, on %(start)s": "il finit avant de commencer, le %(start)s",
        "line %(line)s: %(reason)s": "ligne %(line)s : %(reason)s",
        "the column %(name)s is missing": "la colonne %(name)s manque",
    }
    with in_french(french):
        reasons = [reason for _column, _value, reason in row(file, 2).reasons_in_words]
        assert reasons == ["il finit avant de commencer, le 1 décembre 2024"]
        assert refused.refusal_in_words.startswith("ligne 1 : la colonne source manque; la colonne measure")


def test_reasons_that_were_stored_as_text_are_still_read() -> None:
    kept = ImportRow(reasons=[["value", "x", "expected a number"]])
    assert kept.reasons_in_words == [("value", "x", "expected a number")]
    assert Import(refusal="line 1: the file is empty").refusal_in_words == "line 1: the file is empty"


def test_a_check_that_fails_for_good_is_parked_and_can_be_tried_again() -> None:
    file = upload(csv_text("reports"))
    stored = uploads.path_of(file.stored_as)
    away = stored.rename(stored.with_suffix(".away"))
    for _ in range(5):
        Run.objects.filter(key=file.key).update(not_before=timezone.now())
        done(file)
    assert run_of(file).state == RunState.PARKED
    assert run_of(file).outcome.startswith("FileNotFoundError")
    away.rename(stored)
    importing.try_again(file.pk, by="anna")
    assert done(file).state == ImportState.CHECKED
    with pytest.raises(NotAllowed, match="nothing to try again"):
        importing.try_again(file.pk, by="anna")


def test_a_step_that_failed_for_good_can_be_taken_back() -> None:
    file = submitted({"ref": "a"})
    importing.approve(file.pk, by="boris", countries=None)
    with pytest.raises(NotAllowed):
        importing.cancel(file.pk)
    Run.objects.filter(key=file.key, state=RunState.DUE).update(state=RunState.PARKED)
    importing.cancel(file.pk)
    file.refresh_from_db()
    assert file.state == ImportState.SUBMITTED


def test_a_submission_that_failed_for_good_is_taken_back_and_the_file_can_be_submitted_again() -> None:
    file = reports({"ref": "a"})
    importing.submit(file.pk, by="anna", countries=None)
    Run.objects.filter(key=file.key, state=RunState.DUE).update(state=RunState.PARKED)
    importing.cancel(file.pk)
    file.refresh_from_db()
    assert (file.state, file.submitted_by) == (ImportState.CHECKED, "")
    importing.submit(file.pk, by="anna", countries=None)
    assert done(file).state == ImportState.SUBMITTED


def test_the_same_file_again_is_the_import_of_the_first_time() -> None:
    first = reports({"ref": "a"})
    again = importing.receive(
        [csv_text("reports", {"ref": "a"}).encode()], format="reports", file_name="other.csv", by="boris",
        countries=None, among=Import.objects.all(),
    )  # fmt: skip
    assert (again.upload, again.is_known, again.runs) == (first, True, [])
    assert Import.objects.count() == 1
    assert len(list(uploads.path_of(first.stored_as).parent.iterdir())) == 1
    unseen = importing.receive(
        [csv_text("reports", {"ref": "a"}).encode()], format="reports", file_name="other.csv", by="boris",
        countries=None, among=Import.objects.none(),
    )  # fmt: skip
    assert unseen.upload != first


def test_the_same_file_for_other_countries_is_another_import() -> None:
    narrow = reports({"ref": "a"}, {"ref": "b", "region": "YY01"}, countries={"XX"})
    wide = reports({"ref": "a"}, {"ref": "b", "region": "YY01"})
    assert (narrow.counts["new"], wide.counts["new"]) == (1, 2)


def test_a_place_is_matched_once_and_known_for_the_next_file_of_its_source() -> None:
    file = reports({"ref": "a", "region": "Region XX 02"}, {"ref": "b", "region": "Region XX 02"})
    assert file.unknown == [
        {
            "publisher": "un",
            "text": "Region XX 02",
            "is_place": True,
            "rows": 2,
            "suggested": file.unknown[0]["suggested"],
        }
    ]
    assert file.unknown[0]["suggested"][0] == "XX02"
    importing.match_places(file.pk, {("un", "Region XX 02"): "XX02"}, by="anna", countries=None)
    assert outcomes(done(file)) == {2: "new", 3: "new"}
    match = PlaceMatch.objects.get()
    assert (match.pcode, match.matched_by) == ("XX02", "anna")
    later = submitted({"ref": "later", "region": "Region XX 02"})
    approved(later)
    assert Report.objects.current().get(ref="later").region == "XX02"


def test_a_place_that_somebody_has_matched_meanwhile_is_not_matched_to_another_region() -> None:
    first, second = (reports({"ref": ref, "region": "Here"}) for ref in ("a", "b"))
    importing.match_places(first.pk, {("un", "Here"): "XX02"}, by="anna", countries=None)
    with pytest.raises(OutOfDate, match="anna has matched Here to XX02 already"):
        importing.match_places(second.pk, {("un", "Here"): "XX01"}, by="boris", countries=None)
    assert (PlaceMatch.objects.get().pcode, PlaceMatch.objects.get().matched_by) == ("XX02", "anna")
    importing.match_places(second.pk, {("un", "Here"): "XX02"}, by="boris", countries=None)
    assert outcomes(done(second)) == {2: "new"}


def test_a_place_is_matched_to_a_region_that_there_is_and_of_ones_own_countries() -> None:
    file = reports({"region": "Somewhere"})
    for pcode, reason in (("XX99", "no region has this P-code"), ("YY01", "not in your countries")):
        with pytest.raises(BadValue, match=reason):
            importing.match_places(file.pk, {("un", "Somewhere"): pcode}, by="anna", countries={"XX"})
    assert not PlaceMatch.objects.exists()


def test_rows_of_other_countries_are_rejected_and_not_for_others_to_take() -> None:
    file = reports({"ref": "a"}, {"ref": "b", "region": "YY01"}, countries={"XX"})
    assert outcomes(file) == {2: "new", 3: "rejected"}
    wide = submitted({"ref": "a"}, {"ref": "b", "region": "YY01"}, by="dora")
    importing.approve(wide.pk, by="boris", countries={"YY"})
    assert done(wide).state == ImportState.SUBMITTED
    assert Report.objects.current().approved().get().ref == "b"


def test_a_report_that_would_move_to_another_country_is_taken_by_people_of_all_countries() -> None:
    factories.report(Region.objects.get(pcode="YY01"), Source.objects.get(), 40, ref="a")
    file = submitted({"ref": "a"})
    for countries in ({"XX"}, {"XX", "YY"}):
        with pytest.raises(NotAllowed, match="No row is chosen"):
            importing.approve(file.pk, by="boris", countries=countries)
    assert approved(file).state == ImportState.TAKEN


def test_events_wait_for_review_and_are_then_stored() -> None:
    file = done(upload(csv_text("events", {"event_id": "e1"}), format="events"))
    assert importing.submit(file.pk, by="anna", countries=None) == []
    assert not ConflictEvent.objects.exists()
    file.refresh_from_db()
    assert (file.state, row(file, 2).step) == (ImportState.SUBMITTED, RowStep.SUBMITTED)
    assert approved(file).state == ImportState.TAKEN
    assert ConflictEvent.objects.current().get().event_id == "e1"
    assert Run.objects.filter(kind="conflict").exists()


def test_sources_are_stored_without_review() -> None:
    file = done(upload(csv_text("sources", {"code": "ngo"}, {"code": "who", "tier": "9"}), format="sources"))
    with pytest.raises(NotAllowed):
        importing.submit(file.pk, by="anna", countries=None)
    importing.store(file.pk, by="anna", countries=None)
    assert done(file).state == ImportState.TAKEN
    assert Source.objects.current().filter(code="ngo").exists()


def test_what_needs_review_is_not_stored_without() -> None:
    with pytest.raises(NotAllowed, match="without review"):
        importing.store(reports({"ref": "a"}).pk, by="anna", countries=None)


def test_checked_again_keeps_what_was_left_out_and_sees_what_is_known_now() -> None:
    file = reports({"ref": "a"}, {"ref": "b", "source": "ngo"})
    importing.choose(file.pk, chosen=[], of=[2], by="anna", countries=None)
    factories.source("ngo")
    importing.check_again(file.pk, by="anna")
    assert outcomes(done(file)) == {2: "new", 3: "new"}
    assert (row(file, 2).chosen, row(file, 3).chosen) == (False, True)


def test_while_a_file_is_worked_on_nothing_is_asked_of_it() -> None:
    file = upload(csv_text("reports"))
    with pytest.raises(NotAllowed):
        importing.check_again(file.pk, by="anna")
    with pytest.raises(NotAllowed):
        importing.match_places(file.pk, {}, by="anna", countries=None)
    with pytest.raises(OutOfDate):
        importing.choose(file.pk, chosen=[2], of=[2], by="anna", countries=None)


def test_an_event_whose_point_comes_to_lie_in_another_region_is_shown_anew() -> None:
    shape = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    Region.objects.filter(pcode__in=["XX", "XX01"]).update(geometry=shape)
    where = {"latitude": "0.5", "longitude": "0.5", "region": ""}
    file = done(upload(csv_text("events", where), format="events"))
    assert ["region", "XX01"] in row(file, 2).said
    importing.submit(file.pk, by="anna", countries=None)
    Region.objects.filter(pcode="XX01").update(geometry=None)
    Region.objects.filter(pcode="XX02").update(geometry=shape)
    file = approved(file)
    assert (file.state, file.otherwise) == (ImportState.SUBMITTED, 1)
    assert ["region", "XX02"] in row(file, 2).said
    assert not ConflictEvent.objects.exists()
