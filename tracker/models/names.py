"""Names in several languages, and which of them somebody reads."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextField, Value
from django.db.models.functions import Coalesce, NullIf


def name_among(names: Mapping[str, str], language: str) -> str:
    """The name in `language`; where there is none the English one, then the local one; empty: none at all."""
    return next(filter(None, (names.get(one) for one in _in_order(language))), "")


def name_column(languages: tuple[str, ...], language: str) -> Coalesce:
    """The same for queries, of a table with the columns `name_LANGUAGE`."""
    columns = [f"name_{one}" for one in _in_order(language) if one in languages]
    return Coalesce(*(NullIf(column, Value("")) for column in columns), Value(""), output_field=TextField())


def _in_order(language: str) -> tuple[str, ...]:
    return (language, *(one for one in ("en", "local") if one != language))
