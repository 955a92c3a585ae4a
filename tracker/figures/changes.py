"""What a build would change: the figures of a cube beside those that stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from tracker.figures.cubes import CubeKey, LoadedCube, warning_codes
from tracker.models import Figure, Run
from tracker.reconcile.figures import Figures, figures
from tracker.reconcile.periods import day_of

BATCH = 2_000
IDENTITY = ("period_type", "region", "start")

Place = tuple[Any, ...]
"""Values of `IDENTITY`: within a cube they name one figure."""
Content = tuple[Any, ...]
"""Values of `Figure.CONTENT`."""


@dataclass(frozen=True)
class BuildCounts:
    """Figures written by a build, and those it left alone."""

    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0

    def __add__(self, other: BuildCounts) -> BuildCounts:
        return BuildCounts(
            self.new + other.new,
            self.changed + other.changed,
            self.withdrawn + other.withdrawn,
            self.unchanged + other.unchanged,
        )

    @property
    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Changes:
    """The versions that a build writes, at one moment, and those that they take the place of."""

    key: CubeKey
    recorded_at: datetime
    new: list[Figure]
    superseded: list[int]
    counts: BuildCounts


def made(loaded: LoadedCube) -> dict[Place, tuple[Content, Figure]]:
    """The figures of a cube by place, as rows that are not stored yet."""
    return {place: (content_of(row), row) for place, row in _rows(loaded, figures(loaded.cube))}


def content_of(row: Figure) -> Content:
    return tuple(getattr(row, name) for name in Figure.CONTENT)


def changes(loaded: LoadedCube, *, recorded_at: datetime) -> Changes:
    """Compare with the figures that stand; what did not change is left alone."""
    fresh = made(loaded)
    stood = standing(loaded.key)
    superseded = [
        stands[0] for place, stands in stood.items() if place not in fresh or fresh[place][0] != stands[1]
    ]
    ended = _ended(loaded.key)
    new = []
    for place, (content, row) in fresh.items():
        stands = stood.get(place)
        if stands is None or stands[1] != content:
            row.recorded_at = recorded_at
            row.version = 1 + (ended.get(place, 0) if stands is None else stands[2])
            new.append(row)
    changed = sum((row.period_type, row.region, row.start) in stood for row in new)
    return Changes(
        key=loaded.key,
        recorded_at=recorded_at,
        new=new,
        superseded=superseded,
        counts=BuildCounts(
            new=len(new) - changed,
            changed=changed,
            withdrawn=len(superseded) - changed,
            unchanged=len(fresh) - len(new),
        ),
    )


def store(found: Changes, run: Run | None) -> BuildCounts:
    """Write the changes, all or none."""
    with transaction.atomic():
        for start in range(0, len(found.superseded), BATCH):
            batch = found.superseded[start : start + BATCH]
            Figure.objects.filter(pk__in=batch).update(superseded_at=found.recorded_at)
        insert(found.new, run)
    return found.counts


def insert(rows: Iterable[Figure], run: Run | None) -> None:
    rows = list(rows)
    for row in rows:
        row.build = run
    Figure.objects.bulk_create(rows, batch_size=BATCH)


def standing(key: CubeKey, *, as_of: datetime | None = None) -> dict[Place, tuple[int, Content, int]]:
    """By place: primary key, content and version of the stored figures that stand at `as_of` (None: now)."""
    rows = Figure.objects.as_of(as_of).filter(**key.fields).order_by()
    table = rows.values_list("pk", "version", *IDENTITY, *Figure.CONTENT)
    past = 2 + len(IDENTITY)
    return {row[2:past]: (row[0], row[past:], row[1]) for row in table.iterator(chunk_size=10_000)}


def _ended(key: CubeKey) -> dict[Place, int]:
    """The last version of figures that stand no more, or not as they did: a withdrawn one may come back."""
    rows = Figure.objects.filter(superseded_at__isnull=False, **key.fields).order_by()
    return {row[:-1]: row[-1] for row in rows.values_list(*IDENTITY).annotate(last=Max("version"))}


def _rows(loaded: LoadedCube, columns: Figures) -> Iterator[tuple[Place, Figure]]:
    tree = loaded.cube.tree
    codes = [",".join(loaded.source_codes[number] for number in members) for members in columns.source_sets]
    fields = loaded.key.fields
    table = zip(
        columns.period_type.tolist(),
        columns.region.tolist(),
        columns.start.tolist(),
        columns.end.tolist(),
        columns.exists.tolist(),
        columns.people.T.tolist(),
        columns.unlocated.tolist(),
        columns.reports.tolist(),
        columns.sources.tolist(),
        columns.warnings.tolist(),
        columns.final_from.tolist(),
        strict=True,
    )
    for kind, region, start, end, exists, people, unlocated, reports, sources, warnings, final_from in table:
        row = Figure(
            **fields,
            period_type=columns.period_types[kind],
            region=tree.pcodes[region],
            level=loaded.levels[region],
            start=day_of(start),
            end=day_of(end),
            low=people[0] if exists else None,
            value=people[1] if exists else None,
            high=people[2] if exists else None,
            unlocated=unlocated if exists else None,
            reports=reports,
            source_codes=codes[sources] if exists else "",
            warnings=",".join(warning_codes(warnings)),
            final_from=day_of(final_from),
        )
        yield (row.period_type, row.region, row.start), row
