"""Words of the vocabulary in short, for columns and badges; in forms they explain themselves."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tracker.vocabulary import Cause, Measure, Role, Status

MEASURES: dict[str, Promise] = {
    Measure.IDPS: _("IDPs"),
    Measure.RETURNEES: _("returnees"),
    Measure.REFUGEES: _("refugees"),
    Measure.ARRIVALS: _("arrivals"),
    Measure.DEPARTURES: _("departures"),
    Measure.RETURNS: _("returns"),
    Measure.ENTRIES: _("entries"),
    Measure.EXITS: _("exits"),
}
STATUSES: dict[str, Promise] = {
    Status.DRAFT: pgettext_lazy("status of a report", "draft"),
    Status.SUBMITTED: pgettext_lazy("status of a report", "submitted"),
    Status.APPROVED: pgettext_lazy("status of a report", "approved"),
    Status.REJECTED: pgettext_lazy("status of a report", "returned"),
    Status.RETRACTED: pgettext_lazy("status of a report", "retracted"),
}
ROLES: dict[str, Promise] = {
    Role.COUNTED: pgettext_lazy("role of a report", "counted"),
    Role.CONTEXT: pgettext_lazy("role of a report", "context"),
    Role.FORECAST: pgettext_lazy("role of a report", "forecast"),
}


def measure_in_a_word(measure: str) -> str:
    return str(MEASURES.get(measure, measure))


def series_in_words(measure: str, cause: str, crisis: str = "") -> str:
    """What is counted, why they moved, and in which crisis, where one is named."""
    causes = dict(Cause.choices)
    return listed([measure_in_a_word(measure), str(causes.get(cause, cause)), crisis])


def listed(words: Iterable[str]) -> str:
    """The words that there are, with the commas of the language between them."""
    first, *others = [word for word in words if word] or [""]
    for other in others:
        first = gettext("%(first)s, %(next)s") % {"first": first, "next": other}
    return first


def sentence_of(text: str) -> str:
    """The text as a sentence of its own."""
    return gettext("%(text)s.") % {"text": text[:1].upper() + text[1:]}
