"""`manage.py verify`: are the stored figures those that the reports make?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker.errors import BadValue
from tracker.exports.options import read_as_of
from tracker.figures.cubes import cube_keys
from tracker.figures.verify import differences
from tracker.models import Run
from tracker.vocabulary import RunKind, RunState

MOST_NAMED = 100


class Command(BaseCommand):
    help = "Recompute the figures from the reports and compare; exit 1 and name the cells on any difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", metavar="MOMENT", help="For example 2024-12-06T12:00Z; default: now.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            as_of = read_as_of("--as-of", options["as_of"]) if options["as_of"] else None
        except BadValue as error:
            raise CommandError(str(error)) from error
        begun = timezone.now()
        keys = cube_keys()
        found = 0
        for key in keys:
            for difference in differences(key, as_of=as_of):
                found += 1
                if found <= MOST_NAMED:
                    self.stderr.write(str(difference))
        Run.objects.record(
            RunKind.VERIFY,
            "verify",
            payload={"as_of": as_of.isoformat()} if as_of else {},
            state=RunState.PARKED if found else RunState.DONE,
            requested_by="manage.py verify",
            begun=begun,
            counts={"cubes": len(keys), "differences": found},
            outcome=f"{found} differences.",
        )
        if found:
            raise CommandError(
                f"{found} differences; the figures are not what the reports make.", returncode=1
            )
        self.stdout.write(f"{len(keys)} cubes recomputed: every stored figure is what the reports make.")
