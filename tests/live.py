"""What tests of several processes need: a database and a broker to themselves, and real workers."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.services.postgres import postgres
from tests.services.redis import redis
from tests.services.worker import worker

PROJECT_ROOT = Path(__file__).resolve().parents[1]
BROKERS_PER_TEST_PROCESS = 7
"""Redis has 16 databases by default; two test processes share them, and 0 is left alone."""

Environment = dict[str, str]
StartWorker = Callable[..., "subprocess.Popen[bytes]"]

_turns = itertools.count()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The run's PostgreSQL, whose user may create databases; started here where the runner did not."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
    else:
        with postgres() as url:
            yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The run's Redis; started here where the runner did not."""
    given = os.environ.get("REDIS_URL", "")
    if given:
        yield given
    else:
        with redis() as url:
            yield url


@pytest.fixture
def live_database(
    transactional_db: None, redis_url: str, worker_id: str, tmp_path: Path
) -> Iterator[Environment]:
    """The environment with which other processes see this test's database, and a broker of their own.

    The test sees the same database through its own connection: what one side commits shows on the other.
    """
    import redis as redis_client

    number = (
        1 + _process_number(worker_id) * BROKERS_PER_TEST_PROCESS + next(_turns) % BROKERS_PER_TEST_PROCESS
    )
    broker = urlunsplit(urlsplit(redis_url)._replace(path=f"/{number}"))
    with contextlib.closing(redis_client.Redis.from_url(broker)) as client:
        client.flushdb()
        yield {
            **{name: value for name, value in os.environ.items() if name != "DEBUG"},
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": _url_of_test_database(),
            "REDIS_URL": broker,
            "STORAGE": str(tmp_path / "exports"),
            "PYTHONUNBUFFERED": "1",
        }
        client.flushdb()


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    """Start a real Celery worker: `start_worker(environment, *options)`; it is ready when this returns."""
    with contextlib.ExitStack() as workers:

        def start(environment: Environment, *options: str) -> subprocess.Popen[bytes]:
            name = f"worker{next(_turns)}"
            return workers.enter_context(worker(name, environment, *options, folder=tmp_path))

        yield start


@pytest.fixture
def celery_workers(start_worker: StartWorker) -> Callable[[Environment, int], list[subprocess.Popen[bytes]]]:
    """Start several real Celery workers: `celery_workers(environment, number)`."""
    return lambda environment, number: [start_worker(environment) for _ in range(number)]


def _process_number(worker_id: str) -> int:
    return 0 if worker_id == "master" else int(worker_id.removeprefix("gw"))


def _url_of_test_database() -> str:
    from django.db import connection

    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
