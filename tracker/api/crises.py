"""crises/: what reports can be about."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from tracker.api.filters import AS_OF, FROM, TEXT, TO, UPDATED_AFTER, known_codes, matching
from tracker.api.parameters import Parameter, Query, read_text
from tracker.api.rows import TableRow
from tracker.api.views import TableView
from tracker.models import Crisis


class CrisisRow(TableRow):
    """One crisis."""

    class Meta:
        model = Crisis
        fields: ClassVar = [*Crisis.IDENTITY, *Crisis.CONTENT, "version", "recorded_at"]


CODE = Parameter(
    "crisis", "Code of a crisis.", read_text, "a code of crises/", TEXT, many=True,
    known=known_codes(Crisis, "code"),
)  # fmt: skip


class Crises(TableView):
    """Crises that reports can be about.

    `from` and `to` keep those that go on in these days.
    """

    row = CrisisRow
    tables = (Crisis,)
    identity = Crisis.IDENTITY
    parameters = (CODE, FROM, TO, AS_OF, UPDATED_AFTER)

    def rows(self, query: Query) -> QuerySet[Any, Any]:
        condition = matching(query, crisis="code")
        if query["from"]:
            condition &= Q(end__isnull=True) | Q(end__gte=query["from"])
        if query["to"]:
            condition &= Q(start__lte=query["to"])
        return Crisis.objects.as_of(query.as_of).filter(condition)
