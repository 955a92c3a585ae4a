"""`manage.py summary`."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import factories
from tracker.figures.build import build
from tracker.figures.conflict import build_conflict
from tracker.figures.cubes import cube_keys
from tracker.models import Region

pytestmark = pytest.mark.django_db


def summary(*arguments: str) -> list[list[str]]:
    out = StringIO()
    call_command("summary", *arguments, stdout=out)
    return [line.split() for line in out.getvalue().splitlines()]


@pytest.fixture
def crisis() -> Region:
    country, un = factories.country(), factories.source()
    factories.crisis("XX-2024", start=date(2024, 12, 2), countries="XX")
    for week, people in enumerate((700, 70)):
        factories.report(
            country,
            un,
            people,
            measure="departures",
            crisis="XX-2024",
            start=date(2024, 12, 2 + 7 * week),
            end=date(2024, 12, 8 + 7 * week),
        )
    factories.report(country, un, 500, measure="idps", crisis="XX-2024", start=date(2024, 12, 10))
    factories.event(country, day=date(2024, 12, 3))
    for key in cube_keys():
        build(key, recorded_at=factories.RECORDED)
    build_conflict("XX", recorded_at=factories.RECORDED, run=None)
    return country


def test_it_shows_the_latest_crisis_week_by_week(crisis: Region) -> None:
    lines = summary("--weeks", "2")
    assert ["2024-12-02", "700", "·", "1"] in lines
    assert ["2024-12-09", "70", "500", "0"] in lines
    assert ["in", "all", "770", "1"] in lines


def test_the_sum_is_that_of_the_weeks_shown(crisis: Region) -> None:
    assert ["in", "all", "700", "1"] in summary("--weeks", "1")


def test_what_there_is_not_is_said(crisis: Region) -> None:
    for arguments in (["--crisis", "YY"], ["--region", "YY"]):
        with pytest.raises(CommandError, match="YY"):
            summary(*arguments)
