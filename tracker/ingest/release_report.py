"""The report of a newer release, in sentences: what was kept, renamed, split, merged, moved and retired."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tracker.geo.shares import Shares
from tracker.ingest.releases import Absence, Standing, Succession

W = TypeVar("W")

LISTED = 20
"""Regions that one sentence names."""


@dataclass(frozen=True)
class LevelChanges:
    """What a delivery makes of the regions of one level."""

    level: int
    pcodes: Collection[str]
    """The regions of the level that the delivery has."""
    absent: Absence
    succession: Succession
    shares: Shares
    """Of the regions that are gone or have another boundary, as they stood, in those of the release."""
    renamed: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By P-code, the name that stood and the one that stands now."""
    came: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)

    @property
    def is_any(self) -> bool:
        """Whether any region is other than it stood, or would be if the delivery bore a release's name."""
        succession = self.succession
        other = (succession.split, succession.shifted, self.renamed, self.came)
        return any(other) or bool(self.absent.gone or self.absent.unnamed)

    def fates(self) -> Iterator[tuple[str, str]]:
        """Each region that is gone, and what became of it."""
        succession = self.succession
        for pcode, new in succession.recoded.items():
            yield pcode, f"It bears the code {new} now."
        for pcode, parts in succession.split.items():
            if pcode in self.absent.gone:
                yield pcode, f"Split into {_parts(parts)}."
        for taker, merged in succession.merged.items():
            for pcode in merged:
                yield pcode, f"Merged into {taker}."
        for pcode in succession.lost:
            yield pcode, "Gone; nothing is known to have taken its place."


@dataclass(frozen=True)
class Hung:
    """The regions of other parents, by P-code."""

    moved: dict[str, tuple[str, str]]
    """Current regions: from what to what."""
    retired: dict[str, str]
    """Regions that are retired now: below what they hang."""
    rehung: dict[str, tuple[str, str]]
    """Regions that were retired before: from what to what."""


@dataclass(frozen=True)
class Report:
    """What one country's part of a delivery changes."""

    country: str
    release: str
    levels: list[LevelChanges]
    standing: Mapping[str, Standing]
    names: Mapping[str, str]
    hung: Hung

    def lines(self) -> Iterator[str]:
        """The sentences, for each level its sums first."""
        for changes in self.levels:
            yield self._sums(changes)
            yield from self._renamed(changes)
            yield from self._redrawn(changes)
            yield from self._came(changes)
            yield from self._absent(changes)
        yield from self._hung()

    def _sums(self, changes: LevelChanges) -> str:
        succession = changes.succession
        moved = {pcode for pcode in self.hung.moved if self.standing[pcode].level == changes.level}
        moved |= set(succession.shifted)
        other = {*moved, *changes.renamed, *changes.came, *succession.split, *succession.merged}
        counts = {
            "kept": len(set(changes.pcodes) - other),
            "renamed": len(changes.renamed) + len(succession.recoded),
            "split": len(succession.split),
            "merged": sum(map(len, succession.merged.values())),
            "moved": len(moved),
            "new": len(changes.came) - len(changes.back),
            "retired": len(changes.absent.gone),
        }
        name = f", release {self.release}" if self.release else ""
        said = ", ".join(f"{number} {word}" for word, number in counts.items())
        return f"{self.country}, level {changes.level}{name}: {said}."

    def _renamed(self, changes: LevelChanges) -> Iterator[str]:
        for pcode, (before, after) in changes.renamed.items():
            yield f"Renamed: {pcode} from “{before}” to “{after}”."
        for pcode, new in changes.succession.recoded.items():
            common = _percent(changes.shares.likeness(pcode, new))
            yield f"Renamed: {self._named(pcode)} is {self._named(new)} now, with {common} in common."

    def _redrawn(self, changes: LevelChanges) -> Iterator[str]:
        succession, shares = changes.succession, changes.shares
        for pcode, parts in succession.split.items():
            yield f"Split: {self._named(pcode)} into {_parts(parts)}."
        for taker, merged in succession.merged.items():
            yield f"Merged: {self._listed(merged)} into {self._named(taker)}."
        for pcode, likeness in succession.shifted.items():
            yield (
                f"Moved: the boundary of {self._named(pcode)}; {_percent(likeness)} in common, "
                f"{shares.ones[pcode]:,.0f} km² before, {shares.others[pcode]:,.0f} km² now."
            )

    def _came(self, changes: LevelChanges) -> Iterator[str]:
        if changes.back:
            yield f"Back: {self._listed(changes.back)}."
        if new := sorted(set(changes.came) - set(changes.back)):
            yield f"New: {self._listed(new)}."

    def _absent(self, changes: LevelChanges) -> Iterator[str]:
        absent = changes.absent
        if changes.succession.lost:
            yield f"Gone: {self._listed(changes.succession.lost)}; nothing is known to have taken the place."
        if absent.elsewhere:
            yield (
                f"Not in the file, which has little of what is around: {self._listed(absent.elsewhere)}. "
                "What stands stays."
            )
        if absent.unnamed:
            yield (
                f"Not in the file: {self._listed(absent.unnamed)}. What stands stays, unless the file bears "
                "the name of another release and all its rows can be read."
            )

    def _hung(self) -> Iterator[str]:
        for pcodes, (before, after) in _together(self.hung.moved):
            yield f"Moved: {self._listed(pcodes)} from {self._named(before)} to {self._named(after)}."
        for pcodes, parent in _together(self.hung.retired):
            yield f"Retired, and counted in {self._named(parent)} now: {self._listed(pcodes)}."
        for pcodes, (before, after) in _together(self.hung.rehung):
            counted = f"counted in {self._named(after)} now instead of {self._named(before)}"
            yield f"Retired before, and {counted}: {self._listed(pcodes)}."

    def _named(self, pcode: str) -> str:
        return f"{pcode} ({self.names[pcode]})" if pcode in self.names else pcode

    def _listed(self, pcodes: Iterable[str]) -> str:
        all_of_them = sorted(pcodes)
        more = len(all_of_them) - LISTED
        said = ", ".join(self._named(pcode) for pcode in all_of_them[:LISTED])
        return f"{said} and {more} more" if more > 0 else said


def _together(found: Mapping[str, W]) -> list[tuple[list[str], W]]:
    """The P-codes of which one thing is said, with it."""
    groups: dict[W, list[str]] = {}
    for pcode, said in sorted(found.items()):
        groups.setdefault(said, []).append(pcode)
    return [(pcodes, said) for said, pcodes in groups.items()]


def _parts(parts: Mapping[str, float]) -> str:
    return ", ".join(f"{pcode} ({_percent(share)})" for pcode, share in parts.items())


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
