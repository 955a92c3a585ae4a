"""`manage.py export`: write one export now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tracker.errors import TrackerError
from tracker.exports.figures import export_figures
from tracker.exports.options import read_as_of
from tracker.models import ExportSchedule, Run
from tracker.vocabulary import RunKind

FIGURES = "figures"


class Command(BaseCommand):
    help = (
        "Write figures as CSV, GeoJSON and Parquet with their description, all of them or nothing. "
        "Without --to they go into the folder of that name where exports are stored."
    )

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **options)
        # Filters may stand before and after options.
        parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "name", metavar="NAME", help=f"{FIGURES}, with the filters that follow, or the name of a schedule"
        )
        parser.add_argument(
            "filters", metavar="FILTER=VALUE", nargs="*",
            help="a filter of the API's figures, as in period_type=week; repeat it for several values",
        )  # fmt: skip
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="where the export's folder is made")
        parser.add_argument("--as-of", metavar="MOMENT", help="the figures as they stood then")

    def handle(self, *args: Any, **options: Any) -> None:
        name, filters = options["name"], options["filters"]
        if "=" in name:
            name, filters = FIGURES, [name, *filters]
        to = options["to"] or Path(settings.STORAGE) / name
        begun = timezone.now()
        try:
            chosen = _options(name, filters)
            if options["as_of"] and "as_of" in chosen:
                raise CommandError("as_of is given twice, as a filter and as --as-of.")
            as_of = read_as_of("--as-of", options["as_of"]) if options["as_of"] else None
            result = export_figures(chosen, to=to, as_of=as_of)
        except TrackerError as error:
            raise CommandError(str(error)) from error
        Run.objects.record(
            RunKind.EXPORT,
            f"export:{name}",
            payload={"name": name, "filters": filters},
            requested_by="manage.py export",
            begun=begun,
            counts=result.counts,
            outcome=f"{result.rows} figures in {result.path}.",
        )
        self.stdout.write(f"{result.path}: {result.rows} figures")
        for file in result.files:
            self.stdout.write(f"  {file.name:<17} {file.bytes:>12,} bytes  sha256 {file.sha256}")


def _options(name: str, filters: list[str]) -> dict[str, Any]:
    """The options that the command line, or the schedule of that name, gives."""
    if name == FIGURES:
        found: dict[str, Any] = {}
        for text in filters:
            option, equals, value = text.partition("=")
            if not equals:
                raise CommandError(f"{text!r}: expected a filter and its value, as in period_type=week")
            found.setdefault(option, []).append(value)
        return {option: values if len(values) > 1 else values[0] for option, values in found.items()}
    schedule = ExportSchedule.objects.filter(name=name).first()
    if schedule is None:
        schedules = ", ".join(ExportSchedule.objects.values_list("name", flat=True)) or "there are none"
        raise CommandError(f"{name!r}: expected {FIGURES} or the name of a schedule ({schedules})")
    if filters:
        raise CommandError(f"{name!r} is a schedule and has its own filters; {FIGURES} takes others")
    return schedule.options
