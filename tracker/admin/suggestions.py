"""What the form suggests while somebody types: regions, sources, crises, rounds, a source's documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tracker.admin.access import countries_of, within_reach
from tracker.admin.places import page_language, place_in_words
from tracker.admin.readings import is_restricted, note_rows
from tracker.ingest.place_search import Places, places
from tracker.models import Crisis, Report, Round, Source

MOST_SUGGESTIONS = 12
LAST_REPORTS = 300
"""So many reports of a source are looked through for its documents."""

Suggestion = dict[str, Any]
"""`value` for the field, `label` for the person; `fills`: what other fields get with it."""


class SuggestInput(forms.TextInput):
    """A text field with suggestions from `kind`; `within` names the field whose value narrows them."""

    template_name = "admin/tracker/suggest_input.html"

    def __init__(self, kind: str, *, within: str = "") -> None:
        wide = "vLargeTextField" if kind == "document" else "vTextField"
        super().__init__(attrs={"dir": "auto", "autocomplete": "off", "spellcheck": "false", "class": wide})
        self.kind = kind
        self.within = within

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        own = context["widget"]["attrs"]
        list_id = f"{own.get('id', name)}_suggestions"
        context["list_id"] = list_id
        own |= {
            "role": "combobox",
            "aria-autocomplete": "list",
            "aria-expanded": "false",
            "aria-controls": list_id,
            "data-suggest": reverse("admin:suggest", args=[self.kind]),
        }
        if self.within:
            own["data-within"] = f"id_{self.within}"
        return context

    class Media:
        js = ("tracker/suggest.js",)


def suggest(request: HttpRequest, kind: str) -> JsonResponse:
    """`?q=` what was typed, `?within=` the value that narrows; the best first."""
    if kind not in _KINDS:
        raise Http404
    table, find = _KINDS[kind]
    if not request.user.has_perm(f"tracker.view_{table}"):
        return JsonResponse({"suggestions": []}, status=403)
    typed, within = (request.GET.get(name, "").replace("\x00", "").strip() for name in ("q", "within"))
    return JsonResponse({"suggestions": find(request, typed, within)})


def _regions(request: HttpRequest, typed: str, within: str) -> list[Suggestion]:
    known = places()
    found = known.search(
        typed, countries=countries_of(request.user, "tracker.view_region"), most=MOST_SUGGESTIONS
    )
    return [
        {"value": place.pcode, "label": path_in_words(known, place.pcode), "retired": place.retired}
        for place in found
    ]


def path_in_words(known: Places, pcode: str) -> str:
    """The country, what lies between and the place, in the person's language; and whether it is retired."""
    path = known.path(pcode)
    words = " › ".join(place.name(page_language()) for place in path)
    return _("%(path)s (retired)") % {"path": words} if path and path[-1].retired else words


def _sources(request: HttpRequest, typed: str, within: str) -> list[Suggestion]:
    found = Source.objects.current().filter(Q(code__icontains=typed) | Q(name__icontains=typed))
    rows = within_reach(found, request.user, "tracker.view_source").order_by("tier", "code")
    return [
        {"value": code, "label": _("%(name)s, tier %(tier)s") % {"name": name, "tier": tier}}
        for code, name, tier in rows.values_list("code", "name", "tier")[:MOST_SUGGESTIONS]
    ]


def _crises(request: HttpRequest, typed: str, within: str) -> list[Suggestion]:
    named = Q(code__icontains=typed) | Q(name_en__icontains=typed) | Q(name_ar__icontains=typed)
    rows = within_reach(Crisis.objects.current().filter(named), request.user, "tracker.view_crisis").order_by(
        "-start"
    )
    return [
        {"value": code, "label": name}
        for code, name in rows.with_name(page_language()).values_list("code", "name")[:MOST_SUGGESTIONS]
    ]


def _rounds(request: HttpRequest, typed: str, within: str) -> list[Suggestion]:
    found = Round.objects.current().filter(code__icontains=typed)
    if within:
        found = found.filter(source=within)
    rows = within_reach(found, request.user, "tracker.view_round").order_by("-date", "code")
    known = places()
    return [
        {
            "value": code,
            "label": _round_in_words(place_in_words(region, known), date_format(day), closed=closed),
        }
        for code, region, day, closed in rows.values_list("code", "region", "date", "closed")[
            :MOST_SUGGESTIONS
        ]
    ]


def _round_in_words(region: str, day: str, *, closed: bool) -> str:
    words = _("%(region)s, %(date)s, closed") if closed else _("%(region)s, %(date)s, open")
    return words % {"region": region, "date": day}


def _documents(request: HttpRequest, typed: str, within: str) -> list[Suggestion]:
    """The last documents of the source `within`, each once; the log tells of those of restricted reports."""
    if not within:
        return []
    rows = within_reach(Report.objects.filter(source=within), request.user, "tracker.view_report").order_by(
        "-pk"
    )
    last = rows.only("title", "url", "sensitivity", "status")[:LAST_REPORTS]
    fitting = [report for report in last if report.title and typed.casefold() in report.title.casefold()]
    documents = list(dict.fromkeys((report.title, report.url) for report in fitting))[:MOST_SUGGESTIONS]
    given = [report for report in fitting if (report.title, report.url) in documents]
    note_rows(request, "report", given, is_restricted)
    return [{"value": title, "label": url, "fills": {"url": url}} for title, url in documents]


_KINDS: dict[str, tuple[str, Callable[[HttpRequest, str, str], list[Suggestion]]]] = {
    "region": ("region", _regions),
    "source": ("source", _sources),
    "crisis": ("crisis", _crises),
    "round": ("round", _rounds),
    "document": ("report", _documents),
}
