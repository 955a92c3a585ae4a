"""Proposing, submitting, approving, rejecting and retracting reports."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests import factories
from tracker.errors import BadValue, NotAllowed, OutOfDate
from tracker.ingest import review
from tracker.ingest.decisions import Written
from tracker.models import Region, Report, ReviewComment, Run, Source
from tracker.vocabulary import Measure, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Region:
    return factories.country("XX")


@pytest.fixture
def un() -> Source:
    return factories.source("un")


@pytest.fixture
def approved(place: Region, un: Source) -> Report:
    return factories.report(
        place, un, 40, ref="r1", measure=Measure.DEPARTURES, author="anna", approved_by="boris"
    )


def other(report: Report, **changes: Any) -> dict[str, Any]:
    """The report's content with another number."""
    content = {name: getattr(report, name) for name in Report.CONTENT}
    return content | {"value": 45, "low": 45, "high": 45, "stated_value": 45} | changes


def revised(report: Report, *, by: str, **changes: Any) -> Report:
    return review.revise(report, other(report, **changes), by=by, reason="it was mistyped").report


def statuses() -> list[tuple[int, str, bool]]:
    rows = Report.objects.order_by("version").values_list("version", "status", "superseded_at")
    return [(version, status, until is None) for version, status, until in rows]


def test_a_draft_is_submitted_and_approved_by_somebody_else(place: Region, un: Source) -> None:
    content = {
        "source": "un", "ref": "r1", "region": "XX", "country": "XX", "measure": "departures",
        "cause": "conflict", "start": factories.DAY, "end": factories.DAY, "published": factories.DAY,
        "value": 40, "low": 40, "high": 40, "stated_value": 40,
    }  # fmt: skip
    draft = review.propose(content, by="anna").report
    submitted = review.submit(draft, by="anna").report
    decision = review.approve(submitted, by="boris")
    assert statuses() == [(1, "draft", False), (2, "submitted", False), (3, "approved", True)]
    assert (decision.report.author, decision.report.approved_by) == ("anna", "boris")
    assert [run.key for run in decision.runs] == ["build:XX:departures:conflict:"]


def test_a_reference_is_taken_once(approved: Report) -> None:
    with pytest.raises(BadValue, match="already has a report"):
        review.propose(other(approved) | {"source": "un", "ref": "r1"}, by="anna")


def test_what_stands_stays_until_its_proposal_is_approved(approved: Report) -> None:
    proposal = revised(approved, by="anna")
    assert statuses() == [(1, "approved", True), (2, "submitted", True)]
    review.approve(proposal, by="boris")
    assert statuses() == [(1, "approved", False), (2, "submitted", False), (3, "approved", True)]
    approved.refresh_from_db()
    proposal.refresh_from_db()
    standing = Report.objects.current().get()
    assert approved.superseded_at == proposal.superseded_at == standing.recorded_at


def test_a_report_that_moves_to_another_series_makes_both_cubes_due(approved: Report) -> None:
    proposal = revised(approved, by="anna", cause="disaster")
    decision = review.approve(proposal, by="boris")
    assert [run.key for run in decision.runs] == [
        "build:XX:departures:conflict:",
        "build:XX:departures:disaster:",
    ]


def test_nobody_approves_what_they_wrote(approved: Report) -> None:
    proposal = revised(approved, by="anna")
    with pytest.raises(NotAllowed, match="Nobody approves their own report"):
        review.approve(proposal, by="anna")
    with pytest.raises(NotAllowed):
        review.approve(proposal, by="")
    assert "approve" not in review.steps(proposal, by="anna", beside=approved)
    assert "approve" in review.steps(proposal, by="boris", beside=approved)


def test_nobody_approves_what_they_wrote_and_another_touched_up(approved: Report) -> None:
    first = revised(approved, by="anna")
    second = revised(first, by="boris", notes="a word added", value=46, high=46, stated_value=46)
    for author in ("anna", "boris"):
        with pytest.raises(NotAllowed):
            review.approve(second, by=author)
    assert review.approve(second, by="clara").report.approved_by == "clara"


def test_nobody_approves_what_they_submitted_for_another(place: Region, un: Source) -> None:
    draft = factories.report(
        place, un, status=Status.DRAFT, author="anna", recorded_by="anna", approved_by=""
    )
    waiting = review.submit(draft, by="boris").report
    for by in ("anna", "boris"):
        with pytest.raises(NotAllowed, match="Nobody approves their own report"):
            review.approve(waiting, by=by)
        assert "approve" not in review.steps(waiting, by=by, beside=None)
    assert review.approve(waiting, by="clara").report.approved_by == "clara"


def test_nobody_approves_what_they_handed_in_by_a_file_over_a_returned_report(
    place: Region, un: Source
) -> None:
    waiting = factories.report(
        place, un, status=Status.SUBMITTED, author="anna", recorded_by="anna", approved_by=""
    )
    returned = review.reject(waiting, by="boris", reason="the page says 46").report
    # As an import does: one version in place of the other, at one moment.
    imported = returned.successor(
        status=Status.SUBMITTED, author="import of r.csv", recorded_by="dora", version=3, notes="46 it is",
        recorded_at=timezone.now(),
    )  # fmt: skip
    with transaction.atomic():
        review.store([Written(imported, (returned,))])
    with pytest.raises(NotAllowed, match="Nobody approves their own report"):
        review.approve(imported, by="dora")
    assert "approve" not in review.steps(imported, by="dora", beside=None)
    assert "approve" in review.steps(imported, by="boris", beside=None)


