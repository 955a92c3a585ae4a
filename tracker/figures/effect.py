"""What one report would do to the figures of its place and of those around it: now, and then."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.figures.cubes import CubeKey, path_up, regions_of
from tracker.figures.preview import FigureChange, People, preview
from tracker.figures.query import figure_rows
from tracker.figures.rows import FigureFilter
from tracker.models import Report
from tracker.reconcile.periods import Period, period_of, periods_between
from tracker.vocabulary import PeriodType

MOST_MONTHS = 12


def effect_of(report: Report, *, replaces: Report | None = None) -> list[FigureChange]:
    """The months of which `report`, not stored, speaks, changed or not: of its region, then of those above.

    Of a stock that is the month of its date. `replaces` is the version that would no longer stand.
    """
    key = CubeKey.of_row(report)
    months = periods_between(PeriodType.MONTH, report.start, report.end)[:MOST_MONTHS]
    path = list(path_up(report.region, regions_of(report.country, None)))
    removed = [replaces.pk] if replaces is not None else []
    changes = preview(key, added=[report], removed=removed, period_types=(PeriodType.MONTH,))
    changed = {(change.region, change.start): change for change in changes}
    standing = {(row.region, row.start): row for row in _standing(key, path, months)}
    places = [(region, month.start) for region in path for month in months]
    found = (changed.get(place) or standing.get(place) for place in places)
    return [change for change in found if change is not None]


def _standing(key: CubeKey, path: list[str], months: list[Period]) -> Iterator[FigureChange]:
    """The figures that stand, as changes that change nothing."""
    wanted = FigureFilter(
        regions=tuple(path), measures=(key.measure,), causes=(key.cause,), crises=(key.crisis,),
        period_types=(PeriodType.MONTH,), start=months[0].start, end=months[-1].end,
    )  # fmt: skip
    for row in figure_rows(wanted):
        people = People(row["value"], row["low"], row["high"])
        yield FigureChange(
            key=key,
            region=row["region"],
            region_name=row["region_name"],
            level=row["level"],
            period_type=row["period_type"],
            period=period_of(row["start"], row["period_type"]).label,
            start=row["start"],
            end=row["end"],
            old=people,
            new=people,
        )
