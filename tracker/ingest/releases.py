"""What a newer boundary release makes of the regions that stand: decided on shares of their areas.

The rule in words: docs/sources.md#newer-releases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tracker.geo.shares import Shares

SAME = 0.95
"""From this likeness on two boundaries are one, drawn by different hands."""
TAKEN = 0.9
"""A place is taken when so much of it lies in regions of the release."""
PART = 0.1
"""What goes to another region is a part from this share on; below, it is the noise of drawing."""
MOST = 0.5
"""Half of a level makes a delivery more than a part of it; half of a region tells what became of it."""
ELSEWHERE = 0.1
"""A code names another place when its two areas have less in common than this share of the smaller."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A region as it stands."""

    name: str
    level: int
    parent: str
    retired: bool
    release: str
    area_km2: float | None
    """None: it has no boundary."""


@dataclass(frozen=True)
class Absence:
    """The regions of one level that stand and that a delivery leaves out."""

    gone: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    """They would be gone if the delivery bore the name of a release."""
    elsewhere: list[str] = field(default_factory=list)
    """They lie where the delivery has nothing, or it has little at all: it is a part of a release."""


@dataclass(frozen=True)
class Succession:
    """What became of the regions of one level that are gone or have another boundary."""

    recoded: dict[str, str] = field(default_factory=dict)
    """By the code that is gone, the new code of the same place."""
    split: dict[str, dict[str, float]] = field(default_factory=dict)
    """By region, its parts with their share of it; one that keeps its code is a part of itself."""
    merged: dict[str, list[str]] = field(default_factory=dict)
    """By region, those that are gone and lie in it now."""
    shifted: dict[str, float] = field(default_factory=dict)
    """By region that keeps its code, the likeness of its two boundaries."""
    lost: list[str] = field(default_factory=list)
    """Gone, and no region took the place."""


def names_another_place(pcode: str, shares: Shares) -> bool:
    """Whether the code was given to another place; `shares` have its boundary before and after."""
    return max(shares.of_one(pcode, pcode), shares.of_other(pcode, pcode)) < ELSEWHERE


def missing(level: int, held: Collection[str], standing: Mapping[str, Standing]) -> list[str]:
    """The current regions of the level that are not among those held, in order of P-code; no country."""
    return sorted(
        pcode
        for pcode, region in standing.items()
        if region.level == level > 0 and not region.retired and pcode not in held
    )


def absence(
    level: int,
    left_out: Sequence[str],
    held: Collection[str],
    standing: Mapping[str, Standing],
    shares: Shares,
    *,
    gone_above: Collection[str],
    named: bool,
) -> Absence:
    """Which regions of the level are gone, and which merely are not in the delivery.

    Parameters
    ----------
    left_out : regions of the level, as `missing` gives them
    held : P-codes that the release has, in this delivery or an earlier one
    standing : all regions of the country
    shares : of those left out (`ones`) in the release's regions of the level
    gone_above : regions of upper levels that are gone
    named : whether the delivery bears the name of a release
    """
    found = Absence()
    held_around = _held_around(level, held, standing)
    is_most = _is_most(level, held, standing)
    for pcode in left_out:
        region = standing[pcode]
        # What no release brought and has no boundary was added by hand, to what a release lacks.
        added = region.area_km2 is None and not region.release
        around = _nearest(pcode, standing, gone_above, held_around)
        if sum(shares.met(pcode).values()) >= TAKEN:
            found.gone.append(pcode)
        elif added or not around or not is_most:
            found.elsewhere.append(pcode)
        elif named:
            found.gone.append(pcode)
        else:
            found.unnamed.append(pcode)
    return found


def _is_most(level: int, held: Collection[str], standing: Mapping[str, Standing]) -> bool:
    """Whether half of the level's area in the country is held, or more."""
    areas = {
        pcode: region.area_km2
        for pcode, region in standing.items()
        if region.level == level and not region.retired and region.area_km2 is not None
    }
    part = sum(area for pcode, area in areas.items() if pcode in held)
    # Rounded: of two halves of a square on a globe one is always a little smaller.
    return bool(areas) and round(part / (sum(areas.values()) or 1.0), 2) >= MOST


def _held_around(level: int, held: Collection[str], standing: Mapping[str, Standing]) -> dict[str, bool]:
    """By region with two or more of the level below it: whether any of these is held."""
    number: Counter[str] = Counter()
    some: set[str] = set()
    for pcode, region in standing.items():
        if region.level == level and not region.retired:
            above = _above(pcode, standing)
            number.update(above)
            some.update(above if pcode in held else ())
    return {pcode: pcode in some for pcode, several in number.items() if several > 1}


def _nearest(
    pcode: str, standing: Mapping[str, Standing], gone: Collection[str], held_around: Mapping[str, bool]
) -> bool:
    """What holds of the nearest region above that stays and has others of the level."""
    for above in _above(pcode, standing):
        if above in held_around and above not in gone and not standing[above].retired:
            return held_around[above]
    return False


def _above(pcode: str, standing: Mapping[str, Standing]) -> list[str]:
    found = []
    while pcode := standing[pcode].parent:
        found.append(pcode)
    return found


def succession(
    gone: Collection[str], altered: Collection[str], came: Collection[str], shares: Shares
) -> Succession:
    """What became of the regions that are gone, and of those that keep their code on another area.

    Parameters
    ----------
    altered : regions in the delivery whose boundary is another
    came : regions of the delivery that did not stand before
    shares : of `gone` and `altered` as they stood (`ones`) in the release's regions of the level
    """
    found = Succession()
    for pcode in sorted(gone):
        parts = {part: share for part, share in shares.met(pcode).items() if share >= PART}
        if sum(parts.values()) < MOST:
            found.lost.append(pcode)
        elif len(parts) > 1:
            found.split[pcode] = parts
        elif (taker := next(iter(parts))) in came and _mainly_from(taker, shares) == [pcode]:
            found.recoded[pcode] = taker
        else:
            found.merged.setdefault(taker, []).append(pcode)
    for pcode in sorted(altered):
        parts = {part: share for part, share in shares.met(pcode).items() if share >= PART}
        if any(part in came and shares.of_other(pcode, part) > MOST for part in parts):
            found.split[pcode] = parts
        elif pcode not in found.merged and shares.likeness(pcode, pcode) < SAME:
            found.shifted[pcode] = shares.likeness(pcode, pcode)
    return found


def _mainly_from(pcode: str, shares: Shares) -> list[str]:
    """The regions of which this one has the greater part."""
    return [origin for origin, share in shares.origins(pcode).items() if share > MOST]
