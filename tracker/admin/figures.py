"""Figures: what builds wrote, read only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracker.admin.filters import CountryFilter, CrisisFilter
from tracker.admin.site import site
from tracker.admin.versions import NamedRegion, VersionAdmin, people
from tracker.models import Figure
from tracker.reconcile.periods import Period


@admin.register(Figure, site=site)
class FigureAdmin(NamedRegion, VersionAdmin):
    list_display = (
        "place",
        "measure",
        "cause",
        "crisis",
        "period",
        "number",
        "span",
        "not_located",
        "reports",
        "version",
        "recorded_at",
    )
    list_filter = (
        *VersionAdmin.list_filter,
        "period_type",
        "measure",
        "cause",
        "level",
        CountryFilter,
        CrisisFilter,
    )
    search_fields = ("region",)
    search_help_text = _("Name or P-code of a region.")
    found_by_region_only = True
    fieldsets = (
        (None, {"fields": ("place", "level", "measure", "cause", "crisis", "period", "start", "end")}),
        (
            _("Figure"),
            {"fields": ("number", "span", "not_located", "reports", "source_codes", "warnings", "why")},
        ),
        (_("This version"), {"fields": ("version", "recorded_at", "superseded_at", "build", "final_from")}),
    )
    readonly_fields = ("place", "period", "number", "span", "not_located", "why")

    @admin.display(description=_("period"), ordering="start")
    def period(self, figure: Figure) -> str:
        return shown_period(figure)

    @admin.display(description=_("people"), ordering="value")
    def number(self, figure: Figure) -> str:
        return gettext("no figure") if figure.value is None else people(figure.value)

    @admin.display(description=_("low to high"))
    def span(self, figure: Figure) -> str:
        if figure.low == figure.high:
            return "–"
        return gettext("%(low)s to %(high)s") % {"low": people(figure.low), "high": people(figure.high)}

    @admin.display(description=_("unlocated"), ordering="unlocated")
    def not_located(self, figure: Figure) -> str:
        return people(figure.unlocated)

    @admin.display(description=_("why this number"))
    def why(self, figure: Figure) -> Any:
        shown = {
            name: getattr(figure, name) for name in ("region", "measure", "cause", "crisis", "period_type")
        }
        days = {"from": figure.start, "to": figure.end, "period": period_label(figure)}
        address = f"{reverse('web:page')}?{urlencode(shown | days)}#reasons"
        return format_html('<a href="{}">{}</a>', address, gettext("the reports behind it"))


def shown_period(figure: Any) -> str:
    """The name of the period as it stands on a page; it is a code, and reads from left to right."""
    return format_html('<bdi class="code" dir="ltr">{}</bdi>', period_label(figure))


def period_label(figure: Any) -> str:
    return Period(figure.period_type, figure.start, figure.end).label
