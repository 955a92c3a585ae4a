"""Regions as a person reads them: by name, in the language of the page, with the P-code beside it."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi

from tracker.ingest.place_search import Places, places


def page_language() -> str:
    """The code of the language that this page is in."""
    return get_language() or "en"


def place_name(pcode: str, known: Places | None = None) -> str:
    """The name of a region; empty where there is no such region."""
    place = (known or places()).get(pcode)
    return place.name(page_language()) if place else ""


def place_in_words(pcode: str, known: Places | None = None) -> str:
    """Name and P-code as plain text."""
    name = place_name(pcode, known)
    return f"{name} ({isolated(pcode)})" if name else isolated(pcode)


def place_shown(name: str | None, pcode: str) -> SafeString:
    """Name and P-code for a page."""
    code = format_html('<bdi dir="ltr">{}</bdi>', pcode)
    return format_html("{} ({})", name, code) if name else code


def isolated(code: str) -> str:
    """A code that stays in its own order where text runs from right to left and no mark-up can say so."""
    return f"\u2066{code}\u2069" if get_language_bidi() else code
