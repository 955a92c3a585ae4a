"""Sentences that outlast the request or the job that made them, and can be told in any language later.

As text, `_("expected a year from %(first)s to %(last)s", first="1900", last="2100")` is the English sentence;
the pattern, which catalogues translate, and the facts in it are kept beside. Rooms import `sentence` as `_`
and `sentences` as `ngettext`, the names by which patterns are found for the catalogues.
"""

from __future__ import annotations

import json
from calendar import month_name
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Union

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import get_language_bidi, gettext, ngettext, override

_ISOLATE = "\u2068%s\u2069"
"""What is between these marks is ordered by itself: a code in an Arabic sentence reads from left to right."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year, to be named in a sentence."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{month_name[self.month]} {self.year}"


Fact = Union[str, int, Decimal, date, Month, "tuple[Fact, ...]"]
"""What a sentence speaks of. A number is one of things and is grouped; years and lines are given as text."""


class Sentence(str):
    """The English text of a sentence, and what it was made from.

    Parameters
    ----------
    pattern : the sentence with its facts as %(name)s, in the singular if it has two forms
    facts : by their names
    plural : the pattern for any number but one of the fact `count`; "" where there is one form only
    """

    pattern: str
    facts: Mapping[str, Fact]
    plural: str

    def __new__(cls, pattern: str, facts: Mapping[str, Fact] | None = None, plural: str = "") -> Sentence:
        facts = facts or {}
        chosen = plural if plural and facts["count"] != 1 else pattern
        made = super().__new__(
            cls, chosen % {name: _in_english(fact) for name, fact in facts.items()} if facts else chosen
        )
        made.pattern, made.facts, made.plural = pattern, facts, plural
        return made

    def __str__(self) -> str:
        """Itself, not a copy of its text: so `str(error)` is the sentence that an error was raised with."""
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.pattern, self.facts, self.plural


def sentence(pattern: str, /, **facts: Fact | Promise | Iterable[str]) -> Sentence:
    """The sentence of this pattern; lists of texts or sentences are joined by commas."""
    if not facts:
        return _without_facts(pattern)
    return Sentence(pattern, {name: _kept(fact) for name, fact in facts.items()})


@cache
def _without_facts(pattern: str) -> Sentence:
    """One and the same for all: a file may have a million rows with one fault."""
    return Sentence(pattern)


_ = sentence
"""The name by which patterns are found for the catalogues."""


def sentences(one: str, many: str, count: int, /, **facts: Fact | Promise | Iterable[str]) -> Sentence:
    """The sentence about so many things: `one` for a single one, else `many`; both may name %(count)s."""
    return Sentence(one, {"count": count, **{name: _kept(fact) for name, fact in facts.items()}}, many)


def all_of(parts: Iterable[str]) -> str:
    """The sentences one after the other, with semicolons between them."""
    first, *others = [*parts] or [""]
    for other in others:
        first = _("%(first)s; %(next)s", first=first, next=other)
    return first


def in_language(text: str) -> str:
    """The sentence in the active language; of a text that is none, what the catalogue has for it."""
    if not isinstance(text, Sentence):
        return gettext(text) if text else text
    pattern = gettext(text.pattern)
    if text.plural:
        count = text.facts["count"]
        pattern = ngettext(text.pattern, text.plural, count if isinstance(count, int) else 0)
    return pattern % {name: _told(fact) for name, fact in text.facts.items()} if text.facts else pattern


def as_json(text: str) -> Any:
    """What stores the text, so that `from_json` gives it again; one that is no sentence stands for itself."""
    if not isinstance(text, Sentence):
        return text
    stored: dict[str, Any] = {"pattern": text.pattern}
    if text.plural:
        stored["plural"] = text.plural
    if text.facts:
        stored["facts"] = {name: _stored(fact) for name, fact in text.facts.items()}
    return stored


def from_json(stored: Any) -> str:
    """The text or sentence of which `as_json` made this."""
    if not isinstance(stored, dict):
        return str(stored)
    facts = {name: _restored(fact) for name, fact in stored.get("facts", {}).items()}
    return Sentence(stored["pattern"], facts, stored.get("plural", ""))


def as_text(text: str) -> str:
    """What stores the text in a column of text, so that `from_text` gives it again."""
    return json.dumps(as_json(text)) if isinstance(text, Sentence) else text


def from_text(stored: str) -> str:
    """The text or sentence of which `as_text` made this."""
    return from_json(json.loads(stored)) if stored.startswith('{"pattern": ') else stored


def as_written(text: str | Promise) -> str:
    """The text in English, to be stored: people of all languages read it."""
    with override(None):
        return str(text)


def _kept(fact: Fact | Promise | Iterable[str]) -> Fact:
    if isinstance(fact, (str, int, Decimal, date, Month)):
        return fact
    if isinstance(fact, Promise):
        return Sentence(as_written(fact))
    return tuple(map(_kept, fact))


def _in_english(fact: Fact) -> str:
    match fact:
        case str():
            return fact
        case int():
            return f"{fact:,}"
        case tuple():
            return ", ".join(map(_in_english, fact))
        case _:
            return str(fact)


def _told(fact: Fact) -> str:
    """The fact as the active language writes it."""
    match fact:
        case Sentence():
            return in_language(fact)
        case tuple():
            return _listed(map(_told, fact))
        case date():
            return date_format(fact)
        case Month():
            return date_format(date(fact.year, fact.month, 1), "YEAR_MONTH_FORMAT")
        case int() | Decimal():
            words = number_format(fact, force_grouping=True)
        case _:
            words = fact
    return _ISOLATE % words if get_language_bidi() else words


def _listed(words: Iterable[str]) -> str:
    first, *others = [*words] or [""]
    for other in others:
        first = gettext("%(first)s, %(next)s") % {"first": first, "next": other}
    return first


def _stored(fact: Fact) -> Any:
    match fact:
        case str():
            return as_json(fact)
        case tuple():
            return [_stored(one) for one in fact]
        case int():
            return fact
        case Decimal():
            return {"decimal": str(fact)}
        case date():
            return {"date": fact.isoformat()}
        case Month():
            return {"month": [fact.year, fact.month]}


def _restored(stored: Any) -> Fact:
    match stored:
        case list():
            return tuple(map(_restored, stored))
        case {"decimal": number}:
            return Decimal(number)
        case {"date": day}:
            return date.fromisoformat(day)
        case {"month": [year, month]}:
            return Month(year, month)
        case int():
            return stored
        case _:
            return from_json(stored)
