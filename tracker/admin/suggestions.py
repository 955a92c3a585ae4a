"""What the form suggests while somebody types a code: regions, sources, crises, rounds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse

from tracker.models import Crisis, Region, Round, Source

MOST_SUGGESTIONS = 12


class SuggestInput(forms.TextInput):
    """A text field with suggestions from `kind`; `within` names the field whose value narrows them."""

    template_name = "admin/tracker/suggest_input.html"

    def __init__(self, kind: str, *, within: str = "") -> None:
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false", "class": "vTextField"})
        self.kind = kind
        self.within = within

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {
            "list": f"{context['widget']['attrs'].get('id', name)}_suggestions",
            "data-suggest": reverse("admin:suggest", args=[self.kind]),
        }
        if self.within:
            context["widget"]["attrs"]["data-within"] = f"id_{self.within}"
        return context

    class Media:
        js = ("tracker/suggest.js",)


def suggest(request: HttpRequest, kind: str) -> JsonResponse:
    """`?q=` what was typed, `?within=` the value that narrows; codes with their names, best first."""
    if kind not in {"region", "source", "crisis", "round"}:
        raise Http404
    if not request.user.has_perm(f"tracker.view_{kind}"):
        return JsonResponse({"suggestions": []}, status=403)
    typed = request.GET.get("q", "").replace("\x00", "").strip()
    within = request.GET.get("within", "").replace("\x00", "").strip()
    found = {"region": _regions, "source": _sources, "crisis": _crises}.get(kind)
    rows = found(typed) if found else _rounds(typed, source=within)
    return JsonResponse({"suggestions": [{"value": value, "label": label} for value, label in rows]})


def _regions(typed: str) -> list[tuple[str, str]]:
    named = Q(pcode__istartswith=typed) | Q(name_en__icontains=typed) | Q(name_ar__icontains=typed)
    named |= Q(name_fr__icontains=typed) | Q(name_local__icontains=typed)
    found = Region.objects.current().filter(named).order_by("retired", "level", "name_en", "pcode")
    columns = found.values_list("pcode", "name_en", "level", "parent", "retired")[:MOST_SUGGESTIONS]
    rows = list(columns)
    parents = dict(
        Region.objects.current().filter(pcode__in={row[3] for row in rows}).values_list("pcode", "name_en")
    )
    return [
        (
            pcode,
            ", ".join(
                filter(None, [name, parents.get(parent), f"level {level}", "retired" if retired else ""])
            ),
        )
        for pcode, name, level, parent, retired in rows
    ]


def _sources(typed: str) -> list[tuple[str, str]]:
    found = (
        Source.objects.current()
        .filter(Q(code__icontains=typed) | Q(name__icontains=typed))
        .order_by("tier", "code")
    )
    rows = found.values_list("code", "name", "tier")[:MOST_SUGGESTIONS]
    return [(code, f"{name}, tier {tier}") for code, name, tier in rows]


def _crises(typed: str) -> list[tuple[str, str]]:
    found = (
        Crisis.objects.current()
        .filter(Q(code__icontains=typed) | Q(name_en__icontains=typed))
        .order_by("-start")
    )
    return list(found.values_list("code", "name_en")[:MOST_SUGGESTIONS])


def _rounds(typed: str, *, source: str) -> list[tuple[str, str]]:
    found = Round.objects.current().filter(code__icontains=typed).order_by("-date", "code")
    if source:
        found = found.filter(source=source)
    rows = found.values_list("code", "region", "date", "closed")[:MOST_SUGGESTIONS]
    return [
        (code, f"{region}, {date}, {'closed' if closed else 'open'}") for code, region, date, closed in rows
    ]
