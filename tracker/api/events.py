"""events/: conflict events, as datasets give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet

from tracker.api.filters import (
    AS_OF,
    EVENT_TYPE,
    FROM,
    REGION,
    TEXT,
    TO,
    UPDATED_AFTER,
    WITHIN,
    matching,
    overlapping,
)
from tracker.api.parameters import Parameter, Query, read_text
from tracker.api.places import in_places
from tracker.api.renderers import Row
from tracker.api.rows import TableRow
from tracker.api.views import PLACE_FORMATS, TableView
from tracker.api.visibility import known_datasets, visible_events
from tracker.models import ConflictEvent, Source


class EventRow(TableRow):
    """One conflict event."""

    class Meta:
        model = ConflictEvent
        fields: ClassVar = [
            *ConflictEvent.IDENTITY,
            *(name for name in ConflictEvent.CONTENT if name not in {"sensitivity", "retracted"}),
            "located_by", "version", "recorded_at",
        ]  # fmt: skip


DATASET = Parameter(
    "dataset", "Name of a dataset.", read_text, "the name of a dataset", TEXT, many=True,
    known=known_datasets,
)  # fmt: skip


class Events(TableView):
    """Conflict events, as datasets give them.

    `from` and `to` speak of the first day, by which an event belongs to a period.
    """

    row = EventRow
    tables = (ConflictEvent, Source)
    identity = ConflictEvent.IDENTITY
    formats = PLACE_FORMATS
    parameters = (REGION, WITHIN, DATASET, EVENT_TYPE, FROM, TO, AS_OF, UPDATED_AFTER)

    def rows(self, query: Query) -> QuerySet[Any, Any]:
        wanted = matching(query, dataset="dataset", event_type="event_type")
        return visible_events(staff=query.staff, as_of=query.as_of).filter(
            wanted & in_places(query) & overlapping(query, "date", "date")
        )

    def geometries(self, rows: Sequence[Row], query: Query) -> Sequence[Any]:
        return [point(row["longitude"], row["latitude"]) for row in rows]


def point(longitude: float | None, latitude: float | None) -> dict[str, Any] | None:
    """A GeoJSON point; None where the place is not known to a point."""
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}
