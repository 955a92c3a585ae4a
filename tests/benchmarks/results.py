"""What was measured, and the table that says so."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

BUILD = "full build, two workers"
"""What the line of a full build begins with."""

HEAD = ("what", "of", "seconds", "a second", "peak MiB", "ratio", "goal")


@dataclass(frozen=True)
class Measured:
    """One line of the table."""

    what: str
    of: str = ""
    """What it was done to, as a person says it: 10,000,000 reports."""
    seconds: float | None = None
    rows: int | None = None
    """Rows worked on, for the number done in a second."""
    peak_mib: float | None = None
    ratio: float | None = None
    """To what `what` names."""
    goal: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        each_second = self.rows / self.seconds if self.rows and self.seconds else None
        return (
            self.what,
            self.of,
            "" if self.seconds is None else f"{self.seconds:.{2 if self.seconds < 10 else 1}f}",
            "" if each_second is None else f"{each_second:,.0f}",
            "" if self.peak_mib is None else f"{self.peak_mib:,.0f}",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            self.goal,
        )


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """The seconds that `work` takes, and what it returns."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def say(text: str) -> None:
    """Tell who waits how far it is."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


def reports(number: int) -> str:
    return f"{number:,} reports"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least this share of them do not exceed."""
    return sorted(values)[max(1, math.ceil(round(share * len(values), 6))) - 1]


def write(lines: Iterable[Measured], to: Path) -> None:
    to.write_text(json.dumps([asdict(line) for line in lines]), encoding="utf-8")


def read(path: Path) -> list[Measured]:
    return [Measured(**line) for line in json.loads(path.read_text(encoding="utf-8"))]


def markdown(lines: Iterable[Measured]) -> str:
    """The table as docs/architecture.md has it."""
    rows = [HEAD, ("---",) * len(HEAD), *(line.cells for line in lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def machine(database_version: str) -> str:
    """What it was measured on, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, PostgreSQL {database_version.split()[0]}"
    )
