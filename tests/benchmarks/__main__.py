"""The benchmark, on the servers of its environment; scripts/bench starts them.

python -m tests.benchmarks [--reports N ...] [--parts NAME ...]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.benchmarks.results import BUILD, Measured, machine, markdown, read, reports, say
from tests.services.worker import PROJECT_ROOT

SIZES = (100_000, 1_000_000, 10_000_000)
PARTS = ("engine", "loading", "waits", "figures", "increments", "events")
IN_SMALLER_SIZES = ("figures",)
"""The last ones are measured at the largest size only; the first three know no size, or one of their own."""
TO_LOAD = 1_000_000
"""Reports in the file that is loaded."""

DISK_FOR_THE_LOG = 10 * 2**30
DISK_FOR_A_REPORT = 600
DISK_FOR_A_FIGURE = 1_200
"""Bytes: with its indexes, and once more in a file and in a table without indexes."""
FIGURES_OF_A_REPORT = 35
MOST_FIGURES = 17_000_000
"""Of all regions, measures and periods that are stored."""


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    _require_disk(max(options.reports))
    lines: list[Measured] = []
    try:
        for part in _measure(sorted(options.reports), options.parts):
            lines += part
    finally:
        # Also what was measured before a part failed.
        print(f"\nMeasured on {_machine()}.\n\n{markdown([*lines, *_growth(lines)])}")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--reports", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, metavar="NAME")
    return parser.parse_args(arguments)


def _require_disk(most: int) -> None:
    figures = min(FIGURES_OF_A_REPORT * most, MOST_FIGURES)
    needed = DISK_FOR_THE_LOG + DISK_FOR_A_REPORT * most + DISK_FOR_A_FIGURE * figures
    free = shutil.disk_usage(tempfile.gettempdir()).free
    say(f"{needed / 2**30:.0f} GiB of disk are needed, {free / 2**30:.0f} GiB are free.")
    if free < needed:
        raise SystemExit(f"{tempfile.gettempdir()} has too little room; set TMPDIR to another folder.")


def _measure(sizes: Sequence[int], parts: Sequence[str]) -> Iterator[list[Measured]]:
    """The lines of one part after the other."""
    if "engine" in parts:
        yield _part("engine", 0, os.environ["DATABASE_URL"])
    if "loading" in parts:
        with _database("loading") as url:
            yield _part("loading", TO_LOAD, url)
    if "waits" in parts:
        with _database("waits") as url:
            yield _part("waits", 0, url)
    for size in sizes:
        wanted = [
            part for part in PARTS[3:] if part in parts and (size == sizes[-1] or part in IN_SMALLER_SIZES)
        ]
        if wanted:
            with _database(f"bench_{size}") as url:
                for part in wanted:
                    yield _part(part, size, url)


def _part(name: str, number: int, url: str) -> list[Measured]:
    """A part's lines, measured in a process of its own, so that none inherits another's memory."""
    say(f"== {name}" + (f", {reports(number)}" if number else ""))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.json"
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": url,
            "STORAGE": folder,
        }
        command = [sys.executable, "-m", "tests.benchmarks.part", name, str(number), str(file)]
        if subprocess.run(command, env=environment, cwd=PROJECT_ROOT, check=False).returncode:
            raise SystemExit(f"{name} has failed; see above.")
        return read(file)


def _growth(lines: Sequence[Measured]) -> list[Measured]:
    """How much longer a full build takes than one of the size before."""
    builds = [line for line in lines if line.what.startswith(BUILD) and line.seconds]
    return [
        Measured(
            "growth of the full build",
            f"{small.of} to {large.of}",
            ratio=(large.seconds or 0) / (small.seconds or 1),
            goal=f"{(large.rows or 0) / (small.rows or 1):.0f}",
        )
        for small, large in pairwise(builds)
    ]


@contextmanager
def _database(name: str) -> Iterator[str]:
    """The URL of an empty database on the server of DATABASE_URL, gone afterwards."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _machine() -> str:
    with psycopg.connect(os.environ["DATABASE_URL"]) as server:
        return machine(str(server.info.parameter_status("server_version")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
