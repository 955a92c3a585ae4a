"""How well a cube is covered, region by region: what its reports span, and who made them."""

from __future__ import annotations

import numpy as np
from django.db import transaction

from tracker.figures.cubes import CubeKey, LoadedCube
from tracker.models import Coverage
from tracker.reconcile.periods import day_of

BATCH = 90
"""Rows to one statement: SQLite takes 999 parameters."""

_NEVER = 1 << 40


def coverage(loaded: LoadedCube) -> list[Coverage]:
    """The coverage of each region that has reports, its sub-regions' included; retired ones have none."""
    cube, tree = loaded.cube, loaded.cube.tree
    reports = cube.reports
    counted = np.flatnonzero(reports.counted)
    region = reports.region[counted]
    first = np.full(len(tree), _NEVER)
    last = np.full(len(tree), -_NEVER)
    np.minimum.at(first, region, reports.start[counted])
    np.maximum.at(last, region, reports.end[counted])
    number = np.bincount(region, minlength=len(tree))
    said_by = np.zeros((len(tree), len(cube.tier)), dtype=np.bool_)
    said_by[region, reports.source[counted]] = True
    for place in range(len(tree) - 1, 0, -1):
        above = tree.parent[place]
        if above >= 0:
            first[above], last[above] = min(first[above], first[place]), max(last[above], last[place])
            number[above] += number[place]
            said_by[above] |= said_by[place]
    return [
        Coverage(
            **loaded.key.fields,
            region=tree.pcodes[place],
            level=loaded.levels[place],
            first=day_of(first[place]),
            last=day_of(last[place]),
            reports=int(number[place]),
            source_codes=",".join(loaded.source_codes[source] for source in np.flatnonzero(said_by[place])),
        )
        for place in np.flatnonzero(number).tolist()
        if not tree.retired[place]
    ]


def store_coverage(key: CubeKey, found: list[Coverage]) -> None:
    """Write the coverage of a cube where it is other than it stands."""
    stored = Coverage.objects.filter(**key.fields)
    names = [field.attname for field in Coverage._meta.concrete_fields if not field.primary_key]
    fresh = {tuple(getattr(row, name) for name in names) for row in found}
    if set(stored.values_list(*names)) == fresh:
        return
    with transaction.atomic():
        stored.delete()
        Coverage.objects.bulk_create(found, batch_size=BATCH)