def test_nobody_approves_what_they_handed_in_again_after_a_decision(place: Region, un: Source) -> None:
    waiting = factories.report(
        place, un, status=Status.SUBMITTED, author="import of r.csv", recorded_by="anna", approved_by=""
    )
    stands = review.approve(waiting, by="boris").report
    again = stands.successor(
        status=Status.SUBMITTED, approved_by="", recorded_by="dora", version=3, recorded_at=timezone.now()
    )
    with transaction.atomic():
        review.store([Written(again)])
    with pytest.raises(NotAllowed, match="Nobody approves their own report"):
        review.approve(again, by="dora", reason="the same file")


def test_who_returned_a_report_may_approve_it_later(approved: Report) -> None:
    returned = review.reject(revised(approved, by="anna"), by="boris", reason="the page says 46").report
    draft = revised(returned, by="anna", value=46, high=46, stated_value=46)
    waiting = review.submit(draft, by="anna").report
    assert review.approve(waiting, by="boris").report.approved_by == "boris"


def test_comments_on_fields_are_reason_enough_and_stay_for_good(approved: Report) -> None:
    proposal = revised(approved, by="anna")
    with pytest.raises(BadValue, match="say why"):
        review.reject(proposal, by="boris", comments={"stated_value": " "})
    returned = review.reject(proposal, by="boris", comments={"stated_value": "the page says 46", "end": ""})
    assert returned.report.reason == "stated value: the page says 46"
    comment = ReviewComment.objects.get()
    assert (comment.report_id, comment.field, comment.text) == (
        proposal.pk, "stated_value", "the page says 46",
    )  # fmt: skip
    waiting = review.submit(revised(returned.report, by="anna", value=46, high=46), by="anna").report
    assert ReviewComment.objects.open().count() == 1
    review.approve(waiting, by="boris")
    comment.refresh_from_db()
    assert (comment.settled_by, comment.settled_at is not None) == ("boris", True)


def test_a_reviewer_settles_one_comment_and_asks_again(approved: Report) -> None:
    first = review.reject(
        revised(approved, by="anna"), by="boris", comments={"end": "which day?", "url": "where?"}
    ).report
    waiting = review.submit(revised(first, by="anna", url="https://example.org"), by="anna").report
    settled = ReviewComment.objects.get(field="url")
    review.reject(waiting, by="clara", reason="still no day", settled=[settled.pk])
    states = ReviewComment.objects.values_list("field", "settled_by")
    assert dict(states) == {"end": "", "url": "clara"}


def test_who_wrote_an_earlier_proposal_may_approve_a_later_one(approved: Report) -> None:
    standing = review.approve(revised(approved, by="anna"), by="boris").report
    later = review.revise(standing, other(standing, value=47, high=47), by="boris", reason="again").report
    assert review.approve(later, by="anna").report.approved_by == "anna"


def test_a_rejected_proposal_goes_back_and_becomes_a_draft_when_edited(approved: Report) -> None:
    proposal = revised(approved, by="anna")
    with pytest.raises(BadValue, match="say why"):
        review.reject(proposal, by="boris", reason=" ")
    rejected = review.reject(proposal, by="boris", reason="the page says 41").report
    assert (rejected.status, rejected.author) == (Status.REJECTED, "anna")
    again = revised(rejected, by="anna", value=41, low=41, high=41)
    assert again.status == Status.DRAFT
    assert Report.objects.current().approved().get().value == 40
    assert not Run.objects.exists()


def test_a_retracted_report_leaves_the_figures_and_can_come_back(approved: Report) -> None:
    decision = review.retract(approved, by="clara", reason="the source withdrew it")
    assert [run.key for run in decision.runs] == ["build:XX:departures:conflict:"]
    assert not Report.objects.current().approved().exists()
    back = revised(decision.report, by="anna")
    assert review.approve(back, by="boris").report.status == Status.APPROVED


def test_an_edit_needs_a_reason_and_a_change(approved: Report) -> None:
    with pytest.raises(BadValue, match="say why"):
        review.revise(approved, other(approved), by="anna", reason="")
    same = {name: getattr(approved, name) for name in Report.CONTENT}
    with pytest.raises(NotAllowed, match="Nothing was changed"):
        review.revise(approved, same, by="anna", reason="to see")
    assert Report.objects.count() == 1


def test_what_somebody_else_has_changed_meanwhile_is_not_written_over(approved: Report) -> None:
    proposal = revised(approved, by="anna")
    revised(proposal, by="boris", value=46, high=46)
    for step in (review.submit, review.approve):
        with pytest.raises(OutOfDate):
            step(proposal, by="clara")
    with pytest.raises(OutOfDate):
        revised(proposal, by="clara", value=48, high=48)
    with pytest.raises(NotAllowed, match="already waits beside"):
        revised(approved, by="clara")


@pytest.mark.parametrize("status", [Status.DRAFT, Status.REJECTED, Status.APPROVED, Status.RETRACTED])
def test_only_what_is_submitted_is_approved(status: str, place: Region, un: Source) -> None:
    report = factories.report(place, un, status=status)
    with pytest.raises(NotAllowed, match="Only a submitted report"):
        review.approve(report, by="clara")


def test_what_is_refused_leaves_nothing_behind(approved: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = revised(approved, by="anna")

    def no_more_runs(*_: Any, **__: Any) -> None:
        raise RuntimeError("the machine stopped here")

    monkeypatch.setattr(review, "request_builds", no_more_runs)
    with pytest.raises(RuntimeError), transaction.atomic():
        review.approve(proposal, by="boris")
    assert statuses() == [(1, "approved", True), (2, "submitted", True)]


def test_of_two_proposals_at_one_moment_one_gets_through(approved: Report) -> None:
    second = approved.successor(status=Status.SUBMITTED, approved_by="", author="clara", version=2)
    revised(approved, by="anna")
    with pytest.raises(OutOfDate, match="at the same moment"):
        review.store([Written(second)])
    assert Report.objects.proposed().get().author == "anna"
