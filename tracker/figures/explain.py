"""Why a figure is what it is: its sub-regions, and each report of its region with what became of it.

A retired region has no figures: its reports stand among those of the nearest region above that is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils import timezone

from tracker.figures.cubes import CubeKey, LoadedCube, Place, load, regions_of
from tracker.figures.making import figure_row, made
from tracker.figures.moments import built_at
from tracker.figures.rows import FigureRow, day_in_utc
from tracker.models import Report
from tracker.reconcile.periods import Period, day_number
from tracker.vocabulary import Outcome, Role

if TYPE_CHECKING:
    from tracker.reconcile.figures import Days
    from tracker.reconcile.outcomes import Said

# The compiled rules are imported where they are called: they stay out of a process that serves until
# somebody asks why.

_STATED = (
    "source",
    "ref",
    "round",
    "region",
    "role",
    "qualifier",
    "start",
    "end",
    "published",
    "value",
    "low",
    "high",
    "unit",
    "stated_value",
    "title",
    "url",
    "sensitivity",
)

AT_ONCE = 900
"""Primary keys in one query: SQLite takes 999 parameters."""

Line = dict[str, Any]


def explain(
    *,
    region: str,
    country: str,
    measure: str,
    cause: str,
    crisis: str,
    period: Period,
    as_of: datetime | None = None,
    depth: int = 1,
) -> dict[str, Any]:
    """The figure of one region, series and period, split into its parts and its reports.

    `people` of the region's own reports add up to its `unlocated`; these and the values of the sub-regions
    to its value. `depth` is how many levels of sub-regions are split in turn. Without `as_of` it is the
    figure that stands: as of the last build.
    """
    return Explanation(CubeKey(country, measure, cause, crisis), period, as_of).of(region, depth)


@dataclass(frozen=True)
class Explanation:
    """The figures of one series and period, of all regions, and how they come about."""

    key: CubeKey
    period: Period
    as_of: datetime | None
    day: date | None = None
    """The as-of day, where it is not that of the moment."""

    @cached_property
    def moment(self) -> datetime:
        return self.as_of or timezone.now()

    @cached_property
    def loaded(self) -> LoadedCube:
        return load(self.key, as_of=self.as_of or built_at(self.key) or self.moment)

    @cached_property
    def settled(self) -> Days:
        from tracker.reconcile.figures import settle

        return settle(self.loaded.cube)

    @cached_property
    def regions(self) -> dict[str, Place]:
        return regions_of(self.key.country, self.as_of)

    @property
    def last_day(self) -> date:
        """The last day that counts: the period's, or the as-of day if that comes first."""
        return min(self.period.end, self.day or day_in_utc(self.moment))

    @cached_property
    def rows(self) -> dict[str, FigureRow]:
        """The figures by P-code."""
        columns = made(self.loaded, [self.period.type], until=self.last_day, settled=self.settled)
        found = (
            figure_row(self.loaded, columns, int(number), recorded_at=self.moment)
            for number in np.flatnonzero(columns.start == day_number(self.period.start))
        )
        return {row.region: row for row in found}

    @cached_property
    def held_by(self) -> list[int]:
        """For each region of the tree the nearest at or above it that is not retired."""
        tree = self.loaded.cube.tree
        found: list[int] = []
        for region in range(len(tree)):
            found.append(found[tree.parent[region]] if tree.retired[region] else region)
        return found

    @cached_property
    def parts(self) -> dict[int, list[int]]:
        """The regions with a figure below each, by their numbers in the tree, in order of P-code."""
        tree, found = self.loaded.cube.tree, defaultdict(list)
        for region in sorted(range(len(tree)), key=tree.rank.__getitem__):
            if tree.parent[region] >= 0 and tree.pcodes[region] in self.rows:
                found[self.held_by[tree.parent[region]]].append(region)
        return found

    def of(self, pcode: str, depth: int) -> dict[str, Any]:
        row, place = self.rows.get(pcode), self.regions.get(pcode)
        region = self.loaded.cube.tree.index.get(pcode)
        # Nothing but what is no longer there is to be said of a retired region.
        is_there = region is not None and self.held_by[region] == region
        told = set(self._told(region, depth)) if region is not None and is_there else set[int]()
        lines = self._lines(told)
        figure = self._numbers(row)
        below = self.parts[region] if region is not None and is_there else []
        if region is None:
            lines[-1] = self._not_counted({pcode}).get(pcode, [])
        return {
            "region": pcode,
            "region_name": place.name if place else "",
            "level": place.level if place else None,
            **self.key.fields,
            "period_type": self.period.type,
            "period": self.period.label,
            "start": self.period.start,
            "end": self.period.end,
            "as_of": self.moment,
            **figure,
            "warnings": list(row.warnings) if row else [],
            "sub_regions": [self._part(part, told, lines) for part in below],
            "reports": lines[-1 if region is None else region],
        }

    def people_used(self, pcode: str) -> dict[tuple[Any, ...], int]:
        """How many people of each statement are in the figure, to the last level.

        By source, ref (None for a round's sum or zero), round and the region it speaks of.
        """
        region, tree = self.loaded.cube.tree.index.get(pcode), self.loaded.cube.tree
        found: dict[tuple[Any, ...], int] = {}
        if region is None or pcode not in self.rows:
            return found
        outcomes = self._outcomes()
        for number in [region, *tree.below(region)]:
            for said in outcomes(number):
                if said.used:
                    name = self._name(said.report, said.round)
                    found[name["source"], name["ref"], name["round"], tree.pcodes[number]] = said.used
        return found

    def _told(self, region: int, depth: int) -> Iterator[int]:
        """The regions whose reports are told: this one, and so many levels below."""
        yield region
        if depth > 0:
            for part in self.parts[region]:
                yield from self._told(part, depth - 1)

    def _part(self, region: int, told: set[int], lines: dict[int, list[Line]]) -> dict[str, Any]:
        row = self.rows[self.loaded.cube.tree.pcodes[region]]
        place = self.regions.get(row.region)
        part = {
            "region": row.region,
            "region_name": place.name if place else "",
            "level": row.level,
            **self._numbers(row),
        }
        if region not in told:
            return part
        below = [self._part(other, told, lines) for other in self.parts[region]]
        return {**part, "sub_regions": below, "reports": lines[region]}

    @staticmethod
    def _numbers(row: FigureRow | None) -> dict[str, int | None]:
        names = ("value", "low", "high", "unlocated")
        return {name: getattr(row, name) if row else None for name in names}

    def _lines(self, told: set[int]) -> dict[int, list[Line]]:
        """What became of each report of these regions, and of those of the retired ones that they hold."""
        tree, outcomes = self.loaded.cube.tree, self._outcomes()
        of_region = {region: outcomes(region) for region in range(len(tree)) if self.held_by[region] in told}
        stated = self._stated(
            int(self.loaded.report_ids[said.report])
            for said_here in of_region.values()
            for said in said_here
            if said.report >= 0
        )
        not_counted = self._not_counted({tree.pcodes[region] for region in of_region})
        lines: dict[int, list[Line]] = defaultdict(list)
        for region, said_here in of_region.items():
            held_by, pcode = self.held_by[region], tree.pcodes[region]
            lines[held_by] += [self._line(said, pcode, stated) for said in said_here]
            lines[held_by] += not_counted.get(pcode, [])
        for found in lines.values():
            found.sort(key=_most_people_first)
        return lines

    def _line(self, said: Said, pcode: str, stated: dict[int, Line]) -> Line:
        if said.report >= 0:
            facts = stated[int(self.loaded.report_ids[said.report])]
        else:
            name = self._name(said.report, said.round)
            facts = dict.fromkeys(_STATED) | name | {"region": pcode, "value": said.people}
        return facts | {
            "people": said.used,
            "outcome": said.outcome,
            "kind": said.kind,
            "shrunk_by": [self._name(*other) for other in said.shrunk_by],
        }

    def _stated(self, report_ids: Iterable[int]) -> dict[int, Line]:
        """What these report versions say, by primary key; they are those that the cube was made of."""
        wanted = set(report_ids)
        rows = Report.objects.filter(**self.key.fields, start__lte=self.last_day)
        if not self.key.is_stock:
            rows = rows.filter(end__gte=self.period.start)
        if len(wanted) <= AT_ONCE:
            rows = rows.filter(pk__in=wanted)
        found = rows.order_by().values("pk", *_STATED).iterator(chunk_size=10_000)
        return {row.pop("pk"): row for row in found if row["pk"] in wanted}

    def _not_counted(self, pcodes: set[str]) -> dict[str, list[Line]]:
        """Approved reports on these regions and the period whose role is context or forecast."""
        rows = Report.objects.as_of(self.as_of or self.moment).approved().exclude(role=Role.COUNTED)
        rows = rows.filter(start__lte=self.last_day, **self.key.fields)
        if not self.key.is_stock:
            rows = rows.filter(end__gte=self.period.start)
        found: dict[str, list[Line]] = defaultdict(list)
        for facts in rows.values(*_STATED):
            if facts["region"] in pcodes:
                outcome = Outcome.CONTEXT if facts["role"] == Role.CONTEXT else Outcome.FORECAST
                line = {"people": 0, "outcome": outcome.value, "kind": "report", "shrunk_by": []}
                found[facts["region"]].append(facts | line)
        return found

    def _outcomes(self) -> Any:
        """Gives the outcomes of one region after the other."""
        from tracker.reconcile.outcomes import Outcomes

        first, last = day_number(self.period.start), day_number(self.last_day)
        return Outcomes(self.loaded.cube, self.settled, first=first, last=last).of

    def _name(self, report: int, round_number: int) -> dict[str, Any]:
        """The name of a statement, given as its numbers in the cube."""
        if report >= 0:
            number = self.loaded.cube.reports.source[report]
            ref = self.loaded.refs[report].as_py()
            return {"source": self.loaded.source_codes[number], "ref": ref, "round": ""}
        number = self.loaded.cube.rounds.source[round_number]
        return {
            "source": self.loaded.source_codes[number],
            "ref": None,
            "round": self.loaded.round_codes[round_number],
        }


def _most_people_first(line: Line) -> tuple[Any, ...]:
    return (-line["people"], line["source"], line["ref"] or "", line["round"] or "", line["region"])
