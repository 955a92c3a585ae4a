"""Which rows a caller may see: decided in the query, so that nothing of the others shows, nor their number.

What is hidden today is hidden in every earlier version too: asked as of an earlier moment, a report that
has since been found too sensitive stays hidden, and so do the rows of a source whose licence has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from tracker.models import ConflictEvent, Report, Round, Source
from tracker.models.roles import EVERYWHERE
from tracker.vocabulary import RowAccess, Sensitivity

NAMES_AT_ONCE = 500
STAFF_PERMISSIONS = ("tracker.view_report", "tracker.view_round", "tracker.view_conflictevent")


def sees_everything(user: Any) -> bool:
    """Whether somebody may read in the admin, of every country, all that is hidden from others."""
    return bool(user.is_staff and user.has_perms(STAFF_PERMISSIONS, EVERYWHERE))


def visible_reports(*, staff: bool, as_of: datetime | None) -> QuerySet[Any, Any]:
    """Approved reports, one version each: for staff who may read them all, for others the public ones."""
    return visible_versions(Report.objects.as_of(as_of).approved(), staff=staff)


def visible_versions(reports: QuerySet[Any, Any], *, staff: bool) -> QuerySet[Any, Any]:
    """Of approved versions of reports, of whatever moment, those that the caller may see."""
    if staff:
        return reports
    hidden_by_now = Report.objects.current().standing().exclude(sensitivity=Sensitivity.PUBLIC)
    return reports.filter(
        ~Exists(hidden_by_now.filter(source=OuterRef("source"), ref=OuterRef("ref"))),
        sensitivity=Sensitivity.PUBLIC,
        source__in=open_sources(),
    )


def visible_rounds(*, staff: bool, as_of: datetime | None) -> QuerySet[Any, Any]:
    return _shown_rounds(Round.objects.as_of(as_of), staff=staff)


def visible_events(*, staff: bool, as_of: datetime | None) -> QuerySet[Any, Any]:
    """Events that were not retracted. A dataset named like a source is bound by its licence."""
    return _shown_events(ConflictEvent.objects.as_of(as_of).filter(retracted=False), staff=staff)


def known_rounds(values: Collection[str], *, staff: bool) -> set[str]:
    """Codes of rounds that the caller may ever have seen; empty, for no round, is one."""
    rounds = _shown_rounds(Round.objects.filter(code__in=values), staff=staff)
    return set(rounds.values_list("code", flat=True)) | {""}


def known_datasets(values: Collection[str], *, staff: bool) -> set[str]:
    """Datasets of which the caller may ever have seen an event."""
    events = _shown_events(ConflictEvent.objects.filter(dataset__in=values), staff=staff)
    return set(events.order_by().values_list("dataset", flat=True).distinct())


def open_sources() -> QuerySet[Any, Any]:
    """Codes of the sources whose rows may be served to anyone."""
    return Source.objects.current().filter(row_access=RowAccess.PUBLIC).values("code")


def _shown_rounds(rounds: QuerySet[Any, Any], *, staff: bool) -> QuerySet[Any, Any]:
    return rounds if staff else rounds.filter(source__in=open_sources())


def _shown_events(events: QuerySet[Any, Any], *, staff: bool) -> QuerySet[Any, Any]:
    if staff:
        return events
    hidden_by_now = ConflictEvent.objects.current().exclude(sensitivity=Sensitivity.PUBLIC)
    closed = Source.objects.current().exclude(row_access=RowAccess.PUBLIC)
    return events.alias(publisher=Lower("dataset")).filter(
        ~Exists(hidden_by_now.filter(dataset=OuterRef("dataset"), event_id=OuterRef("event_id"))),
        ~Q(publisher__in=closed.values_list(Lower("code"), flat=True)),
        sensitivity=Sensitivity.PUBLIC,
    )


class Seen:
    """Which of some statements, each of a report or a round, one caller may see by name.

    `names` have a `source`, a `ref` (None for a statement of a round) and a `round`; who sees a statement as
    it was at one of the `moments` sees its name.
    """

    def __init__(
        self, names: Iterable[Mapping[str, Any]], *, staff: bool, moments: Iterable[datetime | None]
    ) -> None:
        self._staff, names = staff, list(names)
        sources = {name["source"] for name in names}
        refs = {name["ref"] for name in names if name["ref"]}
        codes = {name["round"] for name in names if name["round"]}
        self._reports: set[tuple[str, str]] = set()
        self._rounds: set[tuple[str, str]] = set()
        for moment in moments:
            reports = visible_reports(staff=staff, as_of=moment).filter(source__in=sources)
            rounds = visible_rounds(staff=staff, as_of=moment).filter(source__in=sources)
            self._reports |= _visible(reports, "ref", refs)
            self._rounds |= _visible(rounds, "code", codes)

    def may_be_named(self, name: Mapping[str, Any]) -> bool:
        if not self._staff and name.get("sensitivity") not in (None, Sensitivity.PUBLIC):
            # So it was when it was said, whatever has become of it.
            return False
        if name["ref"] is None:
            return (name["source"], name["round"]) in self._rounds
        return (name["source"], name["ref"]) in self._reports


def _visible(rows: QuerySet[Any, Any], column: str, names: Collection[str]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    waiting = iter(names)
    while some := list(islice(waiting, NAMES_AT_ONCE)):
        found.update(rows.filter(**{f"{column}__in": some}).values_list("source", column))
    return found
