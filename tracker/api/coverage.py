"""coverage/: how well each region is reported on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rest_framework import serializers

from tracker.api.filters import CAUSE, CRISIS, LEVEL, MEASURE, REGION, WITHIN
from tracker.api.paging import Page, Window, table_page
from tracker.api.parameters import Query
from tracker.api.renderers import Row
from tracker.api.rows import ReadOnlyRow
from tracker.api.views import ROWS_AT_ONCE, ListView
from tracker.figures.coverage_query import ORDER, CoverageFilter, coverage_rows, told
from tracker.models import Figure, Region, Report, Round, Source
from tracker.vocabulary import Measure


class CoverageRow(ReadOnlyRow):
    """How well one region is reported on, for one measure."""

    region = serializers.CharField(help_text="P-code.")
    region_name = serializers.CharField(help_text="English name.")
    level = serializers.IntegerField(help_text="0 is the country, 1 to 4 what lies below it.")
    measure = serializers.ChoiceField(Measure.choices)
    first = serializers.DateField(help_text="First day of which a report speaks.")
    last = serializers.DateField(help_text="Last day of which a report speaks.")
    reports = serializers.IntegerField(help_text="Reports that take part, on it and on regions below it.")
    sources = serializers.IntegerField(help_text="Sources that made them.")
    days_since_last = serializers.IntegerField(help_text="Days from the last of these days to today (UTC).")
    sub_regions = serializers.IntegerField(help_text="Regions right below it.")
    sub_regions_with_figure = serializers.IntegerField(
        help_text="Those of them that have a figure of any period: reports on them, or below them."
    )
    share = serializers.FloatField(
        allow_null=True, help_text="Share of the sub-regions with a figure, 0 to 1; null without sub-regions."
    )


class CoverageView(ListView):
    """How well each region is reported on: since when, until when, by how many, and how much of it.

    Reports of all causes and crises are counted together, or those of the causes and crises asked for, as of
    the last build of each series. Regions without a report are not listed.
    """

    row = CoverageRow
    tables = (Figure, Report, Region, Round, Source)
    parameters = (REGION, WITHIN, LEVEL, MEASURE, CAUSE, CRISIS)

    def page(self, query: Query, window: Window) -> Page:
        wanted = coverage_filter(query)
        page = table_page(coverage_rows(wanted), ORDER, window)
        return replace(page, rows=list(told(page.rows, wanted)))

    def every(self, query: Query) -> Iterator[Row]:
        wanted = coverage_filter(query)
        rows = coverage_rows(wanted).order_by(*ORDER)
        return told(rows.iterator(chunk_size=ROWS_AT_ONCE), wanted)

    def count(self, query: Query) -> int:
        return coverage_rows(coverage_filter(query)).count()


def coverage_filter(query: Query) -> CoverageFilter:
    """The coverage that `query` asks for."""
    return CoverageFilter(
        regions=query["region"],
        within=query["within"],
        levels=query["level"],
        measures=query["measure"],
        causes=query["cause"],
        crises=query["crisis"] or None,
    )
