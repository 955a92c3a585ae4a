"""Many reports beside what is known, at once: which fit plainly, and the people of those in households.

What does not fit here is looked at again as one record (`report_faults`), which says why, or that it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from tracker.ingest.known import Known
from tracker.ingest.readers.cells import EMPTY
from tracker.ingest.readers.columns import Columns, Rows
from tracker.vocabulary import MOST_PEOPLE, Unit

THOUSANDTHS = 1000
"""A household size has up to three decimals, so people are counted exactly in thousandths."""


@dataclass(frozen=True)
class People:
    """Low, value and high of the reports in households, by row of a block; elsewhere they are 0."""

    in_households: Rows
    size: NDArray[np.int64]
    """Thousandths of people in a household."""
    low: NDArray[np.int64]
    value: NDArray[np.int64]
    high: NDArray[np.int64]


def plainly_fitting(columns: Columns, people: People, known: Known) -> Rows:
    """By row, whether all it names is known, it belongs to its round, and its households have a size."""
    fits = (
        columns.coded("source").of(known.sources.__contains__, bool)
        & columns.coded("region").of(known.regions.__contains__, bool)
        & columns.coded("crisis").of(lambda code: not code or code in known.crises, bool)
        & columns.coded("counterpart").of(lambda code: not code or code in known.regions, bool)
    )
    sized = (people.size > 0) & (people.high <= MOST_PEOPLE)
    fits &= ~people.in_households | sized
    return fits & _in_their_rounds(columns, known)


def people_of_columns(columns: Columns, known: Known) -> People:
    """`people_of` for many reports; a size of 0 is one that nobody knows."""
    in_households = columns.coded("unit").of(lambda unit: unit == Unit.HOUSEHOLDS, bool)
    if not in_households.any():
        nobody = np.zeros(len(columns), dtype=np.int64)
        return People(in_households, nobody, nobody, nobody, nobody)
    own = columns.coded("household_size").of(_thousandths, np.int64)
    of_region = columns.coded("region").of(lambda pcode: _thousandths(known.household_size(pcode)), np.int64)
    size = np.where(in_households, np.where(own > 0, own, of_region), 0)
    value = columns.numbers("value")
    low, high = (
        np.where(columns.numbers(name) == EMPTY, value, columns.numbers(name)) for name in ("low", "high")
    )
    low, value, high = ((number * size + THOUSANDTHS // 2) // THOUSANDTHS for number in (low, value, high))
    return People(in_households, size, low, value, high)


def _thousandths(size: Decimal | None) -> int:
    return int((size or 0) * THOUSANDTHS)


def _in_their_rounds(columns: Columns, known: Known) -> Rows:
    """Whether each row is of no round, or of one of its source, on its date and inside its coverage."""
    code, source, region = (columns.coded(name) for name in ("round", "source", "region"))
    fits = code.of(lambda round: round == "", bool)
    rows = np.flatnonzero(~fits & code.clear & source.clear & region.clear)
    pairs, pair_of_row = _pairs(source.codes[rows], code.codes[rows])
    rounds = [known.rounds.get((source.values[of], code.values[named])) for of, named in pairs]
    on_its_day = np.array([found.date.toordinal() if found else 0 for found in rounds], dtype=np.int32)
    areas = {found.region: number for number, found in enumerate(filter(None, rounds))}
    area = np.array([areas[found.region] if found else -1 for found in rounds], dtype=np.int32)
    places, place_of_row = _pairs(region.codes[rows], area[pair_of_row])
    names = {number: pcode for pcode, number in areas.items()}
    inside = np.array(
        [where in names and known.lies_within(region.values[of], names[where]) for of, where in places],
        dtype=bool,
    )
    fits[rows] = (columns.days("start")[rows] == on_its_day[pair_of_row]) & inside[place_of_row]
    return fits


def _pairs(
    first: NDArray[np.int32], second: NDArray[np.int32]
) -> tuple[list[tuple[int, int]], NDArray[np.int64]]:
    """The different pairs of two columns, and the place of each row's pair among them."""
    together = first.astype(np.int64) << 32 | second.astype(np.int64) & 0xFFFFFFFF
    different, place = np.unique(together, return_inverse=True)
    lower = (different & 0xFFFFFFFF).astype(np.int32)
    return list(zip((different >> 32).tolist(), lower.tolist(), strict=True)), place
