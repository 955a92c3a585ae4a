"""How well a cube is covered, region by region: what its reports span, and who made them."""

from __future__ import annotations

import numpy as np
from django.db import transaction

from tracker.figures.cubes import CubeKey, LoadedCube
from tracker.models import Coverage
from tracker.models.columns import in_batches
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
    names = [field.attname for field in Coverage._meta.concrete_fields if not field.primary_key]
    stands = {tuple(row): pk for pk, *row in Coverage.objects.filter(**key.fields).values_list("pk", *names)}
    fresh = {tuple(getattr(row, name) for name in names): row for row in found}
    gone = [pk for said, pk in stands.items() if said not in fresh]
    with transaction.atomic():
        for pks in in_batches(gone):
            Coverage.objects.filter(pk__in=pks).delete()
        new = [row for said, row in fresh.items() if said not in stands]
        Coverage.objects.bulk_create(new, batch_size=BATCH)
