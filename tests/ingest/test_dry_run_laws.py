"""What is said of a file is what happens when it is taken, whatever it holds and whatever stands."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import factories
from tests.ingest.checked import checked, load, sheet_of
from tests.ingest.test_bulk import contents
from tracker.ingest.uploads import rows_taken
from tracker.models import Report
from tracker.models.imports import DIFFERENT
from tracker.vocabulary import RowOutcome, Status


def standing() -> list[dict[str, Any]]:
    """What stands, but for when and after how many versions it came to."""
    rows = Report.objects.current().approved().order_by("source", "ref").values()
    return [{k: v for k, v in row.items() if k not in ("id", "row_hash", "recorded_at")} for row in rows]


class TestLaws(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        country = factories.country("XX")
        factories.country("YY", parts=1)
        factories.region("ZZ01", factories.region("ZZ", household_size=3))
        factories.source("un")
        factories.crisis("XX-2024")
        factories.assessment_round(factories.source("ngo", tier=3), country, "r1")

    @given(st.lists(st.tuples(contents(), st.booleans()), max_size=3), contents())
    @settings(max_examples=80)
    def test_what_is_said_of_each_row_is_what_comes_of_it(
        self, before: list[tuple[bytes, bool]], content: bytes
    ):
        with transaction.atomic():
            for earlier, approve in before:
                load(earlier, approve=approve)
                Report.objects.current().approved().filter(ref="c").update(status=Status.RETRACTED)
            rows = checked(content)
            tally = load(content, approve=True)
            for row in rows:
                if row.report is not None:
                    stands = Report.objects.current().get(source=row.report.source, ref=row.report.ref)
                    assert row.report.same_content(stands)
            transaction.set_rollback(True)
        counted = {outcome: sum(row.outcome == outcome for row in rows) for outcome in RowOutcome}
        assert counted[RowOutcome.NEW] + counted[RowOutcome.CHANGED] == tally.new + tally.changed
        assert counted[RowOutcome.UNCHANGED] == tally.unchanged
        refused = (RowOutcome.REJECTED, RowOutcome.UNMATCHED)
        assert {row.line for row in rows if row.outcome in refused} == {one.line for one in tally.rejects}

    @given(contents(), contents())
    @settings(max_examples=60)
    def test_the_rows_that_are_taken_make_what_the_whole_file_makes(self, before: bytes, content: bytes):
        made = []
        for take_rows in (False, True):
            with transaction.atomic():
                load(before, approve=True)
                if take_rows:
                    lines = {row.line for row in checked(content) if row.outcome in DIFFERENT}
                    with rows_taken(sheet_of(content), lines) as file:
                        assert not load(file.read(), approve=True).rejects
                else:
                    load(content, approve=True)
                made.append(standing())
                transaction.set_rollback(True)
        assert made[0] == made[1]
