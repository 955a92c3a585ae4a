from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests import factories
from tests.ingest.files import csv_file
from tracker.ingest.imports import IngestResult
from tracker.ingest.load import ingest
from tracker.models import ConflictEvent, Region, Run
from tracker.models.versions import supersede
from tracker.vocabulary import RunState

pytestmark = pytest.mark.django_db


def shaped(pcode: str, parent: Region | None, west: float, south: float, east: float, north: float) -> Region:
    return factories.region(pcode, parent, geometry=shapely.to_wkb(shapely.box(west, south, east, north)))


@pytest.fixture(autouse=True)
def _known() -> None:
    country = shaped("XX", None, 0, 0, 2, 2)
    west = shaped("XX01", country, 0, 0, 1, 2)
    shaped("XX02", country, 1, 0, 2, 2)
    south = shaped("XX0101", west, 0, 0, 1, 1)
    shaped("XX0102", west, 0, 1, 1, 2)
    shaped("XX010101", south, 0, 0, 1, 1)


@pytest.fixture
def deliver(tmp_path: Path) -> Any:
    def deliver(*rows: dict[str, Any], **options: Any) -> IngestResult:
        return ingest("events", csv_file(tmp_path, "events", *rows), **options)

    return deliver


def counts(result: IngestResult) -> tuple[int, int, int, int]:
    return result.new, result.changed, result.unchanged, result.rejected


@pytest.mark.parametrize(
    ("cells", "region", "located_by"),
    [
        ({"region": "XX01"}, "XX01", "stated"),
        ({"region": "XX01", "geo_precision": "1"}, "XX01", "stated"),
        ({"latitude": "0.5", "longitude": "0.5", "region": ""}, "XX010101", "point"),
        ({"latitude": "0.5", "longitude": "0.5", "region": "XX02"}, "XX010101", "point"),
        (
            {"latitude": "0.5", "longitude": "0.5", "region": "XX02", "geo_precision": "2"},
            "XX010101",
            "point",
        ),
        ({"latitude": "1.5", "longitude": "0.5", "region": ""}, "XX0102", "point"),
        ({"latitude": "1.5", "longitude": "1.0", "region": ""}, "XX0102", "point"),
        ({"latitude": "-0.02", "longitude": "1.5", "region": ""}, "XX02", "nearest"),
        ({"latitude": "-60", "longitude": "1.5", "region": "XX02"}, "XX02", "stated"),
        ({"latitude": "0.5", "longitude": "0.5", "region": "XX02", "geo_precision": "3"}, "XX02", "stated"),
        ({"latitude": "0.5", "longitude": "0.5", "region": "", "geo_precision": "3"}, "XX0101", "point"),
        ({"latitude": "1.0", "longitude": "0.5", "region": "", "geo_precision": "3"}, "XX0101", "border"),
        ({"latitude": "0.5", "longitude": "0.5", "region": "", "geo_precision": "4"}, "XX01", "point"),
        ({"latitude": "0.5", "longitude": "0.5", "region": "", "geo_precision": "5"}, "XX", "point"),
        ({"latitude": "0.5", "longitude": "0.5", "region": "", "geo_precision": "6"}, "XX", "point"),
    ],
)
def test_an_event_lies_where_its_precision_allows(
    deliver: Any, cells: dict[str, str], region: str, located_by: str
):
    assert counts(deliver(cells)) == (1, 0, 0, 0)
    event = ConflictEvent.objects.get()
    assert (event.region, event.located_by, event.country) == (region, located_by, "XX")
    assert event.region_stated == cells["region"]


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"region": "XX99"}, "region", "no region has the P-code XX99"),
        ({"latitude": "0.5", "longitude": "0.5", "region": "XX99"}, "region", "no region has the P-code"),
        ({"latitude": "-60", "longitude": "1.5", "region": ""}, "latitude", "lies in no region"),
        ({"date": "2100-01-01"}, "date", "in the future"),
        ({"date_end": "2100-01-01"}, "date_end", "ends in the future"),
        ({"latitude": "91", "longitude": "1"}, "latitude", "from -90 to 90"),
    ],
)
def test_an_event_that_cannot_be_placed_costs_only_its_row(
    deliver: Any, cells: dict[str, str], column: str, reason: str
):
    result = deliver({"event_id": "bad", **cells}, {"event_id": "good"})
    assert counts(result) == (1, 0, 0, 1)
    assert result.rejects[0].column == column
    assert reason in result.rejects[0].reason
    assert ConflictEvent.objects.get().event_id == "good"


