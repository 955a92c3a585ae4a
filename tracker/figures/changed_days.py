"""Single days that are not as they were: found by making them as of each build since then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from tracker.figures.cubes import CubeKey, LoadedCube, load
from tracker.figures.making import made
from tracker.figures.places import day_in, packed, region_in
from tracker.figures.rows import day_in_utc
from tracker.figures.table import Names
from tracker.models import Figure
from tracker.reconcile.cube import Ints
from tracker.reconcile.figures import Figures
from tracker.reconcile.periods import day_number, day_of
from tracker.vocabulary import PeriodType

MOST_BUILDS = 24
"""After more builds than these nobody is told of single days: all of them are given."""

_ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DayState:
    """The days of a cube as of one build.

    `place` : int64, length n, rising: region and day in one number, the same in every state of one `Names`
    `content` : int64, (7, n), what a figure says
    `number` : int64, length n, the row in `columns`
    """

    loaded: LoadedCube
    columns: Figures
    place: Ints
    content: Ints
    number: Ints

    def up_to(self, day: date) -> tuple[Ints, Ints]:
        """Place and content of the days up to this one."""
        chosen = day_in(self.place) <= day_number(day)
        return self.place[chosen], self.content[:, chosen]


@dataclass(frozen=True)
class ChangedDays:
    """What became of the days of a cube since a moment: where figures are new or others, or are gone.

    `given` : int64, rows in `state.columns`
    `gone` : region, its level and the day of each figure that is no more
    """

    state: DayState
    given: Ints
    gone: list[tuple[str, int, date]]


def changed_days(
    key: CubeKey,
    *,
    builds: Sequence[datetime],
    before: datetime | None,
    since: date | None,
    today: date,
    is_backdated: bool = False,
) -> ChangedDays:
    """The days that are not as somebody may have seen them.

    Parameters
    ----------
    builds : the moments of the builds since then, in order; where there is none, `before` is one
    before : the moment of the last build before these
    since : the last day of which figures were seen; None for none
    today : the last day of which there are figures
    is_backdated : the reports that stand now as of these moments are not those that stood; all days are given

    Every state in between counts: a figure that changed and changed back was seen as it was.
    """
    names, levels = Names.new(), dict[str, int]()
    state: DayState | None = None
    all_given = bool(builds) and (is_backdated or len(builds) > MOST_BUILDS)
    if before is not None and not all_given:
        state = _state(key, before, today, names, levels)
    touched = np.zeros(0, dtype=np.int64)
    for moment in builds[-1:] if all_given else builds:
        earlier, state = state, _state(key, moment, today, names, levels)
        touched = np.union1d(touched, _differing(earlier, state, until=day_in_utc(moment)))
    assert state is not None  # noqa: S101 - there is a build, or one before
    if all_given:
        touched = np.union1d(touched, _every_place(key, day_in_utc(builds[-1]), names, levels))
    is_new = np.isin(state.place, touched)
    if since is None:
        is_new[:] = True
    else:
        is_new |= day_in(state.place) > day_number(since)
    pcodes = list(names.regions)
    gone = [
        (pcodes[region_in(place)], levels[pcodes[region_in(place)]], day_of(day_in(place)))
        for place in np.setdiff1d(touched, state.place).tolist()
    ]
    return ChangedDays(state, state.number[is_new], gone)


def moves_on(key: CubeKey, *, since: date, today: date) -> bool:
    """Whether figures of days after `since` may have come up to `today` without a build.

    Where any region has a figure its country has one; the week that holds a day is stored.
    """
    weeks = Figure.objects.current().filter(
        **key.fields,
        period_type=PeriodType.WEEK,
        region=key.country,
        start__gt=since - _ONE_WEEK,
        start__lte=today,
    )
    return weeks.exists()


def _state(key: CubeKey, moment: datetime, today: date, names: Names, levels: dict[str, int]) -> DayState:
    loaded = load(key, as_of=moment)
    levels |= dict(zip(loaded.cube.tree.pcodes, loaded.levels, strict=True))
    columns = made(loaded, [PeriodType.DAY.value], until=today)
    sets = [",".join(loaded.source_codes[number] for number in members) for members in columns.source_sets]
    region = names.regions.of_words(loaded.cube.tree.pcodes, columns.region)
    place = packed(region, columns.start)
    in_order = np.argsort(place)
    content = np.stack(
        [
            *columns.people,
            columns.unlocated,
            columns.reports,
            names.source_sets.of_words(sets, columns.sources),
            columns.warnings,
        ]
    )
    return DayState(loaded, columns, place[in_order], content[:, in_order], in_order)


def _differing(earlier: DayState | None, later: DayState, *, until: date) -> Ints:
    """The places up to a day at which two states do not say the same."""
    place, content = later.up_to(until)
    if earlier is None:
        return place
    was_at, was = earlier.up_to(until)
    both, old, now = np.intersect1d(was_at, place, assume_unique=True, return_indices=True)
    differ = (was[:, old] != content[:, now]).any(axis=0)
    return np.union1d(both[differ], np.setxor1d(was_at, place, assume_unique=True))


def _every_place(key: CubeKey, until: date, names: Names, levels: dict[str, int]) -> Ints:
    """All days of the weeks that ever had a figure: of each the last version is kept."""
    return np.fromiter(_places_ever(key, until, names, levels), dtype=np.int64)


def _places_ever(key: CubeKey, until: date, names: Names, levels: dict[str, int]) -> Iterator[int]:
    weeks = Figure.objects.current().filter(**key.fields, period_type=PeriodType.WEEK, start__lte=until)
    for pcode, level, start, end in weeks.values_list("region", "level", "start", "end").iterator():
        levels.setdefault(pcode, level)
        first, last = day_number(start), day_number(min(end, until))
        for day in range(first, last + 1):
            yield packed(names.regions[pcode], day)
