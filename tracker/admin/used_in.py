"""The page that tells which figures a report is used in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from tracker.admin.numbers import in_groups
from tracker.admin.places import place_name
from tracker.admin.versions import change_url
from tracker.ingest.place_search import places
from tracker.models import Report
from tracker.reconcile.periods import Period
from tracker.vocabulary import Role, Status


class UsedInMixin:
    """A page of its own, since making a large cube takes its time."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.used_in_view)  # type: ignore[attr-defined]  # a mixin of ModelAdmin
        name = "tracker_report_used_in"
        return [path("<path:object_id>/figures/", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        report = kwargs.get("obj")
        if report is not None and _counts(report):
            address = reverse("admin:tracker_report_used_in", args=[report.pk])
            context["tools"] = [{"label": _("Figures it is used in"), "url": address}]
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def used_in_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        # The rules are compiled on import, which the start of the web process does not wait for.
        from tracker.figures.used_in import used_in

        report = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if report is None:
            raise Http404
        if not self.has_view_permission(request, report):  # type: ignore[attr-defined]
            raise PermissionDenied
        found, known = used_in(report), places()
        regions = [replace(region, name=place_name(region.pcode, known)) for region in found.regions]
        rows = [
            {
                "use": use,
                "people": in_groups(use.people),
                "figures": [(region, _reasons(report, region.pcode, use.period)) for region in regions],
            }
            for use in found.uses
        ]
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "opts": report._meta,
            "original": report,
            "back": change_url(report),
            "title": _("Figures that %(report)s is used in") % {"report": report},
            "rows": rows,
        }
        return TemplateResponse(request, "admin/tracker/used_in.html", context)


def _counts(report: Report) -> bool:
    return report.superseded_at is None and report.status == Status.APPROVED and report.role == Role.COUNTED


def _reasons(report: Report, pcode: str, period: Period) -> str:
    """Where the reader's page tells the reasons for a figure."""
    figure = {
        "region": pcode, "measure": report.measure, "cause": report.cause, "crisis": report.crisis,
        "period_type": period.type, "from": period.start, "to": period.end, "period": period.label,
    }  # fmt: skip
    return f"{reverse('web:page')}?{urlencode(figure)}#reasons"
