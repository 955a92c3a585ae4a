"""A file of reports into the empty table, and the same file again, beside COPY of the rows that it becomes.

python -m tests.services.run --durable --spacious -- python -m tests.benchmarks.loading [--rows 1000000]
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.benchmarks.results import Measured, markdown, reports, say, timed

TIMES = 3
"""How often each is measured, in turn; the median counts."""
REPORTS_OF_A_DOCUMENT = 40
WITH_A_COMMA = 5
"""Every so many documents have a comma in their title: cells in quotation marks stand all over the file."""

COLUMNS = (
    "ref", "source", "region", "measure", "cause", "start", "end", "value", "published", "low", "high",
    "round", "qualifier", "title", "url",
)  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """What came of a file, and what it took, in a process of its own."""

    seconds: float
    peak_mib: float
    new: int
    unchanged: int
    builds: int


def measure(number: int) -> list[Measured]:
    """So many reports as a file: COPY of the rows, the file, the file again; into the same indexed table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reports.csv"
        _fill_what_is_known(number, file)
        firsts, agains, copies = [], [], []
        for _ in range(TIMES):
            _empty()
            firsts.append(_load(file, new=number, unchanged=0))
            agains.append(_load(file, new=0, unchanged=number))
            copies.append(_copy_the_same())
            say(f"file {firsts[-1].seconds:.1f} s, again {agains[-1].seconds:.1f} s, COPY {copies[-1]:.1f} s")
    of = reports(number)
    copy = statistics.median(copies)
    first, again = (statistics.median(one.seconds for one in some) for some in (firsts, agains))
    peak = max(one.peak_mib for one in firsts)
    peak_again = max(one.peak_mib for one in agains)
    what = "the same file again; ratio to the first time"
    return [
        Measured("limit: COPY … FROM of ready reports into the indexed table", of, copy, number),
        Measured(
            "a CSV file, all checks; ratio to COPY", of, first, number, peak, first / copy, "2, aim 1.15"
        ),
        Measured(what, of, again, number, peak_again, again / first, "0.3"),
    ]


def _fill_what_is_known(number: int, file: Path) -> None:
    """Places, sources and rounds into the database, and `file` with the reports."""
    from tests.benchmarks.filling import fill_places, fill_rounds, report_tables
    from tests.benchmarks.generator import reports as generated

    rows, rounds = generated(number)
    fill_places()
    fill_rounds(rounds)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(COLUMNS)
        numbers = count()
        for table in report_tables(rows):
            writer.writerows(_delivered(table.to_pydict(), numbers))
    say(f"{file.stat().st_size / 2**20:,.0f} MiB of reports.")


def _delivered(table: dict[str, list[Any]], numbers: Iterator[int]) -> Iterator[Sequence[Any]]:
    names = ("ref", "source", "region", "measure", "start", "end", "stated_value", "published")
    stated = ("stated_low", "stated_high", "round")
    for ref, source, region, measured, start, end, value, published, low, high, code in zip(
        *(table[name] for name in (*names, *stated)), strict=True
    ):
        document = next(numbers) // REPORTS_OF_A_DOCUMENT
        title = f"Displacement update {document}" + ", revised" * (document % WITH_A_COMMA == 0)
        yield (
            *(ref, source, region, measured, "conflict", start, end, value, published, low, high, code),
            *("exactly" if low is None else "about", title, f"https://example.org/updates/{document}"),
        )


def _load(file: Path, *, new: int, unchanged: int) -> Loaded:
    _checkpoint()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        loaded = process.submit(_loaded, str(file)).result()
    if (loaded.new, loaded.unchanged) != (new, unchanged):
        raise RuntimeError(f"{loaded} instead of {new} new and {unchanged} unchanged reports")
    if bool(loaded.builds) != bool(new):
        raise RuntimeError(f"{loaded.builds} builds are due for {new} new reports")
    return loaded


def _loaded(file: str) -> Loaded:
    import django

    django.setup()
    from tests.benchmarks.workers import peak_mib
    from tracker.ingest.load import ingest

    seconds, result = timed(lambda: ingest("reports", file, approve=True, by="benchmark"))
    return Loaded(seconds, peak_mib(os.getpid()), result.new, result.unchanged, len(result.runs))


def _copy_the_same() -> float:
    """Seconds for COPY of the table's rows from a file into it, emptied; it gives them new ids."""
    from django.db import connection

    from tests.benchmarks.limits import server_file
    from tracker.models import Report

    table = Report._meta.db_table
    fields = [str(field.column) for field in Report._meta.concrete_fields if not field.primary_key]
    names = ", ".join(map(connection.ops.quote_name, fields))
    with server_file() as copied, connection.cursor() as cursor:
        cursor.execute(f"COPY (SELECT {names} FROM {table} ORDER BY id) TO '{copied}'")
        _empty()
        return timed(lambda: cursor.execute(f"COPY {table} ({names}) FROM '{copied}'"))[0]


def _empty() -> None:
    """No report, and no run but those to come."""
    from django.db import connection

    from tracker.models import Report, Run

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Report._meta.db_table}")
    Run.objects.all().delete()
    _checkpoint()


def _checkpoint() -> None:
    from tests.benchmarks.limits import checkpoint

    checkpoint()


def main(arguments: Sequence[str]) -> int:
    import django
    from django.core.management import call_command

    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.loading", description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    rows = options.parse_args(arguments).rows
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    call_command("migrate", verbosity=0)
    print(markdown(measure(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
