"""One action on many reports: chosen on the list, previewed on a page, done at once and undone at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tracker import tasks
from tracker.admin.access import countries_of, within_reach
from tracker.admin.bulk_form import KINDS, BulkForm, Kind
from tracker.admin.effects import effect_shown
from tracker.admin.numbers import in_groups
from tracker.admin.readings import note_rows
from tracker.admin.steps import builds_due
from tracker.admin.words import ROLES
from tracker.errors import TrackerError
from tracker.ingest import bulk_review, bulk_undo
from tracker.ingest.bulk_review import MOST_AT_ONCE, Order, Plan
from tracker.models import BulkAction, BulkOperation, Report
from tracker.models.audit import Action
from tracker.models.columns import in_batches
from tracker.sentences import in_language

MOST_NAMED = 50
"""Reports that a page names one by one; of others it gives the number."""
RECENT = 50
"""Operations on the list of what somebody did."""


class BulkMixin:
    """Actions of the list of reports, their page, and the list of what somebody did with them."""

    actions: Any = ("bulk_approve", "bulk_return", "bulk_role", "bulk_crisis", "bulk_retract")

    @admin.action(description=gettext_lazy("Approve"), permissions=["approve"])
    def bulk_approve(self, request: HttpRequest, chosen: QuerySet[Report]) -> HttpResponse | None:
        return self._asked(request, BulkAction.APPROVE, chosen)

    @admin.action(description=gettext_lazy("Return to their authors"), permissions=["approve"])
    def bulk_return(self, request: HttpRequest, chosen: QuerySet[Report]) -> HttpResponse | None:
        return self._asked(request, BulkAction.RETURN, chosen)

    @admin.action(description=gettext_lazy("Set the role"), permissions=["change"])
    def bulk_role(self, request: HttpRequest, chosen: QuerySet[Report]) -> HttpResponse | None:
        return self._asked(request, BulkAction.ROLE, chosen)

    @admin.action(description=gettext_lazy("Set the crisis"), permissions=["change"])
    def bulk_crisis(self, request: HttpRequest, chosen: QuerySet[Report]) -> HttpResponse | None:
        return self._asked(request, BulkAction.CRISIS, chosen)

    @admin.action(description=gettext_lazy("Retract"), permissions=["approve"])
    def bulk_retract(self, request: HttpRequest, chosen: QuerySet[Report]) -> HttpResponse | None:
        return self._asked(request, BulkAction.RETRACT, chosen)

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tracker.approve_report")

    def get_urls(self) -> list[URLPattern]:
        def view(function: Any) -> Any:
            return self.admin_site.admin_view(function)  # type: ignore[attr-defined]  # a mixin of ModelAdmin

        return [
            path("bulk/", view(self.recent_view), name="tracker_report_bulk_recent"),
            path("bulk/<int:number>/undo/", view(self.undo_view), name="tracker_report_bulk_undo"),
            path("bulk/<slug:action>/", view(self.bulk_view), name="tracker_report_bulk"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def bulk_view(self, request: HttpRequest, action: str) -> HttpResponse:
        """What the action would do; on confirmation it is done, to all of them or to none."""
        kind = KINDS.get(action)
        if kind is None or request.method != "POST":
            raise Http404
        if not request.user.has_perm(f"tracker.{kind.permission}_report"):
            raise PermissionDenied
        confirms = "confirm" in request.POST
        form = BulkForm(request.POST, action=action, confirms=confirms)
        is_valid = form.is_valid()
        reports = self._reports(request, kind, form.cleaned_data.get("chosen", []))
        # Where only the reason is missing, the page says again what it is about.
        value = None if "value" in form.errors else form.cleaned_data.get("value", "")
        if not (confirms and is_valid):
            return self._page(request, action, form, reports, value)
        order = _order(request, action, form.cleaned_data["reason"], value or "")
        try:
            with transaction.atomic():
                done = bulk_review.carry_out(reports, order)
                tasks.announce(run.pk for run in done.runs)
                self._record(request, kind.audited, done.operation, reports)
        except (TrackerError, OperationalError) as error:
            messages.error(request, _why(error))
            return self._page(request, action, form, reports, value)
        messages.success(request, _told(request, done.operation, len(done.runs)))
        return HttpResponseRedirect(reverse("admin:tracker_report_changelist"))

    def undo_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Put back what stood before; where some were changed meanwhile, say which and offer the rest."""
        by = request.user.get_username()
        operation = get_object_or_404(BulkOperation, pk=number, by=by)
        if request.method != "POST":
            raise Http404
        kind = KINDS[operation.action]
        versions = {number for ended, written in operation.pairs for number in (*ended, written)}
        if len(self._reports(request, kind, versions)) < len(versions):
            raise PermissionDenied
        leaves = "leave" in request.POST
        try:
            with transaction.atomic():
                undone = bulk_undo.undo(operation, by=by, leave_changed=leaves)
                tasks.announce(run.pk for run in undone.runs)
                if undone.restored:
                    self._record(request, Action.UNDONE, operation, undone.restored)
        except (TrackerError, OperationalError) as error:
            messages.error(request, _why(error))
            return HttpResponseRedirect(reverse("admin:tracker_report_bulk_recent"))
        if not undone.restored:
            return self._conflicts(request, operation, undone.changed)
        count = len(undone.restored)
        said = ngettext(
            "%(count)s report is as it was before.", "%(count)s reports are as they were before.", count
        ) % {"count": count}
        messages.success(request, " ".join(filter(None, [said, builds_due(len(undone.runs))])))
        return HttpResponseRedirect(reverse("admin:tracker_report_changelist"))

    def recent_view(self, request: HttpRequest) -> HttpResponse:
        """What this person did in bulk, the latest first, each with its undo."""
        mine = BulkOperation.objects.filter(by=request.user.get_username()).defer("versions")
        operations = [(one, str(ROLES.get(one.value, one.value))) for one in mine[:RECENT]]
        title = _("What you did in bulk")
        return self._render(request, "bulk_recent.html", title=title, operations=operations)

    def _asked(self, request: HttpRequest, action: str, chosen: QuerySet[Report]) -> HttpResponse | None:
        numbers = list(chosen.order_by().values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(numbers) > MOST_AT_ONCE:
            said = _(
                "These are more than %(most)s reports. Narrow the list down, and take them part by part."
            )
            messages.warning(request, said % {"most": in_groups(MOST_AT_ONCE)})
            return None
        initial = {"chosen": ",".join(map(str, numbers))}
        form = BulkForm(initial=initial, action=action, confirms=False)
        value = None if action in _VALUED else ""
        return self._page(request, action, form, self._reports(request, KINDS[action], numbers), value)

    def _reports(self, request: HttpRequest, kind: Kind, numbers: Collection[int]) -> list[Report]:
        """Those of the versions that the person may do this with."""
        mine = within_reach(
            self.get_queryset(request),  # type: ignore[attr-defined]
            request.user,
            f"tracker.{kind.permission}_report",
        )
        return [report for batch in in_batches(sorted(numbers)) for report in mine.filter(pk__in=batch)]

    def _page(
        self, request: HttpRequest, action: str, form: BulkForm, reports: Sequence[Report], value: str | None
    ) -> HttpResponse:
        """The page of an action: first what is to be set (`value` is None), then whom it affects and how."""
        note_rows(request, "report", reports, self.is_restricted)  # type: ignore[attr-defined]
        context: dict[str, Any] = {"kind": KINDS[action], "form": form, "action": action, "value": value}
        if value is not None:
            # The plan is the same whatever the reason, which is not given yet.
            order = _order(request, action, _ANY_REASON, value)
            context |= _as_planned(bulk_review.plan(reports, order), action)
        if "value" in form.fields:
            context["value_label"] = dict(form.fields["value"].choices).get(value, value)  # type: ignore[attr-defined]
        return self._render(
            request, "bulk.html", title=str(KINDS[action].label), chosen=len(reports), **context
        )

    def _conflicts(
        self, request: HttpRequest, operation: BulkOperation, changed: Sequence[Report]
    ) -> HttpResponse:
        return self._render(
            request,
            "bulk_undo.html",
            title=_("Undo"),
            operation=operation,
            changed=changed[:MOST_NAMED],
            more=max(0, len(changed) - MOST_NAMED),
            rest=operation.reports - len(changed),
        )

    def _record(
        self, request: HttpRequest, action: str, operation: BulkOperation, reports: Iterable[Report]
    ) -> None:
        """Tell the audit log, last in the transaction that did it."""
        details = {
            "bulk": operation.pk, "reason": operation.reason, "value": operation.value,
            "reports": sorted(str(report) for report in reports),
        }  # fmt: skip
        told = {name: fact for name, fact in details.items() if fact}
        # An entry for each report too: who asks what became of one finds it under its name.
        self.audit_each(request, action, reports, {"bulk": operation.pk})  # type: ignore[attr-defined]
        self.audit(request, action, f"bulk operation {operation.pk}", told)  # type: ignore[attr-defined]

    def _render(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        opts = self.model._meta  # type: ignore[attr-defined]
        site = self.admin_site.each_context(request)  # type: ignore[attr-defined]
        return TemplateResponse(request, f"admin/tracker/{template}", {**site, "opts": opts, **context})


_VALUED = frozenset({BulkAction.ROLE.value, BulkAction.CRISIS.value})
_ANY_REASON = "?"


def _order(request: HttpRequest, action: str, reason: str, value: str) -> Order:
    countries = countries_of(request.user, f"tracker.{KINDS[action].permission}_report")
    return Order(action, request.user.get_username(), reason, value, countries)


def _why(error: Exception) -> str:
    """Why nothing was done. The database gives up where two wait for each other; it has undone all of it."""
    if isinstance(error, OperationalError):
        return _("Nothing was done: somebody else was at work on the same reports; try again.")
    return in_language(str(error))


def _as_planned(plan: Plan, action: str) -> dict[str, Any]:
    """What the page says of a plan, and what it does to the figures."""
    return {
        "eligible": len(plan.eligible),
        "eligible_numbers": ",".join(str(one.report.pk) for one in plan.eligible),
        "waits": sum(1 for one in plan.eligible if not one.written.ended) if action in _VALUED else 0,
        "refused": plan.refused[:MOST_NAMED],
        "refused_count": len(plan.refused),
        "refused_more": max(0, len(plan.refused) - MOST_NAMED),
        **_effect(plan, action),
        "once_approved": action in _VALUED,
    }


def _effect(plan: Plan, action: str) -> dict[str, Any]:
    if action == BulkAction.RETURN:
        return {"effect": None}
    return effect_shown((one.gone, one.written.new) for one in plan.eligible)


def _told(request: HttpRequest, operation: BulkOperation, builds: int) -> str:
    """What was done, with the button that undoes it."""
    said = ngettext("%(action)s: %(count)s report.", "%(action)s: %(count)s reports.", operation.reports) % {
        "action": KINDS[operation.action].label,
        "count": operation.reports,
    }
    return format_html(
        '{} {} <form method="post" action="{}" class="undo">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button type="submit">{}</button></form>',
        said,
        builds_due(builds),
        reverse("admin:tracker_report_bulk_undo", args=[operation.pk]),
        get_token(request),
        _("Undo"),
    )
