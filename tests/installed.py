"""The tracker as it is installed: a web server and a worker as processes, on the database of a test."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import PROJECT_ROOT, Environment, StartWorker
from tests.services.process import accepts_connections, free_port, server


@pytest.fixture
def installation(live_database: Environment, start_worker: StartWorker, tmp_path: Path) -> Iterator[str]:
    """The address of a whole installation; a broker and a worker go with PostgreSQL, SQLite does without."""
    environment = live_database
    if environment["DATABASE_URL"].startswith("sqlite"):
        environment = environment | {"REDIS_URL": ""}
    else:
        start_worker(environment)
    with served(environment, log=tmp_path / "web.log") as address:
        yield address


@contextlib.contextmanager
def served(environment: Environment, *, log: Path) -> Iterator[str]:
    """The address under which gunicorn serves, as in service; without a broker it does the runs as well."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", f"{__name__}:application()",
    ]  # fmt: skip
    with server(
        command,
        log=log,
        is_ready=lambda: accepts_connections(port),
        stop=signal.SIGTERM,
        environment=environment | {"BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "1"},
        folder=PROJECT_ROOT,
    ):
        yield f"http://127.0.0.1:{port}"


def application() -> Any:
    """What gunicorn serves, with static files from where they lie: tests do not collect them."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler

    from config.wsgi import application as tracker

    return StaticFilesHandler(tracker)
