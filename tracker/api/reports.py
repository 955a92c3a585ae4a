"""reports/: what sources say, as claimed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from tracker.api.filters import (
    AS_OF,
    CAUSE,
    CRISIS,
    FROM,
    MEASURE,
    REGION,
    ROLE,
    SOURCE,
    TEXT,
    TO,
    UPDATED_AFTER,
    WITHIN,
    matching,
    overlapping,
)
from tracker.api.parameters import Parameter, Query, read_text
from tracker.api.places import in_places
from tracker.api.rows import TableRow
from tracker.api.views import TableView
from tracker.api.visibility import known_rounds, visible_reports
from tracker.models import Report, Source


class ReportRow(TableRow):
    """One approved report."""

    household_size = serializers.FloatField(allow_null=True, help_text="People in a household, as stated.")
    household_size_used = serializers.FloatField(
        allow_null=True,
        help_text="The size by which households became people; null where people were stated.",
    )
    breakdown = serializers.DictField(allow_null=True, help_text="People by sex, age and other categories.")

    class Meta:
        model = Report
        fields: ClassVar = [*Report.IDENTITY, *Report.CONTENT, "version", "recorded_at"]


ROUND = Parameter(
    "round", "Code of the round that the report is a row of; given empty: of none.", read_text,
    "a code of rounds/", TEXT, many=True, may_be_empty=True, known=known_rounds,
)  # fmt: skip


class Reports(TableView):
    """Approved reports as their sources made them, but for those that may not be passed on."""

    row = ReportRow
    tables = (Report, Source)
    identity = Report.IDENTITY
    parameters = (REGION, WITHIN, SOURCE, MEASURE, CAUSE, CRISIS, ROLE, ROUND, FROM, TO, AS_OF, UPDATED_AFTER)

    def rows(self, query: Query) -> QuerySet[Any, Any]:
        wanted = matching(
            query,
            source="source",
            measure="measure",
            cause="cause",
            crisis="crisis",
            role="role",
            round="round",
        )
        return visible_reports(staff=query.staff, as_of=query.as_of).filter(
            wanted & in_places(query) & overlapping(query, "start", "end")
        )
