"""Runs: background work as rows, read only; what was parked can be tried again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from tracker import tasks
from tracker.admin.site import site
from tracker.admin.versions import ReadOnlyAdmin, short
from tracker.models import Run
from tracker.models.audit import Action


@admin.register(Run, site=site)
class RunAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "kind",
        "key",
        "state",
        "requested_by",
        "requested_at",
        "took",
        "failures",
        "what_came",
    )
    list_display_links = ("id", "key")
    list_filter = ("state", "kind", "backfilled")
    search_fields = ("key", "requested_by")
    ordering = ("-id",)
    actions = ("try_again",)
    fieldsets = (
        (None, {"fields": ("kind", "key", "state", "outcome")}),
        ("What it worked on", {"fields": ("payload", "input_hash", "counts", "slot", "backfilled")}),
        (
            "When and who",
            {"fields": ("requested_by", "requested_at", "not_before", "started_at", "finished_at")},
        ),
        ("Attempts", {"fields": ("attempts", "failures", "lease_until")}),
        ("Log", {"fields": ("log",)}),
    )

    @admin.action(description="Try again what is parked", permissions=["retry"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        with transaction.atomic():
            again = Run.objects.try_again(chosen.values_list("pk", flat=True), by=request.user.get_username())
            tasks.announce(run.pk for run in again)
            if again:
                self.audit(request, Action.RETRIED, "run", {"runs": [run.key for run in again]})
        if again:
            messages.success(
                request, f"{len(again)} run{'' if len(again) == 1 else 's'} will be tried again."
            )
        else:
            messages.warning(request, "Nothing to do: only runs that are parked can be tried again.")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "retry")

    @admin.display(description="took")
    def took(self, run: Run) -> str:
        if run.started_at is None or run.finished_at is None:
            return "–"
        return f"{(run.finished_at - run.started_at).total_seconds():,.1f} s"

    @admin.display(description="outcome")
    def what_came(self, run: Run) -> str:
        return short(run.outcome)
