"""One action on many reports: planned, done to all or none, and undone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tracker.errors import BadValue, NotAllowed, OutOfDate
from tracker.ingest import bulk_review, bulk_undo, review
from tracker.ingest.bulk_review import Order
from tracker.models import BulkOperation, Region, Report, ReviewComment, Run, Source
from tracker.vocabulary import Measure, Role, Status

pytestmark = pytest.mark.django_db

APPROVE = Order("approve", "boris")
RETRACT = Order("retract", "boris", reason="the source withdrew them")


@pytest.fixture
def place() -> Region:
    return factories.country("XX")


@pytest.fixture
def un() -> Source:
    return factories.source("un")


def report(place: Region, un: Source, ref: str, status: str = Status.SUBMITTED, **fields: Any) -> Report:
    approved_by = "clara" if status in {Status.APPROVED, Status.RETRACTED} else ""
    by = {"author": "anna", "recorded_by": "anna", "approved_by": approved_by}
    return factories.report(
        place, un, ref=ref, status=status, **{"measure": Measure.DEPARTURES} | by | fields
    )


def standing() -> dict[str, tuple[str, str]]:
    """What is current of each report, by reference: what stands, and what is proposed."""
    found: dict[str, tuple[str, str]] = {}
    for row in Report.objects.current().order_by("ref", "-status"):
        lanes = list(found.get(row.ref, ("", "")))
        lanes[row.status not in {"approved", "retracted"}] = row.status
        found[row.ref] = (lanes[0], lanes[1])
    return found


def revised(old: Report, *, by: str = "anna", **changes: Any) -> Report:
    content = {name: getattr(old, name) for name in Report.CONTENT} | {"notes": "more is known"} | changes
    return review.revise(old, content, by=by, reason="more is known").report


def test_a_plan_tells_what_is_left_out_and_why(place: Region, un: Source) -> None:
    reports = [
        report(place, un, "good"),
        report(place, un, "own", author="boris"),
        report(place, un, "draft", Status.DRAFT),
        report(place, un, "stands", Status.APPROVED),
    ]
    found = bulk_review.plan(reports, APPROVE)
    assert [one.report.ref for one in found.eligible] == ["good"]
    assert {one.report.ref: one.why.split(":")[0].split(".")[0] for one in found.refused} == {
        "own": "Nobody approves their own report",
        "draft": "Only a submitted report can be approved",
        "stands": "Only a submitted report can be approved",
    }
    assert Report.objects.count() == 4


def test_all_are_approved_and_their_builds_are_due_once(place: Region, un: Source) -> None:
    reports = [report(place, un, f"r{number}") for number in range(5)]
    old = report(place, un, "change", Status.APPROVED)
    reports.append(revised(old))
    done = bulk_review.carry_out(reports, APPROVE)
    assert set(standing().values()) == {("approved", "")}
    assert Report.objects.current().filter(approved_by="boris").count() == 6
    assert [run.key for run in done.runs] == ["build:XX:departures:conflict:"]
    assert Run.objects.count() == 1
    old.refresh_from_db()
    assert old.superseded_at == done.operation.at


def test_one_that_cannot_be_done_leaves_all_as_they_are(place: Region, un: Source) -> None:
    reports = [report(place, un, f"r{number}") for number in range(3)]
    bulk_review.plan(reports, APPROVE)
    review.approve(reports[1], by="clara")
    with pytest.raises(OutOfDate, match="un r1: Somebody else has changed"):
        bulk_review.carry_out(reports, APPROVE)
    assert standing() == {"r0": ("", "submitted"), "r1": ("approved", ""), "r2": ("", "submitted")}
    assert not BulkOperation.objects.exists()


def test_a_step_that_needs_a_reason_is_refused_without_one(place: Region, un: Source) -> None:
    with pytest.raises(OutOfDate, match="say why"):
        bulk_review.carry_out([report(place, un, "r", Status.APPROVED)], Order("retract", "boris"))
    assert standing() == {"r": ("approved", "")}


@pytest.mark.parametrize(
    "order",
    [Order("burn", "boris"), Order("role", "boris", "why", "hero"), Order("crisis", "boris", "why", "C")],
)
def test_what_there_is_not_cannot_be_done(order: Order, place: Region, un: Source) -> None:
    with pytest.raises(BadValue):
        bulk_review.plan([report(place, un, "r")], order)


def test_a_role_is_set_at_once_or_waits_beside_what_is_approved(place: Region, un: Source) -> None:
    reports = [
        report(place, un, "draft", Status.DRAFT),
        report(place, un, "returned", Status.REJECTED),
        report(place, un, "stands", Status.APPROVED),
        report(place, un, "waits"),
    ]
    order = Order("role", "boris", reason="the source says so", value=Role.CONTEXT)
    bulk_review.carry_out(reports, order)
    assert standing() == {
        "draft": ("", "draft"),
        "returned": ("", "draft"),
        "stands": ("approved", "submitted"),
        "waits": ("", "submitted"),
    }
    roles = Report.objects.current().values_list("ref", "status", "role")
    assert {(ref, role) for ref, status, role in roles if status != "approved"} == {
        (one.ref, "context") for one in reports
    }
    assert not Run.objects.exists()
    again = bulk_review.plan(list(Report.objects.current()), order)
    assert {one.why for one in again.refused if one.report.status != "approved"} == {"It is so already."}


def test_a_crisis_is_set(place: Region, un: Source) -> None:
    factories.crisis("C1")
    bulk_review.carry_out([report(place, un, "r")], Order("crisis", "boris", "it is about it", "C1"))
    assert Report.objects.current().get().crisis == "C1"


def actions() -> list[tuple[Order, str]]:
    return [
        (APPROVE, "submitted"),
        (Order("return", "boris", reason="the page says other numbers"), "submitted"),
        (RETRACT, "approved"),
        (Order("role", "boris", "why", Role.CONTEXT), "draft"),
        (Order("role", "boris", "why", Role.CONTEXT), "approved"),
    ]


@pytest.mark.parametrize(("order", "status"), actions())
@pytest.mark.parametrize("is_change", [False, True], ids=["new", "change"])
def test_undoing_puts_back_what_stood_as_new_versions(
    order: Order, status: str, is_change: bool, place: Region, un: Source
) -> None:
    if is_change and status != "approved":
        if status == "draft":
            pytest.skip("a change to what is approved is submitted at once")
        chosen = revised(report(place, un, "r", Status.APPROVED))
    else:
        chosen = report(place, un, "r", status)
    before, versions = standing(), set(Report.objects.current().values_list("pk", flat=True))
    said = {row.status: [getattr(row, name) for name in Report.CONTENT] for row in Report.objects.current()}
    done = bulk_review.carry_out([chosen], order)
    assert set(Report.objects.current().values_list("pk", flat=True)) != versions
    count = Report.objects.count()
    undone = bulk_undo.undo(done.operation, by="boris")
    assert ([one.ref for one in undone.restored], undone.changed) == (["r"], [])
    assert standing() == before
    assert Report.objects.count() > count, "nothing is overwritten"
    assert said == {
        row.status: [getattr(row, name) for name in Report.CONTENT] for row in Report.objects.current()
    }
    assert all("Undone" in row.reason for row in Report.objects.order_by("-pk")[:1])
    assert undone.runs == ([] if order.action in {"return", "role"} else list(Run.objects.all()))
    with pytest.raises(NotAllowed, match="undone already"):
        bulk_undo.undo(done.operation, by="boris")


def test_only_who_did_it_undoes_it(place: Region, un: Source) -> None:
    done = bulk_review.carry_out([report(place, un, "r")], APPROVE)
    with pytest.raises(NotAllowed):
        bulk_undo.undo(done.operation, by="clara")
    assert standing() == {"r": ("approved", "")}


def test_what_somebody_changed_meanwhile_is_named_and_left_as_it_is(place: Region, un: Source) -> None:
    done = bulk_review.carry_out([report(place, un, f"r{number}") for number in range(3)], APPROVE)
    first, second, _ = Report.objects.current().order_by("ref")
    review.retract(first, by="clara", reason="the source withdrew it")
    revised(second)
    asked = bulk_undo.undo(done.operation, by="boris")
    assert ([one.ref for one in asked.changed], asked.restored) == (["r0", "r1"], [])
    assert BulkOperation.objects.get().undone_at is None
    undone = bulk_undo.undo(done.operation, by="boris", leave_changed=True)
    assert [one.ref for one in undone.restored] == ["r2"]
    assert standing() == {
        "r0": ("retracted", ""),
        "r1": ("approved", "submitted"),
        "r2": ("", "submitted"),
    }


def test_what_came_back_is_still_not_approved_by_who_wrote_or_submitted_it(place: Region, un: Source) -> None:
    draft = report(place, un, "r", Status.DRAFT)
    waiting = review.submit(draft, by="dora").report
    done = bulk_review.carry_out([waiting], APPROVE)
    bulk_undo.undo(done.operation, by="boris")
    back = Report.objects.current().get()
    for by in ("anna", "dora"):
        with pytest.raises(NotAllowed):
            review.approve(back, by=by)
    assert review.approve(back, by="boris").report.approved_by == "boris"


def test_who_submitted_what_came_back_is_known_though_another_proposal_was_undone_between(
    place: Region, un: Source
) -> None:
    waiting = review.submit(report(place, un, "r", Status.DRAFT), by="dora").report
    done = bulk_review.carry_out([waiting], APPROVE)
    role = bulk_review.carry_out(
        [Report.objects.current().get()], Order("role", "boris", "why", Role.CONTEXT)
    )
    bulk_undo.undo(role.operation, by="boris")
    bulk_undo.undo(done.operation, by="boris")
    with pytest.raises(NotAllowed):
        review.approve(Report.objects.current().get(), by="dora")


def test_who_undid_a_return_may_approve_what_came_back(place: Region, un: Source) -> None:
    order = Order("return", "boris", reason="the page says other numbers")
    done = bulk_review.carry_out([report(place, un, "r")], order)
    bulk_undo.undo(done.operation, by="boris")
    assert review.approve(Report.objects.current().get(), by="boris").report.approved_by == "boris"


def test_what_an_undo_writes_has_the_next_number_of_both_lanes(place: Region, un: Source) -> None:
    stands = report(place, un, "r", Status.APPROVED)
    done = bulk_review.carry_out([stands], RETRACT)
    proposal = Report.objects.current().get().successor(
        status=Status.SUBMITTED, author="anna", recorded_by="anna", approved_by="", version=7,
        recorded_at=done.operation.at,
    )  # fmt: skip
    proposal.save()
    bulk_undo.undo(done.operation, by="boris")
    assert Report.objects.current().get(status=Status.APPROVED).version == 8


def test_what_stands_where_one_may_not_act_is_left_out(place: Region, un: Source) -> None:
    factories.country("YY")
    moved = revised(report(place, un, "r", Status.APPROVED), region="YY", country="YY")
    for countries, eligible in (({"YY"}, 0), ({"XX", "YY"}, 1)):
        found = bulk_review.plan([moved], Order("approve", "boris", countries=frozenset(countries)))
        assert len(found.eligible) == eligible
        assert [one.why for one in found.refused] == [
            "It stands in another country, where you may not do this."
        ] * (1 - eligible)


def test_approving_settles_what_was_asked_and_undoing_opens_it_again(place: Region, un: Source) -> None:
    returned = review.reject(report(place, un, "r"), by="clara", comments={"value": "the page says 41"})
    again = review.submit(revised(returned.report), by="anna").report
    done = bulk_review.carry_out([again], APPROVE)
    comment = ReviewComment.objects.get()
    assert (comment.settled_at, comment.settled_by) == (done.operation.at, "boris")
    bulk_undo.undo(done.operation, by="boris")
    comment.refresh_from_db()
    assert (comment.settled_at, comment.settled_by) == (None, "")


def test_two_versions_of_one_report_are_not_changed_twice(place: Region, un: Source) -> None:
    old = report(place, un, "r", Status.APPROVED)
    new = revised(old)
    order = Order("role", "boris", "why", Role.CONTEXT)
    found = bulk_review.plan([old, new], order)
    assert [one.report.pk for one in found.eligible] == [new.pk]
    assert "already waits" in found.refused[0].why


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_the_same_reports_one_gets_through_whatever_the_order(
    place: Region, un: Source
) -> None:
    reports = [report(place, un, f"r{number:03}") for number in range(60)]
    begin = Barrier(2)

    def approve(chosen: list[Report], by: str) -> str:
        begin.wait()
        try:
            return bulk_review.carry_out(chosen, Order("approve", by)).operation.by
        except OutOfDate:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        sets = ((reports, "boris"), (reports[::-1], "clara"))
        found = [one.result() for one in [threads.submit(approve, *each) for each in sets]]
    assert sorted(found)[0] == ""
    assert set(Report.objects.current().values_list("status", "approved_by")) == {("approved", max(found))}


def test_the_number_of_queries_does_not_grow_with_that_of_the_reports(place: Region, un: Source) -> None:
    few = [report(place, un, f"few{number}") for number in range(3)]
    many = [report(place, un, f"many{number:03}") for number in range(100)]
    counts = []
    for reports in (few, many):
        with CaptureQueriesContext(connection) as queries:
            done = bulk_review.carry_out(reports, APPROVE)
            bulk_undo.undo(done.operation, by="boris")
        counts.append(len(queries))
    # SQLite takes fewer rows in one statement.
    allowance = 0 if connection.vendor == "postgresql" else 10
    assert counts[1] <= counts[0] + allowance
