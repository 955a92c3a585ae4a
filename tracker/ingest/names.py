"""Names that are like another: for a place that a source spells in its own way."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

LEAST_LIKE = 0.3
"""Share of letters in threes that two names must have in common to be offered for each other."""

# Letters that writers of Arabic use for one another.
_ARABIC = str.maketrans({"ة": "ه", "ى": "ي", "ـ": ""})


def plain(name: str) -> str:
    """The name in small letters without accents, points and signs."""
    letters = unicodedata.normalize("NFKD", name.translate(_ARABIC)).casefold()
    kept = "".join(
        letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter)
    )
    return " ".join(kept.split())


def threes(name: str) -> frozenset[str]:
    """The letters of a plain name in threes, its beginning and end included."""
    padded = f" {name} "
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))


class Names:
    """The names of many things, and which of them are like a name that is none of them."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        """`named`: code and name; a thing may have several."""
        self._threes: list[tuple[str, int]] = []
        self._having: defaultdict[str, list[int]] = defaultdict(list)
        for code, name in named:
            found = threes(plain(name))
            for three in found:
                self._having[three].append(len(self._threes))
            self._threes.append((code, len(found)))

    def like(self, name: str, *, most: int) -> list[str]:
        """The codes of the things whose names are most like this one, those that are most so first.

        Two names are as like as the letters in threes that they share, of all that they have (Dice).
        """
        wanted = threes(plain(name))
        shared = Counter(place for three in wanted for place in self._having.get(three, ()))
        best: dict[str, float] = {}
        for place, common in shared.items():
            code, size = self._threes[place]
            likeness = 2 * common / (size + len(wanted))
            if likeness >= LEAST_LIKE:
                best[code] = max(best.get(code, 0.0), likeness)
        return sorted(best, key=lambda code: (-best[code], code))[:most]
