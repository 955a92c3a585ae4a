"""Places that a source calls by names of its own: matched once by a person, and known from then on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext

from tracker.errors import BadValue, OutOfDate
from tracker.ingest.dry_run import Unknown
from tracker.ingest.place_search import Places, places
from tracker.ingest.readers.sheets import Matches
from tracker.models import PlaceMatch, Region

MOST_UNKNOWN = 50
"""Different places and sources of one file that are listed at once; the next come when these are known."""
MOST_SUGGESTED = 5


def matches() -> Matches:
    """All matches there are, for the check of a file."""
    rows = PlaceMatch.objects.order_by().values_list("publisher", "text", "pcode")
    return {(publisher, text): pcode for publisher, text, pcode in rows}


def remember(
    meant: Mapping[tuple[str, str], str], *, by: str, countries: Collection[str] | None
) -> list[PlaceMatch]:
    """The matches stored for what publishers call places (publisher and text) and the P-codes that are meant.

    Raises
    ------
    BadValue : there is no such region, or it lies in none of the `countries` (None is all)
    OutOfDate : somebody has matched one of the places to another region
    """
    there = Region.objects.current().filter(pcode__in=set(meant.values()))
    country_of = dict(there.values_list("pcode", "country"))
    for (_, text), pcode in meant.items():
        if pcode not in country_of:
            raise BadValue(text, pcode, gettext("no region has this P-code"))
        if countries is not None and country_of[pcode] not in countries:
            raise BadValue(text, pcode, gettext("this region is not in your countries"))
    return [_matched(*called, pcode, by=by) for called, pcode in sorted(meant.items())]


def _matched(publisher: str, text: str, pcode: str, *, by: str) -> PlaceMatch:
    """The match, stored if it was not there before; one to another region is not replaced."""
    match, _ = PlaceMatch.objects.get_or_create(
        publisher=publisher, text=text, defaults={"pcode": pcode, "matched_by": by}
    )
    if match.pcode != pcode:
        raise OutOfDate(
            gettext(
                "%(person)s has matched %(place)s to %(pcode)s already; delete that match if it is wrong."
            )
            % {"person": match.matched_by, "place": text, "pcode": match.pcode}
        )
    return match


def listed(unknown: Counter[Unknown], *, countries: Collection[str] | None) -> list[dict[str, Any]]:
    """What nobody knows, that of most rows first, and the P-codes of the regions that may be meant.

    Parameters
    ----------
    unknown : with the number of rows that name it
    countries : P-codes of the countries to look in; None is all
    """
    shown = unknown.most_common(MOST_UNKNOWN)
    known = places() if any(one.is_place for one, _ in shown) else Places([])
    return [
        {
            "publisher": one.publisher,
            "text": one.text,
            "is_place": one.is_place,
            "rows": rows,
            "suggested": _suggested(one.text, known, countries) if one.is_place else [],
        }
        for one, rows in shown
    ]


def _suggested(text: str, known: Places, countries: Collection[str] | None) -> list[str]:
    """P-codes of the places that the text may mean, those that fit best first."""
    found = known.search(text, countries=countries, most=MOST_SUGGESTED)
    return [place.pcode for place in found if not place.retired]
