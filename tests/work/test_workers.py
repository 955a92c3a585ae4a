"""Real Celery workers on a real Redis, killed, frozen and cut off while they work."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection
from django.utils import timezone

from tests import factories
from tests.live import PROJECT_ROOT, Environment, StartWorker
from tests.services.process import server
from tracker.models import ConflictFigure, ExportSchedule, Figure, Run
from tracker.models.runs import CLOCKS_DIFFER
from tracker.vocabulary import Cause, Measure, RunState
from tracker.work import drain
from tracker.work.rebuilding import request_all

# Celery and Redis go with PostgreSQL; what the database makes of the same work is tested without them.
pytestmark = pytest.mark.once

LEASE_SECONDS = 2
Rows = list[tuple[Any, ...]]


@pytest.fixture
def environment(live_database: Environment, tmp_path: Path) -> Environment:
    """What workers need to know: leases and ticks so short that a test can wait for them."""
    return live_database | {
        "RUN_LEASE_SECONDS": str(LEASE_SECONDS),
        "TICK_SECONDS": "1",
        "SLOW_LOG": str(tmp_path / "steps"),
        "SLOW_SECONDS": "0.1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def slow_worker(start_worker: StartWorker, environment: Environment) -> Callable[[], subprocess.Popen[bytes]]:
    return lambda: start_worker(environment, "--include", "tests.work.slow_handlers")


@pytest.fixture
def beat(environment: Environment, tmp_path: Path) -> Iterator[None]:
    log = tmp_path / "beat.log"
    command = [sys.executable, "-m", "celery", "--app", "config", "beat", "--loglevel", "INFO", "--pidfile="]
    with server(
        command,
        log=log,
        is_ready=lambda: b"beat: Starting" in log.read_bytes(),
        stop=signal.SIGTERM,
        environment=environment,
        folder=PROJECT_ROOT,
    ):
        yield


def steps(environment: Environment) -> list[list[str]]:
    log = Path(environment["SLOW_LOG"])
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def wait_for(is_true: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, list(
            Run.objects.values_list("key", "state", "attempts", "outcome")
        )
        time.sleep(0.05)


def running() -> int:
    return Run.objects.filter(state=RunState.RUNNING).count()


def all_ended() -> bool:
    return not Run.objects.open().exists()


def make_reports_in_several_cubes() -> None:
    country = factories.country("XX", parts=3)
    trusted, other = factories.source("un", tier=1), factories.source("ngo", tier=3)
    parts = [country, *type(country).objects.filter(parent="XX")]
    for place, measure in enumerate((Measure.IDPS, Measure.RETURNEES, Measure.ARRIVALS, Measure.DEPARTURES)):
        for cause in (Cause.CONFLICT, Cause.DISASTER):
            for number, region in enumerate(parts):
                start = date(2024, 11, 20) + timedelta(days=number)
                end = start + timedelta(days=10 * (number + 1))
                for source, value in ((trusted, 100), (other, 70)):
                    factories.report(
                        region,
                        source,
                        value * (number + 1) + 7 * place,
                        measure=measure,
                        cause=cause,
                        start=start,
                        end=end,
                    )
    for number, region in enumerate(parts):
        factories.event(region, day=date(2024, 11, 20 + number), best=number)


def figures() -> Rows:
    """All that was ever written, versions included, but for the moment and the run."""
    columns = ("country", "level", "end", "version", "superseded_at")
    displaced = Figure.objects.order_by(*Figure.IDENTITY, "version")
    fought = ConflictFigure.objects.order_by(*ConflictFigure.IDENTITY, "version")
    return [
        *displaced.values_list(*Figure.IDENTITY, *Figure.CONTENT, *columns),
        *fought.values_list(*ConflictFigure.IDENTITY, *ConflictFigure.CONTENT, *columns),
    ]


def undisturbed() -> Rows:
    """The figures of a build in this process; the tables are as before it."""
    keys = {run.key for run in request_all()}
    assert drain() == len(keys) == 9
    rows = figures()
    for model in (Figure, ConflictFigure, Run):
        model.objects.all().delete()
    return rows


def send_to_workers(environment: Environment) -> list[Run]:
    """What an entrance does in the web process: rows, then words."""
    runs = request_all()
    script = f"from tracker.tasks import announce; announce({[run.pk for run in runs]})"
    in_django(script, environment)
    return runs


def ask_for_one_build(environment: Environment) -> Run:
    run = Run.objects.request_build(country="XX", measure=Measure.IDPS, cause=Cause.CONFLICT, crisis="")
    in_django(f"from tracker.tasks import announce; announce([{run.pk}])", environment)
    return run


@contextlib.contextmanager
def held(environment: Environment, step: str) -> Iterator[None]:
    """No worker gets beyond this step of a run."""
    hold = Path(f"{environment['SLOW_LOG']}.{step}")
    hold.touch()
    yield
    hold.unlink()


def in_django(script: str, environment: Environment) -> str:
    setup = "import django; django.setup(); "
    command = [sys.executable, "-c", setup + script]
    done = subprocess.run(
        command, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def begun_by(worker: subprocess.Popen[bytes], environment: Environment) -> list[int]:
    """The runs that this worker has begun, in order."""
    begun = [(int(run), int(pid)) for step, run, pid in steps(environment) if step == "prepare"]
    return [run for run, pid in begun if _is_of(worker, pid)]


def _is_of(worker: subprocess.Popen[bytes], pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and os.getpgid(pid) == worker.pid


def kill(worker: subprocess.Popen[bytes]) -> None:
    """The worker and the process that works for it, at once and without a word."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def killed_midway(worker: subprocess.Popen[bytes], environment: Environment) -> int:
    """The run that the worker was at; it stands still while that is found out, however slow the machine."""
    while True:
        os.killpg(worker.pid, signal.SIGSTOP)
        at_work = begun_by(worker, environment)[-1]
        if Run.objects.get(pk=at_work).state == RunState.RUNNING:
            kill(worker)
            return at_work
        assert not all_ended(), "it was not killed midway"
        os.killpg(worker.pid, signal.SIGCONT)
        time.sleep(0.1)


