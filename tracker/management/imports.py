"""What the commands that import say at the end, and the word that they send of work that is due."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from tracker.ingest.imports import IngestResult
from tracker.tasks import announce

SHOWN = 20


def say(command: BaseCommand, result: IngestResult, *, dry_run: bool) -> None:
    """Print the counts, what was repaired, and the first rejected rows; announce the runs that are due."""
    for note in result.notes:
        command.stdout.write(note)
    known = f"changed {result.changed}, unchanged {result.unchanged}"
    stored = " (dry run: nothing was stored)" if dry_run else ""
    command.stdout.write(f"new {result.new}, {known}, rejected {result.rejected}{stored}")
    if result.rejects:
        command.stderr.write(command.style.ERROR(f"{result.rejected} rows were NOT taken:"))
    for reject in result.rejects[:SHOWN]:
        command.stderr.write(f"  {reject}")
    if len(result.rejects) > SHOWN:
        command.stderr.write(f"  and {len(result.rejects) - SHOWN} more; --rejects FILE keeps them all")
    announce(result.runs)
