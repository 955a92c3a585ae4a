"""Entering reports: what the form says while somebody types, and what becomes of warnings."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tracker.admin.access import countries_of
from tracker.admin.home import WorkFilter
from tracker.admin.numbers import in_groups
from tracker.admin.places import place_in_words
from tracker.admin.readings import note_reading
from tracker.admin.typed import TypedReport, people_in_words, typed_report
from tracker.admin.versions import change_url
from tracker.admin.words import listed
from tracker.errors import NotAllowed
from tracker.ingest import review
from tracker.ingest.overlaps import Overlap, overlaps
from tracker.ingest.place_search import Places, places
from tracker.ingest.warnings import EntryWarning, warnings_of
from tracker.models import Report, Run
from tracker.models.audit import Action
from tracker.models.versions import Version
from tracker.sentences import from_json, in_language
from tracker.vocabulary import Role, Status

SAVED = "entries_saved"
MOST_SAVED = 20
ANSWERS = ("submits", "only_submits", "override_reason", "warnings_overridden")
"""What the form hands over beside the report itself."""
RELATIONS = {"same": _("same place"), "above": _("contains this place"), "below": _("lies within this place")}


class EntryMixin:
    """For the page of reports: answers while somebody types, and hands in with warnings answered."""

    change_form_template: Any = "admin/tracker/entry.html"

    @property
    def media(self) -> forms.Media:
        """Django's, without 170 KB for fields that fill each other in, of which there are none here."""
        smaller = "" if settings.DEBUG else ".min"
        names = (
            f"vendor/jquery/jquery{smaller}",
            "jquery.init",
            "core",
            "admin/RelatedObjectLookups",
            "actions",
        )
        return forms.Media(js=[f"admin/js/{name}.js" for name in names])

    def get_urls(self) -> list[URLPattern]:
        views = {"entry_check": self.check_view, "entry_effect": self.effect_view}
        wrap = self.admin_site.admin_view  # type: ignore[attr-defined]  # a mixin of ModelAdmin, here and below
        return [
            *(path(f"{name}/", wrap(view), name=f"tracker_report_{name}") for name, view in views.items()),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [WorkFilter, *super().get_list_filter(request)]  # type: ignore[misc]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]
        form.reports = self.get_queryset(request)  # type: ignore[attr-defined]
        return form

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        report = kwargs.get("obj")
        context["entry"] = {
            "is_open": kwargs.get("add") or self.has_change_permission(request, report),  # type: ignore[attr-defined]
            "may_submit": request.user.has_perm("tracker.submit_report"),
            "is_draft": report is None or report.status in {Status.DRAFT, Status.REJECTED},
            "token": request.POST.get("entry_token") or secrets.token_urlsafe(9),
            "saved": request.session.pop(SAVED, []),
            "overridden": overridden(report) if report is not None else [],
        }
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def _write(
        self, edited: int | None, entered: dict[str, Any], *, request: HttpRequest
    ) -> tuple[Version, list[Run]]:
        answers = {name: entered.get(name) for name in ANSWERS}
        content = {name: value for name, value in entered.items() if name not in ANSWERS}
        if answers["only_submits"]:
            new, runs = Report.objects.get(pk=edited or 0), list[Run]()
        else:
            new, runs = super()._write(edited, content, request=request)  # type: ignore[misc]
        if answers["submits"] and new.status == Status.DRAFT:
            if not self.may(request, "submit", new):  # type: ignore[attr-defined]
                raise NotAllowed(gettext("You may enter reports, but not hand them in for review."))
            decision = review.submit(new, by=request.user.get_username())
            new, runs = decision.report, [*runs, *decision.runs]
        # The version was written in this transaction, and nobody has seen it without its warnings.
        new.warnings_overridden = answers["warnings_overridden"]
        new.save(update_fields=["warnings_overridden"])
        return new, runs

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        _remember_saved(request)
        return super().response_add(request, obj, *args, **kwargs)  # type: ignore[misc]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        _remember_saved(request)
        return super().response_change(request, obj)  # type: ignore[misc]

    def step_view(self, request: HttpRequest, object_id: str, step: str) -> HttpResponse:
        """A draft with warnings is handed in by its form, where they can be answered."""
        report = self.get_object(request, object_id) if step == "submit" else None  # type: ignore[attr-defined]
        if report is not None and report.status == Status.DRAFT and self._unanswered(request, report):
            messages.warning(request, gettext("There are warnings: answer them and submit the report here."))
            return HttpResponseRedirect(change_url(report))
        return super().step_view(request, object_id, step)  # type: ignore[misc]

    def _unanswered(self, request: HttpRequest, report: Report) -> list[EntryWarning]:
        answered = {one["code"] for one in report.warnings_overridden or []}
        found = warnings_of(report, self.get_queryset(request))  # type: ignore[attr-defined]
        return [warning for warning in found if warning.code not in answered]

    @method_decorator(require_POST)
    def check_view(self, request: HttpRequest) -> JsonResponse:
        """What is wrong or strange with what was typed so far, and the reports that overlap with it."""
        typed, _replaces = self._typed(request)
        answer: dict[str, Any] = {"missing": _missing_in_words(typed), "faults": typed.faults}
        if typed.report is not None:
            answer |= self._looked_at(request, typed.report)
        return JsonResponse(answer)

    def _looked_at(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        reports = self.get_queryset(request)  # type: ignore[attr-defined]
        found = overlaps(report, reports)
        for one in found.shown:
            if self.is_restricted(one.report):  # type: ignore[attr-defined]
                note_reading(request, Action.READ, one.report)
        warnings, known = warnings_of(report, reports), places()
        return {
            "people": report.value,
            "people_in_words": people_in_words(report),
            "warnings": [{"field": warning.field, "text": in_language(warning.text)} for warning in warnings],
            "overlaps": render_to_string(
                "admin/tracker/entry_overlaps.html",
                {"rows": [_overlap_row(one, known) for one in found.shown], "are_more": found.are_more},
            ),
        }

    @method_decorator(require_POST)
    def effect_view(self, request: HttpRequest) -> JsonResponse:
        """What the figures are now, and what they would become with what was typed."""
        typed, replaces = self._typed(request)
        report = typed.report
        if report is None or not _works_in(report.country, request.user, "tracker.view_figure"):
            return JsonResponse({"effect": ""})
        counts = report.role == Role.COUNTED
        return JsonResponse(
            {
                "effect": render_to_string(
                    "admin/tracker/entry_effect.html",
                    {"counts": counts, "rows": _effect_rows(report, replaces) if counts else []},
                )
            }
        )

    def _typed(self, request: HttpRequest) -> tuple[TypedReport, Report | None]:
        """The report as typed, if the person may enter it, and the version that it would replace."""
        edited = self._edited(request)
        if edited is not None and edited.superseded_at is not None:
            return TypedReport(is_outdated=True), None
        allowed = (
            self.has_add_permission(request)  # type: ignore[attr-defined]
            if edited is None
            else self.has_change_permission(request, edited)  # type: ignore[attr-defined]
        )
        if not allowed:
            raise PermissionDenied
        form = self.get_form(request, edited, change=edited is not None)
        typed = typed_report(form, request.POST, of=edited)
        report = typed.report
        if report is None:
            return typed, None
        if not _works_in(report.country, request.user, "tracker.view_report"):
            refused = gettext("This region lies in a country for which you do not work.")
            return TypedReport(faults={"region": refused}), None
        standing = Report.objects.current().approved().filter(source=report.source, ref=report.ref)
        return typed, standing.first()

    def _edited(self, request: HttpRequest) -> Report | None:
        number = request.POST.get("editing", "")
        if not number:
            return None
        found: Report | None = self.get_object(request, number)  # type: ignore[attr-defined]
        if found is None:
            raise PermissionDenied
        return found


def _works_in(country: str, user: Any, permission: str) -> bool:
    countries = countries_of(user, permission)
    return countries is None or country in countries


def _remember_saved(request: HttpRequest) -> None:
    """The next form that this person opens tells the browser that what it kept for this one is stored now."""
    token = request.POST.get("entry_token", "")[:40]
    if token:
        request.session[SAVED] = [*request.session.get(SAVED, []), token][-MOST_SAVED:]


def _missing_in_words(typed: TypedReport) -> str:
    if typed.is_outdated:
        return gettext("This report has been changed since it was opened here; saving shows what changed.")
    if not typed.missing:
        return ""
    return gettext("Still needed: %(fields)s.") % {"fields": listed(typed.missing)}


def overridden(report: Report) -> list[dict[str, str]]:
    """The warnings that were overridden, in the reader's language, each with the reason given."""
    return [
        {"text": in_language(from_json(one["text"])), "reason": one["reason"]}
        for one in report.warnings_overridden or []
    ]


def _overlap_row(one: Overlap, known: Places) -> dict[str, Any]:
    return {
        "report": one.report,
        "url": change_url(one.report),
        "place": place_in_words(one.report.region, known),
        "relation": RELATIONS[one.relation],
        "people": in_groups(one.report.value),
    }


def _effect_rows(report: Report, replaces: Report | None) -> list[dict[str, Any]]:
    # The rules are compiled on import, which the start of the web process does not wait for.
    from tracker.figures.effect import effect_of

    known = places()
    return [
        {
            "place": place_in_words(change.region, known),
            "period": change.period,
            "now": change.old and in_groups(change.old.value),
            "then": change.new and in_groups(change.new.value),
            "difference": _signed(change.difference),
        }
        for change in effect_of(report, replaces=replaces)
    ]


def _signed(difference: int) -> str:
    """With its sign; empty where there is no difference."""
    sign = "+" if difference > 0 else "\u2212"
    return f"{sign}{in_groups(abs(difference))}" if difference else ""
