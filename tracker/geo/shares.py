"""How much of each other two sets of regions take up: numbers only, without any geometry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Shares:
    """Areas in km² of some regions (`ones`), of others, and of what one of each has in common."""

    ones: Mapping[str, float]
    others: Mapping[str, float]
    common: Mapping[tuple[str, str], float]
    """By one and other; a pair that is not there has nothing in common."""

    def of_one(self, one: str, other: str) -> float:
        """The share of `one` that lies in `other`, 0 to 1."""
        return _part(self.common.get((one, other), 0.0), self.ones[one])

    def of_other(self, one: str, other: str) -> float:
        """The share of `other` that lies in `one`, 0 to 1."""
        return _part(self.common.get((one, other), 0.0), self.others[other])

    def likeness(self, one: str, other: str) -> float:
        """What both have in common, as a share of what they cover together: 1 for the same area."""
        common = self.common.get((one, other), 0.0)
        return _part(common, self.ones[one] + self.others[other] - common)

    def met(self, one: str) -> Mapping[str, float]:
        """The others that have something of `one`, with their share of it."""
        return self._met.get(one, {})

    def origins(self, other: str) -> Mapping[str, float]:
        """The ones of which `other` has something, with its share of each."""
        return self._origins.get(other, {})

    @cached_property
    def _met(self) -> Mapping[str, Mapping[str, float]]:
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for one, other in sorted(self.common):
            found[one][other] = self.of_one(one, other)
        return found

    @cached_property
    def _origins(self) -> Mapping[str, Mapping[str, float]]:
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for one, other in sorted(self.common):
            found[other][one] = self.of_one(one, other)
        return found


NOTHING = Shares({}, {}, {})


def _part(common: float, whole: float) -> float:
    # An area of less than a square millimetre is stored as 0.
    return common / whole if whole else 0.0
