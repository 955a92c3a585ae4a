"""Which rows were delivered before, and are said still: known by their hashes, without being read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tracker.models import Report
from tracker.models.columns import read_columns
from tracker.models.reports import ReportQuerySet

SHARE_KNOWN = 0.5
"""Of a sample of its rows; from here on a file is taken for one that was delivered before."""


class DeliveredBefore:
    """The rows that are said still: they stand approved or, without approval, are decided or proposed."""

    def __init__(self, *, approve: bool) -> None:
        current = Report.objects.current().exclude(row_hash=None)
        self._said: ReportQuerySet = current.approved() if approve else current
        self._hashes = np.zeros(0, dtype=np.int64)
        self._sources: set[str] = set()

    def knows_most_of(self, sources: Iterable[str], refs: Iterable[str], hashes: NDArray[np.int64]) -> bool:
        """Whether it is worth the while to look for known rows before they are read."""
        # One by one by the index of names: a query for all may end in reading the whole table.
        found = [
            self._said.filter(source=source, ref=ref, row_hash=row_hash).exists()
            for source, ref, row_hash in zip(sources, refs, hashes.tolist(), strict=True)
        ]
        return any(found) and sum(found) >= SHARE_KNOWN * len(found)

    def among(self, sources: Iterable[str], hashes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """By row, whether it is known; `sources` are those that the rows may name."""
        if new := set(sources) - self._sources:
            self._sources |= new
            found = read_columns(self._said.filter(source__in=new), {"row_hash": "whole"})["row_hash"]
            self._hashes = np.sort(np.concatenate([self._hashes, found]))
        if not len(self._hashes):
            return np.zeros(len(hashes), dtype=bool)
        places = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        return self._hashes[places] == hashes
