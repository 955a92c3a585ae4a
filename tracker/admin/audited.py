"""What people do in the admin goes into the audit log, in the transaction that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase

from tracker.admin.audit_facts import About, name_of, what, what_changed, who
from tracker.admin.readings import is_restricted, note_reading, note_rows, shown_with
from tracker.models.audit import Action, AuditEntry, append, entry, record
from tracker.models.versions import Version
from tracker.vocabulary import Status

_TOLD = "tracker.told_to_the_audit_log"


class Audited(admin.ModelAdmin):
    """For every page of the admin: tells the log what is added, changed and deleted, and who reads it.

    What a page does in ways of its own it tells by `audit`.
    """

    access_fields: ClassVar[frozenset[str]] = frozenset()
    """Fields, and tables of the rows below them, that decide what somebody may do; the log says so."""

    def audit(
        self, request: HttpRequest, action: str, about: About = "", details: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """The entry that this person did this; call it last in the transaction that does it."""
        return self.audit_each(request, action, [about], details)[0]

    def audit_each(
        self,
        request: HttpRequest,
        action: str,
        about: Iterable[About],
        details: Mapping[str, Any] | None = None,
    ) -> Sequence[AuditEntry]:
        """`audit` for many at once, an entry for each."""
        about = list(about)
        _mark_told(request, about)
        return append([entry(action, **who(request), **what(each, details)) for each in about])

    def is_restricted(self, row: Any) -> bool:
        """Whether this row is not for everybody."""
        return is_restricted(row)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The thing, for whatever page shows it."""
        found = super().get_object(request, object_id, from_field)
        if found is not None and any(map(self.is_restricted, shown_with(found))):
            note_reading(request, Action.READ, found)
        return found

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        listed = super().get_changelist_instance(request)
        note_rows(request, str(self.opts.model_name), listed.result_list, self.is_restricted)
        return listed

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        details = what_changed(form, formsets)
        # A form that is saved without a change says nothing; but where there are versions it wrote one.
        if details or not change or isinstance(form.instance, Version):
            self.audit(request, self._done(form, formsets, change), form.instance, details)
        _mark_told(request, [form.instance])

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """As Django's; what its history tells of and nobody has told the audit log stands there too."""
        kept = super().log_change(request, obj, message)
        if message and name_of(obj) not in request.META.get(_TOLD, ()):
            self.audit(request, Action.CHANGED, obj, {"message": message})
        return kept

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        # By its name alone: the row will be gone.
        name = name_of(obj)
        super().delete_model(request, obj)
        self.audit(request, Action.DELETED, name)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        names = [name_of(obj) for obj in queryset]
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            self.audit_each(request, Action.DELETED, names)

    def _done(self, form: Any, formsets: Any, change: bool) -> Action:
        """What somebody did who saved this form."""
        if getattr(form.instance, "status", "") == Status.SUBMITTED:
            return Action.SUBMITTED
        if not change:
            return Action.ADDED
        below = {formset.model._meta.model_name for formset in formsets if formset.has_changed()}
        return Action.PERMITTED if self.access_fields & {*form.changed_data, *below} else Action.CHANGED


def _mark_told(request: HttpRequest, about: Iterable[About]) -> None:
    request.META.setdefault(_TOLD, set()).update(map(name_of, about))


def with_password_recorded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view on which people set their own password, which it does by leading on to another page."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with transaction.atomic():
            response = view(request, *args, **kwargs)
            if request.method == "POST" and response.status_code == 302:
                record(Action.PASSWORD_SET, **who(request), object=_named(request.user))
        return response

    return answer


@receiver(user_logged_in)
def _logged_in(request: HttpRequest | None, user: Any, **_kwargs: Any) -> None:
    record(Action.LOGGED_IN, **{**who(request), "actor": user.get_username()}, object=_named(user))


@receiver(user_logged_out)
def _logged_out(request: HttpRequest | None, user: Any, **_kwargs: Any) -> None:
    if user is not None:
        record(Action.LOGGED_OUT, **{**who(request), "actor": user.get_username()}, object=_named(user))


@receiver(user_login_failed)
def _login_failed(credentials: Mapping[str, Any], request: HttpRequest | None = None, **_kwargs: Any) -> None:
    given = str(credentials.get(User.USERNAME_FIELD, ""))
    # People type passwords where the name belongs; a name that nobody has is not kept for ever.
    is_known = "\x00" not in given and User.objects.filter(username=given).exists()
    record(Action.LOGIN_FAILED, **{**who(request), "actor": ""}, object=f"user {given}" if is_known else "")


def _named(user: Any) -> str:
    return f"user {user.get_username()}"