def test_a_worker_killed_midway_costs_no_run_and_none_is_done_twice(
    environment: Environment, slow_worker: Callable[[], subprocess.Popen[bytes]], beat: None
) -> None:
    make_reports_in_several_cubes()
    expected = undisturbed()
    environment["SLOW_SECONDS"] = "0.5"
    victim, survivor = slow_worker(), slow_worker()
    runs = send_to_workers(environment)
    wait_for(lambda: all(begun_by(worker, environment) for worker in (victim, survivor)))
    lost = killed_midway(victim, environment)
    wait_for(all_ended)

    assert figures() == expected
    ended = list(Run.objects.all())
    assert {run.key for run in ended} == {run.key for run in runs}
    assert {(run.state, run.failures) for run in ended} == {(RunState.DONE, 0)}
    attempts = {run.pk: run.attempts for run in ended}
    assert attempts == {run.pk: 1 for run in runs} | {lost: 2}
    stored = Counter(run for step, run, _ in steps(environment) if step == "stored")
    assert stored == Counter(str(run.pk) for run in runs)


def test_a_redis_that_is_emptied_costs_no_run(
    environment: Environment, slow_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    make_reports_in_several_cubes()
    expected = undisturbed()
    runs = send_to_workers(environment)
    broker = redis.Redis.from_url(environment["REDIS_URL"])
    assert broker.llen("tracker.runs") == len(runs)
    broker.flushdb()
    slow_worker()
    time.sleep(1.5)
    assert not steps(environment), "no worker has heard of a run"
    in_django("from tracker.tasks import tick; tick()", environment)
    wait_for(all_ended)
    assert figures() == expected
    assert {run.attempts for run in Run.objects.all()} == {1}


def test_a_tick_does_not_repeat_words_that_still_wait(environment: Environment) -> None:
    make_reports_in_several_cubes()
    runs = send_to_workers(environment)
    with contextlib.closing(redis.Redis.from_url(environment["REDIS_URL"])) as broker:
        in_django("from tracker.tasks import tick; tick(); tick()", environment)
        assert broker.llen("tracker.runs") == len(runs)
        broker.lpop("tracker.runs")
        in_django("from tracker.tasks import tick; tick(); tick()", environment)
        assert len(runs) < broker.llen("tracker.runs") < 2 * len(runs)


def test_word_of_a_run_that_is_done_already_is_harmless(
    environment: Environment, slow_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    make_reports_in_several_cubes()
    slow_worker()
    send_to_workers(environment)
    send_to_workers(environment)
    wait_for(all_ended)
    with contextlib.closing(redis.Redis.from_url(environment["REDIS_URL"])) as broker:
        wait_for(lambda: broker.llen("tracker.runs") == 0)
    time.sleep(0.5)
    assert {run.attempts for run in Run.objects.all()} == {1}


def test_what_was_asked_for_meanwhile_follows_without_waiting_for_a_tick(
    environment: Environment, slow_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    make_reports_in_several_cubes()
    slow_worker()
    with held(environment, "prepare"):
        ask_for_one_build(environment)
        wait_for(lambda: running() == 1)
        ask_for_one_build(environment)
        assert [run.state for run in Run.objects.all()] == [RunState.DUE, RunState.RUNNING]
    wait_for(all_ended, seconds=20)
    assert [run.state for run in Run.objects.all()] == [RunState.DONE] * 2


@pytest.mark.parametrize("step", ["prepare", pytest.param("store", marks=pytest.mark.once)])
def test_a_frozen_worker_is_taken_over_from_and_publishes_nothing_when_it_wakes(
    step: str, environment: Environment, slow_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """SIGSTOP stops the renewal of the lease with the work, as a paused machine does."""
    if step == "store" and connection.vendor == "sqlite":
        pytest.skip("a process that is frozen as it writes holds SQLite's one lock until it is ended")
    make_reports_in_several_cubes()
    frozen = slow_worker()
    with held(environment, step):
        run = ask_for_one_build(environment)
        wait_for(lambda: bool(steps(environment)) and steps(environment)[-1][0] == step)
        time.sleep(0.5)
        os.killpg(frozen.pid, signal.SIGSTOP)
    try:
        time.sleep(LEASE_SECONDS + CLOCKS_DIFFER.total_seconds() + 0.2)
        assert drain() == 1
        run.refresh_from_db()
        assert (run.state, run.attempts) == (RunState.DONE, 2)
        published, finished_at, counts = figures(), run.finished_at, run.counts
        assert counts["new"] == len(published) > 0
    finally:
        os.killpg(frozen.pid, signal.SIGCONT)
    time.sleep(2)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.failures) == (RunState.DONE, 2, 0)
    assert (run.finished_at, run.counts) == (finished_at, counts)
    assert figures() == published


def test_two_processes_that_claim_the_same_runs_share_them(environment: Environment, tmp_path: Path) -> None:
    runs = [Run.objects.request("import", f"import:{number}").pk for number in range(50)]
    go = tmp_path / "go"
    script = (
        "import pathlib, time; from tracker.work.leases import claim\n"
        "print('ready', flush=True)\n"
        f"while not pathlib.Path({str(go)!r}).exists(): pass\n"
        f"for pk in {runs}:\n"
        "    if claim(pk): print(pk)\n"
    )
    command = [sys.executable, "-c", "import django; django.setup()\n" + script]
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    command, env=environment, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
                )
            )
            for _ in range(2)
        ]
        for process in processes:
            assert process.stdout and process.stdout.readline() == "ready\n"
        go.touch()
        claimed = [process.communicate(timeout=60)[0].split() for process in processes]
    assert sorted(map(int, claimed[0] + claimed[1])) == runs
    assert {run.attempts for run in Run.objects.all()} == {1}


def test_ticks_of_two_processes_make_one_run_for_each_slot(environment: Environment) -> None:
    before = timezone.now() - timedelta(minutes=2)
    for number in range(10):
        ExportSchedule.objects.create(name=f"nightly-{number}", hour=before.hour, minute=before.minute)
    command = [sys.executable, "-c", "import django; django.setup(); from tracker.work import tick; tick()"]
    processes = [subprocess.Popen(command, env=environment, cwd=PROJECT_ROOT) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert Run.objects.count() == Run.objects.values("slot").distinct().count() == 10
