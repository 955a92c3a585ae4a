"""Celery workers that do the builds, and what memory they take."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from config.celery import RUNS, TICKS
from tests import factories
from tests.benchmarks.results import say
from tests.services.worker import worker
from tracker.models import ConflictEvent, ConflictFigure, Coverage, Figure, Region, Report, Run, Source
from tracker.vocabulary import RunState
from tracker.work.rebuilding import request_all

LONGEST_WAIT = 3600.0
WARM = "WARM"


class Unfinished(Exception):
    """Runs that did not end well; the message names them."""


class Peak:
    """The most memory that a process and those that it starts have held, read until the block ends.

    Each process's own peak counts, also if they were at different times: no less than the truth.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._main = 0.0
        self._others: dict[int, float] = {}
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join()

    @property
    def mib(self) -> float:
        """The main process and the largest of those that it started."""
        self._look()
        return self._main + max(self._others.values(), default=0.0)

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            self._look()

    def _look(self) -> None:
        self._main = max(self._main, peak_mib(self._pid))
        for pid in _started_by(self._pid):
            self._others[pid] = max(self._others.get(pid, 0.0), peak_mib(pid))


def peak_mib(pid: int) -> float:
    """The most that a process has held; 0 where it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _started_by(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


@dataclass(frozen=True)
class Workers:
    """Workers that are ready, each with one process that works."""

    peaks: list[Peak]

    @property
    def peak_mib(self) -> float:
        """Of the worker that took the most memory."""
        return max(peak.mib for peak in self.peaks)


@contextlib.contextmanager
def workers(number: int = 2) -> Iterator[Workers]:
    """Workers as in service, on the database and broker of this process; compiled code is loaded in each."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        peaks = []
        for place in range(number):
            # Each also serves a queue of its own, for what it alone is to do.
            queues = f"--queues={RUNS},{TICKS},{_own_queue(place)}"
            process = stack.enter_context(worker(f"bench{place}", os.environ, queues, folder=folder))
            peaks.append(stack.enter_context(Peak(process.pid)))
        for place in range(number):
            _warm(place)
        say(f"{number} workers are ready and warm (imports and compilation are not in the times).")
        yield Workers(peaks)


def do(runs: Iterable[Run]) -> float:
    """Have the workers do these runs; the seconds until the last has ended.

    Raises
    ------
    Unfinished : one of them failed, even if it was done later, or has not ended in time
    """
    from tracker.tasks import send

    ids = [run.pk for run in runs]
    begun = time.perf_counter()
    send(ids)
    wait_for(ids)
    return time.perf_counter() - begun


def wait_for(ids: list[int]) -> None:
    """Until these runs are done."""
    deadline = time.monotonic() + LONGEST_WAIT
    wanted = Run.objects.filter(pk__in=ids)
    while wanted.exclude(state=RunState.DONE).exists():
        failed = wanted.filter(failures__gt=0).values_list("key", "outcome").first()
        if failed:
            raise Unfinished(f"{failed[0]} failed: {failed[1]}")
        if time.monotonic() > deadline:
            raise Unfinished(f"{wanted.exclude(state=RunState.DONE).count()} runs are not done.")
        # Asking takes time of the cores that the work takes.
        time.sleep(0.05 if len(ids) < 20 else 0.2)


def _own_queue(place: int) -> str:
    return f"tracker.bench.{place}"


def _warm(place: int) -> None:
    """Have one worker make the figures of a country that is gone afterwards."""
    from tracker.tasks import run_due

    country, source = factories.country(WARM), factories.source(WARM)
    for measure in ("idps", "departures"):
        factories.report(country, source, measure=measure)
    factories.event(country)
    runs = request_all(country=WARM)
    for run in runs:
        run_due.apply_async((run.pk,), queue=_own_queue(place))
    wait_for([run.pk for run in runs])
    for table in (Figure, ConflictFigure, Coverage, Report, ConflictEvent, Region):
        table.objects.filter(country=WARM).delete()
    Source.objects.filter(code=WARM).delete()
    Run.objects.filter(pk__in=[run.pk for run in runs]).delete()
