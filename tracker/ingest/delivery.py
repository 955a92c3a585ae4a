"""One delivery of a file: who delivers it and how, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from tracker.ingest.readers.records import Fault, Record
from tracker.ingest.readers.rows import Rejected, shown
from tracker.sentences import sentence as _

R = TypeVar("R", bound=Record)
T = TypeVar("T")

Cube = tuple[str, str, str, str]
"""Country, measure, cause and crisis."""


@dataclass(frozen=True)
class Delivery:
    """Whose file it is and how its rows are recorded."""

    file: str
    """The name of the file, without its folder."""
    now: datetime
    by: str = ""
    approve: bool = False
    recorded_as_published: bool = False
    release: str = ""
    uploaded_by: str = ""
    """Who handed the file in, where that is known: the author of what it says."""

    @property
    def recorded_by(self) -> str:
        return self.by or "command line"

    @property
    def author(self) -> str:
        """The author of what the file says: who handed it in, or the file itself.

        So nobody approves what they wrote.
        """
        return self.uploaded_by or f"import of {self.file}"[:150]

    @property
    def reason(self) -> str:
        return f"{self.file} says otherwise."

    def moment(self, known_since: date) -> datetime:
        """When a row is recorded: now, or the day it became known, for the history of an archive."""
        if not self.recorded_as_published:
            return self.now
        return min(self.now, datetime.combine(known_since, time.min, UTC))


@dataclass
class Tally:
    """What came of a delivery so far."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejects: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cubes: set[Cube] = field(default_factory=set)
    """Cubes whose figures may now be others."""
    since: datetime | None = None
    """When the earliest of the changes to these cubes was recorded, where that is known; else it was now."""
    conflict: set[str] = field(default_factory=set)
    """Countries whose conflict figures may now be others."""

    @property
    def rejected(self) -> int:
        """Rows; one row can be rejected for several reasons."""
        return len({reject.line for reject in self.rejects})

    @property
    def counts(self) -> dict[str, int]:
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
        }

    def touch(self, cubes: Iterable[Cube], *, since: datetime) -> None:
        """What was recorded at `since` may change the figures of these cubes."""
        cubes = set(cubes)
        if cubes:
            self.cubes |= cubes
            self.since = since if self.since is None else min(self.since, since)

    def reject(self, record: Record, faults: Iterable[Fault]) -> None:
        self.rejects += rejected(record, faults)


def rejected(record: Record, faults: Iterable[Fault]) -> list[Rejected]:
    """What is wrong with the record, by the values that it has."""
    return [
        Rejected(record.line, column, "" if value is None else shown(str(value)), reason)
        for column, reason in faults
        for value in [getattr(record, column)]
    ]


def other_content(line: int) -> str:
    """Why a row is rejected that gives the thing of an earlier line other content."""
    return _(
        "line %(line)s of the file has it already, with other content; only that one counts", line=str(line)
    )


def accepted(
    records: Iterable[R | Rejected],
    identity: tuple[str, ...],
    faults: Callable[[R], Iterable[Fault]],
    tally: Tally,
) -> Iterator[R]:
    """The records that can be stored; what was wrong with the others is in the tally.

    A row that says the same as an earlier one of its file counts as unchanged; one that gives the same
    thing other content is rejected, since nobody can know which of the two is meant.
    """
    key_of = attrgetter(*identity)
    seen: dict[Any, tuple[int, int]] = {}
    for record in records:
        if isinstance(record, Rejected):
            tally.rejects.append(record)
            continue
        if found := list(faults(record)):
            tally.reject(record, found)
            continue
        key, content = key_of(record), record.content_hash
        line, earlier = seen.setdefault(key, (record.line, content))
        if line == record.line:
            yield record
        elif earlier == content:
            tally.unchanged += 1
        else:
            tally.reject(record, [(identity[-1], other_content(line))])


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch
