from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, current_app
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.live import PROJECT_ROOT, Environment
from tests.services.process import free_port
from tests.work.conftest import done_at_once, requested
from tracker import tasks
from tracker.models import Run
from tracker.vocabulary import RunKind, RunState
from tracker.work.handlers import HANDLERS


@pytest.fixture
def broker(settings: Settings) -> Iterator[Celery]:
    """A broker in memory, for what does not depend on the real one."""
    settings.REDIS_URL = "redis://is.not.asked/"
    with Celery("test", broker="memory://", set_as_current=False) as app:
        app.conf.update(task_default_queue="tracker.runs", task_ignore_result=True)
        before = current_app._get_current_object()
        app.set_current()
        yield app
        before.set_current()


@pytest.fixture
def absent_broker(broker: Celery) -> Celery:
    """Nothing listens where the broker should be; the rest is as in service."""
    broker.conf.update(
        broker_url=f"redis://127.0.0.1:{free_port()}/0",
        broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 5, "max_retries": 0},
    )
    return broker


def sent(app: Celery) -> list[int]:
    """The runs that words in the queue speak of, in order."""
    found = []
    with app.connection_for_read() as connection, connection.SimpleQueue("tracker.runs") as queue:
        while queue.qsize():
            message = queue.get(block=False)
            assert message.headers["task"] == "tracker.tasks.run_due"
            found.append(json.loads(message.body)[0][0])
            message.ack()
    return found


@pytest.mark.django_db
def test_word_of_a_run_is_sent_once_it_is_committed(
    broker: Celery, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        tasks.announce(iter([7, 8]))
        assert sent(broker) == []
    assert sent(broker) == [7, 8]


@pytest.mark.django_db
def test_no_word_is_sent_of_what_was_rolled_back(
    broker: Celery, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with (
        django_capture_on_commit_callbacks(execute=True) as callbacks,
        pytest.raises(ZeroDivisionError),
        transaction.atomic(),
    ):
        tasks.announce([7])
        _ = 1 / 0
    assert callbacks == []


@pytest.mark.django_db
def test_without_a_broker_nothing_is_sent(
    settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.REDIS_URL = ""
    with django_capture_on_commit_callbacks() as callbacks:
        tasks.announce([7])
    assert callbacks == []


@pytest.mark.django_db
def test_a_word_has_its_run_done_and_the_one_behind_it_sent(
    broker: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask_again(run: Run) -> Any:
        behind.append(requested(run.key).pk)
        return done_at_once(run)

    behind: list[int] = []
    monkeypatch.setitem(HANDLERS, RunKind.IMPORT, ask_again)
    run = requested()
    tasks.run_due(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert sent(broker) == behind
    assert len(behind) == 1


@pytest.mark.django_db
def test_a_tick_sends_what_is_due_and_does_not_repeat_itself(broker: Celery) -> None:
    runs = [requested(f"import:{number}").pk for number in range(3)]
    tasks.tick()
    tasks.tick()
    assert sent(broker) == runs
    tasks.tick()
    assert sent(broker) == runs


@pytest.mark.django_db
def test_a_tick_with_the_broker_away_still_does_its_part_in_the_tables(absent_broker: Celery) -> None:
    from tracker.models import ExportSchedule

    ExportSchedule.objects.create(name="nightly")
    tasks.tick()
    assert Run.objects.filter(key="export:nightly").exists()


SHOW = """
import json, sys
import config
before = [name for name in ("celery", "django") if name in sys.modules]
from config.celery import app
from threading import Thread
from celery import current_app
others = []
thread = Thread(target=lambda: others.append(current_app.main))
thread.start()
thread.join()
app.loader.import_default_modules()
conf = app.conf
print(json.dumps({
    "before": before,
    "other_thread": others,
    "tasks": sorted(name for name in app.tasks if name.startswith("tracker")),
    "beat": list(conf.beat_schedule),
    "accept": conf.accept_content,
    "late": conf.task_acks_late,
    "prefetch": conf.worker_prefetch_multiplier,
    "limits": [
        conf.task_soft_time_limit, conf.task_time_limit, conf.broker_transport_options["visibility_timeout"]
    ],
    "results": conf.result_backend,
    "queues": [
        app.amqp.router.route({}, "tracker.tasks." + name).get("queue", app.amqp.default_queue).name
        for name in ("tick", "run_due")
    ],
}))
"""


def run_python(script: str, environment: Environment) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def plain(**variables: str) -> Environment:
    return {"PATH": "/usr/bin:/bin", "DEBUG": "1", "DATABASE_URL": "sqlite:////nowhere/x.sqlite3"} | variables


def test_the_carrier_is_set_up_so_that_nothing_is_lost_or_delivered_for_ever() -> None:
    done = run_python(SHOW, plain(REDIS_URL="redis://127.0.0.1:1/0"))
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    soft, hard, visible = shown.pop("limits")
    assert soft < hard < visible
    assert shown == {
        "before": [],
        "other_thread": ["tracker"],
        "tasks": ["tracker.tasks.run_due", "tracker.tasks.tick"],
        "beat": ["tick"],
        "accept": ["json"],
        "late": True,
        "prefetch": 1,
        "results": None,
        "queues": ["tracker.ticks", "tracker.runs"],
    }


def test_a_broker_that_is_away_is_said_once_and_not_waited_for() -> None:
    script = (
        "import django, time; django.setup(); from tracker.tasks import send\n"
        "began = time.monotonic(); send(range(1000)); print(time.monotonic() - began)"
    )
    broker = f"redis://:secret@127.0.0.1:{free_port()}/0"
    done = run_python(script, plain(REDIS_URL=broker, DJANGO_SETTINGS_MODULE="config.settings.dev"))
    # A thousand times the time to connect would be half an hour.
    assert float(done.stdout) < 60
    assert done.stderr.count("The broker takes no messages") == len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr


def test_celery_without_a_broker_says_what_is_missing() -> None:
    done = run_python("import config.celery", plain())
    assert done.returncode != 0
    assert "REDIS_URL is not set" in done.stderr


@pytest.mark.parametrize(("redis_url", "known"), [("", False), ("redis://127.0.0.1:1/0", True)])
def test_processes_know_the_broker_where_there_is_one(redis_url: str, known: bool) -> None:
    script = "import sys, django; django.setup(); print('config.celery' in sys.modules)"
    variables = plain(REDIS_URL=redis_url, DJANGO_SETTINGS_MODULE="config.settings.dev")
    done = run_python(script, variables)
    assert (done.stdout.split(), done.returncode) == ([str(known)], 0), done.stderr
