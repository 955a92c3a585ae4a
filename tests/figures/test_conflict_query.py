"""Conflict figures as they are asked for."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests import factories
from tracker.figures.conflict import build_conflict
from tracker.figures.conflict_query import ConflictFilter, conflict_count, conflict_page, conflict_rows
from tracker.models import ConflictEvent, Region
from tracker.models.versions import supersede
from tracker.vocabulary import EventType

BUILT = datetime(2024, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPOKEN = ("region", "event_type", "period_type", "start")


@pytest.fixture
def regions(db: None) -> dict[str, Region]:
    whole = factories.region("XX")
    first, second = factories.region("XX01", whole), factories.region("XX02", whole)
    found = [whole, first, second, factories.region("A1", first), factories.region("A2", first)]
    return {region.pcode: region for region in found}


@pytest.fixture
def events(regions: dict[str, Region]) -> None:
    factories.event(regions["A1"], day=date(2024, 11, 28), low=1, best=2, high=3)
    factories.event(regions["A1"], day=date(2024, 11, 28), best=5)
    factories.event(regions["A1"], day=date(2024, 12, 3), event_type=EventType.RIOTS)
    factories.event(regions["A2"], day=date(2024, 12, 3), high=9)
    factories.event(regions["XX01"], day=date(2024, 11, 30))
    factories.event(regions["XX02"], day=date(2024, 12, 3), best=0)
    factories.event(regions["XX02"], day=date(2024, 12, 4), retracted=True)
    build_conflict("XX", recorded_at=BUILT)


def places(wanted: ConflictFilter) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in SPOKEN) for row in conflict_rows(wanted)]


def asked(**fields: Any) -> ConflictFilter:
    return ConflictFilter(**{"as_of": BUILT} | fields)


def test_a_row_has_these_fields_in_this_order(events: None) -> None:
    [row] = conflict_rows(asked(regions=("A1",), period_types=("week",), event_types=(EventType.BATTLES,)))
    assert list(row.items()) == [
        ("region", "A1"),
        ("region_name", "Region A1"),
        ("level", 2),
        ("event_type", "Battles"),
        ("period_type", "week"),
        ("period", "2024-W48"),
        ("start", date(2024, 11, 25)),
        ("end", date(2024, 12, 1)),
        ("events", 2),
        ("fatalities_low", 1),
        ("fatalities_best", 7),
        ("fatalities_high", 3),
        ("fatalities_unknown", 0),
        ("recorded_at", BUILT),
    ]


def test_days_are_made_from_the_events(events: None) -> None:
    rows = list(conflict_rows(asked(period_types=("day",), regions=("A1", "XX"))))
    names = (
        "region",
        "event_type",
        "period",
        "events",
        "fatalities_best",
        "fatalities_high",
        "fatalities_unknown",
    )
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("A1", "Battles", "2024-11-28", 2, 7, 3, 0),
        ("A1", "Riots", "2024-12-03", 1, None, None, 1),
        ("XX", "Battles", "2024-11-28", 2, 7, 3, 0),
        ("XX", "Battles", "2024-11-30", 1, None, None, 1),
        ("XX", "Battles", "2024-12-03", 2, 0, 9, 1),
        ("XX", "Riots", "2024-12-03", 1, None, None, 1),
    ]
    assert all(row["start"] == row["end"] for row in rows)


def test_days_add_up_to_the_stored_periods(events: None) -> None:
    for kind in ("week", "month", "quarter", "year"):
        for period in conflict_rows(asked(period_types=(kind,))):
            days = conflict_rows(
                asked(
                    period_types=("day",),
                    regions=(period["region"],),
                    event_types=(period["event_type"],),
                    start=period["start"],
                    end=period["end"],
                )
            )
            counts = [(row["events"], row["fatalities_best"], row["fatalities_unknown"]) for row in days]
            known = [best for _, best, _ in counts if best is not None]
            assert period["events"] == sum(events for events, _, _ in counts)
            assert period["fatalities_best"] == (sum(known) if known else None)
            assert period["fatalities_unknown"] == sum(unknown for _, _, unknown in counts)


@pytest.mark.parametrize("kind", ["day", "week"])
def test_within_means_all_below_but_not_the_region_itself(events: None, kind: str) -> None:
    found = {row["region"] for row in conflict_rows(asked(within=("XX",), period_types=(kind,)))}
    assert found == {"XX01", "XX02", "A1", "A2"}
    found = {row["region"] for row in conflict_rows(asked(within=("XX01",), period_types=(kind,)))}
    assert found == {"A1", "A2"}


@pytest.mark.parametrize("kind", ["day", "month"])
def test_filters_leave_what_meets_all_of_them(events: None, kind: str) -> None:
    rows = places(asked(within=("XX",), levels=(1,), event_types=(EventType.RIOTS,), period_types=(kind,)))
    assert [row[:3] for row in rows] == [("XX01", "Riots", kind)]
    assert places(asked(regions=("XX",), within=("XX",), period_types=(kind,))) == []
    assert places(asked(levels=(4,), period_types=(kind,))) == []


def test_from_and_to_keep_the_periods_that_overlap_them(events: None) -> None:
    inside = {"regions": ("XX",), "start": date(2024, 11, 29), "end": date(2024, 11, 30)}
    found = {row["period"] for row in conflict_rows(asked(**inside))}
    assert found == {"2024-11-30", "2024-W48", "2024-11", "2024-Q4", "2024"}


def test_no_filter_gives_every_kind_of_period_stored_ones_first(events: None) -> None:
    kinds = [row["period_type"] for row in conflict_rows(asked())]
    assert set(kinds) == {"day", "week", "month", "quarter", "year"}
    assert kinds.index("day") == len(kinds) - kinds.count("day")


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
@pytest.mark.parametrize("kinds", [(), ("day",), ("week", "day"), ("year",)])
def test_pages_follow_each_other_without_gap_or_repetition(
    events: None, limit: int, kinds: tuple[str, ...]
) -> None:
    wanted = asked(period_types=kinds)
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = conflict_page(wanted, limit=limit, after=after)
        rows += page.rows
        if page.next_after is None:
            break
        assert len(page.rows) == limit
        after = tuple(json.loads(json.dumps(page.next_after)))
    assert rows == list(conflict_rows(wanted))
    assert conflict_count(wanted) == len(rows)
    assert len(rows) == len({tuple(row[name] for name in SPOKEN) for row in rows})


@pytest.mark.parametrize("after", [(), ("XX",), ("XX", "day", "XX", "Battles", "yesterday")])
def test_a_place_that_is_none_is_refused(events: None, after: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        conflict_page(asked(), limit=1, after=after)


def test_as_of_gives_what_stood_then(regions: dict[str, Region]) -> None:
    first = factories.event(regions["A1"], best=1, recorded_at=BUILT)
    build_conflict("XX", recorded_at=BUILT)
    fields = {name: getattr(first, name) for name in (*ConflictEvent.IDENTITY, *ConflictEvent.CONTENT)}
    supersede(first, ConflictEvent(**fields | {"best": 6}, recorded_at=BUILT + HOUR))
    build_conflict("XX", recorded_at=BUILT + HOUR)
    for kind in ("day", "week"):
        for moment, best in [(BUILT, 1), (BUILT + HOUR / 2, 1), (BUILT + HOUR, 6), (None, 6)]:
            rows = list(conflict_rows(ConflictFilter(regions=("XX",), period_types=(kind,), as_of=moment)))
            assert [row["fatalities_best"] for row in rows] == [best]
        assert places(asked(period_types=(kind,), as_of=BUILT - HOUR)) == []


def test_periods_that_begin_after_the_as_of_day_have_no_figure(regions: dict[str, Region]) -> None:
    factories.event(regions["XX"], day=date(2024, 12, 21), recorded_at=BUILT)
    factories.event(regions["XX"], day=date(2025, 1, 7), recorded_at=BUILT)
    build_conflict("XX", recorded_at=BUILT)

    def periods(days: int) -> set[str]:
        return {row["period"] for row in conflict_rows(asked(as_of=BUILT + timedelta(days=days)))}

    assert periods(0) == {"2024-W51", "2024-12", "2024-Q4", "2024"}
    assert periods(1) - periods(0) == {"2024-12-21"}
    assert periods(12) - periods(1) == {"2025-01", "2025-Q1", "2025"}
    assert periods(18) - periods(12) == {"2025-W02", "2025-01-07"}


@pytest.mark.parametrize("kind", ["day", "week"])
def test_updated_after_keeps_what_changed_since(regions: dict[str, Region], kind: str) -> None:
    factories.event(regions["A1"], recorded_at=BUILT)
    leaving = factories.event(regions["A2"], recorded_at=BUILT)
    factories.event(regions["A2"], recorded_at=BUILT)
    factories.event(regions["XX02"], recorded_at=BUILT)
    build_conflict("XX", recorded_at=BUILT)
    fields = {name: getattr(leaving, name) for name in (*ConflictEvent.IDENTITY, *ConflictEvent.CONTENT)}
    changes = {"region": "XX01", "event_type": EventType.RIOTS}
    supersede(leaving, ConflictEvent(**fields | changes, recorded_at=BUILT + HOUR))
    build_conflict("XX", recorded_at=BUILT + HOUR)
    wanted = asked(period_types=(kind,), as_of=BUILT + HOUR, updated_after=BUILT)
    assert {(row["region"], row["event_type"]) for row in conflict_rows(wanted)} == {
        ("A2", "Battles"),
        ("XX01", "Battles"),
        ("XX01", "Riots"),
        ("XX", "Battles"),
        ("XX", "Riots"),
    }
    assert {row["recorded_at"] for row in conflict_rows(wanted)} == {BUILT + HOUR}
    assert conflict_count(wanted) == 5


def test_a_retired_region_is_counted_in_the_region_that_holds_it(regions: dict[str, Region]) -> None:
    factories.event(factories.region("OLD", regions["XX01"], retired=True))
    build_conflict("XX", recorded_at=BUILT)
    for kind in ("day", "week"):
        assert [row[0] for row in places(asked(period_types=(kind,)))] == ["XX", "XX01"]


def test_countries_follow_each_other(events: None) -> None:
    factories.event(factories.region("AA"))
    factories.event(factories.region("ZZ"))
    for country in ("AA", "ZZ"):
        build_conflict(country, recorded_at=BUILT)
    for kind in ("day", "year"):
        countries = [row[0] for row in places(asked(period_types=(kind,), levels=(0,)))]
        assert list(dict.fromkeys(countries)) == ["AA", "XX", "ZZ"]
