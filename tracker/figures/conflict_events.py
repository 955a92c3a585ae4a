"""Conflict events, their regions and their figures, read from the tables into columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Max, QuerySet

from tracker.figures.conflict_counts import EVENT_TYPES, PERIOD_TYPES, Counts, Events, Ints, cells_of
from tracker.models import ConflictEvent, ConflictFigure, Region
from tracker.models.columns import Kind, Numbers, Texts, numbered, read_columns
from tracker.reconcile.cube import tree_of
from tracker.reconcile.periods import period_numbers

_CELL: dict[str, Kind] = {"region": "text", "event_type": "text", "period_type": "text", "start": "day"}
_FATALITIES: dict[str, Kind] = {"low": "whole", "best": "whole", "high": "whole"}
_MOMENTS: dict[str, Kind] = {"recorded_at": "moment", "superseded_at": "moment"}
_EVENT: dict[str, Kind] = {"region": "text", "event_type": "text", "date": "day", **_FATALITIES, **_MOMENTS}
_COUNTED: dict[str, Kind] = {**_MOMENTS, "events": "whole", **_FATALITIES, "unknown": "whole"}


@dataclass(frozen=True)
class StoredFigures:
    """Columns of length n, in no order."""

    pk: Ints
    version: Ints
    counts: Counts


def read_events(events: QuerySet[ConflictEvent], regions: Numbers) -> Events:
    """Event versions as columns; retracted ones do not count and are left out."""
    said = read_columns(events.filter(retracted=False), _EVENT)
    region, event_type = regions.of(said.pop("region")), _places(said.pop("event_type"), EVENT_TYPES)
    return Events(region, event_type, *said.values())


def read_figures(figures: QuerySet[ConflictFigure], regions: Numbers) -> StoredFigures:
    """Figure versions as columns."""
    said = read_columns(figures, {**_CELL, "pk": "whole", "version": "whole", **_COUNTED})
    counts = Counts(_cells(said, regions), *(said[name] for name in _COUNTED))
    return StoredFigures(said["pk"], said["version"], counts)


def last_versions(figures: QuerySet[ConflictFigure], regions: Numbers) -> tuple[Ints, Ints]:
    """The cells of `figures`, and the last version number of each."""
    found = figures.order_by().values(*_CELL).annotate(last=Max("version"))
    said = read_columns(found, {**_CELL, "last": "whole"})
    return _cells(said, regions), said["last"]


def regions_above(country: str, regions: Numbers, *, as_of: datetime | None) -> Ints:
    """Each numbered region's ancestors, as of a moment.

    A retired region gets no counts: its events are known only to lie somewhere in the region that holds it.
    So are the events of a region that was not there then, in the country.

    Returns
    -------
    int64, shape (deepest level + 1, regions) : row k holds the ancestor at depth k, -1 below the region
    """
    rows = Region.objects.as_of(as_of).filter(country=country).order_by()
    known = list(rows.values_list("pcode", "parent", "retired"))
    tree = tree_of({pcode: parent for pcode, parent, _ in known})
    retired = {pcode for pcode, _, is_retired in known if is_retired}
    numbers = [regions[pcode] for pcode in tree.pcodes]
    top = regions[country]
    above = np.full((int(tree.depth.max(initial=0)) + 1, len(regions)), -1, dtype=np.int64)
    above[0] = top
    for place, pcode in enumerate(tree.pcodes):
        if tree.parent[place] >= 0:
            above[:, numbers[place]] = above[:, numbers[tree.parent[place]]]
        if pcode not in retired:
            above[tree.depth[place], numbers[place]] = numbers[place]
    return above


def _cells(said: dict[str, Any], regions: Numbers) -> Ints:
    period_type, start = _places(said["period_type"], PERIOD_TYPES), said["start"]
    period = np.zeros_like(start)
    for number, kind in enumerate(PERIOD_TYPES):
        these = period_type == number
        period[these] = period_numbers(start[these], kind)
    return cells_of(regions.of(said["region"]), _places(said["event_type"], EVENT_TYPES), period_type, period)


def _places(texts: Texts, words: tuple[str, ...]) -> Ints:
    """The place in `words` of each text."""
    number, found = numbered(texts)
    return np.array([words.index(word) for word in found], dtype=np.int64)[number]
