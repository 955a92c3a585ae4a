"""Changes of figures as a feed gives them, and which of them are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tracker.figures.rows import ALL_CAUSES, FigureName, FigureRow, added_up

BY_BUILD, BY_CALENDAR, RUNNING, DAYS = range(4)
"""The streams that a feed merges; among changes of one moment they come in this order."""

Place = tuple[Any, ...]
"""Where a change lies: its moment, its stream, and its place among those of the stream at that moment."""


@dataclass(frozen=True)
class Update:
    """One change: the figure as it stands now; `row` is None where it is withdrawn."""

    place: Place
    name: FigureName
    row: FigureRow | None
    recorded_at: datetime

    @property
    def updated_at(self) -> datetime:
        found: datetime = self.place[0]
        return found

    def as_dict(self, region_name: str) -> dict[str, Any]:
        if self.row is not None:
            said = self.row.as_dict(region_name)
        else:
            said = {
                **self.name.columns(region_name),
                **dict.fromkeys(("value", "low", "high", "unlocated")),
                "reports": 0,
                "sources": 0,
                "warnings": [],
                "recorded_at": self.recorded_at,
            }
        return {**said, "withdrawn": self.row is None, "updated_at": self.updated_at}


@dataclass(frozen=True)
class Stretch:
    """The changes after a moment, or after a place of one, up to another moment, which is left out."""

    since: datetime
    until: datetime
    after: Place | None

    def floor(self, stream: int) -> tuple[datetime, Place | None, bool]:
        """From where on a stream is read.

        The moment after which, the place at that moment after which, and whether what lies at that moment
        is read from its beginning.
        """
        if self.after is None:
            return self.since, None, False
        moment, at, *place = self.after
        return moment, tuple(place) if at == stream else None, at < stream

    def holds(self, stream: int, moment: datetime) -> bool:
        """Whether changes of this moment are among them, or some of those."""
        floor, place, is_begun = self.floor(stream)
        return moment < self.until and (
            moment > floor or (moment == floor and (is_begun or place is not None))
        )


def total_of(parts: Sequence[Update], place: Place) -> Update:
    """The change of a sum, at `place`: withdrawn where no part is left."""
    rows = [part.row for part in parts if part.row is not None]
    return Update(
        place,
        replace(parts[0].name, cause=ALL_CAUSES),
        added_up(rows) if rows else None,
        max(part.recorded_at for part in parts),
    )
