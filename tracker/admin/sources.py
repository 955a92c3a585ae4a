"""Sources: who reports, how much they are trusted, under which licence."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from tracker.admin.site import site
from tracker.admin.versions import EditableVersionAdmin
from tracker.ingest.amend import amend_source
from tracker.models import Run, Source


@admin.register(Source, site=site)
class SourceAdmin(EditableVersionAdmin):
    list_display = ("code", "name", "tier", "kind", "licence", "row_access", "version", "recorded_at")
    list_filter = (*EditableVersionAdmin.list_filter, "tier", "row_access")
    search_fields = ("code", "name", "attribution")
    ordering = ("code", "-id")
    entry_fields = ("code", "name", "kind", "tier", "licence", "licence_url", "row_access", "attribution")
    fixed_fields = ("code",)

    def write(self, old: Any, entered: dict[str, Any], *, by: str, reason: str) -> tuple[Source, list[Run]]:
        return amend_source(old, entered, by=by, reason=reason)
