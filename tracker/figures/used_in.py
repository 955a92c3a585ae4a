"""The figures that one report is used in, and how many of its people are in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.conf import settings
from django.utils import timezone

from tracker.figures.cubes import CubeKey, LoadedCube, load, regions_of
from tracker.figures.rows import day_in_utc
from tracker.models import Report
from tracker.models.figures import STORED_PERIODS
from tracker.reconcile.periods import ONE_DAY, Period, day_number, period_of
from tracker.vocabulary import Outcome, Role, Status


@dataclass(frozen=True)
class Region:
    pcode: str
    name: str


@dataclass(frozen=True)
class Use:
    """What became of the report in the figures of one period, of all `regions` alike."""

    period: Period
    people: int
    outcome: Outcome


@dataclass(frozen=True)
class UsedIn:
    """`regions` are its own and those above, the smallest first; `uses` are of those periods it speaks of."""

    regions: list[Region]
    uses: list[Use]


def used_in(report: Report) -> UsedIn:
    """The figures as of today in which the report, as it stands, has a say; longer periods come first.

    What of a report is in a figure is in the figure of every region above, so the regions share one number.
    """
    from tracker.reconcile.figures import settle
    from tracker.reconcile.outcomes import Outcomes

    nothing = UsedIn([], [])
    if report.status != Status.APPROVED or report.superseded_at is not None or report.role != Role.COUNTED:
        return nothing
    loaded = load(CubeKey.of_row(report), as_of=None)
    places = np.flatnonzero(loaded.report_ids == report.pk)
    if not len(places):
        return nothing
    number, today = int(places[0]), day_in_utc(timezone.now())
    region = int(loaded.cube.reports.region[number])
    settled = settle(loaded.cube)
    uses = []
    for period in _periods(report, loaded, today):
        last = day_number(min(period.end, today))
        said = Outcomes(loaded.cube, settled, first=day_number(period.start), last=last).of(region)
        uses += [Use(period, one.used, Outcome(one.outcome)) for one in said if one.report == number]
    return UsedIn(_regions(loaded, region), uses)


def _periods(report: Report, loaded: LoadedCube, today: date) -> Iterator[Period]:
    """The stored periods that a flow overlaps, or at whose end a stock may still speak."""
    last = report.end
    if loaded.key.is_stock:
        last = report.start + timedelta(days=settings.MAX_AGE_DAYS)
    for kind in reversed(STORED_PERIODS):
        period = period_of(report.start, kind)
        while period.start <= min(last, today):
            if not loaded.key.is_stock or min(period.end, today) <= last:
                yield period
            period = period_of(period.end + ONE_DAY, kind)


def _regions(loaded: LoadedCube, region: int) -> list[Region]:
    tree, names = loaded.cube.tree, regions_of(loaded.key.country, None)
    found = []
    while region >= 0:
        if not tree.retired[region]:
            pcode = tree.pcodes[region]
            found.append(Region(pcode, names[pcode].name if pcode in names else ""))
        region = int(tree.parent[region])
    return found
