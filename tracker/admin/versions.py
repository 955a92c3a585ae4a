"""What the pages of all tables of versions share: an edit is a new version, and nothing is deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from tracker import tasks
from tracker.admin.audited import Audited
from tracker.admin.filters import CappedPaginator, VersionsFilter
from tracker.admin.history import comparison, version_rows
from tracker.admin.limited import Limited
from tracker.admin.numbers import NUMBERS_TYPED, in_groups
from tracker.admin.places import page_language, place_shown
from tracker.admin.words import sentence_of
from tracker.errors import BadValue, TrackerError
from tracker.ingest.entry import Refused
from tracker.models import Region, Run
from tracker.models.regions import LANGUAGES
from tracker.models.versions import Version
from tracker.sentences import in_language

RECORD_FIELDS = ("version", "recorded_at", "superseded_at", "recorded_by")


class ReadOnlyAdmin(Audited, Limited, admin.ModelAdmin):
    """Listed, searched and read; made and changed elsewhere."""

    actions: Sequence[Any] | None = None
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VersionAdmin(ReadOnlyAdmin):
    """A table of versions: current ones listed first, the whole history on each page."""

    list_filter: ClassVar[Any] = (VersionsFilter,)
    ordering: ClassVar[Any] = ("-id",)

    def render_change_form(
        self, request: HttpRequest, context: Any, add: bool = False, change: bool = False, form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:  # fmt: skip
        if obj is not None:
            rows = version_rows(obj, request.user)
            context |= {
                "versions": rows,
                "standing": next((row for row in rows if row.superseded_at is None), None),
                "comparison": comparison(obj, request.GET, request.user),
            }
            context["is_superseded"] = obj.superseded_at is not None
        context |= {"show_save_and_continue": False, "show_save_and_add_another": add}
        return super().render_change_form(
            request, context, add=add, change=change, form_url=form_url, obj=obj
        )


class ReasonForm(forms.ModelForm):
    """An edit of a version: what is entered becomes the next one, and the reason stays with it for good.

    The write is rehearsed before it is done, so that what it refuses stands on the field it speaks of.
    """

    rehearse: ClassVar[Callable[[Any, dict[str, Any]], object]]
    columns_of_fields: ClassVar[dict[str, str]] = {}
    """Where the native file calls a field otherwise."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=AdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy("Why it is changed. Kept with the new version for good."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edited = self.instance.pk
        for field in self.fields.values():
            # What people write runs in the direction of what they write, whatever the page is in.
            if isinstance(field.widget, forms.TextInput | forms.Textarea):
                field.widget.attrs.setdefault("dir", "auto")
        if self.edited is None:
            self.fields.pop("reason", None)
        else:
            self.initial["reason"] = ""

    def clean(self) -> dict[str, Any] | None:
        entered = super().clean() or self.cleaned_data
        if self.errors:
            return entered
        if self.edited is not None and not set(self.changed_data) - {"reason"}:
            raise forms.ValidationError(gettext("Nothing was changed."), code="unchanged")
        try:
            with transaction.atomic():
                type(self).rehearse(self.edited, entered)
                transaction.set_rollback(True)
        except Refused as error:
            for fault in error.faults:
                self.refuse(fault)
        except TrackerError as error:
            self.refuse(error)
        return entered

    def refuse(self, error: TrackerError) -> None:
        if not isinstance(error, BadValue):
            self.add_error(None, in_language(str(error)))
            return
        names = {column: name for name, column in self.columns_of_fields.items()}
        name = names.get(error.column, error.column)
        if name in self.fields:
            self.add_error(name, sentence_of(in_language(error.reason)))
        else:
            said = gettext("%(column)s: %(reason)s")
            reason = sentence_of(in_language(error.reason))
            self.add_error(None, said % {"column": error.column, "reason": reason})


