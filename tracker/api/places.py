"""Regions as filters and outlines need them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Q, QuerySet

from tracker.api.parameters import Query
from tracker.figures.filters import regions_within
from tracker.models import Region


def in_places(query: Query, field: str = "region") -> Q:
    """The filters `region` and `within`; a row must meet each that is given."""
    condition = Q()
    if query["region"]:
        condition &= Q(**{f"{field}__in": query["region"]})
    if query["within"]:
        condition &= Q(**{f"{field}__in": regions_within(query["within"], as_of=query.as_of)})
    return condition


def country_of(pcode: str) -> str:
    """The country of a region that was ever recorded."""
    return str(Region.objects.filter(pcode=pcode).values_list("country", flat=True)[:1].get())


def region_names(pcodes: Iterable[str], *, as_of: datetime | None) -> dict[str, str]:
    """English names by P-code."""
    return dict(Region.objects.as_of(as_of).filter(pcode__in=set(pcodes)).values_list("pcode", "name_en"))


def outlines(pcodes: Iterable[str], *, as_of: datetime | None) -> dict[str, orjson.Fragment]:
    """Simplified boundaries by P-code, ready to be written; regions without one are left out."""
    regions: QuerySet[Any, Any] = (
        Region.objects.as_of(as_of).filter(pcode__in=set(pcodes)).exclude(outline="")
    )
    return {pcode: orjson.Fragment(outline) for pcode, outline in regions.values_list("pcode", "outline")}
