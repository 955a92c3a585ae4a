"""Cases in the form of the worked examples, as cubes."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from tracker.reconcile.cube import Cube, Reports, Rounds, integers, text_ranks, tree_of
from tracker.reconcile.figures import figures
from tracker.reconcile.periods import Period, day_number, day_of
from tracker.vocabulary import STOCKS, PeriodType

Case = dict[str, Any]
Series = tuple[str, str, str]


def _day(text: str) -> int:
    return day_number(date.fromisoformat(text))


def series_in(case: Case) -> list[Series]:
    return sorted({(r["measure"], r["cause"], r.get("crisis", "")) for r in case["reports"]})


def cube_of(case: Case, series: Series) -> Cube:
    measure, cause, crisis = series
    tree = tree_of(
        {region["pcode"]: region["parent"] for region in case["regions"]},
        retired=[region["pcode"] for region in case["regions"] if region.get("retired")],
    )
    index = tree.index
    sources = sorted(case["sources"], key=lambda source: source["code"])
    source_index = {source["code"]: number for number, source in enumerate(sources)}
    said = [
        r
        for r in case["reports"]
        if (r["measure"], r["cause"], r.get("crisis", "")) == (measure, cause, crisis)
    ]
    rounds = case["rounds"] if measure in STOCKS else []
    round_index = {(r["source"], r["code"]): number for number, r in enumerate(rounds)}
    ranks = text_ranks([r["ref"] for r in said] + [r["code"] for r in rounds])
    return Cube(
        tree=tree,
        tier=integers(source["tier"] for source in sources),
        reports=Reports(
            region=integers(index[r["region"]] for r in said),
            source=integers(source_index[r["source"]] for r in said),
            start=integers(_day(r["start"]) for r in said),
            end=integers(_day(r["end"]) for r in said),
            people=np.array(
                [[r.get(name, r["value"]) for r in said] for name in ("low", "value", "high")],
                dtype=np.int64,
            ).reshape(3, -1),
            published=integers(_day(r["published"]) for r in said),
            rank=ranks[: len(said)],
            round=integers(round_index[r["source"], r["round"]] if r.get("round") else -1 for r in said),
            counted=np.array(
                [
                    r.get("role", "counted") == "counted" and r.get("status", "approved") == "approved"
                    for r in said
                ],
                dtype=np.bool_,
            ),
        ),
        rounds=Rounds(
            source=integers(source_index[r["source"]] for r in rounds),
            region=integers(index[r["region"]] for r in rounds),
            date=integers(_day(r["date"]) for r in rounds),
            published=integers(_day(r["published"]) for r in rounds),
            rank=ranks[len(said) :],
            closed=np.array([bool(r.get("closed", 1)) for r in rounds], dtype=np.bool_),
        ),
        is_stock=measure in STOCKS,
        max_age_days=case["settings"]["max_age_days"],
        freshness_days=case["settings"]["freshness_days"],
    )


def figures_of(case: Case) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Every figure of a case up to its as-of day, by the engine."""
    found: dict[tuple[str, ...], tuple[int, ...]] = {}
    for series in series_in(case):
        cube = cube_of(case, series)
        columns = figures(cube, period_types=PeriodType.values, until=_day(case["as_of"]))
        for row in range(len(columns)):
            kind = columns.period_types[columns.period_type[row]]
            period = Period(kind, day_of(columns.start[row]), day_of(columns.end[row]))
            key = (cube.tree.pcodes[columns.region[row]], *series, kind, period.label)
            found[key] = (*(int(n) for n in columns.people[:, row]), int(columns.unlocated[row]))
    return found
