"""Seeded reports, rounds and conflict events, in the order in which they would have arrived.

All in columns, and compact: 10 million reports are worked out in about 1 GB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.land import (
    COUNTRIES,
    COUNTRY,
    DAYS,
    FIRST_DAY,
    FLOW_MEASURES,
    LAST_DAY,
    REGIONS,
    REGIONS_BY_LEVEL,
    SOURCES_IN_A_COUNTRY,
    SOURCES_WITH_ROUNDS,
    STOCK_MEASURES,
    Floats,
    Ints,
    Truth,
    sources_of,
    truth,
)
from tracker.vocabulary import EventType

SHARE_OF_STOCKS = 0.25
SHARE_OF_STOCKS_IN_ROUNDS = 0.6
SHARE_OF_OVERLAPS = 0.15
"""Of the flows: a third each of cumulative series, rolling windows and corrections."""
LENGTHS = np.array([1, 7, 14, 30])
"""Days of a flow, each as often."""
MEMBERS = 4
"""Reports of a cumulative series (a day, a week, two weeks, a month since its first day), or of a window
that rolls on by a week."""

SHARES_OF_LEVELS = np.array([0.02, 0.06, 0.14, 0.78])
SHARES_OF_ROUNDS = np.array([0.1, 0.5, 0.4])
"""Of rounds, by the level that they cover."""
SHARE_LISTED = 0.8
"""Of the places that a round covers; it found nobody in the others."""
SHARE_OPEN = 0.03
"""Of the rounds."""
SHARE_WITH_RANGE = 0.2
SHARE_OF_ZEROS = 0.02

NO_ROUND = -1


@dataclass(frozen=True)
class Columns:
    """Columns of one length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def take(self, at: Any) -> Self:
        return type(self)(*(getattr(self, field.name)[at] for field in fields(self)))

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    def chunks(self, rows: int) -> Iterator[Self]:
        for first in range(0, len(self), rows):
            yield self.take(slice(first, first + rows))


@dataclass(frozen=True)
class Reports(Columns):
    """Places, sources and measures are numbers (tests/benchmarks/land.py), days count from 1970-01-01."""

    country: NDArray[np.int8]
    region: NDArray[np.int16]
    source: NDArray[np.int8]
    measure: NDArray[np.int8]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    published: NDArray[np.int32]
    value: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    round: NDArray[np.int32]
    """Place in the columns of rounds, or NO_ROUND."""


@dataclass(frozen=True)
class Rounds(Columns):
    country: Ints
    region: Ints
    source: Ints
    date: Ints
    published: Ints
    closed: NDArray[np.bool_]


@dataclass(frozen=True)
class Events(Columns):
    """Fatalities are -1 where they are not known; all three or none."""

    country: NDArray[np.int8]
    region: NDArray[np.int16]
    day: NDArray[np.int32]
    event_type: NDArray[np.int8]
    precision: NDArray[np.int8]
    low: NDArray[np.int32]
    best: NDArray[np.int32]
    high: NDArray[np.int32]


def reports(number: int, *, seed: int = 1) -> tuple[Reports, Rounds]:
    """So many reports, and the rounds that some of them are rows of; the same seed makes the same."""
    random = np.random.default_rng(seed)
    world = truth(random)
    stocks = round(number * SHARE_OF_STOCKS)
    in_rounds = round(stocks * SHARE_OF_STOCKS_IN_ROUNDS)
    assessments = _rounds(random, rows=in_rounds)
    rows = Reports.together(
        [
            _flows(random, world, number - stocks),
            _rows_of_rounds(random, world, assessments, in_rounds),
            _single_stocks(random, world, stocks - in_rounds),
        ]
    )
    return rows.take(_arrival(random, rows.published)), assessments


def events(number: int, *, seed: int = 1) -> Events:
    """So many conflict events; the same seed makes the same."""
    random = np.random.default_rng(seed)
    best = np.where(random.random(number) < 0.3, -1, random.geometric(0.4, number) - 1)
    precision = random.choice([1, 2, 3, 4], number, p=[0.6, 0.25, 0.1, 0.05])
    day = FIRST_DAY + random.integers(0, DAYS, number)
    rows = Events(
        country=_small(random.integers(0, COUNTRIES, number)),
        region=_regions(random, number, level=np.minimum(5 - precision, len(REGIONS_BY_LEVEL) - 1)),
        day=day.astype(np.int32),
        event_type=_small(random.integers(0, len(EventType.values), number)),
        precision=_small(precision),
        low=np.where(best > 0, best - random.integers(0, 2, number), best).astype(np.int32),
        best=best.astype(np.int32),
        high=np.where(best >= 0, best + random.integers(0, 3, number), best).astype(np.int32),
    )
    return rows.take(_arrival(random, rows.day))


