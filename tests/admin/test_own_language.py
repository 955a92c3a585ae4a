"""Work in French or Arabic: names of regions, numbers, dates and forms as the language has them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from tests import factories
from tests.admin.entered import report_entered
from tracker.models import Crisis, Region, Report, Source
from tracker.vocabulary import Measure

pytestmark = pytest.mark.django_db

NARROW = "\u202f"
IDPS = 1234567


@pytest.fixture
def syria() -> Region:
    country = factories.region("SY", name_en="Syria", name_ar="سوريا", name_fr="Syrie")
    factories.region("SY02", country, name_en="Aleppo", name_ar="حلب", name_fr="Alep")
    factories.region("SY03", country, name_en="", name_ar="", name_local="Heleb")
    return country


@pytest.fixture
def counted(syria: Region, un: Source) -> Report:
    aleppo = Region.objects.get(pcode="SY02")
    return factories.report(aleppo, un, IDPS, ref="r1", measure=Measure.IDPS, start=date(2024, 12, 8))


def speaking(client: Client, language: str) -> Client:
    client.post(reverse("admin:language"), {"language": language})
    return client


def said(client: Client, name: str, *args: Any) -> str:
    return client.get(reverse(f"admin:{name}", args=args)).content.decode()


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Syria", "Aleppo", "Heleb"]),
        ("fr", ["Syrie", "Alep", "Heleb"]),
        ("ar", ["سوريا", "حلب", "Heleb"]),
        ("de", ["Syria", "Aleppo", "Heleb"]),
        ("local", ["Syria", "Aleppo", "Heleb"]),
    ],
)
def test_a_region_is_called_in_the_language_else_in_english_else_as_locals_do(syria, language, names):
    regions = Region.objects.order_by("pcode")
    assert [region.name_in(language) for region in regions] == names
    assert list(regions.with_name(language).values_list("name", flat=True)) == names


def test_a_crisis_is_called_in_the_language_else_in_english(db):
    factories.crisis("C1", name_en="Fall of 2024", name_ar="خريف 2024")
    for language, name in {"ar": "خريف 2024", "fr": "Fall of 2024"}.items():
        assert Crisis.objects.get().name_in(language) == name
        assert Crisis.objects.with_name(language).get().name == name
        with override(language):
            assert str(Crisis.objects.get()) == f"{name} (C1)"


@pytest.mark.parametrize(
    ("language", "name", "people", "day"),
    [
        ("en", "Aleppo", "1,234,567", "2024-12-08"),
        ("fr", "Alep", f"1{NARROW}234{NARROW}567", "8 décembre 2024"),
        ("ar", "حلب", "1,234,567", "8 ديسمبر 2024"),
    ],
)
def test_lists_name_regions_and_write_numbers_and_days_in_the_language(
    counted, as_anna, language, name, people, day
):
    page = said(speaking(as_anna, language), "tracker_report_changelist")
    assert f'{name} (<bdi dir="ltr">SY02</bdi>)' in page
    assert people in page
    assert day in page
    assert "?country=SY" in page


def test_the_name_of_a_region_costs_no_query_for_each_row(counted, as_anna, un):
    speaking(as_anna, "ar")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            said(as_anna, "tracker_report_changelist")
        return len(captured)

    few = queries()
    for number in range(10):
        factories.report(Region.objects.get(pcode="SY02"), un, 10, ref=f"more{number}")
    assert queries() == few


def test_a_list_finds_a_region_by_its_name_in_any_language(counted, as_anna):
    for typed in ("Aleppo", "Alep", "حلب", "sy02"):
        page = as_anna.get(reverse("admin:tracker_report_changelist"), {"q": typed})
        assert [row.ref for row in page.context["cl"].result_list] == ["r1"]


@pytest.mark.parametrize(("language", "path"), [("fr", "Syrie › Alep"), ("ar", "سوريا › حلب")])
def test_suggestions_show_the_path_in_the_language(syria, as_anna, language, path):
    speaking(as_anna, language)
    answer = as_anna.get(reverse("admin:suggest", args=["region"]), {"q": "Aleppo"}).json()
    assert [one["label"] for one in answer["suggestions"]] == [path]


def test_lists_of_regions_and_crises_show_the_name_that_the_person_reads(syria, as_anna):
    factories.crisis("C1", name_en="Fall of 2024", name_ar="خريف 2024")
    speaking(as_anna, "ar")
    for kind, column in {"region": "سوريا", "crisis": "خريف 2024"}.items():
        assert f'<td class="field-own_name">{column}</td>' in said(as_anna, f"tracker_{kind}_changelist")
    first = as_anna.get(reverse("admin:tracker_region_changelist"), {"o": "-1"})
    assert [row.pcode for row in first.context["cl"].result_list] == ["SY", "SY02", "SY03"]


def test_filters_name_countries_in_the_language(counted, as_anna):
    assert ">سوريا<" in said(speaking(as_anna, "ar"), "tracker_report_changelist").replace("\n", "")


def test_ids_codes_and_what_inputs_hold_are_not_grouped(counted, as_anna):
    Report.objects.filter(pk=counted.pk).update(id=1234567, stated_value=7654321)
    speaking(as_anna, "fr")
    page = said(as_anna, "tracker_report_change", 1234567)
    assert 'name="stated_value" value="7654321"' in page
    assert "/report/1234567/" in page
    assert f"1{NARROW}234{NARROW}567/" not in page
    assert 'value="2024-12-08"' in page


@pytest.mark.parametrize(
    ("language", "typed", "day"),
    [("ar", "١٬٢٣٤", "٠٨/١٢/٢٠٢٤"), ("ar", "۱۲۳۴", "2024-12-08"), ("fr", f"1{NARROW}234", "08/12/2024")],
)
def test_a_report_is_entered_in_the_digits_and_days_of_the_language(syria, un, as_anna, language, typed, day):
    speaking(as_anna, language)
    entered = report_entered(
        region="SY02", measure="idps", stated_value=typed, start=day, end=day, published=day
    )
    as_anna.post(reverse("admin:tracker_report_add"), entered)
    report = Report.objects.get()
    assert (report.value, report.start) == (1234, date(2024, 12, 8))


def test_what_could_be_another_number_is_not_stored(syria, un, as_anna):
    entered = report_entered(region="SY02", measure="idps", start="2024-12-08", end="2024-12-08")
    page = as_anna.post(reverse("admin:tracker_report_add"), {**entered, "stated_value": "1.234"})
    assert "stated_value" in page.context["adminform"].form.errors
    assert not Report.objects.exists()


def test_a_household_size_is_shown_and_read_with_a_comma_in_french(syria, as_anna):
    Region.objects.filter(pcode="SY02").update(household_size="5.2")
    speaking(as_anna, "fr")
    with override("fr"):
        page = said(as_anna, "tracker_region_change", Region.objects.get(pcode="SY02").pk)
    assert "5,200" in page


def test_the_history_names_regions_in_the_language(counted, as_anna):
    moved = counted.successor(region="SY", recorded_at=counted.recorded_at, version=2)
    Report.objects.filter(pk=counted.pk).update(superseded_at=counted.recorded_at)
    moved.save()
    page = as_anna.get(reverse("admin:tracker_report_change", args=[moved.pk]))
    change = page.context["versions"][0].changes[0]
    assert (change.old, change.new) == ("Aleppo (SY02)", "Syria (SY)")
    speaking(as_anna, "ar")
    page = as_anna.get(reverse("admin:tracker_report_change", args=[moved.pk]))
    change = page.context["versions"][0].changes[0]
    assert (change.old, change.new) == ("حلب (\u2066SY02\u2069)", "سوريا (\u2066SY\u2069)")
