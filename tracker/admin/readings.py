"""Who reads what is not for everybody stands in the audit log.

A reading is noted while its page is made, and recorded before the page is given away: a page that is refused,
or left by a redirect, was not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from tracker.admin.audit_facts import About, name_of, what, who
from tracker.models.audit import Action, AuditEntry, record
from tracker.models.versions import Version
from tracker.vocabulary import Sensitivity, Status

TOLD_FOR = timedelta(minutes=10)
"""So long a reading stands for those by which the scripts of a page show the same again."""

_NOTED = "tracker.readings"


def with_readings(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, whose page is given only once the log says what restricted data it shows."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            for (action, name), about in request.META.pop(_NOTED, {}).items():
                if not _was_told_lately(request, action, name):
                    record(action, **who(request), **about)
        return response

    return answer


def note_reading(
    request: HttpRequest, action: str, about: About, details: Mapping[str, Any] | None = None
) -> None:
    """The page that is being made shows this restricted thing, or list of things."""
    request.META.setdefault(_NOTED, {})[action, name_of(about)] = what(about, details)


def note_rows(
    request: HttpRequest, name: str, rows: Iterable[Any], restricted: Callable[[Any], bool]
) -> None:
    """The page that is being made lists these rows: noted where some of them are restricted."""
    number = sum(map(restricted, rows))
    if number:
        filters = dict(request.GET.lists())
        note_reading(request, Action.LISTED, name, {"filters": filters, "restricted": number})


def is_restricted(row: Any) -> bool:
    """Whether a row is not for everybody: not public, or not (or no longer) approved."""
    is_public = getattr(row, "sensitivity", Sensitivity.PUBLIC) == Sensitivity.PUBLIC
    return not is_public or getattr(row, "status", Status.APPROVED) != Status.APPROVED


def shown_with(thing: Any) -> list[Any]:
    """The rows that the page of one tells of; with a version the current ones, and those not public."""
    if not isinstance(thing, Version) or not hasattr(thing, "sensitivity"):
        return [thing]
    identity = {name: getattr(thing, name) for name in thing.IDENTITY}
    others = type(thing)._default_manager.filter(**identity).exclude(pk=thing.pk)
    return [thing, *others.filter(Q(superseded_at=None) | ~Q(sensitivity=Sensitivity.PUBLIC))]


def _was_told_lately(request: HttpRequest, action: str, name: str) -> bool:
    """What scripts ask for while somebody types would fill the log with one reading again and again."""
    if request.method != "POST" or action != Action.READ:
        return False
    lately = AuditEntry.objects.filter(object=name, moment__gte=timezone.now() - TOLD_FOR)
    return lately.filter(action=action, actor=who(request)["actor"]).exists()
