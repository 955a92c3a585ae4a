"""One figure through time: what it was, since when, and what made the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from tracker.figures.cubes import CubeKey
from tracker.figures.explain import Explanation
from tracker.figures.history_inputs import Input, Span, inputs
from tracker.figures.moments import builds_of, built_at
from tracker.figures.rows import FigureRow, as_stored, day_in_utc, midnight
from tracker.models import Figure
from tracker.reconcile.periods import Period, period_of
from tracker.vocabulary import PeriodType

MOST_MADE = 60
"""So many moments are looked at for one answer, where the figure must be made from its cube."""
MOST_INPUTS = 100
MOST_PEOPLE = 100
"""So many inputs, and so many reports whose people changed, are told of one version."""

_TICK = timedelta(microseconds=1)
_SAID = ("value", "low", "high", "unlocated", "reports", "sources", "warnings")


@dataclass(frozen=True)
class Change:
    """People of one statement that are in a figure, in the version before and in this one."""

    source: str
    ref: str | None
    round: str
    region: str
    before: int
    after: int


@dataclass(frozen=True)
class FigureVersion:
    """What a figure was from one moment on; `row` is None where it was withdrawn.

    `inputs` and `people` are the most telling ones; `has_more` says whether there are others.
    """

    recorded_at: datetime
    until: datetime | None
    row: FigureRow | None
    inputs: list[Input]
    people: list[Change]
    has_more: bool
    before: datetime | None
    """The moment of which the version before is told."""


@dataclass(frozen=True)
class History:
    """Versions, the latest first; `earlier` is the moment as of which those before them are told."""

    versions: list[FigureVersion]
    earlier: datetime | None


@dataclass(frozen=True)
class _State:
    """The figure at a moment: by a build, which was then the last, and by the calendar."""

    moment: datetime
    built: datetime
    is_replayed: bool
    row: FigureRow | None

    @property
    def said(self) -> tuple[Any, ...] | None:
        return None if self.row is None else tuple(getattr(self.row, name) for name in _SAID)


def history(
    key: CubeKey, region: str, period: Period, *, as_of: datetime | None = None, limit: int = 10
) -> History:
    """The versions of one figure up to a moment, at most `limit`, the latest first.

    Whole periods are told by their stored versions. What is not stored, days and periods as long as they
    went on, is told as of the builds; how a period grew from day to day between two builds is not.
    """
    teller = _Teller(key, region, period, as_of or timezone.now())
    # One more than is given: a version is told beside the one before it.
    states = list(islice(_distinct(teller.states()), limit + 1))
    is_context = teller.is_cut_short and 1 < len(states) <= limit
    versions = []
    for number, state in enumerate(states[:-1] if is_context else states[:limit]):
        earlier = states[number + 1] if number + 1 < len(states) else None
        if earlier is None and state.row is None:
            break
        until = states[number - 1].moment if number else None
        versions.append(teller.version(state, earlier, until))
    goes_on = len(states) > limit or teller.is_cut_short
    return History(versions, versions[-1].recorded_at - _TICK if versions and goes_on else None)


def _distinct(states: Iterable[_State]) -> Iterator[_State]:
    """Of states, the latest first, those that are not as the one before them in time."""
    later: _State | None = None
    for state in states:
        if later is not None and later.said != state.said:
            yield later
        later = state
    if later is not None:
        yield later


@dataclass
class _Teller:
    key: CubeKey
    region: str
    period: Period
    as_of: datetime
    made: int = 0

    @property
    def is_cut_short(self) -> bool:
        return self.made >= MOST_MADE

    def states(self) -> Iterator[_State]:
        """The figure at each moment at which it may have changed, the latest first."""
        found = self._states_of_days() if self.period.type == PeriodType.DAY else self._states_of_versions()
        for state in found:
            yield state
            if self.is_cut_short:
                return

    def _states_of_versions(self) -> Iterator[_State]:
        ends = self.as_of + _TICK
        for figure in self._versions(self.period).order_by("-recorded_at", "-version"):
            if figure.recorded_at < ends:
                yield from self._states_of_version(figure, ends)
            ends = min(ends, figure.recorded_at)

    def _states_of_version(self, figure: Figure, ends: datetime) -> Iterator[_State]:
        """The figure while this version stood, up to `ends`; it is as stored once it is final."""
        begins, is_replayed = figure.recorded_at, _is_replayed(figure)
        final = midnight(figure.final_from)
        if final <= begins:
            yield _State(begins, begins, is_replayed, as_stored(figure, day=day_in_utc(begins)))
            return
        if final < ends:
            yield _State(final, begins, is_replayed, as_stored(figure, day=figure.final_from))
        running = min(final, ends) - _TICK
        first_day = midnight(self.period.start)
        if running < first_day:
            return
        built = [begins, *builds_of(self.key, after=begins, by=running)]
        # While it goes on, it is also told as it was last.
        moments = built if final < ends else {*built, max(begins, midnight(day_in_utc(running)))}
        for moment in sorted(moments, reverse=True):
            at = max(moment, first_day)
            yield self._made(at, max(one for one in built if one <= at), is_replayed)
            if moment <= first_day:
                break

    def _states_of_days(self) -> Iterator[_State]:
        """The day as of each build, and, where it began after one, as of its beginning."""
        begins = midnight(self.period.start)
        weeks = self._versions(period_of(self.period.start, PeriodType.WEEK))
        replayed = set(weeks.filter(build__backfilled=True).values_list("recorded_at", flat=True))
        built = set(builds_of(self.key, after=None, by=self.as_of))
        if not built:
            built = set(weeks.filter(recorded_at__lte=self.as_of).values_list("recorded_at", flat=True))
        for moment in sorted(replayed | built, reverse=True):
            if max(moment, begins) <= self.as_of:
                yield self._made(max(moment, begins), moment, moment in replayed - built)
            if moment <= begins:
                break

    def _versions(self, period: Period) -> QuerySet[Figure]:
        rows = Figure.objects.filter(
            **self.key.fields, region=self.region, period_type=period.type, start=period.start
        )
        return rows.filter(recorded_at__lte=self.as_of).select_related("build")

    def _made(self, moment: datetime, built: datetime, is_replayed: bool) -> _State:
        self.made += 1
        row = self._explanation(moment, built).rows.get(self.region)
        return _State(moment, built, is_replayed, row)

    def _explanation(self, moment: datetime, built: datetime) -> Explanation:
        return Explanation(self.key, self.period, built, day=day_in_utc(moment))

    def version(self, state: _State, earlier: _State | None, until: datetime | None) -> FigureVersion:
        found = list(islice(self._inputs(state, earlier), MOST_INPUTS + 1))
        people = self._people(state, earlier)
        return FigureVersion(
            recorded_at=state.moment,
            until=until,
            row=state.row,
            inputs=found[:MOST_INPUTS],
            people=people[:MOST_PEOPLE],
            has_more=len(found) > MOST_INPUTS or len(people) > MOST_PEOPLE,
            before=None if earlier is None else earlier.built,
        )

    def _inputs(self, state: _State, earlier: _State | None) -> Iterator[Input]:
        """What was recorded after the build before this one; nothing where the calendar made the version."""
        if earlier is not None and earlier.built == state.built:
            return iter(())
        if state.is_replayed:
            after: datetime | None = state.built - _TICK
        else:
            after = built_at(self.key, by=state.built - _TICK)
            if after is None and earlier is not None:
                after = earlier.built
        return inputs(self.key, self.region, self.period, Span(after, state.built))

    def _people(self, state: _State, earlier: _State | None) -> list[Change]:
        """The statements whose people in the figure are others, those that changed most first."""
        before = self._used(earlier) if earlier is not None and earlier.row else {}
        after = self._used(state) if state.row else {}
        names = sorted(before.keys() | after.keys(), key=lambda name: (name[0], name[1] or "", *name[2:]))
        changes = [
            Change(source, ref, code, region, before.get(name, 0), after.get(name, 0))
            for name in names
            for source, ref, code, region in [name]
        ]
        changes = [change for change in changes if change.before != change.after]
        return sorted(changes, key=lambda change: -abs(change.after - change.before))

    def _used(self, state: _State) -> dict[tuple[Any, ...], int]:
        if state not in self._people_of:
            explanation = self._explanation(state.moment, state.built)
            self._people_of[state] = explanation.people_used(self.region)
        return self._people_of[state]

    @cached_property
    def _people_of(self) -> dict[_State, dict[tuple[Any, ...], int]]:
        return {}


def _is_replayed(figure: Figure) -> bool:
    return figure.build is not None and figure.build.backfilled
