"""French as a few patterns say it, so that a test knows what is told whatever the catalogues hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

from django.utils.translation import override


@contextmanager
def in_french(catalogue: Mapping[str, str]) -> Iterator[None]:
    """French is the active language; sentences are told by this catalogue, else in English."""

    def told(text: str) -> str:
        return catalogue.get(text, text)

    def told_of(one: str, many: str, count: int) -> str:
        # In French there are no things as there is one: the plural begins at two.
        return told(one if count < 2 else many)

    with (
        override("fr"),
        patch("tracker.sentences.gettext", told),
        patch("tracker.sentences.ngettext", told_of),
    ):
        yield
