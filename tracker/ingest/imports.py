"""An import as one transaction: what it stores, its run row, and the builds that are due because of it."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import IntegrityError, OperationalError, transaction

from tracker.errors import GeometryRefused, LayoutChanged
from tracker.ingest.delivery import Delivery, Tally
from tracker.ingest.readers.rows import Rejected, printable
from tracker.ingest.rejects import write_rejects
from tracker.models import Run
from tracker.vocabulary import RunKind, RunState

ATTEMPTS = 3
LOGGED = 200
"""Rejects and notes that the run row keeps; the rejects file has them all."""


@dataclass(frozen=True)
class IngestResult:
    """What came of an import."""

    new: int
    changed: int
    unchanged: int
    rejected: int
    """Rows; `rejects` may have several entries for one."""
    rejects: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    """The runs that are due because of it, to be announced once the transaction is committed."""


def import_file(
    path: Path,
    delivery: Delivery,
    work: Callable[[Tally], None],
    *,
    payload: dict[str, Any],
    dry_run: bool,
    rejects: Path | None,
) -> IngestResult:
    """Do `work`, all of it or nothing, and keep it as a run; a dry run leaves no row at all.

    A file that is refused is kept too, as a run that says why.
    """
    digest = digest_of(path)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _once(digest, delivery, work, payload=payload, dry_run=dry_run, rejects=rejects)
        except (IntegrityError, OperationalError):
            # Somebody else stored the same things between our look and our writing: look again.
            if attempt == ATTEMPTS:
                raise
        except (LayoutChanged, GeometryRefused) as error:
            if not dry_run:
                outcome = printable(f"{delivery.file} was refused: {error}")
                _run(digest, delivery, payload, state=RunState.REFUSED, outcome=outcome)
            raise
    raise AssertionError("unreachable")


def digest_of(path: Path) -> str:
    """SHA-256 of the file; of all files in a folder; of a shapefile and the files that belong to it."""
    if not path.exists():
        raise FileNotFoundError(f"No such file: {path.name}")
    if path.is_dir():
        parts = [file for file in path.rglob("*") if file.is_file()]
    elif path.suffix.lower() == ".shp":
        parts = [file for file in path.parent.glob(f"{glob.escape(path.stem)}.*") if file.is_file()]
    else:
        return _sha256(path)
    listed = [f"{_sha256(part)}  {part.name}\n" for part in sorted(parts)]
    return hashlib.sha256("".join(listed).encode("utf-8", "surrogateescape")).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _once(
    digest: str,
    delivery: Delivery,
    work: Callable[[Tally], None],
    *,
    payload: dict[str, Any],
    dry_run: bool,
    rejects: Path | None,
) -> IngestResult:
    tally = Tally()
    with transaction.atomic():
        work(tally)
        tally.rejects.sort(key=lambda reject: reject.line)
        due = request_builds(tally, delivery)
        counts = {**tally.counts, "builds": len(due)}
        said = ", ".join(f"{number} {word}" for word, number in tally.counts.items())
        _run(
            digest, delivery, payload,
            state=RunState.DONE, counts=counts, outcome=f"{delivery.file}: {said}.", log=_log(tally),
        )  # fmt: skip
        if rejects is not None:
            write_rejects(rejects, tally.rejects)
        if dry_run:
            transaction.set_rollback(True)
            due = []
    return IngestResult(**tally.counts, rejects=tally.rejects, notes=tally.notes, runs=due)


def request_builds(tally: Tally, delivery: Delivery) -> list[int]:
    """The due builds of all that the delivery touched."""
    by = delivery.recorded_by
    due = Run.objects.request_builds(tally.cubes, changed_since=tally.since or delivery.now, by=by)
    due += [Run.objects.request_conflict(country=country, by=by) for country in sorted(tally.conflict)]
    return [run.pk for run in due]


def _run(digest: str, delivery: Delivery, payload: dict[str, Any], **result: Any) -> None:
    Run.objects.record(
        RunKind.IMPORT,
        f"import:{digest}",
        begun=delivery.now,
        requested_by=delivery.recorded_by,
        payload={"file": delivery.file, **payload},
        failures=int(result["state"] == RunState.REFUSED),
        input_hash=digest,
        backfilled=delivery.recorded_as_published,
        **result,
    )


def _log(tally: Tally) -> str:
    rejected = [f"{reject}" for reject in tally.rejects]
    lines = tally.notes[:LOGGED] + rejected[:LOGGED]
    left_out = len(tally.notes) + len(rejected) - len(lines)
    return printable("\n".join([*lines, *([f"and {left_out} more"] if left_out else [])]))
