"""A country with figures to export."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from tests import factories
from tracker.figures.build import build
from tracker.figures.cubes import cube_keys

OUTLINE = '{"type":"Polygon","coordinates":[[[36.1,35.2],[36.3,35.2],[36.3,35.4],[36.1,35.2]]]}'
BUILT = datetime(2024, 12, 20, 6, 30, tzinfo=UTC)
NOW = datetime(2024, 12, 20, 12, tzinfo=UTC)


@pytest.fixture
def figures(db: None) -> Iterator[None]:
    """Figures of two measures, recorded at BUILT, asked for at NOW; one is 0, one name is like a formula."""
    drawn: dict[str, Any] = {"outline": OUTLINE, "release": "xx-2024"}
    whole = factories.region("XX", name_en="Ecks", **drawn)
    first = factories.region("XX01", whole, name_en='=HYPERLINK("http://x")', **drawn)
    second = factories.region("XX02", whole, name_en='\'Ayn, the "spring" عين', release="xx-2024")
    factories.crisis("XX-2024")
    un = factories.source("un", name="United Nations", attribution="© United Nations", licence="CC BY 4.0")
    ngo = factories.source("ngo", tier=2, name="An NGO", attribution="")
    factories.source("silent", tier=3)
    fled: dict[str, Any] = {"measure": "departures", "crisis": "XX-2024"}
    fled |= {"start": date(2024, 12, 1), "end": date(2024, 12, 9)}
    factories.report(first, un, 1_000, low=900, high=1_200, **fled)
    factories.report(second, ngo, 0, **fled)
    factories.report(whole, un, 5_000, measure="idps", start=date(2024, 12, 8))
    bring_up_to_date(BUILT)
    with time_machine.travel(NOW, tick=False):
        yield


def bring_up_to_date(moment: datetime) -> None:
    for key in cube_keys():
        build(key, recorded_at=moment)
