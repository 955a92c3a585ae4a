"""What figures say, in 63 bits each: enough to know, of a cube's hundred thousand, which have changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.figures.cubes import CubeKey
from tracker.figures.table import FigureTable, Names, standing_among, stored_places, withdrawn_at
from tracker.models.columns import NULL, Kind
from tracker.reconcile.cube import Flags, Ints

HASHES: dict[str, Kind] = {
    "pk": "whole",
    "version": "whole",
    "period_type": "text",
    "region": "text",
    "start": "day",
    "content_hash": "whole",
}
"""What is read of each figure that stands."""


@dataclass(frozen=True)
class HashedTable:
    """Figures that stand, each by a hash of what it says. Columns have length n.

    Attributes
    ----------
    place : as of FigureTable
    pk, version : as stored
    content_hash : of what is stored
    is_unhashed : where the hash that is stored with the figure is another, or none
    is_withdrawn : where the figure was withdrawn
    """

    place: Ints
    pk: Ints
    version: Ints
    content_hash: Ints
    is_unhashed: Flags
    is_withdrawn: Flags


def as_hashed(key: CubeKey, said: dict[str, Any], names: Names, *, thorough: bool) -> HashedTable:
    """The columns HASHES of a cube's figures as a table.

    Figures without a hash are read; where it is to be `thorough`, all are.
    """
    place, known = stored_places(said, names), said["content_hash"]
    found = known.copy()
    to_read = np.flatnonzero((known == NULL) | thorough)
    if len(to_read):
        stored = standing_among(key, said["pk"][to_read], names)
        by_key = np.argsort(said["pk"])
        found[by_key[np.searchsorted(said["pk"], stored.pk, sorter=by_key)]] = content_hashes(stored, names)
    return HashedTable(
        place,
        said["pk"],
        said["version"],
        found,
        is_unhashed=found != known,
        is_withdrawn=found == content_hashes(withdrawn_at(place), names),
    )


def content_hashes(table: FigureTable, names: Names) -> Ints:
    """63 bits for each row: the same for the same content, also in another process and of another cube."""
    columns = table.content.astype(np.uint64)
    columns[table.SOURCES] = _of_texts(list(names.source_sets), table.content[table.SOURCES])
    found = np.zeros(len(table), dtype=np.uint64)
    for column in columns:
        # The steps of SplitMix64, which leave no two numbers the same (Steele, Lea and Flood, 2014).
        found = (found ^ column) + np.uint64(0x9E3779B97F4A7C15)
        found = (found ^ found >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        found = (found ^ found >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        found ^= found >> np.uint64(31)
    return (found >> np.uint64(1)).astype(np.int64)


def _of_texts(texts: list[str], numbers: Ints) -> NDArray[np.uint64]:
    """The hashes of the texts with these numbers; no other is hashed."""
    used = np.flatnonzero(np.bincount(numbers, minlength=len(texts)))
    digests = b"".join([hashlib.blake2b(texts[number].encode(), digest_size=8).digest() for number in used])
    found = np.zeros(len(texts), dtype=np.uint64)
    found[used] = np.frombuffer(digests, dtype="<u8")
    return found[numbers]