def _flows(random: np.random.Generator, world: Truth, number: int) -> Reports:
    overlaps = round(number * SHARE_OF_OVERLAPS)
    series = overlaps // 3 // MEMBERS
    corrections = overlaps - 2 * series * MEMBERS
    singles = _single_flows(random, world, number - overlaps)
    return Reports.together(
        [
            singles,
            _cumulative(random, world, series),
            _rolling(random, world, series),
            _corrections(random, singles, corrections),
        ]
    )


def _single_flows(random: np.random.Generator, world: Truth, number: int) -> Reports:
    """Each source counts days, weeks, fortnights and months that follow each other."""
    heads = _heads(random, number, FLOW_MEASURES)
    length = random.choice(LENGTHS, number)
    shift = heads["source"] % length
    start = (
        FIRST_DAY
        + shift
        + length * np.floor(random.random(number) * ((DAYS - shift) // length)).astype(np.int64)
    )
    return _flow_rows(random, world, heads, start, length, noise=_noise(random, number))


def _cumulative(random: np.random.Generator, world: Truth, series: int) -> Reports:
    """Totals "since" one day, each published some days later than the one before."""
    heads, start, noise = _series(random, series)
    return _flow_rows(random, world, heads, start, np.tile(LENGTHS, series), noise=noise)


def _rolling(random: np.random.Generator, world: Truth, series: int) -> Reports:
    """Windows of two weeks or a month that a source moves on by a week at a time."""
    heads, start, noise = _series(random, series)
    length = np.repeat(random.choice(LENGTHS[2:], series), MEMBERS)
    start = start + 7 * np.tile(np.arange(MEMBERS), series)
    return _flow_rows(random, world, heads, start, length, noise=noise)


def _series(random: np.random.Generator, series: int) -> tuple[dict[str, Any], Ints, Floats]:
    """What the reports of each series share: what they speak of, the first day and how well it is seen."""
    longest = int(LENGTHS[-1]) + 7 * (MEMBERS - 1)
    heads = {
        name: np.repeat(column, MEMBERS) for name, column in _heads(random, series, FLOW_MEASURES).items()
    }
    start = FIRST_DAY + random.integers(0, DAYS - longest, series)
    return heads, np.repeat(start, MEMBERS), np.repeat(_noise(random, series), MEMBERS)


def _corrections(random: np.random.Generator, corrected: Reports, number: int) -> Reports:
    """A source says something else of a period that it has spoken of before."""
    rows = corrected.take(random.permutation(len(corrected))[:number])
    people = rows.value * random.uniform(0.6, 1.3, number)
    later = rows.published + random.integers(5, 60, number)
    return _rows(
        random,
        {name: getattr(rows, name) for name in ("country", "region", "source", "measure")},
        start=rows.start,
        end=rows.end,
        published=later,
        people=people,
    )


def _rounds(random: np.random.Generator, *, rows: int) -> Rounds:
    """Rounds by source and region, just enough for so many rows."""
    cells = rows / SHARE_LISTED
    most = 1 + int(cells / len(STOCK_MEASURES))
    level = random.choice(len(SHARES_OF_ROUNDS), most, p=SHARES_OF_ROUNDS)
    region = _regions(random, most, level=level)
    number = 1 + int(np.searchsorted(np.cumsum(_cells(region)), cells))
    day = FIRST_DAY + random.integers(0, DAYS, number)
    return Rounds(
        country=random.integers(0, COUNTRIES, number),
        region=region[:number].astype(np.int64),
        source=random.integers(0, SOURCES_WITH_ROUNDS, number),
        date=day,
        published=day + random.integers(5, 30, number),
        closed=random.random(number) >= SHARE_OPEN,
    )


def _rows_of_rounds(random: np.random.Generator, world: Truth, rounds: Rounds, number: int) -> Reports:
    """What the rounds list: places of the last level inside their coverage, with each stock measure."""
    each = _cells(rounds.region)
    listed = np.sort(random.permutation(int(each.sum()))[:number])
    at = np.repeat(np.arange(len(rounds)), each)[listed]
    cell = listed - (np.cumsum(each) - each)[at]
    of = rounds.take(at)
    heads = {
        "country": of.country,
        "region": COUNTRY.first_leaf[of.region] + cell // len(STOCK_MEASURES),
        "source": of.source,
        "measure": STOCK_MEASURES[cell % len(STOCK_MEASURES)],
    }
    return _stock_rows(random, world, heads, of.date, published=of.published, round=at)


def _cells(region: NDArray[Any]) -> Ints:
    """How many rows a round over the region can have."""
    return COUNTRY.leaves[region] * len(STOCK_MEASURES)


def _single_stocks(random: np.random.Generator, world: Truth, number: int) -> Reports:
    heads = _heads(random, number, STOCK_MEASURES)
    return _stock_rows(random, world, heads, FIRST_DAY + random.integers(0, DAYS, number))


def _heads(random: np.random.Generator, number: int, measures: Ints) -> dict[str, Any]:
    """What reports speak of, and who speaks."""
    country = random.integers(0, COUNTRIES, number)
    level = random.choice(len(SHARES_OF_LEVELS), number, p=SHARES_OF_LEVELS)
    return {
        "country": country,
        "region": _regions(random, number, level=level),
        "source": sources_of(country, random.integers(0, SOURCES_IN_A_COUNTRY, number)),
        "measure": random.choice(measures, number),
    }


def _flow_rows(
    random: np.random.Generator,
    world: Truth,
    heads: dict[str, Any],
    start: Ints,
    length: Ints,
    *,
    noise: Floats,
) -> Reports:
    end = np.minimum(start + length - 1, LAST_DAY)
    rate = world.rate[heads["country"], heads["region"], heads["measure"]]
    even_days = (
        world.unrest[heads["country"], end - FIRST_DAY + 1]
        - world.unrest[heads["country"], start - FIRST_DAY]
    )
    return _rows(random, heads, start=start, end=end, people=rate * even_days * noise)


def _stock_rows(
    random: np.random.Generator, world: Truth, heads: dict[str, Any], day: Ints, **given: Any
) -> Reports:
    rate = world.rate[heads["country"], heads["region"], heads["measure"]]
    people = rate * world.tide[heads["country"], day - FIRST_DAY] * _noise(random, len(day))
    return _rows(random, heads, start=day, end=day, people=people, **given)


def _rows(
    random: np.random.Generator,
    heads: dict[str, Any],
    *,
    start: NDArray[Any],
    end: NDArray[Any],
    people: Floats,
    published: NDArray[Any] | None = None,
    round: NDArray[Any] | None = None,
) -> Reports:
    number = len(start)
    value = np.where(random.random(number) < SHARE_OF_ZEROS, 0, np.rint(people)).astype(np.int32)
    spread = np.where(random.random(number) < SHARE_WITH_RANGE, random.uniform(0.05, 0.4, number), 0)
    if published is None:
        published = end + random.integers(0, 15, number)
    return Reports(
        country=_small(heads["country"]),
        region=heads["region"].astype(np.int16),
        source=_small(heads["source"]),
        measure=_small(heads["measure"]),
        start=start.astype(np.int32),
        end=end.astype(np.int32),
        published=published.astype(np.int32),
        value=value,
        low=np.floor(value * (1 - spread)).astype(np.int32),
        high=np.ceil(value * (1 + spread)).astype(np.int32),
        round=np.full(number, NO_ROUND, np.int32) if round is None else round.astype(np.int32),
    )


def _regions(random: np.random.Generator, number: int, *, level: NDArray[Any]) -> NDArray[np.int16]:
    """A region of each level."""
    sizes = np.array(REGIONS_BY_LEVEL)
    firsts = np.cumsum(sizes) - sizes
    found = firsts[level] + np.floor(random.random(number) * sizes[level])
    return np.minimum(found, REGIONS - 1).astype(np.int16)


def _noise(random: np.random.Generator, number: int) -> Floats:
    """How much a source sees of what there is: 0.9 of it, more or less."""
    return random.lognormal(np.log(0.9), 0.25, number)


def _arrival(random: np.random.Generator, day: NDArray[np.int32]) -> Ints:
    """The order in which rows arrive: by day, and within a day at random."""
    return np.argsort((day.astype(np.int64) << 32) | random.integers(0, 1 << 32, len(day)))


def _small(numbers: NDArray[Any]) -> NDArray[np.int8]:
    return numbers.astype(np.int8)
