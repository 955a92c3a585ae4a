"""Each named constraint of the database refuses what it is there to refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models, transaction

from tests import factories
from tests.factories import RECORDED
from tracker.models import (
    Appointment,
    AuditHead,
    BulkOperation,
    ConflictFigure,
    Coverage,
    ExportSchedule,
    Figure,
    Import,
    ImportRow,
    LoginAttempts,
    PlaceMatch,
    RecoveryCode,
    Region,
    ReviewComment,
    Run,
)

pytestmark = pytest.mark.django_db

BEFORE = RECORDED - timedelta(seconds=1)
LATER = datetime(2025, 1, 1, tzinfo=UTC)
MONTH = {"period_type": "month", "start": date(2024, 12, 1), "end": date(2024, 12, 31)}


def xx() -> Region:
    return Region.objects.filter(pcode="XX").first() or factories.country("XX")


def report(**fields: Any) -> Any:
    return factories.report(xx(), factories.source(f"s{Region.objects.count()}"), **fields)


def two_reports(status: str, **fields: Any) -> None:
    region, source = xx(), factories.source("un")
    for _ in range(2):
        factories.report(region, source, ref="same", status=status, **fields)


def figure(**fields: Any) -> Figure:
    values = {
        "country": "XX",
        "region": "XX",
        "level": 0,
        "measure": "idps",
        "cause": "conflict",
        "low": 1,
        "value": 2,
        "high": 3,
        "unlocated": 2,
        "final_from": date(2024, 12, 1),
        "recorded_at": RECORDED,
    }
    return Figure.objects.create(**values | MONTH | fields)


def conflict_figure(**fields: Any) -> ConflictFigure:
    values = {
        "country": "XX",
        "region": "XX",
        "level": 0,
        "event_type": "Battles",
        "events": 1,
        "recorded_at": RECORDED,
    }
    return ConflictFigure.objects.create(**values | MONTH | fields)


def event(**fields: Any) -> Any:
    return factories.event(xx(), **fields)


def survey(code: str = "R1", **fields: Any) -> Any:
    source = factories.source(f"s{factories.Source.objects.count()}")
    return factories.assessment_round(source, xx(), code, **fields)


def two_surveys() -> None:
    source, region = factories.source("un"), xx()
    for _ in range(2):
        factories.assessment_round(source, region, "R1")


def run(**fields: Any) -> Run:
    return Run.objects.create(**{"kind": "build", "key": "k"} | fields)


def running(**fields: Any) -> Run:
    return run(**{"state": "running", "lease": "token", "lease_until": LATER} | fields)


def somebody() -> Any:
    return User.objects.get_or_create(username="somebody")[0]


def appointment(**fields: Any) -> Appointment:
    return Appointment.objects.create(**{"user": somebody(), "role": "officer"} | fields)


def login_attempts() -> LoginAttempts:
    return LoginAttempts.objects.create(kind="account", who="somebody", until=LATER)


def recovery_code() -> RecoveryCode:
    return RecoveryCode.objects.create(user=somebody(), digest="0" * 64)


def upload(**fields: Any) -> Import:
    values = {
        "format": "reports",
        "file_name": "a.csv",
        "stored_as": "b.csv",
        "size": 1,
        "uploaded_by": "anna",
    }
    return Import.objects.create(**values | fields)


def import_row(**fields: Any) -> ImportRow:
    values = {"upload": Import.objects.first() or upload(), "line": 2, "last_line": 2, "outcome": "new"}
    return ImportRow.objects.create(**values | fields)


def place_match(**fields: Any) -> PlaceMatch:
    values = {"publisher": "un", "text": "Here", "pcode": "XX01", "matched_by": "anna"}
    return PlaceMatch.objects.create(**values | fields)


def twice(make: Callable[..., Any], *args: Any, **fields: Any) -> Callable[[], None]:
    def both() -> None:
        make(*args, **fields)
        make(*args, **fields)

    return both


def coverage(**fields: Any) -> Coverage:
    values = {
        "country": "XX", "region": "XX", "level": 0, "measure": "idps", "cause": "conflict",
        "first": date(2024, 12, 1), "last": date(2024, 12, 31), "reports": 1, "source_codes": "un",
    }  # fmt: skip
    return Coverage.objects.create(**values | fields)


def bulk_operation(**fields: Any) -> BulkOperation:
    values = {"action": "approve", "by": "anna", "at": RECORDED, "reports": 1, "versions": []}
    return BulkOperation.objects.create(**values | fields)


def review_comment(**fields: Any) -> ReviewComment:
    values = {"report": report(), "field": "value", "text": "41?", "author": "anna", "recorded_at": RECORDED}
    return ReviewComment.objects.create(**values | fields)


VERSIONED: dict[str, Callable[..., Any]] = {
    "region": lambda **fields: factories.region("YY", **fields),
    "source": lambda **fields: factories.source("un", **fields),
    "crisis": lambda **fields: factories.crisis("C1", **fields),
    "round": lambda **fields: survey(**fields),
    "report": lambda **fields: report(**fields),
    "event": lambda **fields: event(**fields),
    "figure": lambda **fields: figure(**fields),
    "conflict_figure": lambda **fields: conflict_figure(**fields),
}

REFUSED: dict[str, Callable[[], Any]] = {
    **{
        f"{table}_superseded_after_it_was_recorded": partial(make, superseded_at=BEFORE)
        for table, make in VERSIONED.items()
    },
    **{f"{table}_versions_count_from_one": partial(make, version=0) for table, make in VERSIONED.items()},
    "coverage_once_a_series": twice(coverage),
    "coverage_first_not_after_last": lambda: coverage(last=date(2024, 11, 30)),
    "coverage_has_reports": lambda: coverage(reports=0),
    "region_one_current_version": twice(factories.region, "YY"),
    "region_level_from_0_to_4": lambda: factories.region("YY", xx(), level=5),
    "region_country_has_no_parent_others_have_one": lambda: factories.region("YY", level=1),
    "region_household_size_is_positive": lambda: factories.region("YY", household_size=0),
    "source_one_current_version": twice(factories.source, "un"),
    "source_tier_from_1_to_5": lambda: factories.source("un", tier=6),
    "source_row_access_is_known": lambda: factories.source("un", row_access="friends"),
    "crisis_one_current_version": twice(factories.crisis, "C1"),
    "crisis_ends_after_it_starts": lambda: factories.crisis("C1", end=date(2024, 10, 31)),
    "round_one_current_version": two_surveys,
    "round_published_not_before_its_date": lambda: survey(published=date(2024, 11, 30)),
    "report_one_standing_version": lambda: two_reports("approved"),
    "report_one_proposed_version": lambda: two_reports("submitted", approved_by=""),
    "report_ends_after_it_starts": lambda: report(
        measure="arrivals", start=date(2024, 12, 2), end=date(2024, 12, 1), published=date(2024, 12, 9)
    ),
    "report_published_not_before_its_end": lambda: report(published=date(2024, 11, 30)),
    "report_stock_is_of_one_day": lambda: report(start=date(2024, 12, 1)).__class__.objects.update(
        start=date(2024, 11, 30)
    ),
    "report_low_not_above_value": lambda: report(value=10, low=11),
    "report_value_not_above_high": lambda: report(value=10, high=9),
    "report_people_in_range": lambda: report(value=10, high=1_000_000_001),
    "report_round_only_for_stocks": lambda: report(measure="arrivals", round="R1"),
    "report_measure_is_known": lambda: report(measure="people", end=date(2024, 12, 1)),
    "report_cause_is_known": lambda: report(cause="weather"),
    "report_role_is_known": lambda: report(role="hero"),
    "report_status_is_known": lambda: report(status="done"),
    "report_sensitivity_is_known": lambda: report(sensitivity="secret"),
    "report_households_have_a_size": lambda: report(unit="households"),
    "report_approved_by_somebody_else": lambda: report(author="anna", approved_by="anna"),
    "event_one_current_version": twice(event, event_id="e1"),
    "event_ends_after_it_starts": lambda: event(date_end=date(2024, 11, 30)),
    "event_type_is_known": lambda: event(event_type="Parades"),
    "event_point_is_whole_and_on_earth": lambda: event(latitude=91.0, longitude=0.0),
    "event_fatalities_in_order": lambda: event(low=3, best=2),
    "run_waits_once": twice(run),
    "run_runs_once": twice(running),
    "run_running_has_a_lease": lambda: running(lease=""),
    "run_state_is_known": lambda: run(state="asleep"),
    "audit_has_one_head": lambda: AuditHead.objects.create(id=2),
    "export_schedule_time_is_of_a_day": lambda: ExportSchedule.objects.create(name="n", hour=24),
    "appointment_once": twice(appointment),
    "appointment_role_is_known": lambda: appointment(role="king"),
    "login_attempts_counted_once": twice(login_attempts),
    "recovery_code_once": twice(recovery_code),
    "import_state_is_known": lambda: upload(state="asleep"),
    "import_submitted_is_by_somebody": lambda: upload(state="submitted"),
    "import_row_once_a_line": twice(import_row),
    "import_row_outcome_is_known": lambda: import_row(outcome="odd"),
    "import_row_step_goes_with_its_outcome": lambda: import_row(outcome="rejected", step="taken"),
    "place_match_once_a_source": twice(place_match),
    "place_match_is_whole": lambda: place_match(pcode=""),
    "figure_one_current_version": twice(figure),
    "figure_low_value_high_in_order": lambda: figure(low=3, value=2),
    "figure_unlocated_within_value": lambda: figure(unlocated=3),
    "figure_period_is_stored": lambda: figure(period_type="day", end=date(2024, 12, 1)),
    "conflict_figure_one_current_version": twice(conflict_figure),
    "conflict_figure_counts_events": lambda: conflict_figure(events=0),
    "bulk_operation_action_is_known": lambda: bulk_operation(action="burn"),
    "bulk_operation_undone_by_somebody": lambda: bulk_operation(undone_at=RECORDED),
    "review_comment_settled_by_somebody": lambda: review_comment(settled_at=RECORDED),
}


def constraints() -> dict[str, models.BaseConstraint]:
    return {
        constraint.name: constraint
        for model in apps.get_app_config("tracker").get_models()
        for constraint in model._meta.constraints
    }


def test_every_constraint_is_tried() -> None:
    assert set(REFUSED) == set(constraints())


@pytest.mark.parametrize("name", REFUSED)
def test_the_database_refuses(name: str) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        REFUSED[name]()
    said = str(refused.value)
    if connection.vendor == "sqlite" and isinstance(constraints()[name], models.UniqueConstraint):
        assert "UNIQUE constraint failed" in said
    else:
        assert name in said


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("event_point_is_whole_and_on_earth", lambda: event(latitude=33.5)),
        ("event_point_is_whole_and_on_earth", lambda: event(longitude=36.3)),
        ("figure_low_value_high_in_order", lambda: figure(value=None)),
        ("figure_low_value_high_in_order", lambda: figure(low=None, high=None, unlocated=None)),
        ("report_households_have_a_size", lambda: report(unit="households", household_size_used=0)),
    ],
)
def test_what_is_not_known_is_no_way_around_a_constraint(name: str, make: Callable[[], Any]) -> None:
    """In SQL a comparison with NULL is not false, and a check that is not false lets the row in."""
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make()


@pytest.mark.parametrize("table", VERSIONED)
def test_a_later_version_may_stand_beside_an_ended_one(table: str) -> None:
    make = VERSIONED[table]
    make(superseded_at=LATER)
    if table not in {"round", "report", "event"}:
        make(version=2, recorded_at=LATER)
