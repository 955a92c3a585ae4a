"""What the first page shows: one's own work, what waits, what failed, what grows old, what looks wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tracker.admin.access import countries_of, within_reach
from tracker.admin.places import place_name
from tracker.ingest.importing import visible
from tracker.ingest.place_search import places
from tracker.models import BulkOperation, Coverage, Figure, Import, ImportRow, Report, Run
from tracker.vocabulary import (
    FigureWarning,
    ImportState,
    Measure,
    PeriodType,
    RowStep,
    RunKind,
    RunState,
    Status,
)

MOST_COUNTED = 10_000
"""Counts go no further: whoever has more of a thing before them needs no exact number."""
OLDEST_SHOWN = 8
LATELY = timedelta(days=30)
MONTHS_LOOKED_AT = 3
GIVEN_UP = timedelta(days=365)
"""Of what nobody has reported for so long, nobody waits for news."""


@dataclass(frozen=True)
class Item:
    """A number of things, and the list that shows them."""

    count: int
    what: str
    url: str
    alarm: bool = False


@dataclass(frozen=True)
class Old:
    """The last report of a region and measure is so many days old."""

    place: str
    measure: str
    last: date
    days: int
    url: str


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    nothing: str
    """What is said where there are no items."""
    items: list[Item]
    oldest: list[Old] = field(default_factory=list)


def sections(site: admin.AdminSite, request: HttpRequest) -> list[Section]:
    """What this person may see and has to do with."""
    user = request.user
    found: list[Section | None] = []
    if user.has_perm("tracker.view_report"):
        found += [_my_work(user), _reviews(site, request)]
    if user.has_perm("tracker.view_run"):
        found.append(_failures(user))
    if user.has_perm("tracker.view_figure"):
        found.append(_growing_old(user))
    if user.has_perm("tracker.view_report") and user.has_perm("tracker.view_figure"):
        found.append(_quality(user))
    return [section for section in found if section is not None]


def work_of(user: Any, kind: str) -> QuerySet[Report]:
    """The reports that wait for this person: as `drafts`, as `returned` to them, or for their `review`."""
    proposed = within_reach(Report.objects.current().proposed(), user, "tracker.view_report")
    own = user.get_username()
    match kind:
        case "drafts":
            return proposed.filter(status=Status.DRAFT, author=own)
        case "returned":
            return proposed.filter(status=Status.REJECTED, author=own)
        case _:
            # Who undid a step recorded the version that came back, and did not hand it in.
            undone = BulkOperation.objects.filter(undone_at=OuterRef("recorded_at"), undone_by=own)
            others = proposed.filter(~Q(recorded_by=own) | Exists(undone)).exclude(author=own)
            return within_reach(others.filter(status=Status.SUBMITTED), user, "tracker.approve_report")


def imports_for_review(imports: QuerySet[Import], user: Any) -> QuerySet[Import]:
    """Those that somebody else submitted, with rows that this person may approve."""
    own, countries = user.get_username(), countries_of(user, "tracker.approve_report")
    waiting = ImportRow.objects.filter(upload=OuterRef("pk"), step=RowStep.SUBMITTED)
    others = imports.filter(state=ImportState.SUBMITTED).exclude(Q(submitted_by=own) | Q(uploaded_by=own))
    return others.filter(Exists(visible(waiting, countries)))


class WorkFilter(admin.SimpleListFilter):
    """The lists behind the numbers of the first page."""

    title = gettext_lazy("for me")
    parameter_name = "for_me"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("drafts", gettext_lazy("My drafts")),
            ("returned", gettext_lazy("Returned to me")),
            ("review", gettext_lazy("For my review")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kind = self.value()
        if kind not in {"drafts", "returned", "review"}:
            return queryset
        return queryset.filter(pk__in=work_of(request.user, kind).values("pk"))


def _my_work(user: Any) -> Section | None:
    if not user.has_perm("tracker.change_report"):
        return None
    drafts, returned = (_count(work_of(user, kind)) for kind in ("drafts", "returned"))
    items = [
        Item(drafts, ngettext("draft of mine", "drafts of mine", drafts), _reports(for_me="drafts")),
        Item(
            returned,
            ngettext("report returned to me", "reports returned to me", returned),
            _reports(for_me="returned"),
            alarm=returned > 0,
        ),
    ]
    return Section("mine", _("My work"), "", items)


def _reviews(site: admin.AdminSite, request: HttpRequest) -> Section | None:
    user = request.user
    if not user.has_perm("tracker.approve_report"):
        return None
    count = _count(work_of(user, "review"))
    words = ngettext("report waits for my review", "reports wait for my review", count)
    items = [Item(count, words, _reports(for_me="review"))]
    files = _count(imports_for_review(site.get_model_admin(Import).get_queryset(request), user))
    if files:
        words = ngettext("import waits for review", "imports wait for review", files)
        items.append(Item(files, words, _list("import", for_me="review")))
    return Section("review", _("To review"), "", items)


def _failures(user: Any) -> Section:
    runs = within_reach(Run.objects.all(), user, "tracker.view_run")
    parked = (
        runs.filter(state=RunState.PARKED).order_by("kind").values_list("kind").annotate(number=Count("pk"))
    )
    refused = runs.filter(
        kind=RunKind.IMPORT, state=RunState.REFUSED, requested_at__gte=timezone.now() - LATELY
    ).count()
    items = [
        Item(
            count,
            _("failed and parked: %(kind)s") % {"kind": RunKind(kind).label},
            _list("run", state__exact=RunState.PARKED.value, kind__exact=kind),
            alarm=True,
        )
        for kind, count in parked
    ]
    if refused:
        words = ngettext("import refused lately", "imports refused lately", refused)
        items.append(Item(refused, words, _list("run", state__exact=RunState.REFUSED.value), alarm=True))
    due = runs.filter(state__in=(RunState.DUE, RunState.RUNNING)).count()
    if due:
        words = ngettext("run due or running", "runs due or running", due)
        items.append(Item(due, words, _list("run", state__in="due,running")))
    return Section("failed", _("Background work"), _("Nothing failed, and nothing waits."), items)


def _growing_old(user: Any) -> Section:
    today = timezone.now().date()
    covered = Coverage.objects.filter(level__lte=1)
    countries = countries_of(user, "tracker.view_figure")
    if countries is not None:
        covered = covered.filter(country__in=sorted(countries))
    last = covered.order_by().values("region", "measure").annotate(last_day=Max("last"))
    old = last.filter(
        last_day__lt=today - timedelta(days=settings.FRESHNESS_DAYS), last_day__gte=today - GIVEN_UP
    ).order_by("last_day", "region", "measure")
    return Section(
        "old",
        _("Data that is growing old"),
        _("Countries and first-level regions have news."),
        [],
        list(_oldest(old[:OLDEST_SHOWN], today)),
    )


def _oldest(rows: Any, today: date) -> Iterator[Old]:
    known = places()
    for row in rows:
        yield Old(
            place=place_name(row["region"], known) or row["region"],
            measure=str(Measure(row["measure"]).label),
            last=row["last_day"],
            days=(today - row["last_day"]).days,
            url=_reports(region__exact=row["region"], measure__exact=row["measure"]),
        )


def _quality(user: Any) -> Section:
    since = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) - LATELY
    reports = within_reach(Report.objects.current().approved(), user, "tracker.view_report")
    lately = {"warnings_overridden__isnull": False, "recorded_at__gte": since}
    overridden = _count(reports.filter(**lately))
    items = []
    if overridden:
        words = ngettext(
            "report approved lately in spite of a warning",
            "reports approved lately in spite of warnings",
            overridden,
        )
        items.append(Item(overridden, words, _reports(status__exact=Status.APPROVED.value, **lately)))
    return Section("quality", _("Quality"), _("No warnings lately."), [*items, *_figures_with_warnings(user)])


def _figures_with_warnings(user: Any) -> Iterator[Item]:
    """Of the last months, since what is long past is rarely corrected."""
    first = timezone.now().date().replace(day=1)
    for _month in range(MONTHS_LOOKED_AT - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    narrowed = {"period_type__exact": PeriodType.MONTH.value, "start__gte": first, "warnings__gt": ""}
    figures = within_reach(Figure.objects.current(), user, "tracker.view_figure").filter(**narrowed)
    for warning in FigureWarning:
        count = _count(figures.filter(warnings__contains=warning.value))
        if count:
            words = _("figures of a month: %(warning)s") % {"warning": warning.label}
            yield Item(count, words, _list("figure", **narrowed, warnings__contains=warning.value))


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST_COUNTED].count()


def _reports(**narrowed: Any) -> str:
    return _list("report", **narrowed)


def _list(model: str, **narrowed: Any) -> str:
    plain = {name: str(value) for name, value in narrowed.items()}
    return f"{reverse(f'admin:tracker_{model}_changelist')}?{urlencode(plain)}"