class EditableVersionAdmin(VersionAdmin):
    """Edits write a new version through `write`; what is superseded can only be read."""

    form = ReasonForm
    formfield_overrides: ClassVar[Any] = {models.URLField: {"assume_scheme": "https"}, **NUMBERS_TYPED}
    entry_fields: ClassVar[tuple[str, ...]] = ()
    """What is entered for a new thing."""
    fixed_fields: ClassVar[tuple[str, ...]] = ()
    """What of it names the thing, and so stays as it is."""

    def write(self, old: Any, entered: dict[str, Any], *, by: str, reason: str) -> tuple[Version, list[Run]]:
        """The version stored for what was entered, under the columns of the native file, and the runs due."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.superseded_at is not None:
            return False
        return self.may(request, "change", obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.entry_fields, "reason", *RECORD_FIELDS] if obj is not None else [*self.entry_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (*self.fixed_fields, *self.readonly_fields, *RECORD_FIELDS)
            if obj is not None
            else self.readonly_fields
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"rehearse": partial(self._write, request=request)})

    def _write(
        self, edited: int | None, entered: dict[str, Any], *, request: HttpRequest
    ) -> tuple[Version, list[Run]]:
        old = None if edited is None else self.model._default_manager.get(pk=edited)
        fixed = {} if old is None else {name: getattr(old, name) for name in self.fixed_fields}
        named = {
            self.form.columns_of_fields.get(name, name): value
            for name, value in entered.items()
            if name != "reason"
        }
        by = request.user.get_username()
        new, runs = self.write(old, {**fixed, **named}, by=by, reason=entered.get("reason", ""))
        if not self.may(request, "add" if old is None else "change", new):
            region = getattr(new, "region", "")
            raise BadValue("region", region, gettext("it lies in a country that is not yours"))
        return new, runs

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        new, runs = self._write(form.edited, form.cleaned_data, request=request)
        tasks.announce(run.pk for run in runs)
        obj.__dict__.update(new.__dict__)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except TrackerError as error:
            # Somebody else was faster, between the rehearsal and the write. All is rolled back.
            messages.error(request, in_language(str(error)))
            return HttpResponseRedirect(request.path)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        said = gettext("Version %(version)s of %(thing)s is recorded.")
        messages.success(request, said % {"version": obj.version, "thing": obj})
        return HttpResponseRedirect(change_url(obj))


class NamedRegion:
    """Lists show and find a region by its name, with one query for the page."""

    found_by_region_only = False
    """For large tables: what is searched for is a region, found by its index."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        regions = Region.objects.current().filter(pcode=OuterRef("region")).order_by()
        named = regions.with_name(page_language()).values("name")[:1]
        return super().get_queryset(request).annotate(region_name=Subquery(named))  # type: ignore[misc]  # a mixin

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.replace("\x00", "").strip()
        if not term:
            return queryset, False
        wanted = Q(pcode__iexact=term)
        for language in LANGUAGES:
            wanted |= Q(**{f"name_{language}__icontains": term})
        named = Region.objects.current().filter(wanted)
        there = queryset.filter(region__in=named.values("pcode"))
        if self.found_by_region_only:
            return there, False
        found, may_repeat = super().get_search_results(request, queryset, term)  # type: ignore[misc]
        return found | there, may_repeat

    @admin.display(description=gettext_lazy("region"), ordering="region")
    def place(self, obj: Any) -> SafeString:
        return place_shown(obj.region_name, obj.region)


class OwnName:
    """Lists show things that have names in several languages by the name that the person reads."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).with_name(page_language())  # type: ignore[misc]  # a mixin

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def own_name(self, obj: Any) -> str:
        return str(obj.name)


def change_url(obj: Any) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def people(number: int | None) -> str:
    return "–" if number is None else in_groups(number)


def with_range(number: int | None, *, low: int | None, high: int | None) -> str:
    """The number, and from where to where it may be."""
    said = {"value": people(number), "low": people(low), "high": people(high)}
    return gettext("%(value)s (%(low)s to %(high)s)") % said


def short(text: str, *, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
