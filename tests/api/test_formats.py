"""How rows are written, and which form is chosen."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.api.conftest import Api, World
from tracker.api.renderers import cell
from tracker.api.sources import Sources
from tracker.api.views import ROWS_AT_ONCE
from tracker.ingest.readers.spreadsheets import inert

LISTS = ["figures/", "conflict/", "regions/", "reports/", "events/", "sources/", "rounds/", "crises/"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")'])
def test_text_that_a_spreadsheet_would_run_is_made_inert(text: str) -> None:
    assert inert(text) == "'" + text
    assert cell(text) == "'" + text


@pytest.mark.parametrize("text", ["", "plain", "'quoted", "1-2", "حلب", "2024-12-06"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-5, -5),
        (0, 0),
        (-34.5, -34.5),
        (Decimal("5.200"), Decimal("5.200")),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (date(2024, 12, 6), date(2024, 12, 6)),
        (datetime(2024, 12, 6, 12, tzinfo=UTC), "2024-12-06T12:00:00Z"),
        (["a", "b"], "a;b"),
        ([], ""),
        ({"sex": {"f": 1}}, '{"sex":{"f":1}}'),
    ],
)
def test_numbers_stay_numbers_and_unknown_is_empty(value: Any, expected: Any) -> None:
    assert cell(value) == expected


@pytest.mark.parametrize("path", LISTS)
def test_csv_holds_the_same_rows_as_json(api: Api, figures: World, path: str) -> None:
    rows = api(path, all="1").rows
    for parameters in ({"format": "csv"}, {"format": "csv", "limit": "10000"}):
        if "limit" not in parameters:
            parameters["all"] = "1"
        answer = api(path, **parameters)
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="{path.strip("/")}.csv"'
        table = list(csv.DictReader(io.StringIO(answer.body.decode())))
        assert rows
        assert list(table[0]) == list(rows[0])
        assert [as_text(row) for row in rows] == [dict(row) for row in table]


def as_text(row: dict[str, Any]) -> dict[str, str]:
    found = {}
    for name, value in row.items():
        if name.startswith("household_size") and value is not None:
            value = f"{value:.3f}"
        found[name] = str(cell(value))
    return found


def test_csv_for_spreadsheets_has_a_mark_and_their_line_ends(api: Api, world: World) -> None:
    body = api("sources/", format="csv-excel").body
    assert body.startswith(b"\xef\xbb\xbfcode,name,")
    assert body.count(b"\r\n") == 5
    assert b"\xef\xbb\xbf" not in api("sources/", format="csv").body
    assert b"\r" not in api("sources/", format="csv").body


def test_csv_tells_the_next_page_and_the_count_in_its_headers(api: Api, world: World) -> None:
    answer = api("sources/", format="csv", limit=2, count="1")
    assert answer["X-Total-Count"] == "4"
    url, relation = answer["Link"].split("; ")
    assert relation == 'rel="next"'
    assert api.at(url.strip("<>")).body.decode().splitlines()[1].startswith("secret,")


def test_a_formula_in_a_name_does_not_reach_a_spreadsheet_and_does_reach_json(api: Api, db: None) -> None:
    factories.source("a", name='=HYPERLINK("http://evil")')
    assert '"\'=HYPERLINK(""http://evil"")"' in api("sources/", format="csv").body.decode()
    assert api("sources/").rows[0]["name"] == '=HYPERLINK("http://evil")'


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("application/json", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/geo+json", "application/geo+json"),
    ],
)
def test_the_accept_header_chooses_the_form(api: Api, world: World, accept: str, kind: str) -> None:
    assert api("regions/", headers={"Accept": accept})["Content-Type"] == kind


def test_format_goes_before_the_accept_header(api: Api, world: World) -> None:
    answer = api("regions/", headers={"Accept": "application/json"}, format="csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_a_form_that_is_not_there_is_refused_with_those_that_are(api: Api, world: World) -> None:
    answer = api("sources/", format="geojson")
    assert answer.faulty == ["format"]
    assert answer.json["errors"][0]["expected"] == "one of json, csv, csv-excel"


@pytest.mark.parametrize("path", ["figures/", "regions/", "events/"])
def test_geojson_holds_the_same_rows_as_json(api: Api, figures: World, path: str) -> None:
    for parameters in ({"all": "1"}, {"limit": "5"}):
        collection = json.loads(api(path, format="geojson", **parameters).body)
        assert [feature["properties"] for feature in collection["features"]] == api(path, **parameters).rows
        assert (collection["next"] is None) == ("all" in parameters or path != "figures/")


@pytest.mark.parametrize("form", ["json", "csv", "csv-excel", "geojson"])
def test_the_whole_answer_comes_as_a_stream_in_every_form(api: Api, figures: World, form: str) -> None:
    answer = api("regions/", all="1", format=form)
    assert answer.response.streaming
    assert answer.body
    assert api("regions/", all="1", format=form, q="nobody is called that").status == 200


def test_a_stream_takes_rows_as_they_are_wanted(api: Api, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0

    def every(*_: Any) -> Iterator[dict[str, Any]]:
        nonlocal taken
        while True:
            taken += 1
            yield {"code": str(taken)}

    monkeypatch.setattr(Sources, "every", every)
    pieces = iter(api("sources/", all="1").response.streaming_content)
    size = sum(len(next(pieces)) for _ in range(4))
    assert 3 * ROWS_AT_ONCE <= taken <= 4 * ROWS_AT_ONCE
    assert size > 1000


def test_an_answer_without_rows_is_whole_too(api: Api, world: World) -> None:
    assert api("events/").json == {"next": None, "previous": None, "results": []}
    assert api("events/", format="geojson", all="1").json["features"] == []
    assert api("events/", format="csv").body.count(b"\n") == 1
