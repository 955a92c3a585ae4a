from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests import factories
from tracker.figures import table
from tracker.figures.build import build
from tracker.figures.changes import BuildCounts
from tracker.figures.cubes import CubeKey
from tracker.figures.verify import differences
from tracker.models import Figure, Region, Report, Run, Source
from tracker.models.versions import supersede
from tracker.vocabulary import Status
from tracker.work import drain

pytestmark = pytest.mark.django_db

KEY = CubeKey("XX", "departures", "conflict")
CUBE: dict[str, Any] = KEY.fields
FIRST = datetime(2024, 12, 10, tzinfo=UTC)
LATER = datetime(2024, 12, 20, tzinfo=UTC)


@pytest.fixture
def xx() -> Region:
    return factories.country("XX", parts=2)


@pytest.fixture
def un() -> Source:
    return factories.source("un")


def departures(region: Region, source: Source, value: int, ref: str, **fields: object) -> Report:
    fields = {"start": date(2024, 12, 2), "end": date(2024, 12, 8)} | fields
    return factories.report(region, source, value, ref=ref, measure="departures", **fields)  # type: ignore[arg-type]


def current(period_type: str) -> dict[str, tuple[int | None, int | None]]:
    rows = Figure.objects.current().filter(period_type=period_type)
    return {row.region: (row.value, row.unlocated) for row in rows}


def test_a_build_stores_weeks_months_quarters_and_years(xx: Region, un: Source) -> None:
    departures(xx, un, 700, "a")
    departures(Region.objects.get(pcode="XX01"), un, 300, "b")
    assert build(KEY, recorded_at=FIRST) == BuildCounts(new=8)
    for period_type in ("week", "month", "quarter", "year"):
        assert current(period_type) == {"XX": (700, 400), "XX01": (300, 0 + 300)}


def test_a_second_build_writes_nothing(xx: Region, un: Source) -> None:
    departures(xx, un, 700, "a")
    build(KEY, recorded_at=FIRST)
    before = list(Figure.objects.values())
    assert build(KEY, recorded_at=LATER) == BuildCounts(unchanged=4)
    assert list(Figure.objects.values()) == before


def test_a_change_writes_new_versions_of_what_changed_only(xx: Region, un: Source) -> None:
    departures(xx, un, 700, "a")
    departures(xx, un, 70, "b", start=date(2025, 1, 6), end=date(2025, 1, 12))
    build(KEY, recorded_at=FIRST)
    old = Report.objects.get(ref="a")
    new = Report.objects.get(ref="a")
    new.pk, new.value, new.low, new.high, new.recorded_at = None, 900, 900, 900, LATER
    supersede(old, new)
    assert build(KEY, recorded_at=LATER) == BuildCounts(changed=4, unchanged=4)
    week = Figure.objects.filter(period_type="week", start=date(2024, 12, 2)).order_by("version")
    assert [(row.version, row.value, row.recorded_at, row.superseded_at) for row in week] == [
        (1, 700, FIRST, LATER),
        (2, 900, LATER, None),
    ]


def test_figures_of_a_retracted_report_are_withdrawn(xx: Region, un: Source) -> None:
    old = departures(xx, un, 700, "a")
    build(KEY, recorded_at=FIRST)
    new = Report.objects.get(pk=old.pk)
    new.pk, new.status, new.recorded_at = None, Status.RETRACTED, LATER
    supersede(old, new)
    assert build(KEY, recorded_at=LATER) == BuildCounts(withdrawn=4)
    assert Figure.objects.as_of(FIRST).count() == 4
    withdrawn = Figure.objects.current()
    assert {(row.value, row.reports, row.source_codes, row.version) for row in withdrawn} == {
        (None, 0, "", 2)
    }
    assert all(row.final_from == row.start and row.is_final for row in withdrawn)
    assert build(KEY, recorded_at=LATER + timedelta(days=1)) == BuildCounts()


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SUBMITTED, Status.REJECTED])
def test_a_proposal_changes_no_figure(xx: Region, un: Source, status: str) -> None:
    departures(xx, un, 700, "a", status=status, approved_by="")
    assert build(KEY, recorded_at=FIRST) == BuildCounts()


def test_a_stock_that_lapses_in_its_period_has_no_figure_at_its_end(xx: Region, un: Source) -> None:
    factories.report(xx, un, 500, measure="idps", start=date(2024, 12, 1), published=date(2024, 12, 1))
    build(CubeKey("XX", "idps", "conflict"), recorded_at=FIRST)
    year = Figure.objects.get(period_type="year", start=date(2025, 1, 1))
    # 180 days after 1 December 2024 is 30 May 2025, the last day on which the report speaks.
    assert (year.value, year.final_from) == (None, date(2025, 5, 31))


