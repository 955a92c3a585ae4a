"""Two people at one form: the second is told what the first changed, and keeps all that they typed."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from tracker.admin.history import FieldChange, changes
from tracker.admin.versions import change_url
from tracker.errors import TrackerError
from tracker.models.versions import Version
from tracker.sentences import in_language

_TYPED = "tracker.typed"
"""Where a request keeps what was typed, for the form that is made for it."""


@dataclass(frozen=True)
class Meanwhile:
    """What happened between the version that a form was opened on and the latest one.

    `clashes` are the fields that both have changed: the form has what was typed, and this the other's value.
    """

    opened: Any
    latest: Any
    taken_over: list[FieldChange]
    clashes: list[FieldChange]


class Overtaken(Exception):
    """Somebody was faster, between the rehearsal of a write and the write itself."""


class MeanwhileMixin:
    """A form that was opened on a version which is not the latest is shown again on the latest one.

    Fields that the person did not touch have the latest values, all others what was typed; nothing is written
    until they save again.
    """

    def latest(self, opened: Any) -> Version | None:
        """The version that an edit would now go on from."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        told = self._told(request, object_id)
        if told is not None:
            return told
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
        except Overtaken as error:
            told = self._told(request, object_id)
            if told is not None:
                return told
            messages.error(request, in_language(str(error)))
            return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        try:
            super().save_model(request, obj, form, change)  # type: ignore[misc]
        except TrackerError as error:
            raise Overtaken(str(error)) from error

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]  # a mixin of ModelAdmin
        typed = request.META.get(_TYPED)
        return type(form.__name__, (_Typed, form), {"typed": typed}) if typed else form

    def _told(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        """The form on the latest version; None where what was opened is the latest, or nothing is saved."""
        if request.method != "POST" or object_id is None:
            return None
        opened = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        latest = None if opened is None else self.latest(opened)
        if opened is None or latest is None or latest.pk == opened.pk:
            return None
        if not self.has_change_permission(request, latest):  # type: ignore[attr-defined]
            return None
        sent = self.get_form(request, latest, change=True)(request.POST, request.FILES, instance=opened)
        typed = {
            name: sent[name].field.bound_data(sent[name].data, None)
            for name in sent.changed_data
            if not sent[name].is_hidden
        }
        changed = [change for change in changes(opened, latest) if change.name in sent.fields]
        meanwhile = Meanwhile(
            opened=opened,
            latest=latest,
            taken_over=[change for change in changed if change.name not in typed],
            clashes=[change for change in changed if change.name in typed],
        )
        asked = copy(request)
        asked.method = "GET"
        asked.META = {**request.META, _TYPED: typed}
        return super().changeform_view(  # type: ignore[misc]
            asked, str(latest.pk), change_url(latest), {"meanwhile": meanwhile}
        )


class _Typed:
    """A form that starts with what somebody typed, in place of what is stored."""

    typed: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(self.typed)  # type: ignore[attr-defined]  # a mixin of ModelForm
