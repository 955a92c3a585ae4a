"""The admin site: where officers work."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from tracker.admin.suggestions import suggest
from tracker.models import Report, Run
from tracker.vocabulary import RunState, Status

ORDER = [
    "Report", "Round", "ConflictEvent", "Figure", "ConflictFigure", "Source", "Crisis", "Region", "Run",
    "ExportSchedule",
]  # fmt: skip


class TrackerAdminSite(admin.AdminSite):
    site_header = "Displacement tracker"
    site_title = "Displacement tracker"
    index_title = "Overview"
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("suggest/<slug:kind>/", self.admin_view(suggest), name="suggest"), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Tables in the order of the work, the tracker's before the accounts."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(
                key=lambda model: ORDER.index(model["object_name"]) if model["object_name"] in ORDER else 99
            )
        return sorted(apps, key=lambda app: app["app_label"] != "tracker")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {"waiting": waiting(request), **(extra_context or {})})


def waiting(request: HttpRequest) -> list[dict[str, Any]]:
    """What waits for a person: how many, of what, and where to find them."""
    found = []
    if request.user.has_perm("tracker.view_report"):
        submitted = Report.objects.current().filter(status=Status.SUBMITTED).count()
        address = reverse("admin:tracker_report_changelist") + f"?status__exact={Status.SUBMITTED}"
        found.append({"count": submitted, "what": "reports wait for review", "url": address, "alarm": False})
    if request.user.has_perm("tracker.view_run"):
        parked = Run.objects.filter(state=RunState.PARKED).count()
        due = Run.objects.filter(state__in=(RunState.DUE, RunState.RUNNING)).count()
        runs = reverse("admin:tracker_run_changelist")
        found += [
            {
                "count": parked,
                "what": "runs parked after failures",
                "url": f"{runs}?state__exact=parked",
                "alarm": parked > 0,
            },
            {
                "count": due,
                "what": "runs due or running",
                "url": f"{runs}?state__in=due,running",
                "alarm": False,
            },
        ]
    return found


site = TrackerAdminSite()
site.register(User, UserAdmin)
site.register(Group, GroupAdmin)
