"""Counts of conflict events, as columns: by region, event type and period, and through time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracker.models.columns import NULL, STILL
from tracker.reconcile.periods import period_bounds, period_numbers
from tracker.vocabulary import EventType, PeriodType

Ints = NDArray[np.int64]

EVENT_TYPES = tuple(EventType.values)
PERIOD_TYPES = tuple(kind for kind in PeriodType.values if kind != PeriodType.DAY)
# A cell (region, event type, period type, period) is one number, its parts side by side. The period has room
# for every date there is: the year 9999 ends in week 419,000 after 1970, the year 1 began 103,000 before.
_PERIOD_BITS = 20
_PERIOD_ZERO = 1 << (_PERIOD_BITS - 1)


@dataclass(frozen=True)
class Events:
    """Columns of length n, int64: what events say, and from when until when they said it.

    `region` is the place in a list of regions, `event_type` that in EVENT_TYPES, `day` counts from
    1970-01-01. Fatalities may be NULL. Moments are numbers that rise with time; `until` may be STILL.
    """

    region: Ints
    event_type: Ints
    day: Ints
    low: Ints
    best: Ints
    high: Ints
    since: Ints
    until: Ints

    def __len__(self) -> int:
        return len(self.region)

    def at_once(self, moment: int) -> Events:
        """The same events, as if all had been recorded at `moment`."""
        since, until = np.full(len(self), moment), np.full(len(self), STILL)
        return replace(self, since=since, until=until)

    def between(self, first: int, last: int) -> Events:
        """What stood from moment `first` until moment `last`, cut to these."""
        since, until = np.maximum(self.since, first), np.minimum(self.until, last)
        stood = since < until
        said = (self.region, self.event_type, self.day, self.low, self.best, self.high, since, until)
        return Events(*(column[stood] for column in said))


@dataclass(frozen=True)
class Counts:
    """Columns of length n, int64, sorted by cell and moment: what a cell counts, from when until when.

    Fatalities are NULL where none of the events has a number; `unknown` counts those without a best one.
    """

    cell: Ints
    since: Ints
    until: Ints
    events: Ints
    low: Ints
    best: Ints
    high: Ints
    unknown: Ints

    def __len__(self) -> int:
        return len(self.cell)

    @property
    def content(self) -> tuple[Ints, ...]:
        return (self.events, self.low, self.best, self.high, self.unknown)

    @property
    def columns(self) -> tuple[Ints, ...]:
        return (self.cell, self.since, self.until, *self.content)

    def take(self, rows: NDArray[np.bool_] | Ints) -> Counts:
        return Counts(*(column[rows] for column in self.columns))


@dataclass(frozen=True)
class Cells:
    """Columns of length n, int64: the parts of cells. `start` and `end` are days since 1970-01-01."""

    region: Ints
    event_type: Ints
    period_type: Ints
    start: Ints
    end: Ints


def count(stretches: Sequence[tuple[Events, Ints]]) -> Counts:
    """Count events by region, event type and period, at every moment at which a count changes.

    An event is counted in its own region and in all above it, in the period of its day.

    Parameters
    ----------
    stretches : events, with the regions as they lay while these events stood; more than one pair where
        regions were redrawn in between. Regions: int64, shape (deepest level + 1, regions); row k holds each
        region's ancestor at depth k (itself at its own depth, -1 below).

    Method: docs/methodology.md, "Conflict events".
    """
    deepest = max((len(above) for _, above in stretches), default=0)
    # Each depth and type of period has cells of its own. Worked on one after the other, they need arrays as
    # long as the events; together, twenty times as long.
    found = [
        _histories(
            [_changes(events, above[depth], kind) for events, above in stretches if depth < len(above)]
        )
        for kind in range(len(PERIOD_TYPES))
        for depth in range(deepest)
    ]
    joined = Counts(*map(np.concatenate, zip(*(part.columns for part in [NO_COUNTS, *found]), strict=True)))
    return joined.take(np.lexsort((joined.since, joined.cell)))


def cells_of(region: Ints, event_type: Ints, period_type: int | Ints, period: Ints) -> Ints:
    """The numbers of cells, from the places of their parts and the numbers of their periods."""
    place = (region * len(EVENT_TYPES) + event_type) * len(PERIOD_TYPES) + period_type
    return (place << _PERIOD_BITS) + period + _PERIOD_ZERO


def parts_of(cell: Ints) -> Cells:
    """The parts of cells, from their numbers."""
    period = (cell & ((1 << _PERIOD_BITS) - 1)) - _PERIOD_ZERO
    place, period_type = np.divmod(cell >> _PERIOD_BITS, len(PERIOD_TYPES))
    region, event_type = np.divmod(place, len(EVENT_TYPES))
    start, end = np.zeros_like(cell), np.zeros_like(cell)
    for number, kind in enumerate(PERIOD_TYPES):
        these = period_type == number
        start[these], end[these] = period_bounds(period[these], kind)
    return Cells(region, event_type, period_type, start, end)


def _changes(events: Events, above: Ints, period_type: int) -> tuple[Ints, Ints, Ints]:
    """What each event adds to a cell when it is recorded, and takes from it when it no longer stands.

    Returns
    -------
    cells and moments, length n, and amounts, shape (7, n): events, then the sum and the number of the known
    low, best and high fatalities.
    """
    region = above[events.region]
    inside = region >= 0
    period = period_numbers(events.day[inside], PERIOD_TYPES[period_type])
    cell = cells_of(region[inside], events.event_type[inside], period_type, period)
    amounts = np.ones((7, len(cell)), dtype=np.int64)
    for row, column in zip((1, 3, 5), (events.low, events.best, events.high), strict=True):
        amounts[row] = np.maximum(column[inside], 0)
        amounts[row + 1] = column[inside] != NULL
    since, until = events.since[inside], events.until[inside]
    ended = until != STILL
    return (
        np.concatenate([cell, cell[ended]]),
        np.concatenate([since, until[ended]]),
        np.concatenate([amounts, -amounts[:, ended]], axis=1),
    )


def _histories(changes: Sequence[tuple[Ints, Ints, Ints]]) -> Counts:
    """Add up changes: what each cell counts after each moment that changes it."""
    cell, moment = (np.concatenate([change[part] for change in changes]) for part in (0, 1))
    if not len(cell):
        return NO_COUNTS
    order = np.lexsort((moment, cell))
    amounts = np.concatenate([change[2] for change in changes], axis=1)[:, order]
    cell, moment = cell[order], moment[order]
    steps_at = np.flatnonzero(np.append(True, (cell[1:] != cell[:-1]) | (moment[1:] != moment[:-1])))
    steps = np.add.reduceat(amounts, steps_at, axis=1)
    cell, moment = cell[steps_at], moment[steps_at]

    is_first = np.append(True, cell[1:] != cell[:-1])
    first = np.flatnonzero(is_first)
    totals = np.cumsum(steps, axis=1)
    totals -= np.repeat(totals[:, first] - steps[:, first], np.diff(np.append(first, len(cell))), axis=1)
    sums = [np.where(totals[row + 1] > 0, totals[row], NULL) for row in (1, 3, 5)]
    content = np.stack([totals[0], *sums, totals[0] - totals[4]])
    stays = np.append(False, (content[:, 1:] == content[:, :-1]).all(axis=0)) & ~is_first
    cell, moment, content = cell[~stays], moment[~stays], content[:, ~stays]
    until = np.append(np.where(cell[1:] == cell[:-1], moment[1:], STILL), STILL)
    return Counts(cell, moment, until, *content).take(content[0] > 0)


NO_COUNTS = Counts(*(np.zeros(0, dtype=np.int64) for _ in range(8)))
