"""What an entry of the audit log says of a request, of a row and of a form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from tracker.models.versions import Version

About = models.Model | str
"""A row, or the name of what an entry is about where there is none."""


def who(request: HttpRequest | None) -> dict[str, Any]:
    """Who asks, and from where: empty where nobody is logged in, or nothing came over the network."""
    if request is None:
        return {"actor": "", "address": ""}
    user = getattr(request, "user", None)
    name = user.get_username() if user is not None else ""
    return {"actor": name, "address": str(request.META.get("REMOTE_ADDR", ""))}


def name_of(about: About) -> str:
    """How the log calls a thing: `report un r1`, `user anna`."""
    if isinstance(about, str):
        return about
    named = " ".join(map(str, about.identity)) if isinstance(about, Version) else str(about)
    return f"{about._meta.model_name} {named}"


def what(about: About, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What an entry says of a thing: its name, its country, which row it is, and the details."""
    if isinstance(about, str):
        return {"object": about, "details": dict(details or {})}
    version = {"version": about.version} if isinstance(about, Version) else {}
    return {
        "object": name_of(about),
        "country": str(getattr(about, "country", "")),
        "details": {"id": about.pk, **version, **(details or {})},
    }


def what_changed(form: Any, formsets: Iterable[Any]) -> dict[str, Any]:
    """The fields that were entered or changed, and their values where no version keeps them.

    A password is never told.
    """
    fields = [
        name for name in form.changed_data if not isinstance(form.fields[name].widget, forms.PasswordInput)
    ]
    if isinstance(form.instance, Version):
        columns = {column.name for column in form.instance._meta.fields} - {"reason"}
        told: dict[str, Any] = {
            "fields": [name for name in fields if name in columns],
            "reason": form.cleaned_data.get("reason"),
        }
    else:
        told = {
            "values": {name: [old, new] for name, old, new in _values(form, fields) if old != new},
            "added": [name_of(row) for formset in formsets for row in formset.new_objects],
            "changed": [name_of(row) for formset in formsets for row, _fields in formset.changed_objects],
            "deleted": [name_of(row) for formset in formsets for row in formset.deleted_objects],
        }
    return {name: found for name, found in told.items() if found}


def _values(form: Any, names: Iterable[str]) -> Iterator[tuple[str, Any, Any]]:
    for name in names:
        initial = form.get_initial_for_field(form.fields[name], name)
        yield name, _value(initial), _value(form.cleaned_data[name])


def _value(value: Any) -> Any:
    """A value of a form as the log keeps it."""
    if value is None or isinstance(value, bool | int | dict):
        return value
    if isinstance(value, list | tuple | QuerySet):
        return sorted(str(each) for each in value)
    return str(value)
