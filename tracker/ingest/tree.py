"""Whether delivered regions fit into the tree: each below one that contains it, up to a country."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tracker.ingest.delivery import Tally
from tracker.ingest.known import Known, KnownRegion
from tracker.ingest.readers.records import Fault
from tracker.ingest.readers.rows import Rejected


@dataclass(frozen=True)
class Branch:
    """A region's place in the tree as its file states it."""

    line: int
    pcode: str
    level: int
    parent: str


def in_the_tree(rows: Sequence[Branch], tally: Tally) -> dict[str, str]:
    """The countries, by P-code, of the rows that fit; what is wrong with the others is in the tally.

    The tree is by the stated parent, never by how P-codes begin. The rows of a file may come in any order.
    """
    known = Known().regions
    delivered = {row.pcode for row in rows}
    below = _levels_below(known, delivered)
    tree = {pcode: (region.level, region.country) for pcode, region in known.items()}
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
    row: Branch,
    tree: dict[str, tuple[int, str]],
    known: dict[str, KnownRegion],
    below: Iterable[tuple[str, int]],
) -> Iterator[Fault]:
    if row.level > 0 and row.parent not in tree:
        above = row.parent or "of which the file gives no P-code"
        yield "parent", f"the region that contains it, {above}, is not known; load the level above first"
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


def _levels_below(known: dict[str, KnownRegion], delivered: set[str]) -> dict[str, list[tuple[str, int]]]:
    """By P-code, the regions that stand below it and that this file leaves as they are."""
    found: dict[str, list[tuple[str, int]]] = {}
    for pcode, region in known.items():
        if region.parent and pcode not in delivered:
            found.setdefault(region.parent, []).append((pcode, region.level))
    return found
