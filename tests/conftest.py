"""What holds for every test: no outside world, files of its own, and which tests need one database only."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

pytest_plugins = ["tests.live", "tests.browser"]

# A slow moment of the machine is no finding, and the same commit gives the same answer twice.
# HYPOTHESIS_PROFILE=explore looks at new cases each time.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

USES_THE_DATABASE = {"db", "transactional_db", "live_database", "live_server"}
NEEDS_ONE_DATABASE = {"page", "browser", "postgres_url"}
LONGEST = ("test_workers.py", "test_accessible.py", "test_whole_way.py", "test_query.py", "test_feed.py")
"""Files that begin first, so that at the end no process works on one of them alone."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the database makes no difference to, unless it says otherwise; the longest come first."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        uses = bool(fixtures & USES_THE_DATABASE) or item.get_closest_marker("django_db") is not None
        if item.get_closest_marker("both") is None and (not uses or fixtures & NEEDS_ONE_DATABASE):
            item.add_marker("once")
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(autouse=True, scope="session")
def _no_outside_world() -> None:
    """A test that reaches beyond this machine fails, whether or not there is a network."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            raise AssertionError(f"A test tried to reach {address!r}; tests use this machine only.")
        connect(self, address)

    socket.socket.connect = connect_here  # type: ignore[method-assign, assignment]


@pytest.fixture(autouse=True, scope="session")
def _audit_log_goes_with_its_test() -> None:
    """What a test has committed is removed after it, though the database lets nobody empty the audit log."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    from tests.tampering import unprotected

    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_all(self: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
        with unprotected(self.connection):
            flush(self, sql_list)

    BaseDatabaseOperations.execute_sql_flush = flush_all  # type: ignore[method-assign]


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    """What a test publishes goes into its own folder."""
    settings.STORAGE = tmp_path / "exports"
