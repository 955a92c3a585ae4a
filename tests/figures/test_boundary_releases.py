"""Figures over a newer boundary release: before and after it, and as of both."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.utils import timezone

from tests import factories
from tests.ingest.files import csv_file
from tracker.figures.build import build
from tracker.figures.conflict import build_conflict
from tracker.figures.cubes import CubeKey
from tracker.figures.query import FigureFilter, figure_rows
from tracker.figures.verify import differences
from tracker.ingest.load import load_regions
from tracker.models import ConflictFigure, Region, Run
from tracker.vocabulary import RunKind, RunState

pytestmark = pytest.mark.django_db

STOCK = CubeKey("XX", "idps", "conflict")
FLOW = CubeKey("XX", "departures", "conflict")
DAY = date(2024, 12, 1)


def row(pcode: str, parent: str, *corners: float) -> dict[str, str]:
    level = 0 if not parent else 1 if parent == "XX" else 2
    return {"pcode": pcode, "level": str(level), "parent": parent, "geometry": shapely.box(*corners).wkt}


UPPER = [row("XX", "", 0, 0, 4, 2), row("XX01", "XX", 0, 0, 2, 2), row("XX02", "XX", 2, 0, 4, 2)]
KEPT = [
    row("XX0101", "XX01", 0, 0, 2, 1),
    row("XX0102", "XX01", 0, 1, 2, 2),
    row("XX0201", "XX02", 2, 1, 4, 2),
]
WHOLE = row("XX0202", "XX02", 2, 0, 4, 1)
HALVES = [row("XX0203", "XX02", 2, 0, 3, 1), row("XX0204", "XX02", 3, 0, 4, 1)]


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def load(*rows: dict[str, str], release: str) -> None:
        assert load_regions(csv_file(tmp_path, "regions", *rows), release=release).rejected == 0

    return load


@pytest.fixture
def before(load: Any) -> datetime:
    """A moment at which figures of the first release stood; then the second one split XX0202 in two."""
    load(*UPPER, *KEPT, WHOLE, release="1")
    un = factories.source()
    for pcode, people in (("XX0202", 600), ("XX0201", 200), ("XX02", 1000)):
        region = Region.objects.get(pcode=pcode)
        factories.report(region, un, people)
        factories.report(region, un, people, measure="departures", end=date(2024, 12, 7))
    factories.event(Region.objects.get(pcode="XX0202"))
    built()
    moment = timezone.now()
    load(*UPPER, *KEPT, *HALVES, release="2")
    return moment


def built() -> None:
    for key in (STOCK, FLOW):
        build(key, recorded_at=timezone.now())
    build_conflict("XX", recorded_at=timezone.now())


def figures(key: CubeKey, as_of: datetime | None = None) -> dict[str, tuple[int, int]]:
    """Value and unlocated by region, of December 2024."""
    wanted = FigureFilter(
        measures=(key.measure,), period_types=("month",), start=DAY, end=DAY, as_of=as_of or timezone.now()
    )
    return {row["region"]: (row["value"], row["unlocated"]) for row in figure_rows(wanted)}


OF_THE_FIRST = {"XX": (1000, 0), "XX02": (1000, 200), "XX0201": (200, 200), "XX0202": (600, 600)}
OF_THE_SECOND = {"XX": (1000, 0), "XX02": (1000, 800), "XX0201": (200, 200)}


@pytest.mark.parametrize("key", [STOCK, FLOW], ids=["stock", "flow"])
class TestASplit:
    def test_figures_of_the_whole_stay_and_those_of_what_is_gone_count_above(
        self, before: datetime, key: CubeKey
    ):
        built()
        assert figures(key) == OF_THE_SECOND

    def test_as_of_a_moment_before_it_the_earlier_figures_stand(self, before: datetime, key: CubeKey):
        assert figures(key, as_of=before) == OF_THE_FIRST
        built()
        assert figures(key, as_of=before) == OF_THE_FIRST
        assert differences(key, as_of=before) == []

    def test_what_is_reported_of_a_part_is_located_there(self, before: datetime, key: CubeKey):
        part = Region.objects.get(pcode="XX0203")
        end = DAY if key is STOCK else date(2024, 12, 7)
        factories.report(
            part, factories.source("ngo"), 150, measure=key.measure, end=end, recorded_at=timezone.now()
        )
        built()
        after = figures(key)
        assert (after["XX0203"], after["XX02"][0]) == ((150, 150), 1000)
        assert after["XX02"][1] == 1000 - 200 - 150
        assert differences(key, as_of=None) == []

    def test_going_back_brings_the_earlier_figures_back(self, before: datetime, key: CubeKey, load: Any):
        built()
        load(*UPPER, *KEPT, WHOLE, release="3")
        built()
        assert figures(key) == OF_THE_FIRST


def test_the_release_makes_the_builds_of_the_country_due(before: datetime) -> None:
    due = Run.objects.filter(state=RunState.DUE)
    assert set(due.values_list("kind", "key")) == {
        (RunKind.BUILD, "build:XX:idps:conflict:"),
        (RunKind.BUILD, "build:XX:departures:conflict:"),
        (RunKind.CONFLICT, "conflict:XX"),
    }


def test_events_of_what_is_gone_count_above(before: datetime) -> None:
    assert ConflictFigure.objects.current().filter(region="XX0202").exists()
    built()
    now = ConflictFigure.objects.current().filter(period_type="year")
    assert dict(now.values_list("region", "events")) == {"XX": 1, "XX02": 1}
