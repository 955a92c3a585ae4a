"""For real workers (`--include tests.work.slow_handlers`): builds that take a moment and are written down.

SLOW_LOG names a file that gets a line `STEP RUN PID` as each step of a run begins (`prepare`, `store`) and
when the run is committed (`stored`). SLOW_SECONDS says how long the first step takes on top of its work.
While a file `SLOW_LOG.STEP` exists, that step does not end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.db import transaction

from tracker.models import Run
from tracker.work.handlers import HANDLERS, Handler
from tracker.work.leases import Ending

LOG = Path(os.environ["SLOW_LOG"])
SECONDS = float(os.environ["SLOW_SECONDS"])


def slowly(handler: Handler) -> Handler:
    def prepare(run: Run) -> Callable[[], Ending]:
        _write_down("prepare", run)
        store = handler(run)
        time.sleep(SECONDS)
        _wait_while_held("prepare")

        def store_slowly() -> Ending:
            _write_down("store", run)
            transaction.on_commit(partial(_write_down, "stored", run))
            ending = store()
            _wait_while_held("store")
            return ending

        return store_slowly

    return prepare


def _write_down(step: str, run: Run) -> None:
    with LOG.open("a") as log:
        log.write(f"{step} {run.pk} {os.getpid()}\n")


def _wait_while_held(step: str) -> None:
    while Path(f"{LOG}.{step}").exists():
        time.sleep(0.02)


for kind in list(HANDLERS):
    HANDLERS[kind] = slowly(HANDLERS[kind])
