"""What one approved report and one delivery take until the API says what follows from them."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from tests.benchmarks import land
from tests.benchmarks.figures import Wrong, built
from tests.benchmarks.filling import as_csv, report_tables, vacuum
from tests.benchmarks.generator import NO_ROUND
from tests.benchmarks.generator import reports as generated
from tests.benchmarks.limits import checkpoint
from tests.benchmarks.results import Measured, percentile, reports, say
from tests.benchmarks.serving import Api, Row, api
from tests.benchmarks.workers import Unfinished, do, wait_for, workers
from tracker.figures.cubes import CubeKey, cube_keys
from tracker.figures.verify import differences
from tracker.ingest.load import ingest
from tracker.ingest.review import approve, propose, submit
from tracker.models import Coverage, Figure, Report, Run
from tracker.tasks import announce
from tracker.vocabulary import STOCKS, Cause

APPROVALS = 100
SOON = 1.0
LONGEST = 60.0
PAUSE = 0.05
"""Between two questions to the API, which take the same cores as the answer."""
VERIFIED_EVERY = 10

DELIVERIES = 5
ROWS_DELIVERED = 1_000

AUTHOR, APPROVER = "officer", "reviewer"


@dataclass(frozen=True)
class Entry:
    """A report that waits for its approval, and the figure by which its effect is seen."""

    report: Report
    question: dict[str, Any]

    @property
    def key(self) -> CubeKey:
        return CubeKey(self.report.country, self.report.measure, self.report.cause, self.report.crisis)


def measure(number: int) -> list[Measured]:
    """Approvals and deliveries on top of so many reports and their figures."""
    built(number)
    with workers() as working, api() as served:
        _settle()
        seconds = _approvals(served)
        delivered = [_delivery(served, country) for country in range(DELIVERIES + 1)][1:]
        peak = working.peak_mib
    soon = sum(each <= SOON for each in seconds)
    say(f"{soon} of {len(seconds)} approvals were in the API within {SOON:.0f} s.")
    on = f"on {reports(number)}"
    lines = [
        Measured(f"one approved report until the API is right, {name}", on, percentile(seconds, share))
        for name, share in (("p50", 0.5), ("p95", 0.95), ("slowest", 1.0))
    ]
    within = f"{soon} of {len(seconds)} within {SOON:.0f} s; goal 95 of 100"
    lines[1] = Measured(lines[1].what, on, lines[1].seconds, goal=within)
    what = f"a delivery of {ROWS_DELIVERED:,} reports in one country, slowest of {DELIVERIES}"
    return [*lines, Measured(what, on, max(delivered), ROWS_DELIVERED, peak, goal="5 s")]


def _settle() -> None:
    """As on any day in service: each cube was built since all was loaded, and nothing waits to be written."""
    seconds = do([Run.objects.request_build(**key.fields) for key in cube_keys()])  # type: ignore[arg-type]
    vacuum(Report, Figure, Coverage, Run)
    checkpoint()
    say(f"Each cube built once more in {seconds:.1f} s.")


def _approvals(served: Api) -> list[float]:
    """Seconds of each approval, one after the other, from the click until the API shows it."""
    choice = random.Random(2)
    entries = [_entry(choice, number) for number in range(APPROVALS)]
    seconds = []
    for number, entry in enumerate(entries):
        before = served.figures(**entry.question)
        begun = time.perf_counter()
        with transaction.atomic():
            announce(run.pk for run in approve(entry.report, by=APPROVER).runs)
        after = _changed(served, entry, before)
        seconds.append(time.perf_counter() - begun)
        _check(entry, after)
        if number % VERIFIED_EVERY == 0:
            _verify(served, entry, after)
    return seconds


def _entry(choice: random.Random, number: int) -> Entry:
    """A report somewhere in the data that is sure to change its region's month.

    It is of a most trusted source and later than any other. A stock is of a month's last day, for which it
    then speaks; a flow is of one day, which it then takes, with more people than all others put there.
    """
    country = choice.randrange(land.COUNTRIES)
    region = choice.randrange(land.REGIONS - land.REGIONS_BY_LEVEL[-1], land.REGIONS)
    measure = choice.choice(land.MEASURES)
    day = date.fromordinal(land.EPOCH + choice.randint(land.FIRST_DAY + 365, land.LAST_DAY - 31))
    if measure in STOCKS:
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    people = choice.randint(1_000_000, 2_000_000)
    content = {
        "source": land.source_code(0),
        "ref": f"entered-{number}",
        "region": land.pcode(country, region),
        "country": land.country_code(country),
        "measure": measure,
        "cause": Cause.CONFLICT.value,
        "start": day,
        "end": day,
        "published": date(2025, 6, 1),
        "value": people,
        "low": people,
        "high": people,
        "stated_value": people,
    }
    with transaction.atomic():
        report = submit(propose(content, by=AUTHOR).report, by=AUTHOR).report
    above = [int(each) for each in land.COUNTRY.ancestors[:, region]]
    question = {
        "region": [land.pcode(country, each) for each in above],
        "measure": measure,
        "cause": report.cause,
        "period_type": ["week", "month", "quarter", "year"],
        "from": day.isoformat(),
        "to": day.isoformat(),
    }
    return Entry(report, question)


def _changed(served: Api, entry: Entry, before: list[Row]) -> list[Row]:
    """The answer once the region's month is another one: a build shows all that it changed at once."""
    deadline = time.monotonic() + LONGEST
    while True:
        rows = served.figures(**entry.question)
        if _month(entry, rows) != _month(entry, before):
            return rows
        if time.monotonic() > deadline:
            raise Unfinished(f"{entry.report}: {LONGEST:.0f} s after its approval the API shows no effect.")
        time.sleep(PAUSE)


