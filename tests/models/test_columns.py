from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
from django.db import connection

from tests import factories
from tracker.models import Coverage, Report, Source
from tracker.models.columns import (
    NULL,
    STILL,
    dates_of,
    insert_columns,
    microseconds,
    moment_of,
    numbered,
    ranks,
    read_columns,
    supersede_all,
    texts,
)

pytestmark = pytest.mark.django_db

LATER = datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def test_columns_are_read_as_they_are_stored() -> None:
    xx, un = factories.country("XX", parts=0), factories.source("un")
    factories.report(xx, un, 12, ref="ا", start=date(1969, 12, 31), title="a, b", recorded_at=LATER)
    factories.report(xx, un, 0, ref="b", stated_low=7, superseded_at=LATER)
    said = read_columns(
        Report.objects.all(),
        {"ref": "text", "value": "whole", "stated_low": "whole", "start": "day", "superseded_at": "moment"},
    )
    rows = set(zip(said["ref"].to_pylist(), *(said[name].tolist() for name in list(said)[1:]), strict=True))
    first = (factories.DAY - date(1970, 1, 1)).days
    assert rows == {("ا", 12, NULL, -1, STILL), ("b", 0, 7, first, microseconds(LATER))}


def test_nothing_is_read_as_columns_without_rows() -> None:
    said = read_columns(Report.objects.all(), {"ref": "text", "value": "whole", "start": "day"})
    assert [len(said[name]) for name in ("ref", "value", "start")] == [0, 0, 0]


def test_texts_are_numbered_by_code_point() -> None:
    said = texts(["b", "Z", "a", "é", "b"])
    place, words = numbered(said)
    assert words == ["Z", "a", "b", "é"]
    assert place.tolist() == [2, 0, 1, 3, 2]


def test_no_texts_are_numbered_too() -> None:
    place, words = numbered(texts([]))
    assert (len(place), words) == (0, [])


def test_texts_are_ranked_among_those_of_other_columns() -> None:
    found = ranks(texts(["b", "Z", "b"]), texts([]), texts(["a", "é"]))
    assert [part.tolist() for part in found] == [[2, 0, 2], [], [1, 3]]


def test_what_is_inserted_by_columns_is_there_as_rows() -> None:
    insert_columns(
        Coverage,
        {
            "country": "XX",
            "measure": "idps",
            "cause": "conflict",
            "crisis": "",
            "region": pa.array(["XX", 'X"1,']),
            "level": pa.array([0, 1]),
            "first": dates_of(np.array([0, 19_000])),
            "last": dates_of(np.array([0, 19_001])),
            "reports": pa.array([1, 2]),
            "source_codes": pa.array(["un,ngo", ""]),
        },
        count=2,
    )
    rows = Coverage.objects.order_by("level").values_list("region", "crisis", "first", "source_codes")
    assert list(rows) == [("XX", "", date(1970, 1, 1), "un,ngo"), ('X"1,', "", date(2022, 1, 8), "")]


def test_a_moment_survives_its_number() -> None:
    assert moment_of(microseconds(LATER)) == LATER


def test_versions_are_superseded_at_once() -> None:
    xx, un = factories.country("XX", parts=0), factories.source("un")
    reports = [factories.report(xx, un, 1, ref=f"r{number}") for number in range(3)]
    supersede_all(Report, [reports[0].pk, reports[2].pk], at=LATER)
    assert list(Report.objects.current().values_list("ref", flat=True)) == ["r1"]


def test_codes_are_compared_by_code_point() -> None:
    for code in ("b", "Z", "a"):
        factories.source(code)

    assert list(Source.objects.order_by("code").values_list("code", flat=True)) == ["Z", "a", "b"], (
        connection.vendor
    )
