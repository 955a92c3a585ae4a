from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests import factories
from tests.live import PROJECT_ROOT, Environment
from tests.services.process import server
from tracker.models import ExportSchedule, Run
from tracker.vocabulary import Cause, Measure, RunState

CUBE: dict[str, Any] = {"measure": Measure.IDPS, "cause": Cause.CONFLICT, "crisis": ""}


@pytest.mark.django_db
def test_once_means_what_can_be_done_now() -> None:
    factories.report(factories.country(), factories.source())
    Run.objects.request_build(country="XX", **CUBE)
    ExportSchedule.objects.create(name="nightly")
    out = StringIO()
    call_command("work", "--once", stdout=out)
    assert out.getvalue() == "Runs done: 2.\n"
    assert {run.state for run in Run.objects.all()} == {RunState.DONE}


@pytest.fixture
def working(live_database: Environment, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py work` of an installation without a broker."""
    log = tmp_path / "work.log"
    with server(
        [sys.executable, "manage.py", "work"],
        log=log,
        is_ready=lambda: b"Waiting for runs" in log.read_bytes(),
        stop=signal.SIGTERM,
        environment={name: value for name, value in live_database.items() if name != "REDIS_URL"},
        folder=PROJECT_ROOT,
    ) as process:
        yield process


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_does_what_is_asked_for_until_it_is_told_to_stop(
    working: subprocess.Popen[bytes], stop: signal.Signals
) -> None:
    factories.report(factories.country(), factories.source())
    run = Run.objects.request_build(country="XX", **CUBE)
    deadline = time.monotonic() + 30
    while run.state != RunState.DONE and time.monotonic() < deadline:
        time.sleep(0.05)
        run.refresh_from_db()
    assert run.state == RunState.DONE
    os.kill(working.pid, stop)
    assert working.wait(10) == 0
