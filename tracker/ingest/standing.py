"""The regions that stand, as a delivery of regions is compared with them."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.ingest.delivery import batches
from tracker.ingest.releases import Standing
from tracker.models import Region

Box = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""
AT_ONCE = 900
"""P-codes in one query: SQLite takes 999 parameters."""


def standing_versions(pcodes: Iterable[str]) -> dict[str, Region]:
    """The current versions of these regions, by P-code."""
    return {
        region.pcode: region
        for batch in batches(pcodes, AT_ONCE)
        for region in Region.objects.current().filter(pcode__in=batch).order_by()
    }


def standing_in(country: str) -> dict[str, Standing]:
    """All regions of the country by P-code, retired ones too."""
    columns = ("name_en", "level", "parent", "retired", "release", "area_km2")
    rows = Region.objects.current().filter(country=country).order_by().values_list("pcode", *columns)
    return {pcode: Standing(*said) for pcode, *said in rows}


def boundaries_of(pcodes: Iterable[str], *, within: Box | None = None) -> dict[str, bytes]:
    """Boundaries (WKB, WGS 84) by P-code, of those that have one, and whose box meets the one given."""
    rows = Region.objects.current().filter(geometry__isnull=False).order_by()
    if within is not None:
        west, south, east, north = within
        rows = rows.filter(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)
    return {
        pcode: bytes(geometry or b"")
        for batch in batches(pcodes, AT_ONCE)
        for pcode, geometry in rows.filter(pcode__in=batch).values_list("pcode", "geometry")
    }
