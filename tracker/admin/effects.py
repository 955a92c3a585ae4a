"""What a change of reports does to the figures, as the pages that ask for a decision show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tracker.admin.numbers import in_groups
from tracker.admin.places import place_name
from tracker.admin.words import listed, series_in_words
from tracker.figures.preview import FigureChange, People, effect
from tracker.ingest.place_search import Places, places
from tracker.models import Report

MOST_LEFT_OUT = 10
"""Series that are named of those that were left out."""


def effect_shown(exchanges: Iterable[tuple[Sequence[Report], Report | None]]) -> dict[str, Any]:
    """For `effect.html`: the effect if of each pair the versions go and the other stands, with rows."""
    found, known = effect(exchanges), places()
    left_out = [
        listed([key.country, series_in_words(key.measure, key.cause, key.crisis)]) for key in found.left_out
    ]
    return {
        "effect": found,
        "effect_rows": [_row(change, known) for change in found.changes],
        "effect_left_out": left_out[:MOST_LEFT_OUT],
    }


def _row(change: FigureChange, known: Places) -> dict[str, Any]:
    key = change.key
    return {
        "change": change,
        "place": place_name(change.region, known),
        "series": series_in_words(key.measure, key.cause, key.crisis),
        "old": _people(change.old),
        "new": _people(change.new),
        "difference": ("+" if change.difference > 0 else "") + in_groups(change.difference),
    }


def _people(people: People | None) -> str:
    return in_groups(people.value) if people else ""
