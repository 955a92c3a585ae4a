"""Conflict figures: what builds counted, read only."""

from __future__ import annotations

from django.contrib import admin

from tracker.admin.figures import period_label
from tracker.admin.filters import CountryFilter
from tracker.admin.site import site
from tracker.admin.versions import NamedRegion, VersionAdmin, people
from tracker.models import ConflictFigure


@admin.register(ConflictFigure, site=site)
class ConflictFigureAdmin(NamedRegion, VersionAdmin):
    list_display = ("place", "event_type", "period", "events", "fatalities", "version", "recorded_at")
    list_filter = (*VersionAdmin.list_filter, "period_type", "event_type", "level", CountryFilter)
    search_fields = ("region",)
    search_help_text = "Name or P-code of a region."
    found_by_region_only = True
    fieldsets = (
        (None, {"fields": ("place", "level", "event_type", "period", "start", "end")}),
        ("Figure", {"fields": ("events", "low", "best", "high", "unknown")}),
        ("This version", {"fields": ("version", "recorded_at", "superseded_at", "build")}),
    )
    readonly_fields = ("place", "period")

    @admin.display(description="period", ordering="start")
    def period(self, figure: ConflictFigure) -> str:
        return period_label(figure)

    @admin.display(description="fatalities (low to high)")
    def fatalities(self, figure: ConflictFigure) -> str:
        if figure.best is None:
            return "unknown"
        return people(figure.best) + (
            "" if figure.low == figure.high else f" ({people(figure.low)} to {people(figure.high)})"
        )
