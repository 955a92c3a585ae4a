"""regions/ and regions/{pcode}/: administrative areas, their names and boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import orjson
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request

from tracker.api.errors import NotFound
from tracker.api.filters import (
    AS_OF,
    BOOLEAN,
    LEVEL,
    REGION,
    TEXT,
    UPDATED_AFTER,
    WITHIN,
    known_codes,
    matching,
)
from tracker.api.parameters import Parameter, Query, Unreadable, clean_text, read_boolean, read_text
from tracker.api.places import in_places, outlines
from tracker.api.renderers import GeoJSONRenderer, JSONRenderer, Row, dump, feature
from tracker.api.rows import TableRow
from tracker.api.views import PLACE_FORMATS, ObjectView, TableView, form_of
from tracker.models import Region

BOX = ("min_lon", "min_lat", "max_lon", "max_lat")


class RegionRow(TableRow):
    """One administrative area."""

    household_size = serializers.FloatField(
        allow_null=True, help_text="Average people in a household; null where unknown."
    )
    bbox = serializers.ListField(
        child=serializers.FloatField(), min_length=4, max_length=4, allow_null=True,
        help_text="West, south, east and north edge in degrees (WGS 84); null without a boundary.",
    )  # fmt: skip

    class Meta:
        model = Region
        fields: ClassVar = [
            "pcode", "level", "parent", "country", "name_en", "name_ar", "name_fr", "name_local",
            "household_size", "release", "retired", "area_km2", "bbox", "version", "recorded_at",
        ]  # fmt: skip


COUNTRY = Parameter(
    "country", "P-code of a country: itself and everything in it.", read_text, "a P-code of a country",
    TEXT, many=True, known=known_codes(Region, "country"),
)  # fmt: skip
RETIRED = Parameter(
    "retired", "Whether the region is gone from the current boundary release.", read_boolean,
    "true or false", BOOLEAN,
)  # fmt: skip
NAME = Parameter("q", "Part of a name in any language; capitals do not matter.", read_text, "a text", TEXT)
NAMES = ("name_en", "name_ar", "name_fr", "name_local")


class Regions(TableView):
    """Administrative areas with their names and, as GeoJSON, their simplified outlines."""

    row = RegionRow
    tables = (Region,)
    identity = ("pcode",)
    formats = PLACE_FORMATS
    parameters = (REGION, WITHIN, LEVEL, COUNTRY, RETIRED, NAME, AS_OF, UPDATED_AFTER)

    def rows(self, query: Query) -> QuerySet[Any, Any]:
        condition = in_places(query, "pcode") & matching(query, level="level", country="country")
        if query["retired"] is not None:
            condition &= Q(retired=query["retired"])
        if query["q"] is not None:
            condition &= Q(*((f"{name}__icontains", query["q"]) for name in NAMES), _connector=Q.OR)
        return Region.objects.as_of(query.as_of).filter(condition)

    @classmethod
    def stored_columns(cls) -> list[str]:
        return stored_columns()

    def shape(self, row: dict[str, Any]) -> Row:
        return with_box(row)

    def geometries(self, rows: Sequence[Row], query: Query) -> Sequence[Any]:
        found = outlines((row["pcode"] for row in rows), as_of=query.as_of)
        return [found.get(row["pcode"]) for row in rows]


class OneRegion(ObjectView):
    """One administrative area; as GeoJSON with its full boundary."""

    row = RegionRow
    formats: ClassVar = [JSONRenderer, GeoJSONRenderer]
    parameters = (AS_OF,)

    def get(self, request: Request, **place: str) -> HttpResponseBase:
        query = self.query(request)
        found = self.found(query, **place)
        if not form_of(request).has_geometry:
            return self.answer(request, dump(found))
        return self.answer(request, dump(feature(found, full_boundary(found["pcode"], query))))

    def found(self, query: Query, **place: str) -> dict[str, Any]:
        try:
            pcode = clean_text(place["pcode"])
        except Unreadable:
            raise NotFound("There is no such region.") from None
        row = Region.objects.as_of(query.as_of).filter(pcode=pcode).values(*stored_columns()).first()
        if row is None:
            raise NotFound(f"There is no region {pcode}.")
        return with_box(row)


def stored_columns() -> list[str]:
    return [name for name in RegionRow.Meta.fields if name != "bbox"] + list(BOX)


def with_box(row: dict[str, Any]) -> dict[str, Any]:
    """The row as it is served: its four edges in one list, columns in order."""
    edges = [row.pop(edge) for edge in BOX]
    row["bbox"] = None if None in edges else edges
    return {name: row[name] for name in RegionRow.Meta.fields}


def full_boundary(pcode: str, query: Query) -> orjson.Fragment | None:
    """The boundary as stored, not simplified; None where it is unknown."""
    geometry = (
        Region.objects.as_of(query.as_of).filter(pcode=pcode).values_list("geometry", flat=True).first()
    )
    if geometry is None:
        return None
    # shapely is slow to load and seldom wanted here.
    from tracker.geo.outlines import geojson_geometry

    return orjson.Fragment(geojson_geometry(bytes(geometry)))
