"""Pages that show and change what a person's appointments reach: decided in the query, row by row."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from tracker.admin.access import within_reach


class Limited:
    """For every page of the admin, before ModelAdmin: no row of a country where the person has no say.

    A page with an action of its own (`permissions=["retry"]`) says so in `has_retry_permission`, by `may`.
    """

    def may(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        """Whether the person may do this: with `obj`, or with any row at all where there is none."""
        return request.user.has_perm(self.permission(action), obj)

    def permission(self, action: str) -> str:
        opts = self.model._meta  # type: ignore[attr-defined]  # a mixin of ModelAdmin, here and below
        return f"{opts.app_label}.{action}_{opts.model_name}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return within_reach(super().get_queryset(request), request.user, self.permission("view"))  # type: ignore[misc]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete", obj)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """The chosen action, on those rows to which the permission for it extends."""
        actions = self.get_actions(request)  # type: ignore[attr-defined]
        for name in request.POST.getlist("action"):
            function = actions[name][0] if name in actions else None
            for action in getattr(function, "allowed_permissions", ()):
                queryset = within_reach(queryset, request.user, self.permission(action))
        return super().response_action(request, queryset, *args, **kwargs)  # type: ignore[misc]