def test_verify_names_what_is_not_as_the_reports_make_it(xx: Region, un: Source) -> None:
    departures(xx, un, 700, "a")
    build(KEY, recorded_at=FIRST)
    assert differences(KEY, as_of=None) == []
    Figure.objects.filter(period_type="month").update(value=701, high=701)
    Figure.objects.filter(period_type="year").delete()
    assert [str(found) for found in differences(KEY, as_of=None)] == [
        "XX departures conflict 2024: figure stored 'missing', recomputed 'a figure'",
        "XX departures conflict 2024-12: value stored 701, recomputed 700",
        "XX departures conflict 2024-12: high stored 701, recomputed 700",
    ]


class TestFingerprints:
    @pytest.fixture(autouse=True)
    def _built(self, xx: Region, un: Source) -> None:
        departures(xx, un, 700, "a")
        build(KEY, recorded_at=FIRST)

    def spoilt(self) -> None:
        """A figure is changed beside the tracker; its fingerprint stays."""
        Figure.objects.filter(period_type="month").update(value=701, high=701)

    def test_what_is_made_with_the_same_fingerprint_is_not_read(self) -> None:
        self.spoilt()
        assert build(KEY, recorded_at=LATER) == BuildCounts(unchanged=4)

    def test_a_thorough_build_compares_what_is_stored(self) -> None:
        self.spoilt()
        assert build(KEY, recorded_at=LATER, thorough=True) == BuildCounts(changed=1, unchanged=3)
        assert current("month") == {"XX": (700, 700)}
        assert differences(KEY, as_of=None) == []

    def test_figures_without_a_fingerprint_are_compared_and_get_it(self) -> None:
        prints = dict(Figure.objects.values_list("period_type", "fingerprint"))
        Figure.objects.filter(period_type__in=["week", "month"]).update(fingerprint=None)
        Figure.objects.filter(period_type="month").update(value=701, high=701)
        assert build(KEY, recorded_at=LATER) == BuildCounts(changed=1, unchanged=3)
        assert dict(Figure.objects.current().values_list("period_type", "fingerprint")) == prints

    def test_many_figures_are_read_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(table, "MOST_BY_KEY", 1)
        Figure.objects.update(fingerprint=None)
        assert build(KEY, recorded_at=LATER) == BuildCounts(unchanged=4)

    def test_they_are_read_by_the_index_of_what_stands(self) -> None:
        rows = table.standing_rows(KEY).order_by().values("pk", "fingerprint")
        index = "USING INDEX figure_one_current_version"
        if connection.vendor == "postgresql":
            index = "Index Only Scan using figure_one_current_version"
            with connection.cursor() as cursor:
                # Of so few rows any way is as good: all others are taken away, until the test ends.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(
                    "SELECT indexname FROM pg_indexes WHERE tablename = 'tracker_figure'"
                    " AND indexname NOT IN ('figure_one_current_version', 'tracker_figure_pkey')"
                )
                for (other,) in cursor.fetchall():
                    cursor.execute(f'DROP INDEX "{other}"')
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        assert index in rows.explain()

    def test_a_fingerprint_is_the_same_for_ever(self) -> None:
        [month] = Figure.objects.filter(period_type="month")
        assert month.fingerprint == 6113861534290541644


def test_a_cube_whose_change_waits_for_its_build_is_not_compared(xx: Region, un: Source) -> None:
    departures(xx, un, 700, "a")
    request = Run.objects.request_build(**CUBE, changed_since=factories.RECORDED)
    drain(keys=[request.key])
    run = Run.objects.get(key=request.key)
    assert run.moment is not None and differences(KEY, as_of=None) == []
    # Recorded before that build, by a transaction that ended after it.
    departures(xx, un, 70, "b", recorded_at=run.moment - timedelta(seconds=5))
    assert differences(KEY, as_of=None) != []
    Run.objects.request_build(**CUBE, changed_since=run.moment - timedelta(seconds=5))
    assert differences(KEY, as_of=None) == differences(KEY, as_of=run.moment) == []
    drain(keys=[request.key])
    assert differences(KEY, as_of=None) == []


def test_a_figure_that_comes_back_goes_on_counting_its_versions(xx: Region, un: Source) -> None:
    first = departures(xx, un, 700, "a")
    build(KEY, recorded_at=FIRST)
    gone = supersede(first, first.successor(recorded_at=LATER, status=Status.RETRACTED))
    build(KEY, recorded_at=LATER)
    again = datetime(2024, 12, 30, tzinfo=UTC)
    supersede(gone, gone.successor(recorded_at=again, status=Status.APPROVED))
    build(KEY, recorded_at=again)
    assert set(Figure.objects.current().values_list("version", flat=True)) == {3}
    months = Figure.objects.filter(period_type="month").order_by("version")
    stood, was_withdrawn, again_stands = months.values_list("fingerprint", flat=True)
    assert stood == again_stands and (stood or 0) > 0 > (was_withdrawn or 0)
