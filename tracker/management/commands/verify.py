"""`manage.py verify`: are the stored figures those that the reports make?"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker.errors import BadValue
from tracker.exports.options import read_as_of
from tracker.figures.cubes import CubeKey, cube_keys
from tracker.figures.verify import differences
from tracker.models import Run
from tracker.models.runs import verify_key
from tracker.vocabulary import RunKind
from tracker.work import ending_of

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
        total = 0
        for key in keys:
            found = [str(difference) for difference in differences(key, as_of=as_of)]
            for line in found[: max(0, MOST_NAMED - total)]:
                self.stderr.write(line)
            total += len(found)
            if found:
                _park(key, found, as_of=as_of, begun=begun)
        Run.objects.record(
            RunKind.VERIFY,
            "verify-all",
            payload={"as_of": as_of.isoformat()} if as_of else {},
            requested_by="manage.py verify",
            begun=begun,
            counts={"cubes": len(keys), "differences": total},
            outcome=f"{total} differences in {len(keys)} cubes.",
        )
        if total:
            raise CommandError(
                f"{total} differences; the figures are not what the reports make.", returncode=1
            )
        self.stdout.write(f"{len(keys)} cubes recomputed: every stored figure is what the reports make.")


def _park(key: CubeKey, found: list[str], *, as_of: datetime | None, begun: datetime) -> None:
    """Show a cube's differences to a person: a parked run, which looks again when it is tried again."""
    ending = ending_of(found)
    moment = {"as_of": as_of.isoformat()} if as_of else {}
    Run.objects.record(
        RunKind.VERIFY,
        verify_key(**key.fields),
        payload={**key.fields, "day": f"{begun:%Y-%m-%d}", **moment},
        state=ending.state,
        requested_by="manage.py verify",
        begun=begun,
        counts=ending.counts,
        outcome=ending.outcome,
    )
