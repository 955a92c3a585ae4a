"""`manage.py summary`: one crisis in one region, week by week, for a person at a terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import defaultdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tracker.figures.conflict_query import ConflictFilter, conflict_rows
from tracker.figures.query import FigureFilter, figure_rows
from tracker.models import Crisis, Region
from tracker.vocabulary import STOCKS, Measure, PeriodType

HEADINGS = {
    Measure.DEPARTURES: "fled",
    Measure.IDPS: "still displaced",
    Measure.RETURNS: "went back",
    Measure.ENTRIES: "came from abroad",
}
UNKNOWN = "·"


class Command(BaseCommand):
    help = "Print a crisis week by week, beside conflict events; by default the latest, in its first country."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--region", metavar="CODE", default="")
        parser.add_argument("--crisis", metavar="CODE", default="")
        parser.add_argument("--weeks", type=int, default=8, help="how many weeks from its start; default 8")

    def handle(self, *args: Any, **options: Any) -> None:
        crisis = _crisis(options["crisis"])
        pcode = options["region"] or next(iter(crisis.countries.split()), "")
        region = Region.objects.current().filter(pcode=pcode).first()
        if region is None:
            raise CommandError(f"There is no region {pcode!r}; name one with --region.")
        week = PeriodType.WEEK.value
        figures: dict[date, dict[str, int]] = defaultdict(dict)
        for row in figure_rows(
            FigureFilter(regions=(pcode,), crises=(crisis.code,), period_types=(week,), start=crisis.start)
        ):
            figures[row["start"]][row["measure"]] = (
                figures[row["start"]].get(row["measure"], 0) + row["value"]
            )
        events: dict[date, int] = defaultdict(int)
        for event in conflict_rows(
            ConflictFilter(regions=(pcode,), period_types=(week,), start=crisis.start)
        ):
            events[event["start"]] += event["events"]
        measures = [measure for measure in HEADINGS if any(measure in week for week in figures.values())]
        shown = sorted(figures.keys() | events.keys())[: options["weeks"]]
        titles = ["week from", *(HEADINGS[measure] for measure in measures), "conflict events"]
        lines = [
            [str(day), *(_people(figures[day].get(measure)) for measure in measures), str(events.get(day, 0))]
            for day in shown
        ]
        in_all = [_sum([figures[day] for day in shown], measure) for measure in measures]
        sums = ["in all", *in_all, str(sum(events[day] for day in shown))]
        self.stdout.write(f"\n{region.name_en}: {crisis.name_en}, people, week by week\n")
        _table(self.stdout.write, [titles, *lines, sums])
        self.stdout.write(f"{UNKNOWN} no figure: nobody said (unknown, which is not zero)\n")


def _crisis(code: str) -> Crisis:
    known = Crisis.objects.current()
    crisis = known.filter(code=code).first() if code else known.order_by("-start").first()
    if crisis is None:
        raise CommandError(f"There is no crisis {code!r}." if code else "There is no crisis yet.")
    return crisis


def _people(people: int | None) -> str:
    return UNKNOWN if people is None else f"{people:,}"


def _sum(weeks: list[dict[str, int]], measure: str) -> str:
    """Weeks of a flow add up; people present on different days do not."""
    if measure in STOCKS:
        return ""
    return _people(sum(week.get(measure, 0) for week in weeks))


def _table(write: Any, rows: list[list[str]]) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for number, row in enumerate(rows):
        if number in (1, len(rows) - 1):
            write("  ".join("─" * width for width in widths))
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        write("  ".join(cells))