def test_today_is_not_the_future(deliver: Any):
    today = datetime.now(UTC).date()
    assert counts(deliver({"date": str(today)})) == (1, 0, 0, 0)
    assert counts(deliver({"event_id": "e2", "date": str(today + timedelta(days=1))})) == (0, 0, 0, 1)


def test_a_retired_region_has_no_points_but_may_be_named(deliver: Any):
    Region.objects.filter(pcode="XX02").update(retired=True)
    deliver(
        {"event_id": "point", "latitude": "0.5", "longitude": "1.5", "region": ""},
        {"event_id": "named", "region": "XX02", "latitude": "", "longitude": ""},
    )
    found = dict(ConflictEvent.objects.values_list("event_id", "region"))
    assert found == {"point": "XX", "named": "XX02"}


def test_unknown_fatalities_stay_unknown_and_zero_is_zero(deliver: Any):
    deliver({"event_id": "unknown", "best": ""}, {"event_id": "none", "best": "0", "low": "0", "high": "3"})
    found = {event.event_id: (event.low, event.best, event.high) for event in ConflictEvent.objects.all()}
    assert found == {"unknown": (None, None, None), "none": (0, 0, 3)}


def test_an_event_without_an_end_happened_on_its_day(deliver: Any):
    deliver({})
    event = ConflictEvent.objects.get()
    assert event.date_end == event.date


def test_the_same_again_changes_nothing_and_other_content_is_a_new_version(deliver: Any):
    deliver({"best": "3"})
    Run.objects.all().delete()
    assert counts(deliver({"best": "3"})) == (0, 0, 1, 0)
    assert not Run.objects.filter(state=RunState.DUE).exists()
    assert counts(deliver({"best": "4"})) == (0, 1, 0, 0)
    old, new = ConflictEvent.objects.order_by("version")
    assert (old.best, new.best, new.version) == (3, 4, 2)
    assert old.superseded_at == new.recorded_at


def test_the_same_id_with_other_content_in_a_file_is_rejected(deliver: Any):
    result = deliver({"best": "3"}, {"best": "4"})
    assert counts(result) == (1, 0, 0, 1)
    assert (result.rejects[0].line, result.rejects[0].column) == (3, "event_id")


def test_one_id_in_two_datasets_is_two_events(deliver: Any):
    assert counts(deliver({"dataset": "acled"}, {"dataset": "ucdp"})) == (2, 0, 0, 0)


def test_a_retracted_event_that_is_delivered_again_stands_again(deliver: Any):
    deliver({})
    event = ConflictEvent.objects.get()
    supersede(event, event.successor(retracted=True))
    assert counts(deliver({})) == (0, 1, 0, 0)
    assert not ConflictEvent.objects.current().get().retracted


def test_the_conflict_figures_of_each_country_touched_are_due(deliver: Any):
    factories.country("YY")
    deliver({"event_id": "1"}, {"event_id": "2", "region": "YY01"})
    due = Run.objects.filter(state=RunState.DUE)
    assert set(due.values_list("key", flat=True)) == {"conflict:XX", "conflict:YY"}
    due.delete()
    deliver({"event_id": "1", "region": "YY01"})
    assert set(due.values_list("key", flat=True)) == {"conflict:XX", "conflict:YY"}


def test_an_archived_event_is_recorded_at_the_end_of_its_days(deliver: Any):
    deliver({"date": "2024-12-05", "date_end": "2024-12-06"}, recorded_as_published=True)
    assert ConflictEvent.objects.get().recorded_at == datetime(2024, 12, 6, tzinfo=UTC)


def test_boundaries_are_read_only_where_a_point_asks_for_them(deliver: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "tracker.geo.locate", None)
    assert counts(deliver({"region": "XX01"})) == (1, 0, 0, 0)
    with pytest.raises(ImportError):
        deliver({"event_id": "point", "latitude": "0.5", "longitude": "0.5"})
