"""Exports as runs: they appear when the run ends, and only if it is still the worker's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tracker import work
from tracker.exports.figures import export_figures
from tracker.models import Run
from tracker.vocabulary import RunKind
from tracker.work import handlers

pytestmark = pytest.mark.usefixtures("figures")


def requested(**payload: Any) -> Run:
    return Run.objects.request(
        RunKind.EXPORT, "export:nightly", payload={"name": "nightly", "options": {}} | payload
    )


def test_a_run_writes_the_same_export_as_the_command(settings: Any, tmp_path: Path) -> None:
    run = requested(options={"period_type": "week"})
    assert work.perform(run.pk)
    same = export_figures({"period_type": "week"}, to=tmp_path / "same")
    latest = settings.STORAGE / "nightly" / "latest"
    assert latest.resolve().name == same.path.name
    assert sorted(path.name for path in latest.iterdir()) == sorted(file.name for file in same.files)


def test_a_run_that_was_taken_over_publishes_nothing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = requested()
    write = handlers.HANDLERS[RunKind.EXPORT]

    def write_and_lose_the_lease(run: Run) -> Any:
        publish = write(run)
        Run.objects.filter(pk=run.pk).update(lease="another worker")
        return publish

    monkeypatch.setitem(handlers.HANDLERS, RunKind.EXPORT, write_and_lose_the_lease)
    assert not work.perform(run.pk)
    assert [path for path in (settings.STORAGE / "nightly").iterdir() if not path.name.startswith(".")] == []
