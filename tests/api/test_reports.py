from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.api.conftest import BETWEEN, Api, World, next_version
from tracker.models import Appointment, Report, Source, StaffRole
from tracker.vocabulary import RowAccess, Sensitivity, Status


def refs(api: Api, **parameters: Any) -> list[str]:
    return [f"{row['source']} {row['ref']}" for row in api("reports/", **parameters).rows]


PUBLIC = ["ngo stock", "un north", "un stock", "un total"]
HIDDEN = ["ngo ngo-internal", "ngo ngo-partners", "partner partners", "secret hidden-1", "secret hidden-2"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, PUBLIC),
        ({"region": "XX"}, ["un total"]),
        ({"region": ["XX", "XX0101"]}, ["un stock", "un total"]),
        ({"within": "XX"}, ["ngo stock", "un north", "un stock"]),
        ({"within": "XX01"}, ["un stock"]),
        ({"source": "ngo"}, ["ngo stock"]),
        ({"source": ["ngo", "un"]}, PUBLIC),
        ({"measure": "idps"}, ["ngo stock", "un stock"]),
        ({"cause": "disaster"}, ["ngo stock"]),
        ({"crisis": "XX-2024"}, ["un north", "un total"]),
        ({"crisis": ""}, ["ngo stock", "un stock"]),
        ({"crisis": ["", "XX-2024"]}, PUBLIC),
        ({"role": "context"}, ["ngo stock"]),
        ({"round": "R1"}, ["un stock"]),
        ({"round": ""}, ["ngo stock", "un north", "un total"]),
        ({"from": "2024-12-05"}, ["un total"]),
        ({"from": "2024-12-04", "to": "2024-12-04"}, ["un north", "un total"]),
        ({"to": "2024-11-26"}, []),
        ({"updated_after": BETWEEN}, ["un total"]),
        ({"as_of": "2024-12-05T11:59Z"}, []),
        ({"as_of": "2024-12-05"}, PUBLIC),
    ],
)
def test_filters_keep_what_they_say(
    api: Api, reports: World, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert refs(api, **parameters) == expected


def test_as_of_gives_the_content_that_stood(api: Api, reports: World) -> None:
    now, then = (api("reports/", region="XX", **moment).rows[0] for moment in ({}, {"as_of": BETWEEN}))
    assert (now["value"], now["low"], now["high"]) == (600, 500, 700)
    assert (now["end"], now["version"]) == ("2024-12-10", 2)
    assert (then["value"], then["end"], then["version"]) == (370, "2024-12-04", 1)


def test_staff_see_all_that_is_approved(staff_api: Api, reports: World) -> None:
    assert refs(staff_api) == sorted(PUBLIC + HIDDEN)


def test_hidden_reports_do_not_show_in_numbers_either(api: Api, reports: World) -> None:
    assert api("reports/", source="secret", count="1").json == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }
    assert api("reports/", limit=3, count="1").json["count"] == 4


@pytest.mark.parametrize("sensitivity", [Sensitivity.PARTNERS, Sensitivity.INTERNAL])
def test_what_was_found_too_sensitive_is_hidden_in_its_earlier_versions_too(
    api: Api, staff_api: Api, reports: World, sensitivity: str
) -> None:
    total = Report.objects.current().get(ref="total")
    next_version(total, sensitivity=sensitivity)
    assert "un total" not in refs(api, as_of=BETWEEN)
    assert "un total" in refs(staff_api, as_of=BETWEEN)


def test_rows_of_a_source_that_closed_are_hidden_in_the_past_too(api: Api, reports: World) -> None:
    next_version(Source.objects.get(code="un"), row_access=RowAccess.NONE)
    assert refs(api, as_of=BETWEEN) == refs(api) == ["ngo stock"]


def test_a_retracted_report_is_gone_now_and_was_there_then(api: Api, reports: World) -> None:
    north = Report.objects.current().get(ref="north")
    next_version(north, status=Status.RETRACTED)
    assert "un north" not in refs(api)
    assert "un north" in refs(api, as_of=BETWEEN)


def test_a_row_has_all_content_and_nobody_s_name(api: Api, reports: World) -> None:
    row = api("reports/", source="un", measure="idps").rows[0]
    assert {"source", "ref", *Report.CONTENT, "version", "recorded_at"} == set(row)
    assert row["start"] == row["end"] == "2024-12-01"
    assert row["household_size"] is None
    assert row["breakdown"] is None


def test_zero_is_a_finding_and_a_breakdown_is_an_object(api: Api, world: World) -> None:
    factories.report(
        world.north, world.un, 0, ref="zero", start=date(2024, 12, 1), breakdown={"sex": {"female": 0}},
        unit="households", household_size="5.5", household_size_used="5.5",
    )  # fmt: skip
    row = api("reports/").rows[0]
    assert (row["value"], row["household_size"], row["breakdown"]) == (0, 5.5, {"sex": {"female": 0}})


def test_the_code_of_a_hidden_round_is_as_unknown_as_one_that_is_not(
    api: Api, staff_api: Api, reports: World
) -> None:
    hidden, missing = (api("reports/", round=code) for code in ("S1", "S9"))
    assert hidden.faulty == missing.faulty == ["round"]
    assert refs(staff_api, round="S1") == []


def test_staff_who_may_not_read_reports_see_what_everybody_sees(
    api: Api, reports: World, django_user_model: Any
) -> None:
    client = Client()
    client.force_login(django_user_model.objects.create_user("mapper", password="x" * 12, is_staff=True))
    assert Api(client)("reports/").rows == api("reports/").rows


def test_who_reads_reports_of_one_country_only_sees_what_everybody_sees(
    api: Api, reports: World, django_user_model: Any
) -> None:
    client = Client()
    officer = django_user_model.objects.create_user("local", password="x" * 12, is_staff=True)
    Appointment.objects.create(user=officer, role=StaffRole.OFFICER, country="XX")
    client.force_login(officer)
    assert Api(client)("reports/").rows == api("reports/").rows
