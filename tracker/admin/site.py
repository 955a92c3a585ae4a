"""The admin site: where officers work."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracker.admin import home, language, second_factor
from tracker.admin import icons as icons  # it puts its own in the place of Django's
from tracker.admin.audited import with_password_recorded
from tracker.admin.logging_in import LoginPage
from tracker.admin.readings import with_readings
from tracker.admin.suggestions import suggest

ORDER = [
    "Report", "Import", "Round", "ConflictEvent", "Figure", "ConflictFigure", "Source", "Crisis", "Region",
    "PlaceMatch", "Run", "ExportSchedule", "AuditEntry",
]  # fmt: skip


class TrackerAdminSite(admin.AdminSite):
    site_header = gettext_lazy("Displacement tracker")
    site_title = gettext_lazy("Displacement tracker")
    index_title = gettext_lazy("Overview")
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("suggest/<slug:kind>/", self.admin_view(suggest), name="suggest"),
            path("language/", language.choose_language, name="language"),
            *second_factor.urls(self),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's, but that the audit log comes first where a page shows what is not for everybody."""
        return super().admin_view(with_readings(view), cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "languages": language.choices()}

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """No form of ours asks it, and it would tell of rows past the audit log."""
        raise Http404

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return with_password_recorded(super().password_change)(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """As Django's, and the browser forgets what was typed and not saved: the next person is another."""
        response = super().logout(request, extra_context)
        response.headers["Clear-Site-Data"] = '"storage"'
        return response

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As Django's, but that a right password may be only half the way in."""
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            REDIRECT_FIELD_NAME: reverse("admin:index"),
            **(extra_context or {}),
        }
        if REDIRECT_FIELD_NAME in {*request.GET, *request.POST}:
            del context[REDIRECT_FIELD_NAME]
        request.current_app = self.name
        return cast(HttpResponse, LoginPage.as_view(extra_context=context)(request))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Tables in the order of the work, the tracker's before the accounts."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(
                key=lambda model: ORDER.index(model["object_name"]) if model["object_name"] in ORDER else 99
            )
        return sorted(apps, key=lambda app: app["app_label"] != "tracker")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {"home": home.sections(self, request), **(extra_context or {})})


site = TrackerAdminSite()
