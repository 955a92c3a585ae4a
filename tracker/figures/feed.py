"""What changed: new, changed and withdrawn figures in the order of their change, so that a copy can be kept.

A figure changes when a build writes a version of it, and where its period goes on with each new day. What a
client passes as `updated_after` is a moment of which it has seen everything that was to be had; so what was
written by a build that had begun by then, and ended later, is given again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Min

from tracker.figures.feed_periods import updates_of_periods
from tracker.figures.moments import complete_until
from tracker.figures.query import ALL_AT_ONCE, FigurePage, names_of
from tracker.figures.rows import FigureFilter
from tracker.figures.updates import Place, Stretch, Update
from tracker.models import Run
from tracker.vocabulary import PeriodType, RunKind, RunState

LONGEST_BUILD = timedelta(days=1)
"""No build takes longer."""


def update_page(wanted: FigureFilter, *, limit: int, after: tuple[Any, ...] | None = None) -> FigurePage:
    """The next `limit` changes since `updated_after`, or after the place that an earlier page gave."""
    found = list(islice(_updates(wanted, after, batch=limit + 1), limit + 1))
    updates = found[:limit]
    last = _as_json(updates[-1].place) if len(found) > limit else None
    name = names_of(wanted)
    return FigurePage([update.as_dict(name(update.name)) for update in updates], last)


def update_rows(wanted: FigureFilter) -> Iterator[dict[str, Any]]:
    """All changes since `updated_after`."""
    name = names_of(wanted)
    return (update.as_dict(name(update.name)) for update in _updates(wanted))


def update_places(wanted: FigureFilter) -> Iterator[tuple[Any, ...]]:
    """The places of all changes in order, as `update_page` takes and gives them."""
    return (_as_json(update.place) for update in _updates(wanted))


def update_count(wanted: FigureFilter) -> int:
    return sum(1 for _ in _updates(wanted))


def _updates(
    wanted: FigureFilter, after: tuple[Any, ...] | None = None, *, batch: int = ALL_AT_ONCE
) -> Iterator[Update]:
    assert wanted.updated_after is not None  # noqa: S101 - who asks for changes says since when
    # In this order: what is complete is so by a moment that comes before the one as of which is answered.
    until = complete_until()
    since = seen_by(wanted.updated_after)
    stretch = Stretch(since, until, None if after is None else _from_json(after))
    kinds = set(wanted.period_types or PeriodType.values)
    streams: list[Iterator[Update]] = []
    if kinds - {PeriodType.DAY}:
        streams.append(updates_of_periods(wanted, stretch, batch))
    if PeriodType.DAY in kinds:
        # It needs the compiled rules, which stay out of a process that serves until they are wanted.
        from tracker.figures.feed_days import updates_of_days

        streams.append(updates_of_days(wanted, stretch))
    return heapq.merge(*streams, key=lambda update: update.place)


def seen_by(moment: datetime) -> datetime:
    """The moment up to which everything was to be had at `moment`: builds that went on then are left out.

    The moment of a build is one that a client was told, when everything before it was to be had.
    """
    if Run.objects.filter(kind=RunKind.BUILD, state=RunState.DONE, moment=moment).exists():
        return moment
    under_way = Run.objects.filter(
        kind=RunKind.BUILD,
        state=RunState.DONE,
        moment__gt=moment - LONGEST_BUILD,
        started_at__lte=moment,
        finished_at__gte=moment,
    )
    begun: datetime | None = under_way.aggregate(at=Min("started_at"))["at"]
    return min(moment, begun - timedelta(microseconds=1)) if begun else moment


def _as_json(place: Place) -> tuple[Any, ...]:
    return (place[0].isoformat(), *place[1:])


def _from_json(place: tuple[Any, ...]) -> Place:
    return (datetime.fromisoformat(place[0]), *place[1:])
