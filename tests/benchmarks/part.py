"""One part of the benchmark in a process of its own.

python -m tests.benchmarks.part NAME REPORTS FILE: the lines of its table go into FILE.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from tests.benchmarks.results import Measured, write


def main(name: str, number: str, file: str) -> None:
    lines = _engine() if name == "engine" else _on_a_database(name, int(number))
    write(lines, Path(file))


def _engine() -> list[Measured]:
    """The rules alone, on columns in memory: its own figures as lines of the table."""
    from tests.benchmarks import engine

    sizes = {"flows": engine.FLOW_REPORTS, "stocks": engine.STOCK_REPORTS}
    goals = {("flows", "settle"): "0.3 s"}
    return [
        Measured(
            f"engine, one cube of {line.cube}: {line.step}",
            f"{sizes[line.cube]:,} reports",
            line.seconds,
            sizes[line.cube],
            ratio=line.ratio,
            goal=goals.get((line.cube, line.step), ""),
        )
        for line in engine.measure()
    ]


def _on_a_database(name: str, number: int) -> list[Measured]:
    """What `measure` of the module `name` finds, in the database of the environment."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    # Imported for its effect: what this process sends goes to the broker of the environment.
    importlib.import_module("config.celery")
    lines: list[Measured] = importlib.import_module(f"tests.benchmarks.{name}").measure(number)
    return lines


if __name__ == "__main__":
    main(*sys.argv[1:])
