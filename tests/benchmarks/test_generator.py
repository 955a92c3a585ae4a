"""The made-up data is what it is said to be, and the tables take it."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import numpy as np
import pytest
from django.db import connection

from tests.benchmarks import filling, generator, land
from tests.benchmarks.generator import NO_ROUND
from tracker.models import ConflictEvent, Region, Report, Round, Source

NUMBER = 4_000

# COPY is PostgreSQL's, and so is the benchmark.
pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def made() -> tuple[generator.Reports, generator.Rounds]:
    return generator.reports(NUMBER)


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [Report._meta.db_table])
        return {definition for (definition,) in cursor.fetchall()}


def test_a_seed_makes_the_same_rows_again_and_another_seed_others(made):
    again, _ = generator.reports(NUMBER)
    other, _ = generator.reports(NUMBER, seed=2)
    columns = [field.name for field in fields(again)]
    assert all(np.array_equal(getattr(made[0], name), getattr(again, name)) for name in columns)
    assert not all(np.array_equal(getattr(made[0], name), getattr(other, name)) for name in columns)


def test_the_land_has_fourteen_countries_of_357_regions_on_four_levels():
    assert len(set(land.pcodes())) == 14 * 357
    assert np.bincount(land.COUNTRY.level).tolist() == [1, 14, 72, 270]
    assert (land.COUNTRY.level[land.COUNTRY.parent[1:]] == land.COUNTRY.level[1:] - 1).all()


def test_forty_sources_of_three_tiers_speak_and_each_country_hears_the_same_number(made):
    heard = {(country, source) for country, source in zip(made[0].country, made[0].source, strict=True)}
    assert {source for _, source in heard} == set(range(40))
    assert {land.tier(source) for _, source in heard} == {1, 2, 3}
    assert set(Counter(country for country, _ in heard).values()) == {land.SOURCES_IN_A_COUNTRY}


def test_a_quarter_are_stocks_and_of_these_six_in_ten_are_rows_of_rounds(made):
    reports, _ = made
    is_stock = np.isin(reports.measure, land.STOCK_MEASURES)
    assert len(reports) == NUMBER
    assert is_stock.sum() == NUMBER // 4
    assert (reports.round != NO_ROUND).sum() == round(NUMBER / 4 * 0.6)
    assert is_stock[reports.round != NO_ROUND].all()


def test_flows_last_a_day_a_week_a_fortnight_or_a_month_within_the_six_years(made):
    flows = made[0].take(np.isin(made[0].measure, land.FLOW_MEASURES))
    assert set((flows.end - flows.start + 1).tolist()) == {1, 7, 14, 30}
    assert flows.start.min() >= land.FIRST_DAY
    assert flows.end.max() <= land.LAST_DAY


def test_some_flows_are_corrected_later_and_some_series_have_one_first_day(made):
    flows = made[0].take(np.isin(made[0].measure, land.FLOW_MEASURES))
    said = Counter(zip(flows.country, flows.region, flows.source, flows.measure, flows.start, strict=True))
    periods = Counter(
        zip(flows.country, flows.region, flows.source, flows.measure, flows.start, flows.end, strict=True)
    )
    third = NUMBER * 0.75 * 0.15 / 3
    assert sum(number >= 4 for number in said.values()) >= third / 4 * 0.95
    assert sum(number == 2 for number in periods.values()) >= third * 0.9


def test_rows_arrive_in_the_order_of_their_publication(made):
    assert (np.diff(made[0].published) >= 0).all()


def test_the_rows_of_a_round_are_of_its_source_on_its_day_and_inside_its_coverage(made):
    reports, rounds = made
    rows = reports.take(reports.round != NO_ROUND)
    of = rounds.take(rows.round)
    first = land.COUNTRY.first_leaf[of.region]
    assert np.array_equal(rows.source, of.source)
    assert np.array_equal(rows.country, of.country)
    assert np.array_equal(rows.start, of.date)
    assert np.array_equal(rows.published, of.published)
    assert ((first <= rows.region) & (rows.region < first + land.COUNTRY.leaves[of.region])).all()


def test_the_tables_take_all_reports_which_name_only_what_they_hold_and_keep_their_indexes(db, made):
    before = indexes()
    filling.fill_places()
    filling.fill_reports(*made)
    rows = Report.objects.current().approved()
    assert rows.count() == NUMBER
    assert rows.values("country", "measure", "cause", "crisis").distinct().count() == 112
    assert not rows.exclude(region__in=Region.objects.values("pcode")).exists()
    assert not rows.exclude(source__in=Source.objects.values("code")).exists()
    in_rounds = set(rows.exclude(round="").values_list("source", "round"))
    assert in_rounds <= set(Round.objects.values_list("source", "code"))
    assert indexes() == before


def test_the_table_takes_all_events(db):
    filling.fill_events(generator.events(NUMBER))
    rows = ConflictEvent.objects.current()
    assert rows.count() == NUMBER
    assert set(rows.values_list("region", flat=True)) <= set(land.pcodes())
