"""Every table is listed, searched and read."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.admin.entered import address
from tests.admin.logging_in import appointed
from tracker.admin.filters import CappedPaginator
from tracker.models import (
    Appointment,
    ConflictEvent,
    ConflictFigure,
    Crisis,
    ExportSchedule,
    Figure,
    Region,
    Report,
    Round,
    Run,
    Source,
    StaffRole,
)
from tracker.models.versions import supersede
from tracker.vocabulary import EventType, RunState

TABLES = [Region, Source, Crisis, Round, Report, ConflictEvent, Figure, ConflictFigure, Run, ExportSchedule]
MADE_BY_HAND = [Source, Crisis, Round, Report, ExportSchedule]
YEAR = {"period_type": "year", "start": date(2024, 1, 1), "end": date(2024, 12, 31)}


@pytest.fixture
def one_of_each(place: Region, un: Source, approved: Report) -> None:
    factories.crisis()
    factories.assessment_round(un, place)
    factories.event(place)
    run = Run.objects.request_build(
        country="XX", measure="departures", cause="conflict", crisis="", by="anna"
    )
    where = {
        "country": "XX",
        "region": "XX",
        "level": 0,
        "recorded_at": factories.RECORDED,
        "build": run,
        **YEAR,
    }
    numbers = {
        "low": 40,
        "value": 40,
        "high": 40,
        "unlocated": 0,
        "reports": 1,
        "final_from": date(2024, 12, 31),
    }
    Figure.objects.create(measure="departures", cause="conflict", **where, **numbers)
    ConflictFigure.objects.create(event_type=EventType.BATTLES, events=1, unknown=1, **where)
    ExportSchedule.objects.create(name="nightly")


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_listed_searched_and_read(table: Any, one_of_each: None, as_anna: Client) -> None:
    name = table._meta.model_name
    listed = reverse(f"admin:tracker_{name}_changelist")
    row = table.objects.last()
    for page in (listed, f"{listed}?q=Region+XX", f"{listed}?q=nothing+of+the+kind", address(row)):
        answer = as_anna.get(page)
        assert answer.status_code == 200, page


@pytest.mark.parametrize("table", TABLES)
def test_things_are_added_only_where_people_make_them(table: Any, as_anna: Client) -> None:
    answer = as_anna.get(reverse(f"admin:tracker_{table._meta.model_name}_add"))
    assert answer.status_code == (200 if table in MADE_BY_HAND else 403)


@pytest.mark.parametrize("table", [table for table in TABLES if table is not ExportSchedule])
def test_nothing_that_has_a_history_is_ever_deleted(table: Any, one_of_each: None, as_anna: Client) -> None:
    row = table.objects.last()
    assert as_anna.get(address(row, "delete")).status_code == 403
    assert as_anna.post(address(row, "delete"), {"post": "yes"}).status_code == 403
    assert table.objects.filter(pk=row.pk).exists()


def test_a_list_shows_current_versions_and_all_where_asked_for(un: Source, as_anna: Client) -> None:
    supersede(un, un.successor(tier=3, recorded_at=timezone.now()))
    listed = reverse("admin:tracker_source_changelist")
    assert [row.tier for row in as_anna.get(listed).context["cl"].result_list] == [3]
    both = as_anna.get(f"{listed}?versions=all").context["cl"].result_list
    assert sorted(row.tier for row in both) == [1, 3]


def test_reports_are_found_by_the_name_of_their_region(approved: Report, as_anna: Client) -> None:
    listed = reverse("admin:tracker_report_changelist")
    assert [row.ref for row in as_anna.get(f"{listed}?q=Region+XX01").context["cl"].result_list] == ["r1"]
    assert list(as_anna.get(f"{listed}?q=Region+XX02").context["cl"].result_list) == []


def test_a_list_costs_the_same_queries_for_one_row_as_for_many(
    approved: Report, un: Source, as_anna: Client, django_assert_max_num_queries: Any
) -> None:
    listed = reverse("admin:tracker_report_changelist")
    with django_assert_max_num_queries(8):
        as_anna.get(listed)
    for number in range(30):
        factories.report(Region.objects.get(pcode="XX02"), un, number)
    with django_assert_max_num_queries(8):
        as_anna.get(listed)


def test_a_long_list_is_cut_off_and_says_so(
    approved: Report, un: Source, as_anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CappedPaginator, "most", 2)
    listed = reverse("admin:tracker_report_changelist")
    assert "The first" not in as_anna.get(listed).content.decode()
    for number in range(3):
        factories.report(Region.objects.get(pcode="XX02"), un, number)
    assert "The first 2 reports" in as_anna.get(listed).content.decode()


def test_a_figure_leads_to_the_reasons_behind_it(one_of_each: None, as_anna: Client) -> None:
    page = as_anna.get(address(Figure.objects.get())).content.decode()
    link = re.search(r'href="(/\?[^"]*)#reasons"', page)
    assert link is not None
    reasons = as_anna.get(html.unescape(link[1]))
    assert (reasons.context["state"]["region"], reasons.context["state"]["period"]) == ("XX", "2024")


def test_a_boundary_is_shown_as_a_map_and_never_as_bytes(as_anna: Client) -> None:
    square = '{"type":"Polygon","coordinates":[[[35,34],[36,34],[36,35],[35,35],[35,34]]]}'
    region = factories.region("XX", outline=square, geometry=b"\x01\x03\x00 not to be shown")
    page = as_anna.get(address(region)).content
    assert b'<svg class="region-map"' in page
    assert b"not to be shown" not in page


def test_a_page_tells_every_version_with_who_why_and_what_changed(un: Source, as_anna: Client) -> None:
    new = supersede(
        un, un.successor(tier=3, recorded_at=timezone.now(), recorded_by="boris", reason="they guess")
    )
    latest, first = as_anna.get(address(new)).context["versions"]
    assert (latest.version, latest.who, latest.reason, latest.superseded_at) == (
        2,
        "boris",
        "they guess",
        None,
    )
    assert [(change.label, change.old, change.new) for change in latest.changes] == [("tier", "1", "3")]
    assert (first.version, first.changes, first.superseded_at) == (1, [], new.recorded_at)


def test_a_superseded_version_can_be_read_and_not_edited(un: Source, as_anna: Client) -> None:
    new = supersede(un, un.successor(tier=3, recorded_at=timezone.now()))
    page = as_anna.get(address(un))
    assert page.context["has_change_permission"] is False
    assert address(new) in page.content.decode()
    assert as_anna.post(address(un), {"tier": 2, "reason": "no"}).status_code == 403


def test_a_parked_run_is_tried_again(as_anna: Client) -> None:
    parked = Run.objects.create(kind="conflict", key="conflict:XX", state=RunState.PARKED, failures=5)
    listed = reverse("admin:tracker_run_changelist")
    as_anna.post(listed, {"action": "try_again", "_selected_action": [parked.pk]}, follow=True)
    waiting = Run.objects.get(key="conflict:XX", state=RunState.DUE)
    assert (waiting.failures, waiting.requested_by) == (0, "anna")


def test_who_may_only_read_cannot_write(un: Source, client: Client) -> None:
    client.force_login(appointed("reader", StaffRole.PARTNER_MANAGER))
    assert client.get(address(un)).status_code == 200
    assert client.post(address(un), {"tier": 2, "reason": "mine"}).status_code == 403
    assert client.get(reverse("admin:tracker_report_changelist")).status_code == 403


def test_codes_are_suggested_by_name_and_only_to_who_may_see_them(place: Region, client: Client) -> None:
    reader = User.objects.create_user("reader", is_staff=True)
    client.force_login(reader)
    address_of = reverse("admin:suggest", args=["region"])
    assert client.get(f"{address_of}?q=Region").status_code == 403
    Appointment.objects.create(user=reader, role=StaffRole.PARTNER_MANAGER)
    found = client.get(f"{address_of}?q=region+xx02").json()["suggestions"]
    assert found == [{"value": "XX02", "label": "Region XX › Region XX02", "retired": False}]
