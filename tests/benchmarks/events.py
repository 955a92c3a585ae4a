"""Conflict events: the figures of all countries from nothing, beside PostgreSQL alone."""

from __future__ import annotations

from tests.benchmarks import limits
from tests.benchmarks.filling import fill_events, fill_places, vacuum
from tests.benchmarks.generator import events as generated
from tests.benchmarks.results import Measured, say, timed
from tests.benchmarks.workers import do, workers
from tracker.models import ConflictEvent, ConflictFigure, Region, Run

REPORTS_TO_AN_EVENT = 4
"""2.5 million events beside 10 million reports."""


def measure(number: int) -> list[Measured]:
    """The conflict figures of as many events as go with so many reports."""
    wanted = number // REPORTS_TO_AN_EVENT
    if not Region.objects.exists():
        fill_places()
    rows = generated(wanted)
    loaded, _ = timed(lambda: fill_events(rows))
    vacuum(Region, ConflictEvent)
    of = f"{wanted:,} events"
    say(f"{of} loaded in {loaded:.1f} s.")
    limits.checkpoint()
    read, added = limits.read_events(), limits.sum_events()
    say(f"Limits: reading them with COPY {read:.1f} s, one GROUP BY {added:.1f} s.")
    countries = ConflictEvent.objects.order_by().values_list("country", flat=True).distinct()
    with workers() as working:
        limits.checkpoint()
        built = do([Run.objects.request_conflict(country=country) for country in sorted(countries)])
        peak = working.peak_mib
    figures = ConflictFigure.objects.count()
    say(f"Conflict figures: {built:.1f} s, {figures:,} figures, {peak:,.0f} MiB at most.")
    written, _ = limits.write_again(ConflictFigure)
    say(f"Writing the same figures with COPY: {written:.1f} s.")
    what = "conflict figures, two workers; ratio to COPY … TO + GROUP BY + COPY … FROM"
    return [
        Measured("limit: COPY … TO of the events", of, read, wanted),
        Measured("limit: GROUP BY region × type × month, up the tree", of, added, wanted),
        Measured("limit: COPY … FROM into the indexed table", f"{figures:,} figures", written, figures),
        Measured(what, of, built, wanted, peak, built / (read + added + written)),
    ]
