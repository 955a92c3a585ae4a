"""rounds/: assessment rounds."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from tracker.api.filters import (
    AS_OF,
    BOOLEAN,
    FROM,
    REGION,
    SOURCE,
    TO,
    UPDATED_AFTER,
    WITHIN,
    matching,
    overlapping,
)
from tracker.api.parameters import Parameter, Query, read_boolean
from tracker.api.places import in_places
from tracker.api.rows import TableRow
from tracker.api.views import TableView
from tracker.api.visibility import visible_rounds
from tracker.models import Round, Source


class RoundRow(TableRow):
    """One assessment round."""

    class Meta:
        model = Round
        fields: ClassVar = [*Round.IDENTITY, *Round.CONTENT, "version", "recorded_at"]


CLOSED = Parameter("closed", "Whether all rows of the round are in.", read_boolean, "true or false", BOOLEAN)


class Rounds(TableView):
    """Assessment rounds: one survey by one source over one region.

    `from` and `to` speak of the reference date.
    """

    row = RoundRow
    tables = (Round, Source)
    identity = Round.IDENTITY
    parameters = (REGION, WITHIN, SOURCE, CLOSED, FROM, TO, AS_OF, UPDATED_AFTER)

    def rows(self, query: Query) -> QuerySet[Any, Any]:
        condition = in_places(query) & matching(query, source="source") & overlapping(query, "date", "date")
        if query["closed"] is not None:
            condition &= Q(closed=query["closed"])
        return visible_rounds(staff=query.staff, as_of=query.as_of).filter(condition)
