"""`manage.py ingest FORMAT FILE`: one native file into the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.errors import TrackerError
from tracker.ingest.load import FORMATS, ingest
from tracker.management.imports import say


class Command(BaseCommand):
    help = (
        "Store what a file says that is new or different, and count it. Bad rows are left out and named; "
        "a file of another layout is refused whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("format", choices=sorted(FORMATS), metavar="FORMAT", help=", ".join(FORMATS))
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--dry-run", action="store_true", help="Check and count everything, and store nothing."
        )
        parser.add_argument(
            "--approve",
            action="store_true",
            help="Reports take part in figures at once, instead of waiting for review.",
        )
        parser.add_argument(
            "--rejects", type=Path, metavar="FILE", help="Where to keep rejected rows with their reason."
        )
        parser.add_argument(
            "--recorded-as-published",
            action="store_true",
            help="For an archive: record each row at 00:00 UTC of the day it was published.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = ingest(
                options["format"],
                options["file"],
                dry_run=options["dry_run"],
                approve=options["approve"],
                recorded_as_published=options["recorded_as_published"],
                rejects=options["rejects"],
            )
        except (TrackerError, OSError) as error:
            raise CommandError(f"{options['file'].name}: {error}") from error
        say(self, result, dry_run=options["dry_run"])
