"""Files of reports by columns and by sets: the same as row by row and object by object, whatever they say."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import IO, Any
from unittest.mock import patch

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import factories
from tests.ingest.files import ROWS
from tests.ingest.plainly import load_plainly
from tracker.ingest import bulk, delivered
from tracker.ingest.delivery import Delivery, Tally
from tracker.ingest.readers import blocks
from tracker.models import Report
from tracker.vocabulary import Status

NOW = datetime(2024, 12, 20, tzinfo=UTC)

CELLS: dict[str, Sequence[str]] = {
    "source": ("un", "un", "ngo", "ngo", "who", "", "u n"),
    "region": ("XX01", "XX02", "XX", "YY01", "ZZ01", "XX99", ""),
    "measure": ("departures", "departures", "idps", "idps", "tourists"),
    "cause": ("conflict", "conflict", "disaster", "war"),
    "start": ("2024-12-01", "2024-12-01", "2024-12-05", "2024-11-31", ""),
    "end": ("2024-12-01", "2024-12-05", "2024-12-05", "2024-11-30"),
    "published": ("2024-12-06", "2024-12-10", "2024-12-01", "10 Dec"),
    "low": ("", "5", "10", "30", "five"),
    "high": ("", "20", "5", "1e3", " "),
    "unit": ("people", "households", "", "tents"),
    "household_size": ("", "5.5", "4.005", "0", "many"),
    "crisis": ("", "XX-2024", "ZZ-2024"),
    "round": ("", "", "r1", "r1", "r2"),
    "counterpart": ("", "YY01", "XX99"),
    "role": ("", "counted", "context", "none"),
    "title": ("", "Title", "'=1+1", "nul\x00", "a, \"b\"\tc"),
    "notes": ("", "Seen.", "two\r\nlines", "\\N", "é\u200f"),
    "sensitivity": ("", "public", "internal", "secret"),
}  # fmt: skip
"""Right cells and wrong ones; the right ones more often."""
REFS = st.sampled_from(["a", "b", "c"] * 4 + [" a", "'=a", "", "two\nlines", "x" * 121, "back\\slash"])
VALUES = st.sampled_from(
    ["10", "15"] * 5 + ["20", " 20", "007", "0", "-1", "x", "", "10000000000", "٣", "999999999"]
)
ROUND = {"source": "ngo", "measure": "idps", "end": "2024-12-01", "round": "r1"}
KINDS = [ROWS["reports"] | more for more in ({}, ROUND, {"unit": "households", "household_size": "5.5"})]
OPTIONAL = [name for name in CELLS if name not in ROWS["reports"]]


@dataclass(frozen=True)
class File:
    """A delivery to come: its bytes and how it is delivered."""

    content: bytes
    approve: bool
    recorded_as_published: bool
    hours: int

    @property
    def delivery(self) -> Delivery:
        return Delivery(
            file="reports.csv",
            now=NOW + timedelta(hours=self.hours),
            by="ann",
            approve=self.approve,
            recorded_as_published=self.recorded_as_published,
        )


NAMES = st.lists(st.sampled_from(OPTIONAL), unique=True, max_size=6).map(
    lambda more: [*ROWS["reports"], *more]
)


@st.composite
def contents(draw: st.DrawFn, names: st.SearchStrategy[list[str]] = NAMES) -> bytes:
    columns = draw(names)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerow(columns)
    for _ in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(KINDS))
        row = {name: kind.get(name, "") for name in columns}
        for name in draw(
            st.lists(st.sampled_from([name for name in columns if name in CELLS]), max_size=2, unique=True)
        ):
            row[name] = draw(st.sampled_from(CELLS[name]))
        row |= {"ref": draw(REFS), "value": draw(VALUES)}
        writer.writerow([*row.values(), *draw(st.sampled_from([(), (), (), (), ("too much",)]))])
    return text.getvalue().encode()


@st.composite
def contents_growing(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A file, and the same with rows before and after."""
    columns = st.just(draw(NAMES))
    before, first, after = (draw(contents(columns)) for _ in range(3))
    head, _, rows = first.partition(b"\n")
    return first, b"\n".join([head, before.partition(b"\n")[2] + rows + after.partition(b"\n")[2]])


def deliveries(file: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[File]]:
    return st.lists(
        st.builds(File, file, st.booleans(), st.booleans(), st.integers(-2, 5)), min_size=1, max_size=4
    )


Load = Callable[[IO[bytes], Delivery, Tally], None]
Outcome = tuple[list[dict[str, Any]], list[Tally]]


def outcome(files: Sequence[File], load: Load, *, hashes: bool) -> Outcome:
    """What the table holds after these deliveries, and what was counted; all is rolled back."""
    tallies = []
    with transaction.atomic():
        for file in files:
            tally = Tally()
            load(io.BytesIO(file.content), file.delivery, tally)
            tally.rejects.sort(key=lambda reject: reject.line)
            tallies.append(tally)
            # Somebody adds a breakdown, and takes a report back.
            Report.objects.current().filter(ref="b").update(breakdown={"female": 1})
            Report.objects.current().approved().filter(ref="c").update(status=Status.RETRACTED)
        left_out = {"id"} | (set() if hashes else {"row_hash"})
        rows = [
            {name: value for name, value in row.items() if name not in left_out}
            for row in Report.objects.order_by("source", "ref", "version").values()
        ]
        transaction.set_rollback(True)
    return rows, tallies


def one_by_one(file: IO[bytes], delivery: Delivery, tally: Tally) -> None:
    bulk.load(file, delivery, tally, one_by_one=True)


@contextmanager
def small() -> Iterator[None]:
    """Blocks of a row or two, so that a file has many."""
    with patch.object(blocks, "BLOCK", 120):
        yield


class TestProperties(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        country = factories.country("XX")
        factories.country("YY", parts=1)
        factories.region("ZZ01", factories.region("ZZ", household_size=Decimal("3.3")))
        factories.source("un")
        factories.crisis("XX-2024")
        factories.assessment_round(factories.source("ngo", tier=3), country, "r1")

    @given(deliveries(contents()))
    @settings(max_examples=150)
    def test_whatever_is_delivered_is_stored_as_by_hand(self, files: list[File]):
        assert outcome(files, bulk.load, hashes=False) == outcome(files, load_plainly, hashes=False)

    @given(deliveries(contents()))
    @settings(max_examples=60)
    def test_by_columns_comes_out_what_comes_out_row_by_row_hashes_included(self, files: list[File]):
        with small():
            by_columns = outcome(files, bulk.load, hashes=True)
        assert by_columns == outcome(files, one_by_one, hashes=True)

    @given(contents_growing(), deliveries(st.just(b"")))
    @settings(max_examples=80)
    def test_rows_that_are_known_again_come_to_what_they_come_to_otherwise(
        self, contents: tuple[bytes, bytes], files: list[File]
    ):
        first, grown = contents
        files = [replace(file, content=first) for file in files] + [replace(files[0], content=grown)]
        usual = outcome(files, bulk.load, hashes=True)
        with small(), patch.object(bulk, "LARGE", 0), patch.object(delivered, "SHARE_KNOWN", 0.1):
            assert outcome(files, bulk.load, hashes=True) == usual
