"""Conflict figures: what builds counted, read only."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracker.admin.figures import shown_period
from tracker.admin.filters import CountryFilter
from tracker.admin.site import site
from tracker.admin.versions import NamedRegion, VersionAdmin, people, with_range
from tracker.models import ConflictFigure


@admin.register(ConflictFigure, site=site)
class ConflictFigureAdmin(NamedRegion, VersionAdmin):
    list_display = ("place", "event_type", "period", "events", "fatalities", "version", "recorded_at")
    list_filter = (*VersionAdmin.list_filter, "period_type", "event_type", "level", CountryFilter)
    search_fields = ("region",)
    search_help_text = _("Name or P-code of a region.")
    found_by_region_only = True
    fieldsets = (
        (None, {"fields": ("place", "level", "event_type", "period", "start", "end")}),
        (_("Figure"), {"fields": ("events", "low", "best", "high", "unknown")}),
        (_("This version"), {"fields": ("version", "recorded_at", "superseded_at", "build")}),
    )
    readonly_fields = ("place", "period")

    @admin.display(description=_("period"), ordering="start")
    def period(self, figure: ConflictFigure) -> str:
        return shown_period(figure)

    @admin.display(description=_("fatalities (low to high)"))
    def fatalities(self, figure: ConflictFigure) -> str:
        if figure.best is None:
            return gettext("unknown")
        if figure.low == figure.high:
            return people(figure.best)
        return with_range(figure.best, low=figure.low, high=figure.high)
