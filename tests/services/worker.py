"""A real Celery worker on the database and broker of an environment."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.services.process import server

PROJECT_ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def worker(
    name: str, environment: Mapping[str, str], *options: str, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with one process that works, until the block ends; entered once it is ready.

    Its log is `name`.log in `folder`.
    """
    log = folder / f"{name}.log"
    command = [
        sys.executable, "-m", "celery", "--app", "config", "worker",
        "--hostname", f"{name}@localhost", "--loglevel", "INFO", "--concurrency", "1",
        "--without-gossip", "--without-mingle", *options,
    ]  # fmt: skip
    with server(
        command,
        log=log,
        is_ready=lambda: b" ready." in log.read_bytes(),
        stop=signal.SIGQUIT,
        environment=environment,
        folder=PROJECT_ROOT,
    ) as process:
        yield process
