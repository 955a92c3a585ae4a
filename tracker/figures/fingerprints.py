"""Figures in 63 bits each: enough to know, of a cube's hundred thousand, which have changed.

A fingerprint is of what a figure says and of its place in the cube, so a build needs no more of a figure that
did not change. Two of a hundred thousand figures share one once in 10**9 builds of everything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.figures.cubes import CubeKey
from tracker.figures.table import FigureTable, Names, standing_among
from tracker.models.columns import NULL, Kind
from tracker.reconcile.cube import Flags, Ints

FINGERPRINTS: dict[str, Kind] = {"pk": "whole", "fingerprint": "whole"}
"""What is read of each figure that stands."""

Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Standing:
    """Figures that stand. Columns have length n.

    Attributes
    ----------
    pk : as stored
    fingerprint : of what is stored; negative where the figure was withdrawn
    is_new : where the fingerprint that is stored with the figure is another, or none
    """

    pk: Ints
    fingerprint: Ints
    is_new: Flags


def as_standing(key: CubeKey, said: dict[str, Any], names: Names, *, thorough: bool) -> Standing:
    """The columns FINGERPRINTS of a cube's figures.

    Figures without one are read; where it is to be `thorough`, all are.
    """
    pk, known = said["pk"], said["fingerprint"]
    found = known.copy()
    to_read = np.flatnonzero((known == NULL) | thorough)
    if len(to_read):
        stored = standing_among(key, pk[to_read], names)
        by_key = np.argsort(pk)
        found[by_key[np.searchsorted(pk, stored.pk, sorter=by_key)]] = fingerprints(stored, names)
    return Standing(pk, found, is_new=found != known)


def fingerprints(table: FigureTable, names: Names) -> Ints:
    """The fingerprint of each row: the same for ever, also in another process."""
    found = _of_places(table, names)
    columns = table.content.astype(np.uint64)
    columns[table.SOURCES] = _of_texts(list(names.source_sets), table.content[table.SOURCES])
    for column in columns:
        found = _mixed(found ^ column)
    standing = (found >> np.uint64(1)).astype(np.int64)
    return np.where(table.is_withdrawn, withdrawn_fingerprints(table, names), standing)


def withdrawn_fingerprints(table: FigureTable, names: Names) -> Ints:
    """What the fingerprints would be if these figures were withdrawn: they tell the place alone."""
    return NULL - 1 - (_of_places(table, names) >> np.uint64(2)).astype(np.int64)


def _of_places(table: FigureTable, names: Names) -> Words:
    when = (table.start << 2 | table.period_type).astype(np.uint64)
    return _mixed(_of_texts(list(names.regions), table.region) ^ _mixed(when))


def _mixed(words: Words) -> Words:
    """The steps of SplitMix64, which leave no two numbers the same (Steele, Lea and Flood, 2014)."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ words >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ words >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return words ^ words >> np.uint64(31)


def _of_texts(texts: list[str], numbers: Ints) -> Words:
    """The hashes of the texts with these numbers; no other is hashed."""
    used = np.flatnonzero(np.bincount(numbers, minlength=len(texts)))
    digests = b"".join([hashlib.blake2b(texts[number].encode(), digest_size=8).digest() for number in used])
    found = np.zeros(len(texts), dtype=np.uint64)
    found[used] = np.frombuffer(digests, dtype="<u8")
    return found[numbers]
