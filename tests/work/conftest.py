"""Runs whose work is made up, so that a test decides how long it takes and how it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tracker.models import Run
from tracker.vocabulary import RunKind
from tracker.work.handlers import HANDLERS, Handler
from tracker.work.leases import Ending

HandleBy = Callable[[Handler], None]


@pytest.fixture
def handle_by(monkeypatch: pytest.MonkeyPatch) -> HandleBy:
    """Have runs of kind `import` done by a function of the test."""
    return lambda handler: monkeypatch.setitem(HANDLERS, RunKind.IMPORT, handler)


def requested(key: str = "import:a", **fields: object) -> Run:
    """A run that is due, its work made up."""
    run: Run = Run.objects.request(RunKind.IMPORT, key)
    Run.objects.filter(pk=run.pk).update(**fields)
    run.refresh_from_db()
    return run


def done_at_once(run: Run) -> Callable[[], Ending]:
    return lambda: Ending(counts={"rows": 1}, outcome="One row.")
