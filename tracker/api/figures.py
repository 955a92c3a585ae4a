"""figures/: what we say after reconciling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rest_framework import serializers

from tracker.api.errors import Fault, InvalidParameters
from tracker.api.filters import (
    ALL_CAUSES,
    AS_OF,
    CAUSE_OR_ALL,
    CRISIS,
    FROM,
    LEVEL,
    MEASURE,
    PERIOD_TYPE,
    REGION,
    TO,
    UPDATED_AFTER,
    WITHIN,
)
from tracker.api.paging import Page, Window, forward_page
from tracker.api.parameters import Query
from tracker.api.places import outlines
from tracker.api.renderers import Row
from tracker.api.rows import ReadOnlyRow
from tracker.api.views import PLACE_FORMATS, ListView
from tracker.figures.feed import update_count, update_page, update_places, update_rows
from tracker.figures.query import FigureFilter, figure_count, figure_page, figure_places, figure_rows
from tracker.models import Figure, Region, Report, Round, Source
from tracker.vocabulary import Cause, FigureWarning, Measure, PeriodType

CHANGED_AFTER = replace(
    UPDATED_AFTER,
    description="Gives what changed or was withdrawn later than this moment, in the order of the changes. "
    "A date means the start of that day (UTC). Not beside `as_of`.",
)
CAUSES_AND_ALL = [*Cause.choices, (ALL_CAUSES, "the sum of the three")]


class FigureRow(ReadOnlyRow):
    """The figure of one region, series and period."""

    region = serializers.CharField(help_text="P-code.")
    region_name = serializers.CharField(help_text="English name.")
    level = serializers.IntegerField(help_text="0 is the country, 1 to 4 what lies below it.")
    measure = serializers.ChoiceField(Measure.choices)
    cause = serializers.ChoiceField(CAUSES_AND_ALL)
    crisis = serializers.CharField(help_text="Code of a crisis; empty: everyone.")
    period_type = serializers.ChoiceField(PeriodType.choices)
    period = serializers.CharField(
        help_text="Label of the period: 2024-12-06, 2024-W48, 2024-12, 2024-Q4 or 2024."
    )
    start = serializers.DateField(help_text="First day of the period.")
    end = serializers.DateField(help_text="Last day of the period, included.")
    value = serializers.IntegerField(help_text="People.")
    low = serializers.IntegerField(help_text="People, low end of the range.")
    high = serializers.IntegerField(help_text="People, high end of the range.")
    unlocated = serializers.IntegerField(help_text="People known to be in the region but not in which part.")
    reports = serializers.IntegerField(help_text="Reports used in it.")
    sources = serializers.IntegerField(help_text="Sources used in it.")
    warnings = serializers.ListField(
        child=serializers.ChoiceField(FigureWarning.choices), help_text="What deserves a person's look."
    )
    recorded_at = serializers.DateTimeField(help_text="The moment (UTC) since which it stands.")


class FigureChange(FigureRow):
    """A figure that is new, or another than it was, or withdrawn, and since when."""

    value = serializers.IntegerField(allow_null=True, help_text="People; null: withdrawn.")
    low = serializers.IntegerField(allow_null=True, help_text="People, low end of the range.")
    high = serializers.IntegerField(allow_null=True, help_text="People, high end of the range.")
    unlocated = serializers.IntegerField(
        allow_null=True, help_text="People known to be in the region but not in which part."
    )
    withdrawn = serializers.BooleanField(help_text="There is no such figure any more.")
    updated_at = serializers.DateTimeField(
        help_text="The moment (UTC) of the change; the last one seen is the next `updated_after`."
    )


class Figures(ListView):
    """Figures: people by region, series and period, after reconciling all reports.

    They come in the order of country, measure, cause, crisis, period type, region and start, days last.

    To keep a copy, pass `updated_after`. Then changed and withdrawn figures come in the order of their
    change, each with `withdrawn` and `updated_at`. Replace or delete your row of the same region, series and
    period; take the last `updated_at` as the next `updated_after`. A figure may come more than once; none is
    left out. Pages that follow each other stay right while figures change: what changes meanwhile comes last.
    Two things are not told: that a single day that stays as it is has a later `recorded_at`, and that a
    region moved into or out of the place that `within` names; fetch such a copy anew after a new boundary
    release, which `regions/?updated_after=` tells of.
    """

    row = FigureRow
    other_row = FigureChange
    tables = (Figure, Report, Region, Round, Source)
    formats = PLACE_FORMATS
    parameters = (
        REGION, WITHIN, LEVEL, MEASURE, CAUSE_OR_ALL, CRISIS, PERIOD_TYPE, FROM, TO, AS_OF, CHANGED_AFTER,
    )  # fmt: skip

    def row_of(self, query: Query) -> type[FigureRow]:
        return FigureChange if query["updated_after"] else FigureRow

    def page(self, query: Query, window: Window) -> Page:
        wanted = figure_filter(query)
        page_of, places = (
            (update_page, update_places) if wanted.updated_after else (figure_page, figure_places)
        )
        found = page_of(wanted, limit=window.limit, after=window.key)
        return forward_page(window, found.rows, found.next_after, keys=lambda: places(wanted))

    def every(self, query: Query) -> Iterator[Row]:
        wanted = figure_filter(query)
        return update_rows(wanted) if wanted.updated_after else figure_rows(wanted)

    def count(self, query: Query) -> int:
        wanted = figure_filter(query)
        return update_count(wanted) if wanted.updated_after else figure_count(wanted)

    def geometries(self, rows: Sequence[Row], query: Query) -> Sequence[Any]:
        found = outlines((row["region"] for row in rows), as_of=query.as_of)
        return [found.get(row["region"]) for row in rows]


def figure_filter(query: Query) -> FigureFilter:
    """The figures that `query` asks for."""
    if query["updated_after"] and query.as_of:
        raise InvalidParameters(
            [
                Fault(
                    AS_OF.name,
                    query.as_of.isoformat(),
                    "it has no meaning beside `updated_after`, which tells what changed up to now",
                    "to be left out",
                )
            ]
        )
    return FigureFilter(
        regions=query["region"],
        within=query["within"],
        levels=query["level"],
        measures=query["measure"],
        crises=query["crisis"] or None,
        period_types=query["period_type"],
        start=query["from"],
        end=query["to"],
        as_of=query.as_of,
        updated_after=query["updated_after"],
        **causes_of(query),
    )


def causes_of(query: Query) -> dict[str, Any]:
    """The filter's causes: some of the three, or their sum, which takes all of them."""
    causes = query["cause"]
    if ALL_CAUSES not in causes:
        return {"causes": causes}
    if len(causes) > 1:
        raise InvalidParameters(
            [
                Fault(
                    "cause",
                    ALL_CAUSES,
                    "it cannot stand beside single causes",
                    "`all` alone, or some of the three",
                )
            ]
        )
    return {"all_causes": True}
