"""Which rows of a file give a thing that an earlier row of it has given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Firsts:
    """The first rows of some things, in the order of the things' keys."""

    keys: Ints
    lines: Ints
    hashes: Ints

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, keys: Ints) -> tuple[NDArray[np.bool_], Ints]:
        """By key, whether it is among these, and its place."""
        places = np.minimum(np.searchsorted(self.keys, keys), len(self) - 1)
        return self.keys[places] == keys, places

    def with_those_of(self, other: Firsts) -> Firsts:
        order = np.argsort(np.concatenate([self.keys, other.keys]), kind="stable")
        return Firsts(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])[order]
                for name in ("keys", "lines", "hashes")
            )
        )


class Seen:
    """The rows of a file so far, each as 64 bits for what it is about and 64 for what it says.

    24 bytes a row; two different things of a million share their 64 bits once in 30 million files.
    """

    def __init__(self) -> None:
        self._parts: list[Firsts] = []

    def add(self, keys: Ints, lines: Ints, hashes: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Remember rows that follow all earlier ones, in the order of the file.

        Returns
        -------
        by row, the line of the earlier row about the same thing, or 0; and whether that says the same
        """
        if not len(keys):
            return lines, np.zeros(0, dtype=bool)
        order = np.argsort(keys, kind="stable")
        ordered = Firsts(keys[order], lines[order], hashes[order])
        first_line, first_hash = self._firsts(ordered)
        is_first = first_line == 0
        self._remember(
            Firsts(*(column[is_first] for column in (ordered.keys, ordered.lines, ordered.hashes)))
        )
        before, same = np.zeros_like(lines), np.zeros(len(lines), dtype=bool)
        before[order] = first_line
        same[order] = ~is_first & (first_hash == ordered.hashes)
        return before, same

    def _firsts(self, rows: Firsts) -> tuple[Ints, Ints]:
        """By row, line and hash of the first about the same thing, or 0 where it is that row itself."""
        begins = np.flatnonzero(np.append(True, rows.keys[1:] != rows.keys[:-1]))
        of_group = np.repeat(begins, np.diff(np.append(begins, len(rows))))
        line, hashed = rows.lines[of_group], rows.hashes[of_group]
        line[begins] = 0
        for part in self._parts:
            found, places = part.find(rows.keys)
            line = np.where(found, part.lines[places], line)
            hashed = np.where(found, part.hashes[places], hashed)
        return line, hashed

    def _remember(self, part: Firsts) -> None:
        """Keep few parts, each more than twice as long as the next: a row is moved a few times in all."""
        while self._parts and len(self._parts[-1]) <= 2 * len(part):
            part = self._parts.pop().with_those_of(part)
        if len(part):
            self._parts.append(part)
