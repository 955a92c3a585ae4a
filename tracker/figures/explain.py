"""Why a figure is what it is: its sub-regions, and each report of its region with what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils import timezone

from tracker.figures.cubes import CubeKey, LoadedCube, Place, load, regions_of
from tracker.figures.query import FigureRow, figure_row
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
    to its value. `depth` is how many levels of sub-regions are split in turn.
    """
    return _Explanation(CubeKey(country, measure, cause, crisis), period, as_of or timezone.now()).of(
        region, depth
    )


@dataclass(frozen=True)
class _Explanation:
    key: CubeKey
    period: Period
    moment: datetime

    @cached_property
    def loaded(self) -> LoadedCube:
        return load(self.key, as_of=self.moment)

    @cached_property
    def settled(self) -> Days:
        from tracker.reconcile.figures import settle

        return settle(self.loaded.cube)

    @cached_property
    def regions(self) -> dict[str, Place]:
        return regions_of(self.key.country, self.moment)

    @cached_property
    def index(self) -> dict[str, int]:
        return self.loaded.cube.tree.index

    @property
    def last_day(self) -> date:
        """The last day that counts: the period's, or the as-of day if that comes first."""
        return min(self.period.end, self.moment.astimezone(UTC).date())

    @cached_property
    def rows(self) -> dict[str, FigureRow]:
        from tracker.reconcile.figures import figures

        columns = figures(
            self.loaded.cube,
            period_types=[self.period.type],
            until=day_number(self.last_day),
            settled=self.settled,
        )
        start = day_number(self.period.start)
        found = (
            figure_row(self.loaded, columns, int(n), recorded_at=self.moment)
            for n in np.flatnonzero(columns.start == start)
        )
        return {row.region: row for row in found}

    def of(self, pcode: str, depth: int) -> dict[str, Any]:
        row = self.rows.get(pcode)
        place = self.regions.get(pcode)
        parts = sorted(
            code for code, other in self.regions.items() if other.parent == pcode and code in self.rows
        )
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
            "value": row.value if row else None,
            "low": row.low if row else None,
            "high": row.high if row else None,
            "unlocated": row.unlocated if row else None,
            "warnings": list(row.warnings) if row else [],
            "sub_regions": [self.of(part, depth - 1) if depth > 0 else self._value(part) for part in parts],
            "reports": self._reports(pcode),
        }

    def _value(self, pcode: str) -> dict[str, Any]:
        row = self.rows[pcode]
        return {
            "region": pcode,
            "region_name": self.regions[pcode].name,
            "level": row.level,
            "value": row.value,
            "low": row.low,
            "high": row.high,
            "unlocated": row.unlocated,
        }

    def _reports(self, pcode: str) -> list[dict[str, Any]]:
        outcomes = self._outcomes(pcode)
        stated = self._stated([self.loaded.report_ids[said.report] for said in outcomes if said.report >= 0])
        lines = []
        for said in outcomes:
            if said.report >= 0:
                facts = stated[self.loaded.report_ids[said.report]]
            else:
                facts = dict.fromkeys(_STATED) | {
                    "source": self.loaded.source_codes[said.source],
                    "round": self.loaded.round_codes[said.round],
                    "value": said.people,
                }
            lines.append(
                facts
                | {
                    "people": said.used,
                    "outcome": said.outcome,
                    "kind": said.kind,
                    "shrunk_by": [self._named(other) for other in said.shrunk_by],
                }
            )
        for facts in self._not_counted(pcode):
            outcome = Outcome.CONTEXT if facts["role"] == Role.CONTEXT else Outcome.FORECAST
            lines.append(facts | {"people": 0, "outcome": outcome.value, "kind": "report", "shrunk_by": []})
        return sorted(
            lines, key=lambda line: (-line["people"], line["source"], line["ref"] or "", line["round"] or "")
        )

    def _stated(self, pks: list[int]) -> dict[int, dict[str, Any]]:
        """What these report versions say, by primary key; they are those that the cube was made of."""
        facts: dict[int, dict[str, Any]] = {}
        for start in range(0, len(pks), AT_ONCE):
            rows = Report.objects.filter(pk__in=pks[start : start + AT_ONCE]).values("pk", *_STATED)
            facts |= {row.pop("pk"): row for row in rows}
        return facts

    def _not_counted(self, pcode: str) -> list[dict[str, Any]]:
        """Approved reports on the region and period whose role is context or forecast."""
        rows = Report.objects.as_of(self.moment).approved().exclude(role=Role.COUNTED)
        rows = rows.filter(region=pcode, start__lte=self.last_day, **self.key.fields)
        if not self.key.is_stock:
            rows = rows.filter(end__gte=self.period.start)
        return list(rows.values(*_STATED))

    def _outcomes(self, pcode: str) -> list[Said]:
        from tracker.reconcile.outcomes import outcomes

        if pcode not in self.index:
            return []
        return outcomes(
            self.loaded.cube,
            self.settled,
            region=self.index[pcode],
            first=day_number(self.period.start),
            last=day_number(self.last_day),
        )

    def _named(self, other: tuple[int, int]) -> dict[str, Any]:
        report, round_number = other
        if report >= 0:
            number = self.loaded.cube.reports.source[report]
            return {"source": self.loaded.source_codes[number], "ref": self.loaded.refs[report], "round": ""}
        number = self.loaded.cube.rounds.source[round_number]
        return {
            "source": self.loaded.source_codes[number],
            "ref": None,
            "round": self.loaded.round_codes[round_number],
        }
