"""Bring the figures up to date, in this process."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.models import Region, Run
from tracker.tasks import announce
from tracker.work.rebuilding import Rebuilt, rebuild, request_all, waiting_builds

BY = "manage.py build"


class Command(BaseCommand):
    help = (
        "Bring the figures up to date: the builds that wait or, with --full, those of every cube and of all "
        "conflict figures. Ends with 1 if a build had to be given up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--country", metavar="CODE", help="only the figures of this country (its P-code)")
        parser.add_argument("--full", action="store_true", help="every cube, whether or not anything changed")
        parser.add_argument(
            "--replay",
            action="store_true",
            help="first make the figures as they would have stood whenever something was recorded",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        country = options["country"]
        if country and not Region.objects.current().filter(pcode=country, level=0).exists():
            raise CommandError(f"--country {country}: there is no country with this P-code.")
        if options["replay"] or options["full"]:
            runs = request_all(country=country, by=BY, backfilled=options["replay"])
        else:
            runs = waiting_builds(country)
        # Each replay asks for the build of the present under its own key, so both are done here.
        self._report("Replayed and built" if options["replay"] else "Built", self._rebuild(runs), began)

    def _rebuild(self, runs: list[Run]) -> Rebuilt:
        announce(run.pk for run in runs)
        return rebuild(runs)

    def _report(self, verb: str, rebuilt: Rebuilt, began: float) -> None:
        figures = ", ".join(f"{number} {name}" for name, number in rebuilt.figures.items())
        self.stdout.write(
            f"{verb}: cubes {rebuilt.cubes}, conflict figures of countries {rebuilt.countries}. "
            f"Figures: {figures}. {time.monotonic() - began:.1f} s."
        )
        for run in rebuilt.parked:
            self.stderr.write(f"Given up: {run.key} ({run.outcome})")
        if rebuilt.parked:
            raise CommandError(f"{len(rebuilt.parked)} builds were given up; their runs are parked.")
