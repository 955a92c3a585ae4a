"""Delivered regions, and whether they fit into the tree: each below one that contains it, up to a country."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracker.ingest.delivery import Tally
from tracker.ingest.known import Known, KnownRegion
from tracker.ingest.readers.records import Fault
from tracker.ingest.readers.rows import Rejected

if TYPE_CHECKING:
    from tracker.geo.repair import Shape


NAMES = ("name_en", "name_ar", "name_fr", "name_local")


@dataclass(frozen=True)
class Delivered:
    """One region as delivered: its place in the tree, and what the file says of it besides."""

    line: int
    pcode: str
    level: int
    parent: str
    said: dict[str, Any]
    shape: Shape | None
    shape_said: bool = True
    """False where the file has no geometry column: then the boundary stays as it stands."""


def in_the_tree(
    rows: Sequence[Delivered], tally: Tally, *, refused: Collection[str] = (), retired: Collection[str] = ()
) -> dict[str, str]:
    """The countries, by P-code, of the rows that fit; what is wrong with the others is in the tally.

    The tree is by the stated parent, never by how P-codes begin. The rows of a file may come in any order.

    Parameters
    ----------
    refused : P-codes that the file gives to another place: what it puts there cannot hang below what stands
    retired : regions that hang below any level
    """
    known = Known().regions
    delivered = {row.pcode for row in rows}
    below = _levels_below(known, delivered | set(retired))
    tree = {pcode: (region.level, region.country) for pcode, region in known.items() if pcode not in refused}
    countries: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: row.level):
        found = list(_faults(row, tree, known, below.get(row.pcode, [])))
        if found:
            tally.rejects += [
                Rejected(row.line, column, str(getattr(row, column)), f"{row.pcode}: {reason}")
                for column, reason in found
            ]
            continue
        countries[row.pcode] = tree[row.parent][1] if row.parent else row.pcode
        tree[row.pcode] = (row.level, countries[row.pcode])
    return countries


def _faults(
    row: Delivered,
    tree: dict[str, tuple[int, str]],
    known: dict[str, KnownRegion],
    below: Iterable[tuple[str, int]],
) -> Iterator[Fault]:
    if row.level > 0 and row.parent not in tree:
        above = row.parent or "of which the file gives no P-code"
        advice = "it was refused" if row.parent in known else "load the level above first"
        yield "parent", f"the region that contains it, {above}, is not known; {advice}"
        return
    country = row.pcode
    if row.level > 0:
        parent_level, country = tree[row.parent]
        if parent_level >= row.level:
            reason = (
                f"{row.parent} is of level {parent_level} and cannot contain a region of level {row.level}"
            )
            yield "parent", reason
    stands = known.get(row.pcode)
    if stands is not None and stands.country != country:
        yield "parent", f"it is a region of {stands.country}; a P-code does not move to another country"
    for pcode, level in below:
        if level <= row.level:
            yield "level", f"{pcode}, which lies in it, is of level {level}"
            return


def _levels_below(known: dict[str, KnownRegion], placed: Collection[str]) -> dict[str, list[tuple[str, int]]]:
    """By P-code, the regions below it whose level matters and that this file leaves as they are."""
    found: dict[str, list[tuple[str, int]]] = {}
    for pcode, region in known.items():
        if region.parent and pcode not in placed:
            found.setdefault(region.parent, []).append((pcode, region.level))
    return found
