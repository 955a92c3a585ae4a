"""flows/: who went from where to where, in the reports that state both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from rest_framework import serializers

from tracker.api.filters import (
    AS_OF,
    CAUSE,
    CRISIS,
    FROM,
    ROLE,
    SOURCE,
    TEXT,
    TO,
    UPDATED_AFTER,
    known_codes,
    matching,
    overlapping,
    words,
)
from tracker.api.parameters import Parameter, Query, read_text
from tracker.api.rows import TableRow
from tracker.api.views import TableView
from tracker.api.visibility import visible_reports
from tracker.models import Region, Report, Source
from tracker.vocabulary import FLOWS, Measure

# These flows are reported of the region that people left, the others of the region that they reached.
OUTWARD = (Measure.DEPARTURES.value, Measure.EXITS.value)


class FlowRow(TableRow):
    """One report of people who moved, with both ends of their way."""

    origin = serializers.CharField(help_text="P-code of the region they left.")
    origin_name = serializers.CharField(help_text="English name; empty where the region is not known here.")
    destination = serializers.CharField(help_text="P-code of the region they reached.")
    destination_name = serializers.CharField(
        help_text="English name; empty where the region is not known here."
    )

    class Meta:
        model = Report
        fields = [
            "origin", "origin_name", "destination", "destination_name", "measure", "cause", "crisis", "start",
            "end", "value", "low", "high", "source", "ref", "published", "role", "qualifier", "version",
            "recorded_at",
        ]  # fmt: skip


ORIGIN = Parameter(
    "origin", "P-code of the region they left.", read_text, "a P-code of regions/", TEXT, many=True,
    known=known_codes(Region, "pcode"),
)  # fmt: skip
DESTINATION = Parameter(
    "destination", "P-code of the region they reached.", read_text, "a P-code of regions/", TEXT, many=True,
    known=known_codes(Region, "pcode"),
)  # fmt: skip
FLOW = words("measure", "What is counted.", [measure for measure in Measure.values if measure in FLOWS])


class Flows(TableView):
    """Pairs of origin and destination, in the reports of flows that state both.

    They are what sources say, one row for each report: not reconciled, and not to be added up.
    """

    row = FlowRow
    tables = (Report, Source, Region)
    identity = Report.IDENTITY
    parameters = (ORIGIN, DESTINATION, SOURCE, FLOW, CAUSE, CRISIS, ROLE, FROM, TO, AS_OF, UPDATED_AFTER)

    def rows(self, query: Query) -> QuerySet[Any, Any]:
        wanted = matching(
            query, origin="origin", destination="destination", source="source", measure="measure",
            cause="cause", crisis="crisis", role="role",
        )  # fmt: skip
        is_outward = When(measure__in=OUTWARD, then=F("region"))
        is_inward = When(measure__in=OUTWARD, then=F("counterpart"))
        return (
            visible_reports(staff=query.staff, as_of=query.as_of)
            .filter(measure__in=FLOWS)
            .exclude(counterpart="")
            .annotate(
                origin=Case(is_outward, default=F("counterpart")),
                destination=Case(is_inward, default=F("region")),
            )
            .filter(wanted & overlapping(query, "start", "end"))
            .annotate(
                origin_name=name_of("origin", query.as_of),
                destination_name=name_of("destination", query.as_of),
            )
        )


def name_of(column: str, as_of: datetime | None) -> Coalesce:
    """The name of the region whose P-code is in `column`."""
    regions = Region.objects.as_of(as_of).filter(pcode=OuterRef(column))
    return Coalesce(Subquery(regions.values("name_en")[:1]), Value(""))
