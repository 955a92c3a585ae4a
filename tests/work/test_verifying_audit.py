"""Each night the audit log is gone through, and what is wrong with it waits for a person."""

from __future__ import annotations

import logging

import pytest

from tests.tampering import unprotected
from tracker.models import AuditEntry, Run
from tracker.models.audit import Action, record
from tracker.models.runs import VERIFY_AUDIT_KEY
from tracker.vocabulary import RunKind, RunState
from tracker.work import drain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _recorded() -> None:
    for number in range(3):
        record(Action.APPROVED, actor="boris", address="", object=f"report un r{number}")


def verified() -> Run:
    run = Run.objects.request(RunKind.VERIFY, VERIFY_AUDIT_KEY, payload={"audit": True})
    drain(keys=[run.key])
    run.refresh_from_db()
    return run


def test_a_sound_log_ends_the_run_with_its_head() -> None:
    run = verified()
    last = AuditEntry.objects.get(number=3)
    assert (run.state, run.counts) == (RunState.DONE, {"entries": 3, "breaks": 0})
    assert run.outcome == f"The audit log is as it was recorded. Head: 3:{last.hash}"


def test_a_log_that_was_tampered_with_parks_the_run_and_alarms(caplog: pytest.LogCaptureFixture) -> None:
    with unprotected():
        AuditEntry.objects.filter(number=2).update(actor="anna")
    with caplog.at_level(logging.ERROR):
        run = verified()
    assert run.state == RunState.PARKED
    assert run.counts["breaks"] == 1
    assert run.outcome.startswith("Entry 2: expected ")
    assert "the audit log is not as it was recorded. Entry 2" in caplog.text
