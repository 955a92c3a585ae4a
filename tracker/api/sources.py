"""sources/: who reports."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet

from tracker.api.filters import AS_OF, SOURCE, UPDATED_AFTER, matching, words
from tracker.api.parameters import Parameter, Query, whole_number
from tracker.api.rows import TableRow
from tracker.api.views import TableView
from tracker.models import Source
from tracker.vocabulary import RowAccess


class SourceRow(TableRow):
    """One source."""

    class Meta:
        model = Source
        fields: ClassVar = [*Source.IDENTITY, *Source.CONTENT, "version", "recorded_at"]


TIER = Parameter(
    "tier", "Trust in the source: 1 (most) to 5.", whole_number(1, 5), "a whole number from 1 to 5",
    {"type": "integer", "minimum": 1, "maximum": 5}, many=True,
)  # fmt: skip
ROW_ACCESS = words("row_access", "To whom single reports of the source may be served.", RowAccess.values)


class Sources(TableView):
    """Who reports, under which licence, and how far each is trusted."""

    row = SourceRow
    tables = (Source,)
    identity = Source.IDENTITY
    parameters = (SOURCE, TIER, ROW_ACCESS, AS_OF, UPDATED_AFTER)

    def rows(self, query: Query) -> QuerySet[Any, Any]:
        return Source.objects.as_of(query.as_of).filter(
            matching(query, source="code", tier="tier", row_access="row_access")
        )
