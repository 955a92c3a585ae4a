"""`manage.py load_regions FILE`: a boundary release, or a regions.csv, into the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.errors import TrackerError
from tracker.ingest.load import load_regions
from tracker.management.imports import say


class Command(BaseCommand):
    help = (
        "Load boundaries: COD-AB of any vintage or geoBoundaries, in any format that geopandas reads, "
        "a folder or zip archive of such files, or a regions.csv. Upper levels come first. Over an earlier "
        "release it keeps the regions that are the same, retires those that are gone, and reports both."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--release",
            default="",
            metavar="NAME",
            help="Name of the boundary release, such as its date; "
            "without one only regions whose place is taken are retired.",
        )
        parser.add_argument(
            "--level",
            type=int,
            choices=range(5),
            metavar="N",
            help="Level of the regions, where the columns do not say.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Check and count everything, and store nothing."
        )
        parser.add_argument(
            "--rejects", type=Path, metavar="FILE", help="Where to keep rejected rows with their reason."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = load_regions(
                options["file"],
                release=options["release"],
                level=options["level"],
                dry_run=options["dry_run"],
                rejects=options["rejects"],
            )
        except (TrackerError, OSError) as error:
            raise CommandError(f"{options['file'].name}: {error}") from error
        say(self, result, dry_run=options["dry_run"])
