"""Regions: read, and corrected in their names; places and boundaries come from boundary releases alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracker.admin.filters import CountryFilter
from tracker.admin.maps import map_of
from tracker.admin.numbers import in_groups
from tracker.admin.site import site
from tracker.admin.versions import RECORD_FIELDS, EditableVersionAdmin, OwnName
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
class RegionAdmin(OwnName, EditableVersionAdmin):
    list_display = ("pcode", "own_name", "level", "parent", "release", "retired", "version")
    list_filter = (*EditableVersionAdmin.list_filter, "level", "retired", CountryFilter)
    search_fields = ("pcode", *NAMES)
    ordering = ("level", "pcode", "-id")
    entry_fields = NAMES
    readonly_fields = PLACE
    fieldsets = (
        (_("Names"), {"fields": (*NAMES, "reason")}),
        (_("Place"), {"fields": PLACE}),
        (_("This version"), {"fields": RECORD_FIELDS}),
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

    @admin.display(description=_("lies in"))
    def within(self, region: Region) -> str:
        parent = Region.objects.current().filter(pcode=region.parent).first()
        return str(parent) if parent else region.parent or "–"

    @admin.display(description=_("area"))
    def area(self, region: Region) -> str:
        if region.area_km2 is None:
            return gettext("unknown")
        return gettext("%(area)s km²") % {"area": in_groups(round(region.area_km2))}

    @admin.display(description=_("extent"))
    def extent(self, region: Region) -> str:
        if region.min_lon is None:
            return gettext("unknown")
        text = gettext("%(south)s to %(north)s degrees north, %(west)s to %(east)s degrees east")
        edges = {
            "south": region.min_lat, "north": region.max_lat, "west": region.min_lon, "east": region.max_lon,
        }  # fmt: skip
        return text % {name: number_format(edge or 0.0, decimal_pos=3) for name, edge in edges.items()}

    @admin.display(description=_("boundary"))
    def boundary(self, region: Region) -> str:
        if not region.outline:
            return gettext("no boundary")
        parent = (
            Region.objects.current().filter(pcode=region.parent).values_list("outline", flat=True).first()
        )
        return map_of(region.outline, inside=parent or "") or gettext("no boundary")
