"""Delivered regions into their table: new versions of what is other than it stood, in the file or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tracker.ingest.comparison import Outcome, Roll, compare, given_to_other_places, redrawn, stays_retired
from tracker.ingest.delivery import Delivery, Tally
from tracker.ingest.readers.rows import Rejected
from tracker.ingest.standing import standing_versions
from tracker.ingest.touched import cubes_of
from tracker.ingest.tree import Delivered, in_the_tree
from tracker.ingest.versions import next_version
from tracker.models import ConflictEvent, Region, Report
from tracker.models.versions import store_versions

TREE = ("level", "parent", "country", "retired")
"""What makes the tree of regions, on which figures depend."""

Pair = tuple[Region | None, Region]
"""The version that stands, if any, and the one to store after it."""


def store(rows: Sequence[Delivered], roll: Roll, delivery: Delivery, tally: Tally) -> None:
    """Store the regions that are new or different, retire those that are gone, and say what became of it."""
    standing = standing_versions(row.pcode for row in rows)
    shares = redrawn(rows, standing)
    elsewhere = given_to_other_places(shares, standing, roll.release)
    rows = _without(elsewhere, rows, tally)
    countries = in_the_tree(rows, tally, refused=elsewhere, retired=_retired())
    rows = [row for row in rows if row.pcode in countries]
    outcome = Outcome()
    for country in sorted(set(countries.values())):
        inside = [row for row in rows if countries[row.pcode] == country]
        outcome |= compare(country, inside, standing, shares, roll)
    tally.notes += outcome.notes
    drawn = _outlines(rows, countries, standing, tally)
    latecomers = _with_reports(countries.values())
    pairs: list[Pair] = []
    for row in rows:
        old = standing.get(row.pcode)
        content = _content(row, old, outcome.parents, delivery) | {"country": countries[row.pcode]}
        if row.pcode in drawn:
            content["outline"] = drawn[row.pcode]
        if pair := next_version(Region, old, {"pcode": row.pcode}, content, delivery, tally):
            if old is None:
                pair[1].always_stood = countries[row.pcode] not in latecomers
            pairs.append(pair)
    pairs += _others({row.pcode for row in rows}, outcome, delivery)
    store_versions(pairs, batch=100)
    _touch(pairs, tally)


def _without(elsewhere: Collection[str], rows: Sequence[Delivered], tally: Tally) -> list[Delivered]:
    """The rows but those that give a P-code to another place, which are refused."""
    reason = "stands for another place, with which this one has hardly any area in common"
    tally.rejects += [
        Rejected(row.line, "pcode", row.pcode, f"{row.pcode} {reason}; a P-code is not given twice")
        for row in rows
        if row.pcode in elsewhere
    ]
    return [row for row in rows if row.pcode not in elsewhere]


def _retired() -> set[str]:
    return set(Region.objects.current().filter(retired=True).order_by().values_list("pcode", flat=True))


def _with_reports(countries: Collection[str]) -> set[str]:
    """The countries that have reports: a region that comes now was not there when they were made."""
    return {code for code in set(countries) if Report.objects.filter(country=code).exists()}


def _content(
    row: Delivered, old: Region | None, parents: Mapping[str, str], delivery: Delivery
) -> dict[str, Any]:
    retired = stays_retired(row, old, delivery.release)
    # A retired region hangs where it is contained, wherever a file had it.
    parent = old.parent if old is not None and retired else row.parent
    return {
        "level": row.level,
        "parent": parents.get(row.pcode, parent),
        "retired": retired,
        **row.said,
        "release": delivery.release or (old.release if old else ""),
        **_boundary(row, old),
    }


def _others(delivered: Collection[str], outcome: Outcome, delivery: Delivery) -> Iterator[Pair]:
    """Regions that are not in the file: retired by it, or hanging below another region because of it."""
    hung = "It hangs below the smallest region that contains it."
    moved = (set(outcome.fates) | set(outcome.parents)) - set(delivered)
    for pcode, old in sorted(standing_versions(moved).items()):
        parent = outcome.parents.get(pcode, old.parent)
        fate = outcome.fates.get(pcode)
        if fate is None and parent == old.parent:
            continue
        new = old.successor(
            parent=parent,
            retired=old.retired or fate is not None,
            recorded_at=delivery.now,
            recorded_by=delivery.recorded_by,
            reason=f"{delivery.file}: {fate or hung}",
        )
        yield old, new


def _touch(pairs: Sequence[Pair], tally: Tally) -> None:
    """Make due what depends on the trees that are others now."""
    moved = {
        one.country for old, new in pairs
        if old is None or any(getattr(old, name) != getattr(new, name) for name in TREE)
        for one in (old, new) if one is not None
    }  # fmt: skip
    tally.cubes |= cubes_of(Report.objects.current().filter(country__in=moved))
    events = ConflictEvent.objects.current().filter(country__in=moved).order_by()
    tally.conflict |= set(events.values_list("country", flat=True).distinct())


def _same_shape(row: Delivered, old: Region | None) -> bool:
    return old is not None and row.shape is not None and old.geometry == row.shape.wkb


_BOUNDS = ("min_lon", "min_lat", "max_lon", "max_lat")


def _boundary(row: Delivered, old: Region | None) -> dict[str, Any]:
    """What the delivery changes of the region's boundary; nothing where it is as it stands."""
    if not row.shape_said or _same_shape(row, old):
        return {}
    if row.shape is None:
        return {"geometry": None, "outline": "", "area_km2": None, **dict.fromkeys(_BOUNDS)}
    bounds = dict(zip(_BOUNDS, row.shape.bounds, strict=True))
    return {"geometry": row.shape.wkb, "area_km2": row.shape.area_km2, **bounds}


def _outlines(
    rows: Sequence[Delivered], countries: Mapping[str, str], standing: Mapping[str, Region], tally: Tally
) -> dict[str, str]:
    """Outlines by P-code, for each country and level of which a boundary is other than it stands."""
    levels: dict[tuple[str, int], list[Delivered]] = {}
    for row in rows:
        if row.shape is not None:
            levels.setdefault((countries[row.pcode], row.level), []).append(row)
    drawn: dict[str, str] = {}
    for (country, level), members in sorted(levels.items()):
        if all(_same_shape(row, standing.get(row.pcode)) for row in members):
            continue
        from tracker.geo.outlines import outlines  # takes a second to import, and most loads need none

        texts, note = outlines([row.shape.wkb for row in members if row.shape is not None])
        drawn |= dict(zip((row.pcode for row in members), texts, strict=True))
        if note:
            tally.notes.append(f"{country}, level {level}: {note}.")
    return drawn
