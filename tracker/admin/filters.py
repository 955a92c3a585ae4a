"""Filters and paging of the lists: current versions by default, and no query that reads a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from tracker.admin.access import within_reach
from tracker.admin.places import page_language
from tracker.figures.filters import regions_within
from tracker.models import Crisis, Region, Source
from tracker.models.regions import LANGUAGES

MOST_LISTED = 10_000
"""A list goes no further than this; who looks for more narrows it down."""


class CappedPaginator(Paginator):
    """Counts no further than it lists, so that a list of millions opens as fast as one of ten."""

    most = MOST_LISTED

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[: self.most].count()


class VersionsFilter(admin.SimpleListFilter):
    title = _("versions")
    parameter_name = "versions"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", str(_("All versions")))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, label in ((None, _("Current only")), *self.lookup_choices):
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string(
                    {} if value is None else {self.parameter_name: value}, [self.parameter_name]
                ),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() == "all" else queryset.filter(superseded_at__isnull=True)


class CodeFilter(admin.SimpleListFilter):
    """Choices out of a small table of names, rather than the distinct values of a large one."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        # PostgreSQL refuses a text with NUL, and nothing has one.
        return queryset.none() if "\x00" in value else queryset.filter(**{self.parameter_name or "": value})


class CountryFilter(CodeFilter):
    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = within_reach(Region.objects.current(), request.user, "tracker.view_region")
        named = known.filter(level=0).with_name(page_language())
        return list(named.order_by("name").values_list("pcode", "name"))


class SourceFilter(CodeFilter):
    title = _("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (code, code) for code in Source.objects.current().order_by("code").values_list("code", flat=True)
        ]


class CrisisFilter(CodeFilter):
    title = _("crisis")
    parameter_name = "crisis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        crises = Crisis.objects.current().order_by("-start").values_list("code", flat=True)
        return [("", str(_("everyone"))), *((code, code) for code in crises)]


@dataclass(frozen=True)
class Typed:
    """One input of a filter that is typed in."""

    name: str
    label: Any
    kind: str
    value: str


class TypedFilter(admin.ListFilter):
    """A filter that is typed in, for what has too many values to choose from."""

    template = "admin/tracker/typed_filter.html"
    inputs: ClassVar[dict[str, tuple[Any, str]]] = {}
    """Label and HTML type by name of the parameter."""

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.inputs:
            if name in params:
                value = params.pop(name)[-1].replace("\x00", "").strip()
                if value:
                    self.used_parameters[name] = value

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.inputs)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """One item: the inputs, what else the list is filtered by, and the list without this filter."""
        others = changelist.get_filters_params()
        yield {
            "inputs": [
                Typed(name, label, kind, str(self.used_parameters.get(name, "")))
                for name, (label, kind) in self.inputs.items()
            ],
            "others": [
                (name, value)
                for name, values in others.items()
                if name not in self.inputs
                for value in (values if isinstance(values, list) else [values])
            ],
            "is_set": bool(self.used_parameters),
            "query_string": changelist.get_query_string({}, list(self.inputs)),
        }


class PeriodFilter(TypedFilter):
    """What overlaps the days from one to another, both included."""

    title = _("period")
    inputs = {"from": (_("From"), "date"), "to": (_("To"), "date")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = {name: _day(str(value)) for name, value in self.used_parameters.items()}
        if "from" in days:
            queryset = queryset.filter(end__gte=days["from"])
        if "to" in days:
            queryset = queryset.filter(start__lte=days["to"])
        return queryset


class PlaceFilter(TypedFilter):
    """What lies in a region or anywhere below it, named by its P-code or its name in any language."""

    title = _("place")
    inputs = {"within": (_("Region: P-code or name"), "text")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        typed = self.used_parameters.get("within")
        if typed is None:
            return queryset
        named = Q(pcode__iexact=typed)
        for language in LANGUAGES:
            named |= Q(**{f"name_{language}__iexact": typed})
        found = dict(Region.objects.current().filter(named).values_list("pcode", "level"))
        countries = [pcode for pcode, level in found.items() if level == 0]
        areas = [pcode for pcode, level in found.items() if level > 0]
        inside = {*areas, *regions_within(areas, as_of=None)}
        if not countries:
            return queryset.filter(region__in=sorted(inside))
        return queryset.filter(Q(country__in=countries) | Q(region__in=sorted(inside)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise IncorrectLookupParameters from error
