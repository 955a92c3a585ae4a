"""The audit log: listed and read, newest first. Nobody changes it, here or anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from tracker.admin.site import site
from tracker.admin.versions import ReadOnlyAdmin, short
from tracker.admin.words import listed
from tracker.models.audit import Action, AuditEntry

KNOWN_ACTIONS = dict(Action.choices)
NAMES_OF_DETAILS = {
    "added": _("added"),
    "changed": _("changed"),
    "deleted": _("deleted"),
    "fields": _("fields"),
    "filters": _("filters"),
    "id": _("row"),
    "left_out": _("left out"),
    "message": _("message"),
    "places": _("places"),
    "query": _("query"),
    "reason": _("reason"),
    "restricted": _("restricted rows shown"),
    "rows": _("rows"),
    "taken": _("to be taken"),
    "values": _("values before and after"),
    "version": _("version"),
}


class EnteredFilter(admin.SimpleListFilter):
    """A filter whose value is typed: there are too many to choose from."""

    template = "admin/tracker/entered_filter.html"
    kind = "text"
    example: ClassVar[str | Promise] = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return True

    def value(self) -> str:
        return (super().value() or "").replace("\x00", "").strip()

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        others = changelist.get_filters_params().items()
        yield {
            "others": [
                (name, value)
                for name, values in others
                if name not in (self.parameter_name, PAGE_VAR)
                for value in values
            ],
            "without": changelist.get_query_string(remove=[self.parameter_name or ""]),
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.parameter_name or "": value}) if value else queryset


class ActorFilter(EnteredFilter):
    title = _("who")
    parameter_name = "actor"
    example = _("name of an account")


class ObjectFilter(EnteredFilter):
    title = _("what")
    parameter_name = "object"
    example = "report un r1"


class DayFilter(EnteredFilter):
    title = _("day (UTC)")
    parameter_name = "day"
    kind = "date"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        try:
            start = datetime.combine(date.fromisoformat(self.value()), time.min, tzinfo=UTC)
            return queryset.filter(moment__gte=start, moment__lt=start + timedelta(days=1))
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters from error


class ActionFilter(admin.SimpleListFilter):
    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Action.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self.value() not in KNOWN_ACTIONS:
            raise IncorrectLookupParameters
        return queryset.filter(action=self.value())


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(ReadOnlyAdmin):
    # No column can be sorted by: a million rows have one order, which an index serves for each filter.
    list_display = ("shown_number", "when", "who", "from_where", "did", "what", "more")
    list_filter = (ActionFilter, ActorFilter, ObjectFilter, DayFilter)
    ordering = ("-moment", "-number")
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    fields = (
        "number", "when", "who", "from_where", "did", "what_there", "country", "all_details", "previous",
        "hash",
    )  # fmt: skip
    readonly_fields = ("when", "who", "from_where", "did", "what_there", "all_details")

    def is_restricted(self, row: Any) -> bool:
        """Who reads the log stands in the log as well."""
        return True

    @admin.display(description=_("number"))
    def shown_number(self, entry: AuditEntry) -> str:
        # Ungrouped, as `verify_audit --known` takes it.
        return str(entry.number)

    @admin.display(description=_("moment (UTC)"))
    def when(self, entry: AuditEntry) -> str:
        return format_html('<span class="date" dir="ltr">{}</span>', f"{entry.moment:%Y-%m-%d %H:%M:%S}")

    @admin.display(description=_("who"))
    def who(self, entry: AuditEntry) -> str:
        return entry.actor or "–"

    @admin.display(description=_("from where"))
    def from_where(self, entry: AuditEntry) -> str:
        return format_html('<span dir="ltr">{}</span>', entry.address or "–")

    @admin.display(description=_("action"))
    def did(self, entry: AuditEntry) -> str:
        return str(KNOWN_ACTIONS.get(entry.action, entry.action))

    @admin.display(description=_("what"))
    def what(self, entry: AuditEntry) -> str:
        return entry.object or "–"

    @admin.display(description=_("what"))
    def what_there(self, entry: AuditEntry) -> str:
        address = address_of_object(entry)
        return format_html('<a href="{}">{}</a>', address, entry.object) if address else self.what(entry)

    @admin.display(description=_("details"))
    def more(self, entry: AuditEntry) -> str:
        return short(in_a_line(entry.facts), most=120)

    @admin.display(description=_("details"))
    def all_details(self, entry: AuditEntry) -> str:
        return as_table(entry.facts)


def address_of_object(entry: AuditEntry) -> str | None:
    """Where the row that an entry names is to be seen; None where it is not there (any more)."""
    model_name, pk = entry.object.partition(" ")[0], entry.facts.get("id")
    for app in ("tracker", "auth"):
        model = apps.all_models[app].get(model_name)
        if model in site._registry and isinstance(pk, int) and model._default_manager.filter(pk=pk).exists():
            try:
                return reverse(f"admin:{app}_{model_name}_change", args=[pk])
            except NoReverseMatch:
                return None
    return None


def name_of_detail(name: str) -> str:
    return str(NAMES_OF_DETAILS.get(name, name))


def in_a_line(value: Any) -> str:
    match value:
        case dict():
            return listed(f"{name_of_detail(name)}: {in_a_line(part)}" for name, part in value.items())
        case list():
            return " ".join(in_a_line(part) for part in value) or "–"
        case None | "":
            return "–"
    return str(value)


def as_table(value: Any) -> str:
    """What the details say, as HTML: a table of names and values, a list of parts, or a text."""
    match value:
        case dict() if value:
            rows = ((name_of_detail(name), as_table(part)) for name, part in value.items())
            table = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows)
            return format_html('<table class="summary">{}</table>', table)
        case list() if value:
            return format_html(
                "<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((as_table(part),) for part in value))
            )
        case None | "" | [] | {}:
            return "–"
    return str(value)
