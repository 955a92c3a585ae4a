"""A made-up part of the world: 14 countries of 357 regions on four levels, and 40 sources of three tiers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tracker.vocabulary import FLOWS, STOCKS, Measure

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

COUNTRIES = 14
REGIONS_BY_LEVEL = (1, 14, 72, 270)
REGIONS = sum(REGIONS_BY_LEVEL)

SOURCES = 40
TIERS = 3
SOURCES_EVERYWHERE = 12
"""The others are national ones, two of which speak of each country."""
SOURCES_IN_A_COUNTRY = SOURCES_EVERYWHERE + (SOURCES - SOURCES_EVERYWHERE) // COUNTRIES
SOURCES_WITH_ROUNDS = 3

MEASURES = tuple(Measure.values)
STOCK_MEASURES = np.array([number for number, measure in enumerate(MEASURES) if measure in STOCKS])
FLOW_MEASURES = np.array([number for number, measure in enumerate(MEASURES) if measure in FLOWS])

EPOCH = date(1970, 1, 1).toordinal()
FIRST_DAY = date(2019, 1, 1).toordinal() - EPOCH
LAST_DAY = date(2024, 12, 31).toordinal() - EPOCH
DAYS = LAST_DAY - FIRST_DAY + 1


def tier(source: int) -> int:
    return 1 + source % TIERS


def source_code(source: int) -> str:
    return f"source-{source:02}"


def sources_of(country: Ints, turn: Ints) -> Ints:
    """The sources that speak of these countries; `turn` counts from 0 up to SOURCES_IN_A_COUNTRY."""
    national = SOURCES_EVERYWHERE + country + COUNTRIES * (turn - SOURCES_EVERYWHERE)
    return np.where(turn < SOURCES_EVERYWHERE, turn, national)


@dataclass(frozen=True)
class Country:
    """The regions of any of the countries: all are divided alike. Numbered level by level from 0, the whole.

    `level`, `parent` (-1 for none), `first_leaf` and `leaves` : int64, length REGIONS. A leaf is a region
    of the last level; those below a region are `leaves` of them from `first_leaf` on.
    """

    level: Ints
    parent: Ints
    first_leaf: Ints
    leaves: Ints

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The codes of the regions after that of the country: 01 for the first of level 1, 0103 below it."""
        codes = [""]
        for region in range(1, REGIONS):
            first = int(np.searchsorted(self.parent, self.parent[region]))
            codes.append(f"{codes[self.parent[region]]}{region - first + 1:02}")
        return tuple(codes)

    @cached_property
    def ancestors(self) -> Ints:
        """int64, (levels, REGIONS): each region's ancestor on each level, itself on its own; -1 below."""
        found = np.full((len(REGIONS_BY_LEVEL), REGIONS), -1, dtype=np.int64)
        at = np.arange(REGIONS)
        for _ in REGIONS_BY_LEVEL:
            known = at >= 0
            found[self.level[at[known]], np.flatnonzero(known)] = at[known]
            at = np.where(known, self.parent[at], -1)
        return found


def divided() -> Country:
    """A country, each of whose regions has about as many parts as the others of its level."""
    firsts = np.cumsum((0, *REGIONS_BY_LEVEL))
    parent = np.full(REGIONS, -1, dtype=np.int64)
    for depth in range(1, len(REGIONS_BY_LEVEL)):
        parts, wholes = REGIONS_BY_LEVEL[depth], REGIONS_BY_LEVEL[depth - 1]
        parent[firsts[depth] : firsts[depth + 1]] = firsts[depth - 1] + np.arange(parts) * wholes // parts
    level = np.repeat(np.arange(len(REGIONS_BY_LEVEL)), REGIONS_BY_LEVEL)
    is_leaf = level == level[-1]
    leaves = is_leaf.astype(np.int64)
    first_leaf = np.where(is_leaf, np.arange(REGIONS), REGIONS)
    for region in range(REGIONS - 1, 0, -1):
        leaves[parent[region]] += leaves[region]
        first_leaf[parent[region]] = min(first_leaf[parent[region]], first_leaf[region])
    return Country(level=level, parent=parent, first_leaf=first_leaf, leaves=leaves)


COUNTRY = divided()


def country_code(country: int) -> str:
    return f"C{country + 1:02}"


def pcode(country: int, region: int) -> str:
    return country_code(country) + COUNTRY.places[region]


def pcodes() -> list[str]:
    """All P-codes: those of the first country, then those of the second."""
    return [pcode(country, region) for country in range(COUNTRIES) for region in range(REGIONS)]


@dataclass(frozen=True)
class Truth:
    """What happens in these countries, which sources see more or less well.

    Attributes
    ----------
    rate : float64, (COUNTRIES, REGIONS, measures): people present, or moving in a day, when times are even
    unrest : float64, (COUNTRIES, DAYS + 1): even days that have passed; a bad day is worth many
    tide : float64, (COUNTRIES, DAYS): how full a region is, against even times
    """

    rate: Floats
    unrest: Floats
    tide: Floats


EVEN_STOCK, EVEN_FLOW = 1_500.0, 3.0
"""People in a region of the last level, and people who move in or out of it in a day."""
OUTBREAKS = 8
"""In each country, over all years."""


def truth(random: np.random.Generator) -> Truth:
    even = np.full(len(MEASURES), EVEN_FLOW)
    even[STOCK_MEASURES] = EVEN_STOCK
    rate = np.zeros((COUNTRIES, REGIONS, len(MEASURES)))
    leaves = COUNTRY.level == COUNTRY.level[-1]
    rate[:, leaves] = even * random.lognormal(0, 1.2, (COUNTRIES, int(leaves.sum()), len(MEASURES)))
    for region in range(REGIONS - 1, 0, -1):
        rate[:, COUNTRY.parent[region]] += rate[:, region]
    daily = _daily_unrest(random)
    tide = np.ones((COUNTRIES, DAYS))
    for day in range(1, DAYS):
        tide[:, day] = tide[:, day - 1] * 0.997 + daily[:, day] * 0.003
    return Truth(rate, np.concatenate([np.zeros((COUNTRIES, 1)), np.cumsum(daily, axis=1)], axis=1), tide)


def _daily_unrest(random: np.random.Generator) -> Floats:
    """float64, (COUNTRIES, DAYS), 1 on the mean: outbreaks that flare up and die down, and calm between."""
    daily = np.full((COUNTRIES, DAYS), 0.3)
    days = np.arange(DAYS)
    for country in range(COUNTRIES):
        for begun in random.integers(0, DAYS, OUTBREAKS):
            since = np.maximum(days - begun, 0)
            daily[country] += np.where(days >= begun, random.lognormal(2, 0.7) * np.exp(-since / 40), 0)
    mean: Floats = daily.mean(axis=1, keepdims=True)
    return daily / mean
