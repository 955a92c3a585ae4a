"""What became of each statement in one figure (METHOD, "Why a report counts as it does")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.reconcile.cube import VALUE, Cube, Ints
from tracker.reconcile.flows import FlowDays
from tracker.reconcile.laying import NOBODY
from tracker.reconcile.speaking import SILENT
from tracker.reconcile.statements import NO_REPORT, NO_ROUND
from tracker.reconcile.stocks import StockDays
from tracker.vocabulary import Outcome


@dataclass(frozen=True)
class Said:
    """One statement of a source on the region, and what became of it.

    `report` and `round` are numbers in the cube, -1 for none; `people` what it says, `used` what the figure
    takes of it. `kind` is `report`, `round_row`, `round_sum` or `round_zero`. `shrunk_by` are the statements
    that made it less, each as (report, round).
    """

    report: int
    round: int
    source: int
    kind: str
    people: int
    used: int
    outcome: str
    shrunk_by: tuple[tuple[int, int], ...] = ()


def outcomes(cube: Cube, days: FlowDays | StockDays, *, region: int, first: int, last: int) -> list[Said]:
    """Each counted statement on `region` that has a say on the days from `first` to `last`, both included.

    For a stock that is all up to `last`, the day on which the figure is taken.
    """
    return Outcomes(cube, days, first=first, last=last).of(region)


class Outcomes:
    """What became of the statements of every region in the figures of one period; see `outcomes`.

    The reports are put in order of their regions once, so all regions cost one pass.
    """

    def __init__(self, cube: Cube, days: FlowDays | StockDays, *, first: int, last: int) -> None:
        self._cube, self._days, self._first, self._last = cube, days, first, last
        reports = cube.reports
        has_say = reports.counted & (reports.start <= last)
        if isinstance(days, FlowDays):
            has_say &= reports.end >= first
        counted = np.flatnonzero(has_say)
        self._reports = counted[np.argsort(reports.region[counted], kind="stable")]
        self._bounds = np.searchsorted(reports.region[self._reports], np.arange(len(cube.tree) + 1))

    def of(self, region: int) -> list[Said]:
        """The counted statements on one region."""
        on_it = self._reports[self._bounds[region] : self._bounds[region + 1]]
        if isinstance(self._days, StockDays):
            return _stock_outcomes(self._cube, self._days, on_it, region=region, day=self._last)
        return _flow_outcomes(
            self._cube, self._days, on_it, region=region, first=self._first, last=self._last
        )


def _flow_outcomes(
    cube: Cube, days: FlowDays, on_it: Ints, *, region: int, first: int, last: int
) -> list[Said]:
    """The counted reports of `region` that overlap the days from `first` to `last`, both included."""
    reports = cube.reports
    found = []
    for report in on_it.tolist():
        # No day outside its own is the report's.
        begin = max(first, int(reports.start[report])) - days.first_day
        end = min(last, int(reports.end[report])) + 1 - days.first_day
        its_days = days.taker[region, begin:end] == report
        used = int(days.own[region, begin:end][its_days].sum())
        is_zero = reports.people[VALUE, report] == 0 and its_days.any()
        shrinkers = sorted({int(other) for other in days.shrunk_by[region, begin:end][its_days]} - {NOBODY})
        found.append(
            Said(
                report=report,
                round=NO_ROUND,
                source=int(reports.source[report]),
                kind="report",
                people=int(reports.people[VALUE, report]),
                used=used,
                outcome=(Outcome.USED if used or is_zero else Outcome.EXPLAINED).value,
                shrunk_by=tuple((other, NO_ROUND) for other in shrinkers),
            )
        )
    return found


def _stock_outcomes(cube: Cube, days: StockDays, on_it: Ints, *, region: int, day: int) -> list[Said]:
    """The counted statements on `region` up to `day`, rows that gave way in their round included."""
    said = days.statements
    moment = int(np.searchsorted(days.days, day, side="right")) - 1
    if moment < 0:
        return []
    speaker = int(days.speaker[region, moment])
    latest: dict[int, int] = {}
    begin, end = np.searchsorted(said.region, (region, region + 1))
    spoken = (begin + np.flatnonzero(said.date[begin:end] <= day)).tolist()
    for number in spoken:
        latest[int(said.source[number])] = number
    fresh = [number for number in latest.values() if day - said.date[number] <= cube.max_age_days]
    freshest = max((int(said.date[number]) for number in fresh), default=0)
    below_exists = any(days.exists[child, moment] for child in cube.tree.children(region))
    found = []
    for number in spoken:
        used = 0
        shrunk_by: tuple[tuple[int, int], ...] = ()
        if number != latest[int(said.source[number])]:
            outcome = Outcome.SUPERSEDED
        elif number == speaker:
            used = int(days.own[region, moment])
            limited_by = int(days.shrunk_by[region, moment])
            if limited_by != SILENT:
                shrunk_by = ((int(said.report[limited_by]), int(said.round[limited_by])),)
            is_finding = (
                not below_exists and not said.is_sum[number] and days.people[VALUE, region, moment] == 0
            )
            outcome = Outcome.USED if used or is_finding else Outcome.EXPLAINED
        elif number not in fresh:
            outcome = Outcome.LAPSED
        elif freshest - said.date[number] > cube.freshness_days:
            outcome = Outcome.STALE
        else:
            outcome = Outcome.LESS_TRUSTED
        found.append(
            Said(
                report=int(said.report[number]),
                round=int(said.round[number]),
                source=int(said.source[number]),
                kind=_kind(bool(said.is_sum[number]), int(said.report[number]), int(said.round[number])),
                people=int(said.people[VALUE, number]),
                used=used,
                outcome=outcome.value,
                shrunk_by=shrunk_by,
            )
        )
    return found + _older_rows(cube, on_it, set(said.report[begin:end].tolist()))


def _older_rows(cube: Cube, on_it: Ints, speaking: set[int]) -> list[Said]:
    """Rows of closed rounds on the region that a newer row of the same round has taken the place of."""
    reports = cube.reports
    return [
        Said(
            report=report,
            round=int(reports.round[report]),
            source=int(reports.source[report]),
            kind="round_row",
            people=int(reports.people[VALUE, report]),
            used=0,
            outcome=Outcome.SUPERSEDED.value,
        )
        for report in on_it.tolist()
        if report not in speaking
    ]


def _kind(is_sum: bool, report: int, round_number: int) -> str:
    if round_number == NO_ROUND:
        return "report"
    if report != NO_REPORT:
        return "round_row"
    return "round_sum" if is_sum else "round_zero"