def _month(entry: Entry, rows: list[Row]) -> int | None:
    found = (
        row["value"] for row in rows if (row["region"], row["period_type"]) == (entry.report.region, "month")
    )
    return next(found, None)


def _check(entry: Entry, rows: list[Row]) -> None:
    month = _month(entry, rows)
    if entry.report.measure in STOCKS and month != entry.report.value:
        raise Wrong(f"{entry.report}: {month} people in its month instead of {entry.report.value}.")


def _verify(served: Api, entry: Entry, rows: list[Row]) -> None:
    """What was seen is what a rebuild of the cube makes."""
    for difference in differences(entry.key, as_of=None):
        raise Wrong(str(difference))
    if served.figures(**entry.question) != rows:
        raise Wrong(f"{entry.report}: what the API said first was not yet right.")


def _delivery(served: Api, country: int) -> float:
    """Seconds of a delivery, from the file until all its builds are done and the API says so.

    The first has its process load what it needs, and is left out.
    """
    code = land.country_code(country)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{code}.csv"
        file.write_bytes(_delivered(country))
        begun = time.perf_counter()
        taken = ingest("reports", file, approve=True, by=APPROVER)
        announce(taken.runs)
        wait_for(list(taken.runs))
        rows = served.figures(region=code, period_type="year")
        seconds = time.perf_counter() - begun
    if taken.new != ROWS_DELIVERED or not rows:
        raise Wrong(f"{taken.new} of {ROWS_DELIVERED} reports are new, {taken.rejected} were rejected.")
    payload = Run.objects.get(pk=random.Random(country).choice(taken.runs)).payload
    for difference in differences(CubeKey.of(payload), as_of=None):
        raise Wrong(str(difference))
    say(f"A delivery of {taken.new:,} reports with {len(taken.runs)} builds took {seconds:.2f} s.")
    return seconds


def _delivered(country: int) -> bytes:
    """A file of reports from one country that nobody has delivered before; none is a row of a round."""
    rows, _ = generated(ROWS_DELIVERED * land.COUNTRIES * 2, seed=1_000 + country)
    rows = rows.take((rows.country == country) & (rows.round == NO_ROUND)).take(slice(0, ROWS_DELIVERED))
    table = pa.concat_tables(report_tables(rows))
    columns = {name: table[name] for name in ("source", "region", "measure", "start", "end", "published")}
    columns |= {
        "ref": pc.binary_join_element_wise(f"delivery-{country}", table["ref"], "-"),
        "cause": pa.array([Cause.CONFLICT.value] * len(table)),
        "value": table["stated_value"],
        "low": table["stated_low"],
        "high": table["stated_high"],
    }
    return bytes(as_csv(pa.table(columns), header=True))
