"""Conflict events: read, and retracted with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracker.admin.filters import CountryFilter
from tracker.admin.site import site
from tracker.admin.steps import Step, StepsMixin
from tracker.admin.versions import NamedRegion, VersionAdmin, people, short, with_range
from tracker.ingest.amend import retract_event
from tracker.models import ConflictEvent, Run
from tracker.models.versions import Version

RETRACT = Step(
    "retract",
    _("Retract"),
    _("It no longer counts in the conflict figures; all its versions are kept."),
    needs_reason=True,
    permission="retract",
)


@admin.register(ConflictEvent, site=site)
class ConflictEventAdmin(StepsMixin, NamedRegion, VersionAdmin):
    list_display = (
        "event_id",
        "dataset",
        "date",
        "event_type",
        "sub_event_type",
        "place",
        "fatalities",
        "retracted",
        "what",
    )
    list_filter = (*VersionAdmin.list_filter, "event_type", "retracted", CountryFilter)
    search_fields = ("event_id", "dataset", "actor1", "actor2", "notes")
    fieldsets = (
        (None, {"fields": ("dataset", "event_id", "retracted")}),
        (
            _("What"),
            {
                "fields": (
                    "event_type",
                    "sub_event_type",
                    "actor1",
                    "actor2",
                    "notes",
                    "source",
                    "url",
                    "sensitivity",
                )
            },
        ),
        (_("When"), {"fields": ("date", "date_end")}),
        (
            _("Where"),
            {"fields": ("place", "located_by", "region_stated", "latitude", "longitude", "geo_precision")},
        ),
        (_("Fatalities"), {"fields": ("low", "best", "high")}),
        (_("This version"), {"fields": ("version", "recorded_at", "superseded_at", "recorded_by", "reason")}),
    )
    readonly_fields = ("place",)
    all_steps = (RETRACT,)

    def open_steps(self, request: HttpRequest, obj: Any) -> list[Step]:
        may = self.may(request, RETRACT.permission, obj)
        return [RETRACT] if may and obj.superseded_at is None and not obj.retracted else []

    def take(self, step: str, obj: Any, *, by: str, reason: str) -> tuple[Version, list[Run]]:
        return retract_event(obj, by=by, reason=reason)

    @admin.display(description=_("fatalities"))
    def fatalities(self, event: ConflictEvent) -> str:
        if event.best is None and event.low is None and event.high is None:
            return gettext("unknown")
        if (event.low, event.high) == (None, None):
            return people(event.best)
        return with_range(event.best, low=event.low, high=event.high)

    @admin.display(description=_("notes"))
    def what(self, event: ConflictEvent) -> str:
        return short(event.notes)
