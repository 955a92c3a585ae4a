"""Rounds: one survey by one source over one region. Closing one is done here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from tracker.admin.filters import CountryFilter
from tracker.admin.site import site
from tracker.admin.suggestions import SuggestInput
from tracker.admin.versions import EditableVersionAdmin, NamedRegion, ReasonForm
from tracker.ingest.amend import amend_round
from tracker.models import Round, Run


class RoundForm(ReasonForm):
    class Meta:
        widgets: ClassVar = {"source": SuggestInput("source"), "region": SuggestInput("region")}


@admin.register(Round, site=site)
class RoundAdmin(NamedRegion, EditableVersionAdmin):
    form = RoundForm
    list_display = ("code", "source", "place", "date", "published", "closed", "version", "recorded_at")
    list_filter = (*EditableVersionAdmin.list_filter, "closed", CountryFilter)
    search_fields = ("code", "source")
    date_hierarchy = "date"
    entry_fields = ("source", "code", "region", "date", "published", "closed")
    fixed_fields = ("source", "code")

    def write(self, old: Any, entered: dict[str, Any], *, by: str, reason: str) -> tuple[Round, list[Run]]:
        return amend_round(old, entered, by=by, reason=reason)
