"""Regions: read, and corrected in their names; places and boundaries come from boundary releases alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tracker.admin.filters import CountryFilter
from tracker.admin.maps import map_of
from tracker.admin.site import site
from tracker.admin.versions import RECORD_FIELDS, EditableVersionAdmin
from tracker.ingest.amend import amend_region
from tracker.models import Region, Run

NAMES = ("name_en", "name_ar", "name_fr", "name_local")
PLACE = (
    "pcode",
    "level",
    "within",
    "country",
    "household_size",
    "release",
    "retired",
    "area",
    "extent",
    "boundary",
)


@admin.register(Region, site=site)
class RegionAdmin(EditableVersionAdmin):
    list_display = ("pcode", "name_en", "name_ar", "level", "parent", "release", "retired", "version")
    list_filter = (*EditableVersionAdmin.list_filter, "level", "retired", CountryFilter)
    search_fields = ("pcode", *NAMES)
    ordering = ("level", "pcode", "-id")
    entry_fields = NAMES
    readonly_fields = PLACE
    fieldsets = (
        ("Names", {"fields": (*NAMES, "reason")}),
        ("Place", {"fields": PLACE}),
        ("This version", {"fields": RECORD_FIELDS}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        found = super().get_queryset(request)
        on_a_list = (
            request.resolver_match is not None
            and request.resolver_match.url_name == "tracker_region_changelist"
        )
        return found.defer("geometry", "outline") if on_a_list else found

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def write(self, old: Any, entered: dict[str, Any], *, by: str, reason: str) -> tuple[Region, list[Run]]:
        return amend_region(old, entered, by=by, reason=reason)

    @admin.display(description="lies in")
    def within(self, region: Region) -> str:
        parent = Region.objects.current().filter(pcode=region.parent).first()
        return str(parent) if parent else region.parent or "–"

    @admin.display(description="area")
    def area(self, region: Region) -> str:
        return "unknown" if region.area_km2 is None else f"{region.area_km2:,.0f} km²"

    @admin.display(description="extent")
    def extent(self, region: Region) -> str:
        if region.min_lon is None:
            return "unknown"
        return (
            f"{region.min_lat:.3f} to {region.max_lat:.3f} degrees north, "
            f"{region.min_lon:.3f} to {region.max_lon:.3f} degrees east"
        )

    @admin.display(description="boundary")
    def boundary(self, region: Region) -> str:
        if not region.outline:
            return "no boundary"
        parent = (
            Region.objects.current().filter(pcode=region.parent).values_list("outline", flat=True).first()
        )
        return map_of(region.outline, inside=parent or "") or "no boundary"
