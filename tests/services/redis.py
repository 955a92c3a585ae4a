"""A private Redis that keeps its queue over a restart, as the real one is told to."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

from tests.services import binaries
from tests.services.process import accepts_connections, free_port, private_folder, server

DATABASES = 256
"""So many that each test can have one to itself."""


@contextlib.contextmanager
def redis(*, durable: bool = False) -> Iterator[str]:
    """The URL of an empty Redis; `durable` has it write every command to disk before it answers."""
    program = binaries.redis_server()
    with private_folder() as folder:
        port = free_port()
        command: list[str | Path] = [
            program, "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--save", "",
            "--appendonly", "yes", "--appendfsync", "always" if durable else "everysec",
            "--maxmemory-policy", "noeviction", "--databases", str(DATABASES),
        ]  # fmt: skip
        with server(
            command, log=folder / "log", is_ready=lambda: accepts_connections(port), stop=signal.SIGTERM
        ):
            yield f"redis://127.0.0.1:{port}/0"
