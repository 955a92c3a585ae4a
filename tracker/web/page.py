"""The readers' page: a map, a chart and the reasons behind a number, all read from the public API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tracker.models import Crisis, Region
from tracker.vocabulary import Cause, Measure, PeriodType
from tracker.web.choices import YearOfSeries, latest_crisis, places, usual_measure, usual_span, yearly_figures
from tracker.web.words import TITLES, measure_words


@dataclass(frozen=True)
class Choice:
    """One option of a select: its value, its label, whether it is chosen."""

    value: str
    label: str
    chosen: bool


@require_safe
def readers_page(request: HttpRequest) -> HttpResponse:
    """The page for what the address says; the figures there are decide what it leaves out or says wrongly."""
    countries = _countries()
    years = yearly_figures([country.pcode for country in countries])
    region = _region(request.GET.get("region", ""), countries, years)
    if region is None:
        return render(request, "tracker/empty.html", {"docs_url": reverse("api:docs")})
    path = places(region)
    here = [year for year in years if year.country == region.country]
    state = chosen(request, region, here)
    context = {
        "region": region,
        "state": state,
        "choices": {
            "region": _regions(countries, path),
            "measure": _measures(here, state),
            "crisis": _crises(here, state["crisis"]),
            "cause": [Choice(cause, str(cause.label), cause == state["cause"]) for cause in Cause],
            "period_type": [
                Choice(kind, str(kind.label), kind == state["period_type"]) for kind in PeriodType
            ],
        },
        "words": {
            "level": region.level,
            "name": region.name_en,
            "path": [{"pcode": above.pcode, "name": above.name_en} for above in path],
            "measures": {measure: measure_words(measure) for measure in Measure.values},
        },
        "latest": _latest_by_series(here),
        "country": next(country for country in countries if country.pcode == region.country),
        "docs_url": reverse("api:docs"),
    }
    return render(request, "tracker/page.html", context)


def chosen(request: HttpRequest, region: Region, years: list[YearOfSeries]) -> dict[str, Any]:
    """What is shown, in the words of the address and of the API."""
    asked = request.GET
    crises = {year.crisis for year in years}
    crisis = asked["crisis"] if asked.get("crisis") in crises else latest_crisis(years)
    of_crisis = [year for year in years if year.crisis == crisis]
    measure = _one_of(Measure.values, asked.get("measure")) or usual_measure(of_crisis)
    cause = _one_of(Cause.values, asked.get("cause")) or _usual_cause(of_crisis, measure)
    kind = _one_of(PeriodType.values, asked.get("period_type")) or ""
    today = datetime.now(UTC).date()
    start, end = _day(asked.get("from")), _day(asked.get("to"))
    if start is None or end is None or end < start or not kind:
        span = usual_span(region.country, cause=cause, crisis=crisis, measure=measure, period_type=kind)
        kind = span.period_type if span else kind or PeriodType.YEAR.value
        start, end = (span.start, span.end) if span else (date(today.year, 1, 1), today)
    as_of = _day(asked.get("as_of"))
    return {
        "region": region.pcode,
        "measure": measure,
        "cause": cause,
        "crisis": crisis,
        "period_type": kind,
        "from": start.isoformat(),
        "to": end.isoformat(),
        "period": asked.get("period", "")[:10],
        "as_of": as_of.isoformat() if as_of and as_of < today else "",
        "today": today.isoformat(),
    }


def _countries() -> list[Region]:
    return list(
        Region.objects.current().defer("geometry", "outline").filter(level=0).order_by("name_en", "pcode")
    )


def _region(pcode: str, countries: list[Region], years: list[YearOfSeries]) -> Region | None:
    """The region asked for; else the country whose crisis with figures began last, else the first country."""
    clean = pcode.replace("\x00", "")
    asked = (
        Region.objects.current().defer("geometry", "outline").filter(pcode=clean).first() if clean else None
    )
    if asked is not None or not countries:
        return asked
    latest = latest_crisis(years)
    there = {year.country for year in years if year.crisis == latest}
    return next((country for country in countries if country.pcode in there), countries[0])


def _regions(countries: list[Region], path: list[Region]) -> list[Choice]:
    """All countries, and under the one shown the way down to the region and its neighbours."""
    region = path[-1]
    choices = []
    for country in countries:
        choices.append(Choice(country.pcode, country.name_en, country.pcode == region.pcode))
        if country.pcode != region.country:
            continue
        for above in path[1:-1]:
            choices.append(Choice(above.pcode, _indented(above), False))
        beside = region.parent or region.pcode
        inside = Region.objects.current().defer("geometry", "outline").filter(parent=beside, retired=False)
        choices += [
            Choice(r.pcode, _indented(r), r.pcode == region.pcode)
            for r in inside.order_by("name_en", "pcode")
        ]
    return choices


def _indented(region: Region) -> str:
    return "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}" * region.level + region.name_en


def _measures(years: list[YearOfSeries], state: dict[str, Any]) -> list[Choice]:
    """The measures that have figures here, and the one shown."""
    there = {year.measure for year in years if year.crisis == state["crisis"]} | {state["measure"]}
    return [Choice(m, title, m == state["measure"]) for m, title in TITLES.items() if m in there]


def _crises(years: list[YearOfSeries], chosen_one: str) -> list[Choice]:
    there = {year.crisis for year in years}
    named = Crisis.objects.current().filter(code__in=there - {""}).order_by("-start", "code")
    choices = [Choice(crisis.code, crisis.name_en, crisis.code == chosen_one) for crisis in named]
    return (
        [*choices, Choice("", "Everyone, whatever the crisis", chosen_one == "")] if "" in there else choices
    )


def _latest_by_series(years: list[YearOfSeries]) -> list[dict[str, Any]]:
    """The latest yearly figure of each series, for readers without scripts."""
    seen: dict[tuple[str, str, str], YearOfSeries] = {}
    for year in years:
        seen.setdefault((year.measure, year.cause, year.crisis), year)
    order = list(TITLES)
    rows = sorted(
        seen.values(), key=lambda year: (year.crisis, order.index(Measure(year.measure)), year.cause)
    )
    return [
        {
            "title": TITLES[Measure(year.measure)],
            "year": year,
            "number": f"{year.value:,}",
            "span": "" if year.low == year.high else f"{year.low:,} to {year.high:,}",
        }
        for year in rows
    ]


def _usual_cause(years: list[YearOfSeries], measure: str) -> str:
    there = {year.cause for year in years if year.measure == measure}
    return next((cause.value for cause in Cause if cause in there), Cause.CONFLICT.value)


def _one_of(values: list[str], asked: str | None) -> str | None:
    return asked if asked in values else None


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2199 else None
