"""A delivery of regions beside those that stand: which are gone, where they hang, and the report of it.

shapely takes a second to import: what works on geometry is imported only where boundaries differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracker.geo.shares import NOTHING, Shares
from tracker.ingest.release_report import Hung, LevelChanges, Report
from tracker.ingest.releases import SAME, Standing, absence, missing, names_another_place, succession
from tracker.ingest.resettling import resettled
from tracker.ingest.standing import Box, boundaries_of, standing_in
from tracker.ingest.tree import NAMES, Delivered
from tracker.models import Region

if TYPE_CHECKING:
    from tracker.geo.repair import Shape


@dataclass(frozen=True)
class Roll:
    """What a file is known to speak of."""

    release: str
    pcodes: set[str] = field(default_factory=set)
    """All P-codes in it, those of refused rows too."""
    unread: list[int] = field(default_factory=list)
    """The lines of rows whose P-code is not known."""


@dataclass(frozen=True)
class Outcome:
    """What a delivery changes in a country beyond what its rows say."""

    fates: dict[str, str] = field(default_factory=dict)
    """By region to be retired, what became of it."""
    parents: dict[str, str] = field(default_factory=dict)
    """By region that no file places, the one that it hangs below."""
    notes: list[str] = field(default_factory=list)

    def __or__(self, other: Outcome) -> Outcome:
        """What both change, in different countries."""
        return Outcome(self.fates | other.fates, self.parents | other.parents, self.notes + other.notes)


def redrawn(rows: Iterable[Delivered], old: Mapping[str, Region]) -> Shares:
    """What regions that come with another boundary have in common with themselves as they stand."""
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    for row in rows:
        stood = old[row.pcode].geometry if row.pcode in old else None
        if stood and row.shape is not None and bytes(stood) != row.shape.wkb:
            before[row.pcode], after[row.pcode] = bytes(stood), row.shape.wkb
    if not before:
        return NOTHING
    from tracker.geo.overlap import overlaps_of_same

    return overlaps_of_same(before, after)


def given_to_other_places(shares: Shares, old: Mapping[str, Region], release: str) -> set[str]:
    """The P-codes that a delivery gives to another place than what stands; `shares` as `redrawn` gives them.

    Within one release a boundary may be corrected, however far away.
    """
    return {
        pcode
        for pcode in shares.ones
        if not (release and old[pcode].release == release) and names_another_place(pcode, shares)
    }


def stays_retired(row: Delivered, old: Region | None, release: str) -> bool:
    """Whether the row speaks of a retired region without bringing it back.

    A boundary brings it back, and so does another release than the last that had it.
    """
    of_another_release = old is not None and bool(release) and release != old.release
    return old is not None and old.retired and row.shape is None and not of_another_release


def compare(
    country: str, rows: Sequence[Delivered], old: Mapping[str, Region], redrawn: Shares, roll: Roll
) -> Outcome:
    """What rows, all of this country, make of the regions that stand there.

    Parameters
    ----------
    old : the rows' regions as they stand
    redrawn : what the function of this name gives for the rows
    """
    standing = standing_in(country)
    if not standing:
        return Outcome()
    current = {row.pcode: row for row in rows if not stays_retired(row, old.get(row.pcode), roll.release)}
    return _Comparison(country, current, old, redrawn, roll, standing).outcome()


@dataclass(frozen=True)
class _Comparison:
    country: str
    rows: Mapping[str, Delivered]
    """By P-code; of current regions."""
    old: Mapping[str, Region]
    redrawn: Shares
    roll: Roll
    standing: Mapping[str, Standing]

    def outcome(self) -> Outcome:
        levels: list[LevelChanges] = []
        for level in sorted({row.level for row in self.rows.values()}):
            gone_above = {pcode for changes in levels for pcode in changes.absent.gone}
            levels.append(self._level(level, gone_above))
        fates = {pcode: fate for changes in levels for pcode, fate in changes.fates()}
        is_other = bool(fates) or any(self._is_other(row) for row in self.rows.values())
        parents, hung = resettled(self.rows, self.standing, fates, retired_too=is_other)
        names = {pcode: region.name for pcode, region in self.standing.items()}
        names |= {pcode: row.said["name_en"] for pcode, row in self.rows.items()}
        said = [changes for changes in levels if self._is_worth_saying(changes, hung)]
        report = Report(self.country, self.roll.release, said, self.standing, names, hung)
        return Outcome(fates, parents, list(report.lines()))

    def _level(self, level: int, gone_above: Collection[str]) -> LevelChanges:
        """What becomes of the regions of one level."""
        rows = {pcode: row for pcode, row in self.rows.items() if row.level == level}
        drawn = {pcode: row.shape for pcode, row in rows.items() if row.shape is not None}
        held = self.roll.pcodes | {pcode for pcode in self.standing if self._is_of_the_release(pcode)}
        # A list without boundaries says nothing of what it leaves out.
        left_out = missing(level, held, self.standing) if drawn else []
        altered = [pcode for pcode in drawn if self._is_current(pcode) and self._is_redrawn(pcode)]
        shares = self._shares(level, left_out, altered, held, drawn)
        absent = absence(
            level, left_out, held, self.standing, shares, gone_above=gone_above, named=self._is_named
        )
        came = sorted(pcode for pcode in rows if not self._is_current(pcode))
        return LevelChanges(
            level,
            rows.keys(),
            absent,
            succession(absent.gone, altered, came, shares),
            shares,
            renamed=dict(self._renamed(rows)),
            came=came,
            back=[pcode for pcode in came if pcode in self.old],
        )

    def _shares(
        self,
        level: int,
        left_out: Collection[str],
        altered: Collection[str],
        held: Collection[str],
        drawn: Mapping[str, Shape],
    ) -> Shares:
        """Of regions as they stand in the release's regions of the level."""
        if not left_out and not altered:
            return NOTHING
        from tracker.geo.overlap import overlaps

        ones = boundaries_of(left_out, within=_around([shape.bounds for shape in drawn.values()]))
        ones |= {pcode: bytes(self.old[pcode].geometry or b"") for pcode in altered}
        elsewhere = [
            pcode
            for pcode, region in self.standing.items()
            if pcode in held and pcode not in drawn and region.level == level and not region.retired
        ]
        return overlaps(ones, boundaries_of(elsewhere) | {pcode: drawn[pcode].wkb for pcode in drawn})

    def _renamed(self, rows: Iterable[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        """The first name of each that is another; one that a region gets or loses renames nothing."""
        for pcode in filter(self._is_current, sorted(rows)):
            said, stood = self.rows[pcode].said, self.old[pcode]
            pairs = ((getattr(stood, name), said.get(name, "")) for name in NAMES)
            if other := next(((old, new) for old, new in pairs if old and new and old != new), None):
                yield pcode, other

    def _is_worth_saying(self, changes: LevelChanges, hung: Hung) -> bool:
        """Whether the level stood, and comes with another release or is other than it stood."""
        stood = [
            (pcode, region)
            for pcode, region in self.standing.items()
            if region.level == changes.level and not region.retired
        ]
        is_another = any(region.release != self.roll.release for _, region in stood)
        is_moved = any(pcode in hung.moved for pcode, _ in stood)
        return bool(stood) and (changes.is_any or is_moved or bool(self.roll.release and is_another))

    @property
    def _is_named(self) -> bool:
        """Whether the delivery bears the name of a release and says of each row which region it is."""
        return bool(self.roll.release) and not self.roll.unread

    def _is_of_the_release(self, pcode: str) -> bool:
        return bool(self.roll.release) and self.standing[pcode].release == self.roll.release

    def _is_current(self, pcode: str) -> bool:
        return pcode in self.old and not self.old[pcode].retired

    def _is_redrawn(self, pcode: str) -> bool:
        return pcode in self.redrawn.ones and self.redrawn.likeness(pcode, pcode) < SAME

    def _is_other(self, row: Delivered) -> bool:
        """Whether what lies in what may be another than before because of the row."""
        if not self._is_current(row.pcode):
            return True
        old = self.old[row.pcode]
        same_boundary = row.pcode not in self.redrawn.ones and (row.shape is None) == (old.geometry is None)
        return (row.level, row.parent) != (old.level, old.parent) or (row.shape_said and not same_boundary)


def _around(boxes: Sequence[Box]) -> Box:
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return min(wests), min(souths), max(easts), max(norths)
