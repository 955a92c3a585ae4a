"""Sources, rounds, crises, regions and events are changed by new versions; builds are due with them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.admin.entered import address, step
from tracker.models import ConflictEvent, Crisis, ExportSchedule, Region, Report, Round, Run, Source
from tracker.vocabulary import Measure

SOURCE = {
    "name": "Source un", "kind": "un", "tier": "1", "licence": "", "licence_url": "", "row_access": "public",
    "attribution": "",
}  # fmt: skip


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def keys_of_runs() -> list[str]:
    return sorted(Run.objects.values_list("key", flat=True))


def test_another_tier_is_a_new_version_and_makes_the_builds_of_its_reports_due(
    approved: Report, un: Source, as_anna: Client
) -> None:
    as_anna.post(address(un), SOURCE | {"tier": "3", "reason": "they guess"})
    un.refresh_from_db()
    new = Source.objects.current().get(code="un")
    assert (new.version, new.tier, new.reason, new.recorded_by) == (2, 3, "they guess", "anna")
    assert (un.tier, un.superseded_at) == (1, new.recorded_at)
    assert keys_of_runs() == ["build:XX:departures:conflict:"]


def test_another_licence_changes_no_figure(approved: Report, un: Source, as_anna: Client) -> None:
    as_anna.post(
        address(un), SOURCE | {"licence": "CC BY-IGO", "row_access": "none", "reason": "they said so"}
    )
    assert Source.objects.current().get(code="un").row_access == "none"
    assert keys_of_runs() == []


def test_a_change_without_a_reason_is_refused(un: Source, as_anna: Client) -> None:
    assert list(errors(as_anna.post(address(un), SOURCE | {"tier": "3"}))) == ["reason"]
    assert Source.objects.count() == 1


def test_a_tier_that_there_is_not_is_refused_on_the_field(un: Source, as_anna: Client) -> None:
    found = errors(as_anna.post(address(un), SOURCE | {"tier": "6", "reason": "worse than all"}))
    assert found == {"tier": ["Expected a whole number from 1 to 5."]}


def test_a_source_is_added_once(un: Source, as_anna: Client) -> None:
    add = reverse("admin:tracker_source_add")
    assert as_anna.post(add, SOURCE | {"code": "ngo", "name": "An NGO"}).status_code == 302
    assert Source.objects.get(code="ngo").version == 1
    found = errors(as_anna.post(add, SOURCE | {"code": "un"}))
    assert found == {"code": ["There is one with this code already."]}


def test_closing_a_round_is_a_new_version_and_makes_its_builds_due(
    place: Region, un: Source, as_anna: Client
) -> None:
    survey = factories.assessment_round(un, place, closed=False)
    factories.report(place, un, 5, measure=Measure.IDPS, round="R1")
    entered = {"region": "XX", "date": "2024-12-01", "published": "2024-12-01", "closed": "on"}
    as_anna.post(address(survey), entered | {"reason": "all rows are in"})
    new = Round.objects.current().get()
    assert (new.version, new.closed, new.reason) == (2, True, "all rows are in")
    assert keys_of_runs() == ["build:XX:idps:conflict:"]


def test_a_round_with_rows_is_not_moved_away_from_them(place: Region, un: Source, as_anna: Client) -> None:
    survey = factories.assessment_round(un, place)
    factories.report(place, un, 5, measure=Measure.IDPS, round="R1")
    moved = {
        "region": "XX01",
        "date": "2024-12-02",
        "published": "2024-12-02",
        "closed": "on",
        "reason": "moved",
    }
    assert "date" in errors(as_anna.post(address(survey), moved))
    assert "region" in errors(as_anna.post(address(survey), moved | {"date": "2024-12-01"}))
    assert Round.objects.count() == 1


def test_a_crisis_is_corrected_by_a_new_version(place: Region, as_anna: Client) -> None:
    crisis = factories.crisis("XX-2024")
    entered = {"name_en": "The flood", "name_ar": "", "start": "2024-11-01", "end": "", "countries": "XX"}
    as_anna.post(address(crisis), entered | {"reason": "it has a name now"})
    assert Crisis.objects.current().get().name_en == "The flood"
    found = errors(
        as_anna.post(address(Crisis.objects.current().get()), entered | {"countries": "YY", "reason": "?"})
    )
    assert list(found) == ["countries"]


def test_a_region_is_renamed_and_keeps_its_boundary(as_anna: Client) -> None:
    region = factories.region("XX", geometry=b"boundary")
    names = {"name_en": "Newland", "name_ar": "", "name_fr": "", "name_local": "", "reason": "it was renamed"}
    as_anna.post(address(region), names | {"geometry": "other", "level": "3"})
    new = Region.objects.current().get()
    assert (new.version, new.name_en, new.level) == (2, "Newland", 0)
    assert new.geometry is not None and bytes(new.geometry) == b"boundary"


@pytest.mark.parametrize(
    "options", ['{"country": "XX"}', '{"region": "YY"}', '{"period_type": "age"}', '["XX"]', "XX"]
)
def test_a_schedule_of_an_export_that_could_not_run_is_refused(
    options: str, place: Region, as_anna: Client
) -> None:
    entered = {"name": "nightly", "enabled": "on", "hour": "2", "minute": "0", "options": options}
    add = reverse("admin:tracker_exportschedule_add")
    assert list(errors(as_anna.post(add, entered))) == ["options"]
    assert as_anna.post(add, entered | {"options": '{"region": "XX"}'}).status_code == 302
    assert ExportSchedule.objects.get().options == {"region": "XX"}


def test_a_retracted_event_stays_and_the_conflict_build_is_due(place: Region, as_anna: Client) -> None:
    event = factories.event(place, day=date(2024, 12, 1))
    page = step(as_anna, event, "retract")
    assert page.context["form"].errors == {"reason": ["This field is required."]}
    step(as_anna, event, "retract", "it did not happen")
    new = ConflictEvent.objects.current().get()
    assert (new.version, new.retracted, new.reason) == (2, True, "it did not happen")
    assert keys_of_runs() == ["conflict:XX"]
    assert as_anna.get(address(new)).context["steps"] == []
