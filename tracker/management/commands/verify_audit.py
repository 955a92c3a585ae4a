"""`manage.py verify_audit`: does the audit log stand as it was recorded?"""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tracker.models.audit import Verification

MOST_NAMED = 100


class Command(BaseCommand):
    help = (
        "Go through the audit log from its first entry to its last and tell how many there are and the head, "
        "the last one's number and hash; exit 1 and name each place where it is not as it was recorded."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--known",
            metavar="NUMBER:HASH",
            action="append",
            default=[],
            type=head_said,
            help="A head that this command told earlier and that was kept elsewhere; may be repeated.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verification = Verification(dict(options["known"]))
        breaks = 0
        for found in verification.breaks():
            breaks += 1
            if breaks <= MOST_NAMED:
                self.stderr.write(str(found))
        self.stdout.write(f"{verification.entries} entries. Head: {verification.head}")
        if breaks:
            places = "1 place" if breaks == 1 else f"{breaks} places"
            raise CommandError(
                f"The audit log is not as it was recorded in {places}, or AUDIT_KEY is not the key that "
                "sealed it.",
                returncode=1,
            )


def head_said(text: str) -> tuple[int, str]:
    """A head as it was told: the number and the hash of an entry."""
    found = re.fullmatch("([1-9][0-9]{0,17}):([0-9a-f]{64})", text)
    if found is None:
        raise ArgumentTypeError(f"{text!r}: expected a number, a colon and a hash of 64 digits.")
    return int(found[1]), found[2]
