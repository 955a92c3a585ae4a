"""conflict/: events and fatalities by region, period and type."""

from __future__ import annotations

from collections.abc import Iterator

from rest_framework import serializers

from tracker.api.filters import AS_OF, EVENT_TYPE, FROM, LEVEL, PERIOD_TYPE, REGION, TO, UPDATED_AFTER, WITHIN
from tracker.api.paging import Page, Window, forward_page
from tracker.api.parameters import Query
from tracker.api.renderers import Row
from tracker.api.rows import ReadOnlyRow
from tracker.api.views import ListView
from tracker.figures.conflict_query import (
    ConflictFilter,
    conflict_count,
    conflict_page,
    conflict_places,
    conflict_rows,
)
from tracker.models import ConflictEvent, ConflictFigure, Region
from tracker.vocabulary import EventType, PeriodType


class ConflictRow(ReadOnlyRow):
    """The events of one type in one region and period."""

    region = serializers.CharField(help_text="P-code.")
    region_name = serializers.CharField(help_text="English name.")
    level = serializers.IntegerField(help_text="0 is the country, 1 to 4 what lies below it.")
    event_type = serializers.ChoiceField(EventType.choices)
    period_type = serializers.ChoiceField(PeriodType.choices)
    period = serializers.CharField(
        help_text="Label of the period: 2024-12-06, 2024-W48, 2024-12, 2024-Q4 or 2024."
    )
    start = serializers.DateField(help_text="First day of the period.")
    end = serializers.DateField(help_text="Last day of the period, included.")
    events = serializers.IntegerField(help_text="Events whose first day lies in the period.")
    fatalities_low = serializers.IntegerField(
        allow_null=True, help_text="Null: known for none of the events."
    )
    fatalities_best = serializers.IntegerField(
        allow_null=True, help_text="Null: known for none of the events."
    )
    fatalities_high = serializers.IntegerField(
        allow_null=True, help_text="Null: known for none of the events."
    )
    fatalities_unknown = serializers.IntegerField(
        help_text="Events of which no best number of fatalities is known."
    )
    recorded_at = serializers.DateTimeField(help_text="The moment (UTC) since which it stands.")


class Conflict(ListView):
    """Conflict events counted, and their fatalities added up, by region, period and type of event.

    A region's row counts the events of all regions below it too. Where there is no row, no event is recorded.
    """

    row = ConflictRow
    tables = (ConflictFigure, ConflictEvent, Region)
    parameters = (REGION, WITHIN, LEVEL, EVENT_TYPE, PERIOD_TYPE, FROM, TO, AS_OF, UPDATED_AFTER)

    def page(self, query: Query, window: Window) -> Page:
        wanted = conflict_filter(query)
        found = conflict_page(wanted, limit=window.limit, after=window.key)
        return forward_page(window, found.rows, found.next_after, keys=lambda: conflict_places(wanted))

    def every(self, query: Query) -> Iterator[Row]:
        return conflict_rows(conflict_filter(query))

    def count(self, query: Query) -> int:
        return conflict_count(conflict_filter(query))


def conflict_filter(query: Query) -> ConflictFilter:
    """The conflict figures that `query` asks for."""
    return ConflictFilter(
        regions=query["region"],
        within=query["within"],
        levels=query["level"],
        event_types=query["event_type"],
        period_types=query["period_type"],
        start=query["from"],
        end=query["to"],
        as_of=query.as_of,
        updated_after=query["updated_after"],
    )
