"""The full build from nothing, beside what PostgreSQL alone takes for its parts."""

from __future__ import annotations

import random

from tests.benchmarks import limits
from tests.benchmarks.filling import fill_places, fill_reports, vacuum
from tests.benchmarks.generator import reports as generated
from tests.benchmarks.results import BUILD, Measured, reports, say, timed
from tests.benchmarks.workers import do, workers
from tracker.figures.cubes import cube_keys
from tracker.figures.verify import differences
from tracker.models import Coverage, Figure, Region, Report, Round, Run, Source
from tracker.work.rebuilding import request_all

CUBES_VERIFIED = 3


class Wrong(Exception):
    """What was made is not what it should be."""


def measure(number: int) -> list[Measured]:
    """The plain limits and the build of so many reports, in one run."""
    fill(number)
    of = reports(number)
    read = limits.read_reports()
    say(f"Limit 1, reading {of} with COPY: {read:.1f} s.")
    added = limits.sum_reports()
    say(f"Limit 2, one GROUP BY of them by region and month, up the tree: {added:.1f} s.")
    with workers() as working:
        built = build_all()
        peak = working.peak_mib
    figures = Figure.objects.count()
    say(f"Full build: {built:.1f} s, {figures:,} figures, {peak:,.0f} MiB at most.")
    indexed, bare = limits.write_again(Figure)
    say(f"Limit 3, writing the same figures with COPY: {indexed:.1f} s (without indexes {bare:.1f} s).")
    vacuum(Figure, Coverage, Run)
    verify()
    made = f"{figures:,} figures"
    ratio = built / (read + added + indexed)
    return [
        Measured("limit 1: COPY … TO of the reports", of, read, number),
        Measured("limit 2: GROUP BY region × month, up the tree", of, added, number),
        Measured("limit 3: COPY … FROM into the indexed table", made, indexed, figures),
        Measured("the same into a bare table, for comparison", made, bare, figures),
        Measured(
            f"{BUILD}; ratio to limits 1 + 2 + 3", of, built, number, peak, ratio, "1.5 (aim 1.0), 1,536 MiB"
        ),
    ]


def fill(number: int) -> None:
    """A database that holds nothing gets so many reports."""
    seconds, rows = timed(lambda: generated(number))
    say(f"{reports(number)} made up in {seconds:.1f} s.")
    fill_places()
    seconds, _ = timed(lambda: fill_reports(*rows))
    say(f"Loaded in {seconds:.1f} s.")
    vacuum(Region, Source, Round, Report)
    limits.checkpoint()


def build_all() -> float:
    """Have the workers build every cube; the seconds from the request on."""
    limits.checkpoint()
    asked, runs = timed(lambda: request_all(by="benchmark"))
    say(f"{len(runs)} builds requested in {asked:.1f} s.")
    return asked + do(runs)


def verify() -> None:
    """A few cubes must be what their reports make.

    Raises
    ------
    Wrong : one is not
    """
    keys = random.Random(1).sample(cube_keys(), CUBES_VERIFIED)
    for key in keys:
        for difference in differences(key, as_of=None):
            raise Wrong(str(difference))
    say(f"{CUBES_VERIFIED} cubes recomputed from their reports: no difference.")


def built(number: int) -> None:
    """See to it that the database holds so many reports and their figures."""
    if not Report.objects.exists():
        fill(number)
    if not Figure.objects.exists():
        with workers():
            say(f"Full build: {build_all():.1f} s.")
        vacuum(Figure, Coverage, Run)
