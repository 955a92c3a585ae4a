"""What a change of reports does to the figures, as the pages that ask for a decision show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.formats import number_format

from tracker.figures.preview import FigureChange, People, effect
from tracker.models import Report


def effect_shown(exchanges: Iterable[tuple[Sequence[Report], Report | None]]) -> dict[str, Any]:
    """For `effect.html`: the effect if of each pair the versions go and the other stands, with rows."""
    found = effect(exchanges)
    return {"effect": found, "effect_rows": [_row(change) for change in found.changes]}


def in_groups(number: int) -> str:
    """The number as the reader's language writes it."""
    return number_format(number, force_grouping=True)


def _row(change: FigureChange) -> dict[str, Any]:
    return {
        "change": change,
        "old": _people(change.old),
        "new": _people(change.new),
        "difference": ("+" if change.difference > 0 else "") + in_groups(change.difference),
    }


def _people(people: People | None) -> str:
    return in_groups(people.value) if people else ""
