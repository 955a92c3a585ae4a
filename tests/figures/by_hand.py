"""Conflict figures counted plainly, one event after the other, to compare the engine with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tracker.models import ConflictFigure
from tracker.reconcile.periods import period_of
from tracker.vocabulary import PeriodType

CELL = ("region", "event_type", "period_type", "start", "end")
SAID = (*CELL, *ConflictFigure.CONTENT)


def counted_by_hand(
    events: Iterable[Mapping[str, Any]], above: Mapping[str, str]
) -> Counter[tuple[Any, ...]]:
    """The figures of these events, as values of SAID; `above` gives the region that holds a region, or ""."""
    cells: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for event in events:
        region = event["region"]
        while region and not event["retracted"]:
            for kind in PeriodType.values:
                if kind != PeriodType.DAY:
                    period = period_of(event["date"], kind)
                    cells[region, event["event_type"], kind, period.start, period.end].append(event)
            region = above[region]
    return Counter((*cell, *_content(inside)) for cell, inside in cells.items())


def _content(events: list[Mapping[str, Any]]) -> tuple[int | None, ...]:
    sums: list[int | None] = []
    for name in ("low", "best", "high"):
        known = [event[name] for event in events if event[name] is not None]
        sums.append(sum(known) if known else None)
    return (len(events), *sums, sum(event["best"] is None for event in events))
