"""The first page says what there is to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.admin.logging_in import appointed
from tracker.models import (
    Appointment,
    Coverage,
    Figure,
    Import,
    ImportRow,
    Region,
    Run,
    Source,
    StaffRole,
)
from tracker.vocabulary import ImportState, RowOutcome, RowStep, RunKind, RunState, Status

NOW = timezone.now()
TODAY = NOW.date()


def home(client: Client) -> dict[str, Any]:
    return {section.name: section for section in client.get(reverse("admin:index")).context["home"]}


def counts(client: Client, name: str) -> list[int]:
    return [item.count for item in home(client)[name].items]


def listed(client: Client, url: str) -> int:
    return int(client.get(url).context["cl"].result_count)


def covered(region: str, days: int, **fields: Any) -> Coverage:
    values = {
        "country": "XX", "measure": "idps", "cause": "conflict", "region": region, "level": 1,
        "first": TODAY - timedelta(days), "last": TODAY - timedelta(days), "reports": 1, "source_codes": "un",
    }  # fmt: skip
    return Coverage.objects.create(**values | fields)


def waiting_import(by: str, *, country: str = "XX", step: str = RowStep.SUBMITTED) -> Import:
    """A submitted file of one row."""
    waiting = Import.objects.create(
        format="reports", file_name="a.csv", stored_as=by, sha256=by, size=1, uploaded_by=by,
        state=ImportState.SUBMITTED, submitted_by=by,
    )  # fmt: skip
    ImportRow.objects.create(
        upload=waiting, line=2, last_line=2, outcome=RowOutcome.NEW, country=country, step=step
    )
    return waiting


def test_drafts_and_returned_reports_are_counted_for_their_author(
    place: Region, un: Source, as_anna: Client
) -> None:
    for author, status in [("anna", "draft"), ("anna", "draft"), ("boris", "draft"), ("anna", "rejected")]:
        factories.report(place, un, status=status, author=author)
    assert counts(as_anna, "mine") == [2, 1]
    drafts, returned = home(as_anna)["mine"].items
    assert (listed(as_anna, drafts.url), listed(as_anna, returned.url)) == (2, 1)


def test_what_waits_for_review_is_what_others_wrote(place: Region, un: Source, as_anna: Client) -> None:
    for author in ("anna", "boris", "carla"):
        factories.report(place, un, status=Status.SUBMITTED, author=author)
    assert counts(as_anna, "review") == [2]
    assert listed(as_anna, home(as_anna)["review"].items[0].url) == 2


def test_a_reviewer_of_one_country_is_shown_that_country_alone(
    place: Region, un: Source, client: Client
) -> None:
    elsewhere = factories.country("YY")
    for region in (place, elsewhere, elsewhere):
        factories.report(region, un, status=Status.SUBMITTED, author="anna")
    covered("XX01", 60)
    client.force_login(appointed("reviewer", StaffRole.REVIEWER, country="YY"))
    assert counts(client, "review") == [2]
    assert home(client)["old"].oldest == []


def test_imports_that_others_submitted_wait_beside_reports(as_anna: Client, place: Region) -> None:
    for name in ("anna", "boris"):
        waiting_import(name)
    assert counts(as_anna, "review") == [0, 1]
    assert listed(as_anna, home(as_anna)["review"].items[1].url) == 1


def test_imports_wait_for_who_may_approve_their_rows(place: Region, client: Client) -> None:
    for name, country, step in [("a", "XX", "submitted"), ("b", "YY", "submitted"), ("c", "XX", "taken")]:
        waiting_import(name, country=country, step=step)
    user = appointed("reviewer", StaffRole.REVIEWER, country="XX")
    # As an auditor the same person sees the files of all countries.
    Appointment.objects.create(user=user, role=StaffRole.AUDITOR)
    client.force_login(user)
    assert counts(client, "review") == [0, 1]
    assert listed(client, home(client)["review"].items[1].url) == 1


def test_an_officer_is_not_asked_to_review(place: Region, client: Client) -> None:
    client.force_login(appointed("officer", StaffRole.OFFICER))
    assert "review" not in home(client)
    assert "failed" not in home(client)


def test_parked_runs_are_counted_by_kind_and_refused_imports_with_them(as_anna: Client, db: None) -> None:
    for number, (kind, state) in enumerate(
        [
            ("build", "parked"),
            ("build", "parked"),
            ("export", "parked"),
            ("build", "done"),
            ("import", "refused"),
        ]
    ):
        Run.objects.create(kind=kind, key=f"k{number}", state=state)
    Run.objects.create(
        kind=RunKind.IMPORT, key="old", state=RunState.REFUSED, requested_at=NOW - timedelta(days=31)
    )
    assert counts(as_anna, "failed") == [2, 1, 1]
    assert [listed(as_anna, item.url) for item in home(as_anna)["failed"].items[:2]] == [2, 1]


def test_data_that_grows_old_is_listed_worst_first(place: Region, as_anna: Client) -> None:
    covered("XX01", 40)
    covered("XX02", 100)
    covered("XX02", 100, measure="returnees", cause="disaster")
    covered("XX02", 20, measure="returnees")
    covered("XX0101", 200, level=2)
    covered("XX", 366, level=0)
    oldest = home(as_anna)["old"].oldest
    assert [(old.place, old.days) for old in oldest] == [("Region XX02", 100), ("Region XX01", 40)]
    assert parse_qs(urlsplit(oldest[0].url).query) == {"region__exact": ["XX02"], "measure__exact": ["idps"]}


def test_reports_approved_in_spite_of_warnings_are_counted(
    place: Region, un: Source, as_anna: Client
) -> None:
    answered = [{"code": "same_number", "text": "The same", "reason": "counted twice"}]
    factories.report(place, un, recorded_at=NOW, warnings_overridden=answered)
    factories.report(place, un, recorded_at=NOW)
    factories.report(place, un, recorded_at=NOW - timedelta(days=40), warnings_overridden=answered)
    (item,) = home(as_anna)["quality"].items
    assert item.count == 1
    assert listed(as_anna, item.url) == 1


def test_figures_with_warnings_of_the_last_months_are_counted(place: Region, as_anna: Client) -> None:
    month = TODAY.replace(day=1)
    for start, warnings in [
        (month, "parts_exceed_whole"),
        (month.replace(year=month.year - 1), "parts_exceed_whole"),
    ]:
        Figure.objects.create(
            country="XX", region="XX", level=0, measure="idps", cause="conflict", period_type="month",
            start=start, end=start, low=1, value=1, high=1, unlocated=0, final_from=start, recorded_at=NOW,
            warnings=warnings,
        )  # fmt: skip
    (item,) = home(as_anna)["quality"].items
    assert item.count == 1
    assert listed(as_anna, item.url) == 1


def test_an_empty_tracker_says_that_nothing_waits(as_anna: Client, db: None) -> None:
    page = as_anna.get(reverse("admin:index")).content.decode()
    for words in ("Nothing failed, and nothing waits.", "No warnings lately.", "have news."):
        assert words in page


@pytest.mark.parametrize("reports", [1, 30])
def test_the_page_takes_as_many_queries_for_many_reports_as_for_one(
    reports: int, place: Region, un: Source, as_anna: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(reports):
        factories.report(place, un, status=Status.SUBMITTED, author="boris")
    as_anna.get(reverse("admin:index"))
    with django_assert_max_num_queries(22):
        as_anna.get(reverse("admin:index"))
