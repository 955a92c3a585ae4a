"""Replaying conflict figures: as of every moment, what a build of that moment would have said."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import factories
from tests.figures.by_hand import SAID, counted_by_hand
from tracker.figures.changes import BuildCounts
from tracker.figures.conflict import build_conflict
from tracker.figures.conflict_replay import replay_conflict
from tracker.models import ConflictEvent, ConflictFigure, Region, Run
from tracker.models.versions import supersede
from tracker.vocabulary import EventType

FIRST = datetime(2024, 11, 27, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def whole(db: None) -> Region:
    return factories.country("XX")


def replay() -> BuildCounts:
    run = Run.objects.create(kind="conflict", key="conflict:XX", state="done", backfilled=True)
    return replay_conflict("XX", run)


def build(at: datetime) -> BuildCounts:
    run = Run.objects.create(kind="conflict", key="conflict:XX", state="done")
    return build_conflict("XX", recorded_at=at, run=run)


def said_at(moment: datetime | None) -> Counter[Any]:
    return Counter(ConflictFigure.objects.as_of(moment).values_list(*SAID))


def weeks_of(region: str) -> list[Any]:
    rows = ConflictFigure.objects.filter(region=region, period_type="week").order_by("start", "version")
    return list(rows.values_list("version", "events", "recorded_at", "superseded_at"))


def new_version(event: ConflictEvent, *, at: datetime, **fields: Any) -> ConflictEvent:
    values = {name: getattr(event, name) for name in (*ConflictEvent.IDENTITY, *ConflictEvent.CONTENT)}
    return supersede(event, ConflictEvent(**values | fields, recorded_at=at))


def test_history_grows_with_each_event(whole: Region) -> None:
    for days in (0, 1, 3):
        factories.event(whole, day=(FIRST + days * DAY).date(), recorded_at=FIRST + days * DAY)
    assert replay().new == 3 * 4
    assert weeks_of("XX") == [
        (1, 1, FIRST, FIRST + DAY),
        (2, 2, FIRST + DAY, FIRST + 3 * DAY),
        (3, 3, FIRST + 3 * DAY, None),
    ]


def test_a_change_that_changes_no_count_makes_no_version(whole: Region) -> None:
    event = factories.event(whole, best=3, recorded_at=FIRST)
    new_version(event, at=FIRST + DAY, notes="Another spelling of the place.")
    replay()
    assert weeks_of("XX") == [(1, 1, FIRST, None)]


def test_a_figure_ends_where_its_only_event_is_retracted(whole: Region) -> None:
    new_version(factories.event(whole, recorded_at=FIRST), at=FIRST + DAY, retracted=True)
    replay()
    assert weeks_of("XX") == [(1, 1, FIRST, FIRST + DAY)]


def test_a_second_replay_changes_nothing(whole: Region) -> None:
    event = factories.event(whole, recorded_at=FIRST)
    new_version(event, at=FIRST + DAY, best=4)
    replay()
    before = list(ConflictFigure.objects.order_by("pk").values())
    assert replay() == BuildCounts(unchanged=8)
    assert list(ConflictFigure.objects.order_by("pk").values()) == before


def test_a_build_after_a_replay_finds_nothing_to_change(whole: Region) -> None:
    new_version(factories.event(whole, recorded_at=FIRST), at=FIRST + DAY, best=4)
    replay()
    assert build(NOW) == BuildCounts(unchanged=4)


def test_a_replay_after_a_build_adds_what_was_before_it(whole: Region) -> None:
    factories.event(whole, recorded_at=FIRST)
    build(NOW)
    replay()
    assert weeks_of("XX") == [(1, 1, FIRST, NOW), (2, 1, NOW, None)]
    assert replay() == BuildCounts(unchanged=4)


def test_what_live_builds_said_is_left_standing(whole: Region) -> None:
    factories.event(whole, recorded_at=FIRST)
    replay()
    live = factories.event(whole, recorded_at=NOW)
    build(NOW + HOUR)
    new_version(live, at=NOW + DAY, retracted=True)
    build(NOW + DAY + HOUR)
    replay()
    assert [row[1:] for row in weeks_of("XX")] == [
        (1, FIRST, NOW),
        (2, NOW, NOW + HOUR),  # which a build at once would have said
        (2, NOW + HOUR, NOW + DAY + HOUR),
        (1, NOW + DAY + HOUR, None),
    ]


def test_a_figure_that_a_live_build_left_alone_still_stands_after_the_next_replay(whole: Region) -> None:
    quiet = Region.objects.get(pcode="XX01")
    factories.event(quiet, recorded_at=FIRST)
    replay()
    factories.event(whole, recorded_at=NOW)
    build(NOW)
    standing = said_at(None)
    assert replay().withdrawn == 0
    assert said_at(None) == standing
    assert ConflictFigure.objects.current().filter(region="XX01").count() == 4


def test_a_live_build_that_only_withdrew_is_no_moment_of_a_replay(whole: Region) -> None:
    quiet = Region.objects.get(pcode="XX01")
    factories.event(quiet, recorded_at=FIRST)
    event = factories.event(whole, day=date(2020, 1, 1), recorded_at=FIRST)
    replay()
    new_version(event, at=NOW, retracted=True)
    build(NOW + HOUR)
    factories.event(quiet, recorded_at=FIRST + DAY)
    replay()
    assert weeks_of("XX01") == [
        (1, 1, FIRST, FIRST + DAY),
        (2, 2, FIRST + DAY, NOW + HOUR),
        (3, 1, NOW + HOUR, None),
    ]


def test_an_archive_that_grows_after_a_live_build_changes_what_was_before_it_only(whole: Region) -> None:
    quiet = Region.objects.get(pcode="XX01")
    factories.event(quiet, recorded_at=FIRST)
    replay()
    factories.event(whole, day=date(2023, 5, 1), recorded_at=NOW)
    build(NOW)
    factories.event(quiet, recorded_at=FIRST + DAY)
    replay()
    assert weeks_of("XX01") == [
        (1, 1, FIRST, FIRST + DAY),
        (2, 2, FIRST + DAY, NOW),
        (3, 1, NOW, None),
    ]
    assert replay().new == 0
    build(NOW + DAY)
    assert replay().new == 0
    assert weeks_of("XX01")[-1] == (4, 2, NOW + DAY, None)


def test_redrawn_regions_count_as_they_lay_at_each_moment(whole: Region) -> None:
    second = Region.objects.get(pcode="XX02")
    moved = factories.region("A1", Region.objects.get(pcode="XX01"))
    factories.event(moved, recorded_at=FIRST)
    fields = {name: getattr(moved, name) for name in (*Region.IDENTITY, *Region.CONTENT)}
    supersede(moved, Region(**fields | {"parent": second.pcode}, recorded_at=FIRST + DAY))
    replay()
    assert {row[0] for row in said_at(FIRST)} == {"XX", "XX01", "A1"}
    assert {row[0] for row in said_at(FIRST + DAY)} == {"XX", "XX02", "A1"}
    assert weeks_of("XX") == [(1, 1, FIRST, None)]


SAID_OF_AN_EVENT = st.fixed_dictionaries(
    {
        "region": st.sampled_from(["XX", "XX01", "XX02"]),
        "date": st.dates(date(2024, 11, 20), date(2024, 12, 3)),
        "event_type": st.sampled_from([EventType.BATTLES, EventType.RIOTS]),
        "best": st.none() | st.integers(0, 3),
        "retracted": st.booleans(),
    }
)
DAYS = st.lists(st.integers(0, 6), min_size=1, max_size=3, unique=True).map(sorted)
HISTORIES = st.lists(
    DAYS.flatmap(lambda days: st.tuples(*(st.tuples(st.just(day), SAID_OF_AN_EVENT) for day in days))),
    max_size=6,
)
"""Of each event its versions: the day after FIRST on which it was recorded, and what it said."""


class RandomHistories(TestCase):
    @settings(max_examples=40)
    @given(HISTORIES, HISTORIES)
    def test_as_of_every_moment_the_figures_count_the_events_of_that_moment(
        self, archive: list[Any], more: list[Any]
    ) -> None:
        whole = factories.country("XX")
        moments = [FIRST + days * DAY for days in range(8)]
        record(whole, archive, "a")
        replay()
        assert [said_at(moment) for moment in moments] == [counted_at(moment) for moment in moments]
        assert build(NOW).unchanged == sum(said_at(None).values())
        record(whole, more, "b")
        build(NOW + HOUR)
        said = said_at(None)
        replay()
        assert [said_at(moment) for moment in moments] == [counted_at(moment) for moment in moments]
        assert said_at(None) == said == counted_at(NOW + HOUR)
        assert replay().new == 0


def record(whole: Region, histories: list[Any], prefix: str) -> None:
    for number, ((day, said), *later) in enumerate(histories):
        fields = said | {"date_end": said["date"], "recorded_at": FIRST + day * DAY}
        region = Region.objects.get(pcode=fields.pop("region"))
        event = factories.event(region, f"{prefix}{number}", day=fields.pop("date"), **fields)
        for later_day, later_said in later:
            event = new_version(event, at=FIRST + later_day * DAY, **later_said, date_end=later_said["date"])


def counted_at(moment: datetime) -> Counter[Any]:
    events = ConflictEvent.objects.as_of(moment).values()
    return counted_by_hand(events, {"XX": "", "XX01": "XX", "XX02": "XX"})
