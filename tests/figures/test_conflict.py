"""Conflict figures: what is counted, and what a build writes."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import factories
from tests.figures.by_hand import SAID, counted_by_hand
from tracker.figures.changes import BuildCounts
from tracker.figures.conflict import build_conflict, prepare_conflict, store_conflict
from tracker.models import ConflictEvent, ConflictFigure, Region, Run
from tracker.models.versions import supersede
from tracker.vocabulary import EventType

LATER = factories.RECORDED + timedelta(days=400)


@pytest.fixture
def regions(db: None) -> dict[str, Region]:
    """A country XX of two governorates; XX01 has two districts, and the codes do not tell who holds whom."""
    whole = factories.region("XX")
    first, second = factories.region("XX01", whole), factories.region("XX02", whole)
    found = [whole, first, second, factories.region("A1", first), factories.region("A2", first)]
    return {region.pcode: region for region in found}


def stored(**fields: Any) -> dict[str, tuple[int, int | None, int | None, int | None, int]]:
    rows = ConflictFigure.objects.current().filter(**fields)
    return {row.region: (row.events, row.low, row.best, row.high, row.unknown) for row in rows}


def changed(event: ConflictEvent, *, at: datetime, **fields: Any) -> ConflictEvent:
    """A new version of `event`, recorded at `at`."""
    values = {name: getattr(event, name) for name in (*ConflictEvent.IDENTITY, *ConflictEvent.CONTENT)}
    return supersede(event, ConflictEvent(**values | fields, recorded_at=at))


def test_an_event_counts_in_its_region_and_in_all_above(regions: dict[str, Region]) -> None:
    factories.event(regions["A1"], low=1, best=2, high=5)
    factories.event(regions["XX02"], low=0, best=0, high=0)
    build_conflict("XX", recorded_at=LATER)
    assert stored(period_type="week") == {
        "A1": (1, 1, 2, 5, 0),
        "XX01": (1, 1, 2, 5, 0),
        "XX02": (1, 0, 0, 0, 0),
        "XX": (2, 1, 2, 5, 0),
    }


def test_an_event_known_only_to_lie_somewhere_inside_counts_there_and_above(
    regions: dict[str, Region],
) -> None:
    factories.event(regions["XX01"])
    factories.event(regions["A1"])
    build_conflict("XX", recorded_at=LATER)
    counted = {pcode: row[0] for pcode, row in stored(period_type="year").items()}
    assert counted == {"A1": 1, "XX01": 2, "XX": 2}


def test_fatalities_that_are_known_of_no_event_are_unknown_and_not_zero(regions: dict[str, Region]) -> None:
    factories.event(regions["A1"])
    factories.event(regions["A2"], low=3)
    factories.event(regions["A2"], best=0)
    build_conflict("XX", recorded_at=LATER)
    rows = stored(period_type="month")
    assert rows["A1"] == (1, None, None, None, 1)
    assert rows["A2"] == (2, 3, 0, None, 1)
    assert rows["XX"] == (3, 3, 0, None, 2)


def test_event_types_are_counted_apart(regions: dict[str, Region]) -> None:
    factories.event(regions["A1"], event_type=EventType.BATTLES)
    factories.event(regions["A1"], event_type=EventType.PROTESTS)
    factories.event(regions["A1"], event_type=EventType.PROTESTS)
    build_conflict("XX", recorded_at=LATER)
    rows = ConflictFigure.objects.filter(region="XX", period_type="year")
    assert dict(rows.values_list("event_type", "events")) == {EventType.BATTLES: 1, EventType.PROTESTS: 2}


def test_an_event_belongs_to_the_periods_of_its_first_date(regions: dict[str, Region]) -> None:
    factories.event(regions["XX"], day=date(2024, 12, 30), date_end=date(2025, 2, 1))
    build_conflict("XX", recorded_at=LATER)
    found = ConflictFigure.objects.order_by("start", "end").values_list("period_type", "start", "end")
    assert list(found) == [
        ("year", date(2024, 1, 1), date(2024, 12, 31)),
        ("quarter", date(2024, 10, 1), date(2024, 12, 31)),
        ("month", date(2024, 12, 1), date(2024, 12, 31)),
        ("week", date(2024, 12, 30), date(2025, 1, 5)),
    ]


def test_retracted_events_do_not_count(regions: dict[str, Region]) -> None:
    event = factories.event(regions["A1"])
    factories.event(regions["A1"], retracted=True)
    build_conflict("XX", recorded_at=LATER)
    assert stored(period_type="week", region="A1") == {"A1": (1, None, None, None, 1)}
    changed(event, at=LATER + timedelta(hours=1), retracted=True)
    assert build_conflict("XX", recorded_at=LATER + timedelta(hours=2)).withdrawn == 12
    assert stored() == {}


def test_a_retired_region_gives_its_events_to_the_region_that_holds_it(regions: dict[str, Region]) -> None:
    factories.event(factories.region("OLD", regions["XX01"], retired=True))
    build_conflict("XX", recorded_at=LATER)
    assert stored(period_type="week").keys() == {"XX01", "XX"}


def test_figures_carry_the_level_of_their_region(regions: dict[str, Region]) -> None:
    factories.event(regions["A1"])
    build_conflict("XX", recorded_at=LATER)
    levels = set(ConflictFigure.objects.values_list("region", "level"))
    assert levels == {("XX", 0), ("XX01", 1), ("A1", 2)}


def test_countries_do_not_mix(regions: dict[str, Region]) -> None:
    factories.event(regions["A1"])
    factories.event(factories.country("YY"))
    build_conflict("XX", recorded_at=LATER)
    assert set(ConflictFigure.objects.values_list("country", flat=True)) == {"XX"}


def test_only_what_changed_is_written(regions: dict[str, Region]) -> None:
    run = Run.objects.create(kind="conflict", key="conflict:XX", state="done")
    factories.event(regions["A1"], best=1)
    first = build_conflict("XX", recorded_at=LATER, run=run)
    assert first == BuildCounts(new=12)
    again = build_conflict("XX", recorded_at=LATER + timedelta(hours=1), run=run)
    assert again == BuildCounts(unchanged=12)
    factories.event(regions["XX02"], best=4, recorded_at=LATER + timedelta(hours=2))
    third = build_conflict("XX", recorded_at=LATER + timedelta(hours=3), run=run)
    assert third == BuildCounts(new=4, changed=4, unchanged=8)
    versions = ConflictFigure.objects.filter(region="XX", period_type="week").order_by("version")
    assert list(versions.values_list("version", "events", "recorded_at", "superseded_at", "build")) == [
        (1, 1, LATER, LATER + timedelta(hours=3), run.pk),
        (2, 2, LATER + timedelta(hours=3), None, run.pk),
    ]


def test_a_figure_that_was_withdrawn_comes_back_as_its_next_version(regions: dict[str, Region]) -> None:
    event = factories.event(regions["XX"])
    build_conflict("XX", recorded_at=LATER)
    event = changed(event, at=LATER + timedelta(hours=1), date=date(2023, 1, 1))
    build_conflict("XX", recorded_at=LATER + timedelta(hours=2))
    changed(event, at=LATER + timedelta(hours=3), date=factories.DAY)
    build_conflict("XX", recorded_at=LATER + timedelta(hours=4))
    versions = ConflictFigure.objects.filter(period_type="week", start=date(2024, 11, 25)).order_by("version")
    assert list(versions.values_list("version", "recorded_at", "superseded_at")) == [
        (1, LATER, LATER + timedelta(hours=2)),
        (2, LATER + timedelta(hours=4), None),
    ]


def test_events_recorded_after_the_moment_of_a_build_are_left_to_the_next(regions: dict[str, Region]) -> None:
    factories.event(regions["XX"], recorded_at=LATER + timedelta(seconds=1))
    assert build_conflict("XX", recorded_at=LATER) == BuildCounts()
    assert build_conflict("XX", recorded_at=LATER + timedelta(seconds=1)).new == 4


def test_preparing_writes_nothing_and_storing_is_all_or_nothing(regions: dict[str, Region]) -> None:
    factories.event(regions["A1"])
    build_conflict("XX", recorded_at=LATER)
    factories.event(regions["A2"])
    found = prepare_conflict("XX", recorded_at=LATER + timedelta(hours=1))
    before = list(ConflictFigure.objects.order_by("pk").values())
    assert before and found.counts.changed == 8
    broken = found.new.take(found.new.events > 0)
    broken.events[-1] = 0  # which the table refuses, in the last row of all
    with pytest.raises(IntegrityError):
        store_conflict(type(found)(**vars(found) | {"new": broken}), None)
    assert list(ConflictFigure.objects.order_by("pk").values()) == before


ABOVE = {"XX": "", "XX01": "XX", "XX02": "XX", "A1": "XX01", "A2": "XX01", "OLD": "A2"}
DAYS = st.dates(date(2023, 12, 20), date(2025, 1, 10))


@st.composite
def said_of_events(draw: st.DrawFn) -> dict[str, Any]:
    """What an event says: any fields, its region as a P-code."""
    fatalities = sorted(draw(st.tuples(*[st.integers(0, 9)] * 3)))
    known = draw(st.tuples(*[st.booleans()] * 3))
    return {
        "region": draw(st.sampled_from(sorted(ABOVE))),
        "date": draw(DAYS),
        "event_type": draw(st.sampled_from(EventType.values)),
        "retracted": draw(st.integers(0, 4)) == 0,
    } | {
        name: number if is_known else None
        for name, number, is_known in zip(("low", "best", "high"), fatalities, known, strict=True)
    }


class RandomEvents(TestCase):
    @settings(max_examples=40)
    @given(st.lists(st.lists(said_of_events(), max_size=20), min_size=1, max_size=3))
    def test_a_build_counts_as_one_counts_by_hand(self, states: list[list[dict[str, Any]]]) -> None:
        regions: dict[str, Region] = {}
        for pcode, parent in ABOVE.items():
            regions[pcode] = factories.region(pcode, regions.get(parent), retired=pcode == "OLD")
        for hour, state in enumerate(states):
            at = LATER + timedelta(hours=hour)
            ConflictEvent.objects.current().update(superseded_at=at)
            for number, said in enumerate(state):
                fields = {name: value for name, value in said.items() if name not in {"region", "date"}}
                region = regions[said["region"]]
                factories.event(region, f"{hour}-{number}", day=said["date"], recorded_at=at, **fields)
            build_conflict("XX", recorded_at=at)
            located = [event | {"region": event["region"].replace("OLD", "A2")} for event in state]
            rows = ConflictFigure.objects.current().values_list(*SAID)
            assert Counter(rows) == counted_by_hand(located, ABOVE)
