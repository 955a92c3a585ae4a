"""`manage.py verify`: are the stored figures those that the reports make?"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from tracker.figures.cubes import cube_keys
from tracker.figures.verify import differences

MOST_NAMED = 100


class Command(BaseCommand):
    help = "Recompute the figures from the reports and compare; exit 1 and name the cells on any difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as-of", type=_moment, metavar="MOMENT", help="For example 2024-12-06T12:00Z; default: now."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keys = cube_keys()
        found = 0
        for key in keys:
            for difference in differences(key, as_of=options["as_of"]):
                found += 1
                if found <= MOST_NAMED:
                    self.stderr.write(str(difference))
        if found:
            raise CommandError(
                f"{found} differences; the figures are not what the reports make.", returncode=1
            )
        self.stdout.write(f"{len(keys)} cubes recomputed: every stored figure is what the reports make.")


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError("expected a moment with its offset, for example 2024-12-06T12:00Z")
    return moment
