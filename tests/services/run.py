"""Runs a command with a private PostgreSQL and Redis around it.

    python -m tests.services.run [--sqlite] [--durable] [--spacious] -- COMMAND...

COMMAND finds DATABASE_URL, REDIS_URL and a TMPDIR of its own in its environment; its exit code is passed
on. TEST_DATABASE_URL and TEST_REDIS_URL, where set, are used instead. Whatever happens, nothing is left
running or lying about.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from types import FrameType

from tests.services.postgres import SPACIOUS, postgres
from tests.services.process import adopt_orphans, die_with_parent, end, kill_descendants, private_folder
from tests.services.redis import redis


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    # A shell that starts it in the background has it, and all that it starts, ignore SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)
    die_with_parent(signal.SIGTERM)()
    adopt_orphans()
    try:
        with contextlib.ExitStack() as services:
            folder = services.enter_context(private_folder())
            # PostgreSQL's user walks through it to a folder of its own, and reads nothing on the way.
            folder.chmod(0o711)
            environment = dict(os.environ) | {"TMPDIR": str(folder)}
            environment["DATABASE_URL"] = (
                f"sqlite:///{folder / 'tracker.sqlite3'}"
                if options.sqlite
                else os.environ.get("TEST_DATABASE_URL")
                or services.enter_context(
                    postgres(durable=options.durable, settings=SPACIOUS if options.spacious else None)
                )
            )
            environment["REDIS_URL"] = os.environ.get("TEST_REDIS_URL") or services.enter_context(
                redis(durable=options.durable)
            )
            return _run(options.command, environment)
    finally:
        kill_descendants()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.services.run", description=__doc__)
    parser.add_argument("--sqlite", action="store_true", help="a SQLite file instead of PostgreSQL")
    parser.add_argument("--durable", action="store_true", help="commits are safe on disk, for measurements")
    parser.add_argument("--spacious", action="store_true", help="PostgreSQL has memory for large tables")
    parser.add_argument("command", nargs="+")
    return parser.parse_args(arguments)


def _run(command: list[str], environment: dict[str, str]) -> int:
    process = subprocess.Popen(command, env=environment, preexec_fn=die_with_parent(signal.SIGTERM))
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The terminal has told the command as well: it may end in its own way before it is made to.
        with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            process.wait(20)
        return 130
    finally:
        end(process, signal.SIGTERM)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
