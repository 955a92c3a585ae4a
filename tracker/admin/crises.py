"""Crises that reports can be about."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from tracker.admin.site import site
from tracker.admin.versions import EditableVersionAdmin, OwnName
from tracker.ingest.amend import amend_crisis
from tracker.models import Crisis, Run


@admin.register(Crisis, site=site)
class CrisisAdmin(OwnName, EditableVersionAdmin):
    list_display = ("code", "own_name", "start", "end", "countries", "version", "recorded_at")
    search_fields = ("code", "name_en", "name_ar")
    ordering = ("code", "-id")
    entry_fields = ("code", "name_en", "name_ar", "start", "end", "countries")
    fixed_fields = ("code",)

    def write(self, old: Any, entered: dict[str, Any], *, by: str, reason: str) -> tuple[Crisis, list[Run]]:
        return amend_crisis(old, entered, by=by, reason=reason)
