"""Filters and paging of the lists: current versions by default, and no query that reads a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from tracker.models import Crisis, Region, Source

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
    title = "versions"
    parameter_name = "versions"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All versions")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, label in ((None, "Current only"), *self.lookup_choices):
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
        return queryset if value is None else queryset.filter(**{self.parameter_name or "": value})


class CountryFilter(CodeFilter):
    title = "country"
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(
            Region.objects.current().filter(level=0).order_by("name_en").values_list("pcode", "name_en")
        )


class SourceFilter(CodeFilter):
    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (code, code) for code in Source.objects.current().order_by("code").values_list("code", flat=True)
        ]


class CrisisFilter(CodeFilter):
    title = "crisis"
    parameter_name = "crisis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        crises = Crisis.objects.current().order_by("-start").values_list("code", flat=True)
        return [("", "everyone"), *((code, code) for code in crises)]
