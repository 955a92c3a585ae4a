"""What was recorded between two moments that may have made a figure another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from tracker.figures.cubes import CubeKey, later_versions, regions_of
from tracker.models import Region, Report, Round, Source
from tracker.models.versions import Version
from tracker.reconcile.periods import Period
from tracker.vocabulary import Status

NAMES_AT_ONCE = 200
"""Reports by source and ref in one query: SQLite takes 999 parameters."""
NOT_SAID = {"country", "household_size_used", "breakdown"}
"""Of a report's content what follows from the rest, or is no single value."""


@dataclass(frozen=True)
class Input:
    """One change to what figures are made from.

    `what` is `new`, `approved`, `changed` or `retracted` for reports, `tier` for sources, `new`, `closed`,
    `opened` or `changed` for rounds, `new`, `moved`, `retired` or `returned` for regions.
    """

    kind: str
    what: str
    source: str
    name: str
    """The ref of a report, the code of a round, the P-code of a region; empty for a source."""
    recorded_at: datetime
    recorded_by: str
    reason: str
    changes: dict[str, tuple[Any, Any]]
    """Before and after, by field."""
    versions: tuple[int, ...] = ()
    """Primary keys of the approved versions of a report that `changes` tells of."""


@dataclass(frozen=True)
class Span:
    """From after one moment (None: from the beginning) up to another, included."""

    after: datetime | None
    until: datetime

    def holds(self, column: str) -> Q:
        later = Q() if self.after is None else Q((f"{column}__gt", self.after))
        return later & Q((f"{column}__lte", self.until))


def inputs(key: CubeKey, region: str, period: Period, span: Span) -> Iterator[Input]:
    """What was recorded in the span that can have a say on the figure: reports last, the latest first.

    That is what speaks of the region, or of one above or below it; of a stock at any time up to the period's
    end, of a flow in the period.
    """
    related = related_regions(key.country, region, as_of=span.until)
    sources, rounds, regions = later_versions(key)
    for source in _latest(sources, span):
        yield from _of_source(source)
    came = Region.objects.filter(version=1, always_stood=False, country=key.country)
    for place in _latest((regions | came).filter(pcode__in=related), span):
        yield from _of_region(place)
    if key.is_stock:
        rounds = Round.objects.filter(country=key.country, source__in=_reporting(key))
        for survey in _latest(rounds.filter(region__in=related, date__lte=period.end), span):
            yield from _of_round(survey)
    yield from _reports(key, related, period, span)


def related_regions(country: str, region: str, *, as_of: datetime) -> set[str]:
    """The region, all above it and all below it, retired ones too."""
    regions = regions_of(country, as_of)
    found, above = {region}, regions.get(region)
    while above is not None and above.parent:
        found.add(above.parent)
        above = regions.get(above.parent)
    level = {region}
    while level:
        level = {pcode for pcode, place in regions.items() if place.parent in level}
        found |= level
    return found


def _reporting(key: CubeKey) -> QuerySet[Any, Any]:
    """Codes of the sources that report on the cube."""
    return Report.objects.filter(**key.fields).order_by().values("source").distinct()


def _latest(versions: QuerySet[Any], span: Span) -> QuerySet[Any]:
    return versions.filter(span.holds("recorded_at")).order_by("-recorded_at", "-pk")


def _reports(key: CubeKey, related: set[str], period: Period, span: Span) -> Iterator[Input]:
    rows = Report.objects.filter(**key.fields, region__in=related, start__lte=period.end)
    if not key.is_stock:
        rows = rows.filter(end__gte=period.start)
    touched = rows.filter(span.holds("recorded_at") | span.holds("superseded_at"))
    # A version that was recorded and superseded in the span is told of once, by its report.
    latest = touched.order_by("-recorded_at", "-pk").values_list("source", "ref").iterator()
    names = iter(dict.fromkeys(latest))
    while some := list(islice(names, NAMES_AT_ONCE)):
        before = _standing(some, span.after) if span.after is not None else {}
        after = _standing(some, span.until)
        earlier = _known_before(some, span.until)
        for name in some:
            yield from _of_report(before.get(name), after.get(name), is_known=name in earlier)


def _standing(names: Iterable[tuple[str, str]], moment: datetime) -> dict[tuple[str, str], Report]:
    rows = _named(names).as_of(moment).standing()
    return {(row.source, row.ref): row for row in rows}


def _known_before(names: Iterable[tuple[str, str]], moment: datetime) -> set[tuple[str, str]]:
    """The reports that had been proposed before what stands at the moment was decided."""
    rows = _named(names).filter(recorded_at__lte=moment).exclude(status=Status.APPROVED)
    return set(rows.values_list("source", "ref"))


def _named(names: Iterable[tuple[str, str]]) -> Any:
    wanted = Q()
    for source, ref in names:
        wanted |= Q(source=source, ref=ref)
    return Report.objects.filter(wanted)


def _of_report(before: Report | None, after: Report | None, *, is_known: bool) -> Iterator[Input]:
    was = before if before is not None and before.status == Status.APPROVED else None
    stands = after if after is not None and after.status == Status.APPROVED else None
    if after is None or (was is None and stands is None):
        return
    changes = {}
    if was is not None and stands is not None:
        changes = _changes(was, stands, [name for name in Report.CONTENT if name not in NOT_SAID])
        if not changes:
            return
        what = "changed"
    elif was is not None:
        what = "retracted"
    else:
        what = "approved" if is_known else "new"
    told = tuple(version.pk for version in (was, stands) if version is not None)
    yield _input(after, "report", what, after.source, after.ref, changes, told)


def _of_source(new: Source) -> Iterator[Input]:
    changes = _changes(_before(new), new, ["tier"])
    if changes:
        yield _input(new, "source", "tier", new.code, "", changes)


def _of_round(new: Round) -> Iterator[Input]:
    old = _before(new)
    changes = _changes(old, new, ["region", "date", "published", "closed"]) if old is not None else {}
    if old is None:
        what = "closed" if new.closed else "new"
    elif old.closed != new.closed:
        what = "closed" if new.closed else "opened"
    else:
        what = "changed"
    if old is None or changes:
        yield _input(new, "round", what, new.source, new.code, changes)


def _of_region(new: Region) -> Iterator[Input]:
    old = _before(new)
    changes = _changes(old, new, ["parent", "retired"])
    if old is None:
        what = "new"
    elif old.retired != new.retired:
        what = "retired" if new.retired else "returned"
    else:
        what = "moved"
    if old is None or changes:
        yield _input(new, "region", what, "", new.pcode, changes)


def _before(new: Any) -> Any:
    """The version that this one took the place of."""
    same = {name: getattr(new, name) for name in new.IDENTITY}
    return type(new).objects.filter(**same, version__lt=new.version).order_by("-version").first()


def _changes(old: Version | None, new: Version, names: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    if old is None:
        return {}
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _input(
    version: Version,
    kind: str,
    what: str,
    source: str,
    name: str,
    changes: dict[str, tuple[Any, Any]],
    versions: tuple[int, ...] = (),
) -> Input:
    return Input(
        kind=kind,
        what=what,
        source=source,
        name=name,
        recorded_at=version.recorded_at,
        recorded_by=version.recorded_by,
        reason=version.reason,
        changes=changes,
        versions=versions,
    )
