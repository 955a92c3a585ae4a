"""The API and the pages as they are served, on the database of this process."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.services.process import accepts_connections, free_port, server
from tests.services.worker import PROJECT_ROOT

Row = dict[str, Any]


class Api:
    """A client that keeps its connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def figures(self, **parameters: Any) -> list[Row]:
        """The figures that these parameters ask for, on one page."""
        address = f"/api/v1/figures/?{urlencode(parameters, doseq=True)}"
        try:
            return self._rows(address)
        except (http.client.RemoteDisconnected, ConnectionError):
            # The server has closed a connection that had nothing to say for a while.
            self._connection.close()
            return self._rows(address)

    def _rows(self, address: str) -> list[Row]:
        self._connection.request("GET", address)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{address}: {response.status} {body[:500]!r}")
        rows: list[Row] = json.loads(body)["results"]
        return rows


@contextmanager
def api() -> Iterator[Api]:
    """The API as in service, until the block ends."""
    with served() as port:
        yield Api(port)


@contextmanager
def served(*, settings: str = "config.settings.test") -> Iterator[int]:
    """The port at which gunicorn serves, as in service, until the block ends."""
    port = free_port()
    environment = {
        **os.environ,
        "BIND": f"127.0.0.1:{port}",
        "ACCESS_LOG": "0",
        "DJANGO_SETTINGS_MODULE": settings,
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
    with (
        tempfile.TemporaryDirectory() as folder,
        server(
            command,
            log=Path(folder) / "log",
            is_ready=lambda: accepts_connections(port),
            stop=signal.SIGTERM,
            environment=environment,
            folder=PROJECT_ROOT,
        ),
    ):
        yield port
