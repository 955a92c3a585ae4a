"""A private PostgreSQL: its own folder, a free port, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.services import binaries
from tests.services.process import free_port, private_folder, server

NAME = "tracker"

# Nothing here has to survive a power cut, and waiting for the disk is most of a test's time.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}

# A modest machine of 24 GiB for tables of ten million rows: a quarter of it, as PostgreSQL advises.
SPACIOUS = {
    "shared_buffers": "6GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "8GB",
    "wal_compression": "lz4",
    "jit": "off",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "2",
    "max_parallel_maintenance_workers": "2",
}


@contextlib.contextmanager
def postgres(*, durable: bool = False, settings: dict[str, str] | None = None) -> Iterator[str]:
    """The URL of a fresh database on a server of its own; `durable` keeps every commit safe on disk."""
    programs = binaries.postgres_bin()
    user = _unprivileged_user()
    password = secrets.token_urlsafe(16)
    with private_folder(user) as folder:
        data, secret = folder / "data", folder / "password"
        secret.write_text(password)
        if user:
            os.chown(secret, pwd.getpwnam(user).pw_uid, -1)
        _make_cluster(programs, data, secret, user=user)
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(folder),
            "max_connections": "100",
            "timezone": "UTC",
            **(DURABLE if durable else HASTY),
            **(settings or {}),
        }
        port = free_port()
        url = f"postgres://{NAME}:{password}@127.0.0.1:{port}/{NAME}"
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        command: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(port), *flags]
        with server(
            command, log=folder / "log", is_ready=lambda: _make_database(url), stop=signal.SIGQUIT, user=user
        ):
            yield url


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as Debian's user for it."""
    return "postgres" if os.getuid() == 0 else None


def _make_cluster(programs: Path, data: Path, password_file: Path, *, user: str | None) -> None:
    # Sorted as people sort, like most servers in use: a query that needs code points must say so.
    sorting = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"]
    command: list[str | Path] = [
        programs / "initdb", "--no-sync", "--username", NAME, "--auth=scram-sha-256",
        "--pwfile", password_file, *sorting, "-D", data,
    ]  # fmt: skip
    made = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")


def _make_database(url: str) -> bool:
    """Whether the server is up; then its database is made."""
    address = url.rpartition("/")[0] + "/postgres"
    try:
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            connection.execute(f"CREATE DATABASE {NAME}")
    except psycopg.OperationalError:
        return False
    return True
