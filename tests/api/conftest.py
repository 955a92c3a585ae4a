"""A small world behind the API, and a short way to ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.test import Client

from tests import factories
from tracker.figures.build import build
from tracker.figures.conflict import build_conflict
from tracker.figures.cubes import cube_keys
from tracker.models import Appointment, ConflictEvent, Crisis, Region, Source, StaffRole
from tracker.models.versions import V, supersede
from tracker.vocabulary import EventType, Measure, RowAccess, Sensitivity, Status

EARLY = datetime(2024, 12, 5, 12, tzinfo=UTC)
LATE = datetime(2024, 12, 20, 12, tzinfo=UTC)
BETWEEN = "2024-12-10T00:00Z"

SQUARE = '{"type":"Polygon","coordinates":[[[36.0,34.0],[37.0,34.0],[37.0,35.0],[36.0,34.0]]]}'


class Answer:
    """One answer of the API."""

    def __init__(self, response: Any) -> None:
        self.response = response

    @property
    def status(self) -> int:
        return int(self.response.status_code)

    @property
    def body(self) -> bytes:
        return self.response.getvalue() if self.response.streaming else self.response.content

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def rows(self) -> list[dict[str, Any]]:
        assert self.status == 200, self.body
        return self.json["results"]

    @property
    def faulty(self) -> list[str]:
        """The parameters that a refusal names."""
        assert self.status == 400, self.body
        assert self.response["Content-Type"] == "application/problem+json"
        return [error["parameter"] for error in self.json["errors"]]

    def __getitem__(self, header: str) -> str:
        return str(self.response[header])


class Api:
    """Asks the API: `api("figures/", region=["XX", "XX01"])`; `from_` stands for `from`."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, path: str, headers: Any = None, **parameters: Any) -> Answer:
        pairs = [(name.rstrip("_"), value) for name, value in parameters.items()]
        query = urlencode(pairs, doseq=True)
        return self.at(f"/api/v1/{path}" + (f"?{query}" if query else ""), headers)

    def at(self, url: str, headers: Any = None) -> Answer:
        return Answer(self.client.get(url, headers=headers))

    def pages(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All pages, from the first to the last."""
        page = self(path, **parameters).json
        yield page
        while page["next"]:
            page = self.at(page["next"]).json
            yield page


@pytest.fixture
def api(client: Client) -> Api:
    # What goes wrong inside shall come out as the API shows it.
    client.raise_request_exception = False
    return Api(client)


@pytest.fixture
def staff_api(db: None, django_user_model: Any) -> Api:
    client = Client(raise_request_exception=False)
    officer = django_user_model.objects.create_user("officer", password="x" * 12, is_staff=True)
    Appointment.objects.create(user=officer, role=StaffRole.OFFICER)
    client.force_login(officer)
    return Api(client)


@dataclass
class World:
    """A country XX with XX01 (and in it XX0101) and XX02, four sources, reports and events, in two stages.

    At EARLY there is the first report of each kind; at LATE come the corrections.
    """

    country: Region
    north: Region
    south: Region
    town: Region
    un: Source
    secret: Source
    crisis: Crisis


@pytest.fixture
def world(db: None) -> World:
    country = factories.region(
        "XX", outline=SQUARE, area_km2=100.5, min_lon=36, min_lat=34, max_lon=37, max_lat=35
    )
    north = factories.region("XX01", country, outline=SQUARE, name_ar="حلب", household_size="5.200")
    south = factories.region("XX02", country, name_fr="Région du sud")
    town = factories.region("XX0101", north)
    un = factories.source("un", tier=1, kind="un")
    factories.source("ngo", tier=3)
    secret = factories.source("secret", tier=2, row_access=RowAccess.NONE)
    factories.source("partner", tier=2, row_access=RowAccess.PARTNERS)
    crisis = factories.crisis("XX-2024")
    factories.crisis("XX-2020", start=date(2020, 1, 1), end=date(2020, 12, 31), countries="XX")
    factories.assessment_round(un, country, "R1", closed=False)
    factories.assessment_round(secret, country, "S1", closed=False)
    return World(country, north, south, town, un, secret, crisis)


@pytest.fixture
def reports(world: World) -> World:
    """Departures of a crisis, stocks of everyone; some of them not for everyone's eyes."""
    flow: dict[str, Any] = {"measure": Measure.DEPARTURES, "crisis": "XX-2024", "recorded_at": EARLY}
    ngo = Source.objects.get(code="ngo")
    partner = Source.objects.get(code="partner")
    first = factories.report(
        world.country, world.un, 370, ref="total", start=date(2024, 11, 27), end=date(2024, 12, 4), **flow
    )
    factories.report(
        world.north, world.un, 200, ref="north", start=date(2024, 11, 27), end=date(2024, 12, 4), **flow
    )
    factories.report(
        world.south, world.secret, 50, ref="hidden-1", start=date(2024, 11, 27), end=date(2024, 12, 4), **flow
    )
    factories.report(
        world.south, world.secret, 30, ref="hidden-2", start=date(2024, 12, 1), end=date(2024, 12, 2), **flow
    )
    factories.report(
        world.south, partner, 20, ref="partners", start=date(2024, 12, 1), end=date(2024, 12, 2), **flow
    )
    for sensitivity in (Sensitivity.PARTNERS, Sensitivity.INTERNAL):
        factories.report(
            world.south, ngo, 10, ref=f"ngo-{sensitivity}", start=date(2024, 12, 1), end=date(2024, 12, 3),
            sensitivity=sensitivity, **flow,
        )  # fmt: skip
    factories.report(world.town, world.un, 80, ref="stock", recorded_at=EARLY, round="R1")
    factories.report(world.north, ngo, 75, ref="stock", recorded_at=EARLY, role="context", cause="disaster")
    for status in (Status.DRAFT, Status.SUBMITTED, Status.REJECTED, Status.RETRACTED):
        factories.report(world.north, world.un, 1, ref=f"{status}", status=status, recorded_at=EARLY)
    next_version(first, value=600, low=500, high=700, end=date(2024, 12, 10), published=date(2024, 12, 11))
    return world


def next_version(old: V, *, at: datetime = LATE, **changes: Any) -> V:
    """What takes the place of `old`, recorded at LATE."""
    values = {field.name: getattr(old, field.name) for field in old._meta.fields if field.name != "id"}
    return supersede(old, type(old)(**values | {"recorded_at": at} | changes))


@pytest.fixture
def events(world: World) -> World:
    factories.event(
        world.town, "e1", day=date(2024, 11, 27), dataset="control", low=1, best=2, high=3, latitude=34.5,
        longitude=36.5, recorded_at=EARLY,
    )  # fmt: skip
    factories.event(world.south, "e2", day=date(2024, 12, 9), dataset="control", recorded_at=EARLY)
    factories.event(
        world.south, "e3", day=date(2024, 12, 9), dataset="other", event_type=EventType.PROTESTS, best=0,
        recorded_at=LATE,
    )  # fmt: skip
    factories.event(world.south, "gone", dataset="control", retracted=True, recorded_at=EARLY)
    factories.event(world.south, "delicate", dataset="control", sensitivity="internal", recorded_at=EARLY)
    # A dataset whose licence forbids to pass its rows on.
    factories.event(world.south, "closed", dataset="SECRET", recorded_at=EARLY)
    return world


@pytest.fixture
def figures(reports: World, events: World) -> World:
    """The same, with figures as they were built at EARLY and LATE."""
    build_all()
    return reports


def build_all() -> None:
    for moment in (EARLY, LATE):
        for key in cube_keys():
            build(key, recorded_at=moment)
        for country in ConflictEvent.objects.values_list("country", flat=True).distinct():
            build_conflict(country, recorded_at=moment)


@pytest.fixture
def many_sources(db: None) -> Callable[[int], list[str]]:
    def make(number: int) -> list[str]:
        return [factories.source(f"s{place:03}").code for place in range(number)]

    return make
