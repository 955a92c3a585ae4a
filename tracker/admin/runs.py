"""Runs: background work as rows, read only; what was parked can be tried again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tracker import tasks
from tracker.admin.numbers import in_groups
from tracker.admin.site import site
from tracker.admin.versions import ReadOnlyAdmin, short
from tracker.models import Run
from tracker.models.audit import Action
from tracker.sentences import in_language


@admin.register(Run, site=site)
class RunAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        "kind",
        "key",
        "state",
        "requested_by",
        "requested_at",
        "took",
        "failures",
        "what_came",
    )
    list_display_links = ("number", "key")
    list_filter = ("state", "kind", "backfilled")
    search_fields = ("key", "requested_by")
    ordering = ("-id",)
    actions = ("try_again",)
    fieldsets = (
        (None, {"fields": ("kind", "key", "state", "outcome")}),
        (_("What it worked on"), {"fields": ("payload", "input_hash", "counts", "slot", "backfilled")}),
        (
            _("When and who"),
            {"fields": ("requested_by", "requested_at", "not_before", "started_at", "finished_at")},
        ),
        (_("Attempts"), {"fields": ("attempts", "failures", "lease_until")}),
        (_("Log"), {"fields": ("log",)}),
    )

    @admin.action(description=_("Try again what is parked"), permissions=["retry"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        with transaction.atomic():
            again = Run.objects.try_again(chosen.values_list("pk", flat=True), by=request.user.get_username())
            tasks.announce(run.pk for run in again)
            if again:
                self.audit(request, Action.RETRIED, "run", {"runs": [run.key for run in again]})
        if again:
            said = ngettext(
                "%(count)s run will be tried again.", "%(count)s runs will be tried again.", len(again)
            )
            messages.success(request, said % {"count": in_groups(len(again))})
        else:
            messages.warning(request, gettext("Nothing to do: only runs that are parked can be tried again."))

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "retry")

    @admin.display(description=_("number"), ordering="id")
    def number(self, run: Run) -> str:
        return str(run.pk)

    @admin.display(description=_("took"))
    def took(self, run: Run) -> str:
        if run.started_at is None or run.finished_at is None:
            return "–"
        seconds = (run.finished_at - run.started_at).total_seconds()
        return gettext("%(seconds)s s") % {"seconds": number_format(seconds, 1, force_grouping=True)}

    @admin.display(description=_("outcome"))
    def what_came(self, run: Run) -> str:
        return short(in_language(run.outcome))
