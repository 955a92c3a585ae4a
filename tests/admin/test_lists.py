"""Lists of many reports: what a page reads it finds by an index, whatever the list is filtered by."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from tracker.models import Region, Report

pytestmark = pytest.mark.django_db

LIST = "admin:tracker_report_changelist"
MANY = 60_000
FILTERS = [
    "",
    "p=20",
    "status__exact=submitted",
    "status__exact=rejected",
    "country=C3",
    "country=C3&status__exact=submitted",
    "source=s7",
    "source=s7&status__exact=submitted",
    "from=2024-05-01&to=2024-05-10",
    "from=2026-05-01",
    "to=2018-01-10",
    "within=C3P040",
    "within=Region C3",
    "within=C3P040&from=2024-05-01&to=2024-05-31",
    "role__exact=forecast",
    "crisis=K",
    "status__exact=approved&role__exact=counted&country=C1&source=s1",
    "country=nowhere",
    "versions=all&status__exact=rejected",
]


def fill(count: int) -> None:
    """So many reports of ten years, from 5 countries of 100 regions and 40 sources; a few wait for review."""
    for number in range(5):
        country = factories.country(f"C{number}", parts=0)
        Region.objects.bulk_create(
            Region(
                pcode=f"C{number}P{part:03}", level=1, parent=country.pcode, country=country.pcode,
                name_en=f"Part {part}", recorded_at=factories.RECORDED,
            )
            for part in range(100)
        )  # fmt: skip
    for number in range(40):
        factories.source(f"s{number}")
    factories.crisis("K")
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [count])
        cursor.execute("ANALYZE tracker_report")


INSERT = """
    INSERT INTO tracker_report (
        version, recorded_at, superseded_at, recorded_by, reason, source, ref, region, country, measure,
        cause, crisis, start, "end", value, low, high, published, unit, stated_value, round, counterpart,
        role, qualifier, title, url, excerpt, notes, sensitivity, status, author, approved_by
    )
    SELECT
        1, now(), CASE WHEN n % 10 = 0 THEN now() END, 'anna', '', 's' || n * 7919 % 40, 'r' || n,
        'C' || n * 31 % 5 || 'P' || lpad((n * 17 % 100)::text, 3, '0'), 'C' || n * 31 % 5, 'departures',
        'conflict', CASE WHEN n % 5000 = 1 THEN 'K' ELSE '' END, day, day, 40, 40, 40, day, 'people', 40,
        '', '', CASE WHEN n % 4000 = 1 THEN 'forecast' ELSE 'counted' END, 'exactly', 'A document', '',
        '', '', 'public', state, 'anna', CASE WHEN state = 'approved' THEN 'boris' ELSE '' END
    FROM (
        SELECT
            n, DATE '2016-01-01' + (n * 48271 % 3800)::int AS day,
            CASE WHEN n % 500 = 3 THEN 'submitted' WHEN n % 20000 = 7 THEN 'rejected' ELSE 'approved' END
                AS state
        FROM generate_series(1, %s::bigint) AS n
    ) AS numbered
""".replace(" % ", " %% ")


SERVED_BY = {
    "": "tracker_report_pkey",
    "o=2": "report_by_name",
    "status__exact=rejected": "report_one_proposed_version|report_not_approved",
    "versions=all&status__exact=rejected": "report_not_approved",
    "country=nowhere": "report_by_cube",
    "source=nobody": "report_by_name|report_one_standing_version",
    "from=2026-05-25": "report_by_days",
    "within=C3P040": "report_by_region",
    "within=C3P040&from=2024-05-01&to=2024-05-31": "report_by_region",
    "role__exact=forecast": "report_not_counted",
    "crisis=K": "report_of_crisis",
}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="EXPLAIN is PostgreSQL's")
def test_a_filter_of_the_list_of_reports_is_served_by_an_index(as_boris: Client) -> None:
    """The rows by an index. The count too, but where the list goes beyond what is counted."""
    fill(MANY)
    for asked, index in SERVED_BY.items():
        with CaptureQueriesContext(connection) as queries:
            assert as_boris.get(f"{reverse(LIST)}?{asked}").status_code == 200
        reading = [query["sql"] for query in queries if 'FROM "tracker_report"' in query["sql"]]
        plans = {query: plan(query) for query in reading}
        rows = [found for query, found in plans.items() if query.startswith('SELECT "tracker_report"."id"')]
        assert rows, "the list was read"
        assert all(re.search(index, found) for found in rows), (asked, rows)
        if asked not in {"", "o=2"}:
            assert not any("Seq Scan on tracker_report" in found for found in plans.values()), (asked, plans)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the rows are made by PostgreSQL")
@pytest.mark.parametrize("asked", FILTERS)
def test_the_list_shows_what_the_filter_says(asked: str, as_boris: Client) -> None:
    fill(2_000)
    shown = as_boris.get(f"{reverse(LIST)}?{asked}").context["cl"]
    wanted = dict(part.split("=") for part in asked.split("&") if part)
    rows = Report.objects.all() if "versions" in wanted else Report.objects.current()
    for name, value in wanted.items():
        match name:
            case "from":
                rows = rows.filter(end__gte=value)
            case "to":
                rows = rows.filter(start__lte=value)
            case "within" if value == "Region C3":
                rows = rows.filter(country="C3")
            case "within":
                rows = rows.filter(region=value)
            case "p" | "versions":
                pass
            case _:
                rows = rows.filter(**{name.removesuffix("__exact"): value})
    assert shown.result_count == rows.count()


@pytest.mark.parametrize("asked", ["from=yesterday", "to=2024-02-31", "within=%00", "country=%00", "from="])
def test_a_filter_that_says_nothing_is_no_failure(asked: str, as_boris: Client) -> None:
    assert as_boris.get(f"{reverse(LIST)}?{asked}", follow=True).status_code == 200


def plan(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}")
        return "\n".join(row[0] for row in cursor.fetchall())
