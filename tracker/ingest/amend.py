"""What people change by hand besides reports: sources, crises, rounds, names of regions, retracted events.

Each change is a new version with a reason. Where figures may change, the builds are due in the same
transaction.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tracker.errors import BadValue, NotAllowed, OutOfDate
from tracker.ingest.entry import Entered, crisis_content, round_content, source_content
from tracker.ingest.touched import cubes_of
from tracker.models import ConflictEvent, Crisis, Region, Report, Round, Run, Source
from tracker.models.reports import ReportQuerySet
from tracker.models.versions import Version, supersede
from tracker.vocabulary import STOCKS

V = TypeVar("V", bound=Version)


def amend_source(old: Source | None, entered: Entered, *, by: str, reason: str) -> tuple[Source, list[Run]]:
    """The source as entered, and the builds that another tier makes due."""
    with transaction.atomic():
        new = _amend(Source, old, source_content(entered), by=by, reason=reason)
        moved = old is not None and old.tier != new.tier
        reports = Report.objects.current().filter(source=new.code)
        return new, _builds(reports, new, by=by) if moved else []


def amend_crisis(old: Crisis | None, entered: Entered, *, by: str, reason: str) -> tuple[Crisis, list[Run]]:
    """The crisis as entered; no figure depends on it."""
    return _amend(Crisis, old, crisis_content(entered), by=by, reason=reason), []


def amend_round(old: Round | None, entered: Entered, *, by: str, reason: str) -> tuple[Round, list[Run]]:
    """The round as entered, and the builds that its closing, opening or moving makes due."""
    with transaction.atomic():
        new = _amend(Round, old, round_content(entered), by=by, reason=reason)
        countries = {one.country for one in (old, new) if one is not None}
        stocks = Report.objects.current().filter(source=new.source, country__in=countries, measure__in=STOCKS)
        return new, _builds(stocks, new, by=by)


def amend_region(
    old: Region | None, content: dict[str, Any], *, by: str, reason: str
) -> tuple[Region, list[Run]]:
    """The region under other names; its place and its boundary come from boundary releases alone."""
    if old is None or set(content) - {"name_en", "name_ar", "name_fr", "name_local"}:
        raise NotAllowed(_("Regions come from boundary releases; only their names are changed by hand."))
    return _amend(Region, old, content, by=by, reason=reason), []


def retract_event(old: ConflictEvent, *, by: str, reason: str) -> tuple[ConflictEvent, list[Run]]:
    """The event, taken out of the conflict figures, and the build that this makes due."""
    with transaction.atomic():
        if old.retracted:
            raise NotAllowed(_("This event is retracted already."))
        new = _amend(ConflictEvent, old, {"retracted": True}, by=by, reason=reason)
        return new, [Run.objects.request_conflict(country=new.country, by=by)]


def _amend(model: type[V], old: V | None, content: dict[str, Any], *, by: str, reason: str) -> V:
    if old is None:
        return _first(model, content, by=by)
    if not reason.strip():
        raise BadValue("reason", reason, _("say why"))
    with transaction.atomic():
        if not model._default_manager.filter(pk=old.pk, superseded_at=None).select_for_update().exists():
            raise OutOfDate(
                _("Somebody else has changed this in the meantime; look at the version that stands now.")
            )
        new = old.successor(recorded_at=timezone.now(), recorded_by=by, reason=reason.strip(), **content)
        if new.same_content(old):
            raise NotAllowed(_("Nothing was changed."))
        return supersede(old, new)


def _first(model: type[V], content: dict[str, Any], *, by: str) -> V:
    new = model(**content, recorded_at=timezone.now(), recorded_by=by)
    try:
        with transaction.atomic():
            return supersede(None, new)
    except IntegrityError as error:
        if "unique" not in str(error).lower():
            raise
        raise BadValue(
            model.IDENTITY[-1], str(new.identity[-1]), _("there is one with this code already")
        ) from error


def _builds(reports: ReportQuerySet, changed: Version, *, by: str) -> list[Run]:
    """The due builds of the cubes in which these reports are approved, in the order of their keys."""
    return Run.objects.request_builds(cubes_of(reports), changed_since=changed.recorded_at, by=by)
