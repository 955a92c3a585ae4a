"""Whatever is asked, the answer is an answer or a refusal, and never a failure."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import World
from tracker.api.conflict import Conflict
from tracker.api.coverage import CoverageView
from tracker.api.crises import Crises
from tracker.api.events import Events
from tracker.api.explain import Explain
from tracker.api.figures import Figures
from tracker.api.flows import Flows
from tracker.api.history import FigureHistories
from tracker.api.regions import OneRegion, Regions
from tracker.api.reports import Reports
from tracker.api.rounds import Rounds
from tracker.api.sources import Sources
from tracker.api.timeline import Timeline
from tracker.api.views import ReadView

VIEWS: dict[str, type[ReadView]] = {
    "figures/": Figures,
    "figures/explain/": Explain,
    "figures/XX,departures,conflict,XX-2024,2024/history/": FigureHistories,
    "conflict/": Conflict,
    "timeline/": Timeline,
    "regions/": Regions,
    "regions/XX01/": OneRegion,
    "reports/": Reports,
    "events/": Events,
    "sources/": Sources,
    "rounds/": Rounds,
    "crises/": Crises,
    "flows/": Flows,
    "coverage/": CoverageView,
}
PLAUSIBLE = [
    "", "XX", "XX01", "XX0101", "XX02", "0", "1", "2", "10", "true", "false", "idps", "departures",
    "conflict", "disaster", "all", "XX-2024", "day", "week", "month", "quarter", "year", "2024", "2024-12",
    "2024-W48", "2024-Q4", "2024-12-01", "2024-12-06", "1900-01-01", "2199-12-31", "9999-12-31",
    "2024-12-06T12:00Z", "2024-12-06T12:00 02:00", "0001-01-01T00:00+14:00", "un", "secret", "R1", "counted",
    "Battles", "control", "json", "csv", "csv-excel", "geojson", "region", "-1", "1e9", "%", "_", "'", "\\",
    "NaN", "null", "١", "\x00", "\ud800", "\ufffd",
]  # fmt: skip
ACCEPTS = ["*/*", "application/json", "text/csv", "application/geo+json", "image/png", "", ";;q=x"]


@st.composite
def questions(draw: st.DrawFn) -> str:
    """A path with a query: mostly of parameters that there are, with values that are mostly plausible."""
    path = draw(st.sampled_from(sorted(VIEWS)))
    names = [parameter.name for parameter in VIEWS[path].all_parameters()]
    name = st.sampled_from(names) | st.text(max_size=5)
    value = st.sampled_from(PLAUSIBLE) | st.text(max_size=20)
    pairs = draw(st.lists(st.tuples(name, value), max_size=5, unique_by=lambda pair: pair[0]))
    pairs += draw(st.lists(st.sampled_from(pairs), max_size=1)) if pairs else []
    if path in {"figures/explain/", "timeline/"} and draw(st.booleans()):
        given_names = {name for name, _ in pairs}
        whole = {"region": "XX", "measure": "departures", "cause": "conflict", "period": "2024-12"}
        required = {parameter.name for parameter in VIEWS[path].parameters if parameter.required}
        pairs += [(name, whole[name]) for name in sorted(required - given_names)]
    query = "&".join(f"{written(name)}={written(value)}" for name, value in pairs)
    return f"/api/v1/{path}?{query}"


def written(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.fixture
def client_of_the_world(figures: World) -> Iterator[Client]:
    yield Client(raise_request_exception=False)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    url=questions(), accept=st.sampled_from(ACCEPTS), method=st.sampled_from(["get", "get", "get", "head"])
)
def test_any_question_gives_an_answer_or_a_refusal(
    client_of_the_world: Client, url: str, accept: str, method: str
) -> None:
    response = getattr(client_of_the_world, method)(url, headers={"Accept": accept})
    body = response.getvalue()
    assert response.status_code in {200, 400, 406}, (url, body)
    if response.status_code != 200:
        assert response["Content-Type"] == "application/problem+json"


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.text(max_size=20))
def test_any_address_gives_an_answer_or_a_refusal(client_of_the_world: Client, place: str) -> None:
    for path in ("{}", "regions/{}/", "figures/{}/history/", "figures/XX,exits,other,{},2024/history/"):
        response = client_of_the_world.get(f"/api/v1/{path.format(written(place))}")
        assert response.status_code in {200, 301, 404} | ({400} if "history" in path else set()), (
            path,
            response.getvalue(),
        )


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(st.characters(codec="ascii"), max_size=60) | st.binary(max_size=60))
def test_no_cursor_of_one_s_own_making_is_taken(client_of_the_world: Client, cursor: str | bytes) -> None:
    response = client_of_the_world.get(f"/api/v1/figures/?cursor={quote(cursor, safe='')}")
    assert response.status_code == 400
