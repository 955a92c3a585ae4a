"""Sources, crises and rounds as delivered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.ingest.files import csv_file
from tracker.ingest.imports import IngestResult
from tracker.ingest.load import ingest
from tracker.models import Crisis, Round, Run, Source
from tracker.vocabulary import RunState

pytestmark = pytest.mark.django_db


@pytest.fixture
def deliver(tmp_path: Path) -> Any:
    def deliver(format: str, *rows: dict[str, Any], **options: Any) -> tuple[int, int, int, int]:
        found: IngestResult = ingest(format, csv_file(tmp_path, format, *rows), **options)
        deliver.rejects = [(one.column, one.reason) for one in found.rejects]  # type: ignore[attr-defined]
        return found.new, found.changed, found.unchanged, found.rejected

    return deliver


def due() -> set[str]:
    return set(Run.objects.filter(state=RunState.DUE).values_list("key", flat=True))


class TestSources:
    def test_new_changed_and_unchanged_sources_are_counted(self, deliver: Any):
        assert deliver("sources", {"code": "un"}, {"code": "ngo", "tier": "3"}) == (2, 0, 0, 0)
        assert deliver("sources", {"code": "un"}, {"code": "ngo", "tier": "4"}) == (0, 1, 1, 0)
        old, new = Source.objects.filter(code="ngo").order_by("version")
        assert (old.tier, new.tier, new.version) == (3, 4, 2)
        assert old.superseded_at == new.recorded_at
        assert new.reason

    def test_another_tier_makes_all_cubes_of_the_source_due(self, deliver: Any):
        country = factories.country("XX")
        un, ngo = factories.source("un"), factories.source("ngo")
        factories.report(country, un)
        factories.report(country, ngo, measure="arrivals")
        deliver("sources", {"code": "un", "name": "United Nations", "tier": "2"})
        assert due() == {"build:XX:idps:conflict:"}

    def test_another_name_makes_nothing_due(self, deliver: Any):
        factories.report(factories.country("XX"), factories.source("un"))
        assert deliver("sources", {"code": "un", "name": "Another name"}) == (0, 1, 0, 0)
        assert due() == set()

    def test_a_file_without_the_column_does_not_open_closed_rows(self, deliver: Any):
        deliver("sources", {"code": "acled", "row_access": "none"})
        assert deliver("sources", {"code": "acled", "tier": "2"}) == (0, 1, 0, 0)
        assert Source.objects.current().get().row_access == "none"

    def test_one_code_with_two_contents_in_a_file_is_rejected_once(self, deliver: Any):
        assert deliver("sources", {"tier": "1"}, {"tier": "2"}) == (1, 0, 0, 1)
        assert deliver.rejects[0][0] == "code"


class TestCrises:
    def test_a_crisis_is_stored_with_its_countries(self, deliver: Any):
        factories.country("XX")
        factories.country("YY")
        assert deliver("crises", {"countries": "YY XX", "end": "2025-01-01"}) == (1, 0, 0, 0)
        crisis = Crisis.objects.get()
        assert (crisis.countries, crisis.end) == ("XX YY", date(2025, 1, 1))

    @pytest.mark.parametrize("countries", ["ZZ", "XX ZZ", "XX01"])
    def test_its_countries_must_be_known_and_countries(self, deliver: Any, countries: str):
        factories.country("XX")
        assert deliver("crises", {"countries": countries}) == (0, 0, 0, 1)
        assert "no country has the P-code" in deliver.rejects[0][1]


class TestRounds:
    @pytest.fixture(autouse=True)
    def _known(self) -> None:
        self.country = factories.country("XX")
        self.un = factories.source("un")

    def test_a_round_is_closed_unless_the_file_says_otherwise(self, deliver: Any):
        assert deliver("rounds", {"code": "r1"}, {"code": "r2", "closed": "0"}) == (2, 0, 0, 0)
        assert dict(Round.objects.values_list("code", "closed")) == {"r1": True, "r2": False}

    def test_the_same_code_of_another_source_is_another_round(self, deliver: Any):
        factories.source("ngo")
        assert deliver("rounds", {"source": "un"}, {"source": "ngo"}) == (2, 0, 0, 0)

    @pytest.mark.parametrize(
        ("cells", "reason"),
        [
            ({"source": "who"}, "no source has the code who"),
            ({"region": "ZZ"}, "no region has the P-code ZZ"),
        ],
    )
    def test_its_source_and_region_must_be_known(self, deliver: Any, cells: dict[str, str], reason: str):
        assert deliver("rounds", cells) == (0, 0, 0, 1)
        assert deliver.rejects[0][1] == reason

    def test_closing_makes_the_stock_cubes_of_its_source_and_country_due(self, deliver: Any):
        deliver("rounds", {"closed": "0"})
        factories.report(self.country, self.un, round="r1")
        factories.report(self.country, self.un, measure="refugees")
        factories.report(self.country, self.un, measure="arrivals")
        factories.report(factories.country("YY"), self.un, measure="returnees")
        assert deliver("rounds", {"closed": "1"}) == (0, 1, 0, 0)
        assert due() == {"build:XX:idps:conflict:", "build:XX:refugees:conflict:"}

    @pytest.mark.parametrize(
        ("cells", "column"), [({"date": "2024-11-30"}, "date"), ({"region": "XX02"}, "region")]
    )
    def test_a_change_that_its_rows_do_not_fit_is_rejected(
        self, deliver: Any, cells: dict[str, str], column: str
    ):
        deliver("rounds", {})
        factories.report(factories.region("XX03", self.country), self.un, ref="row", round="r1")
        assert deliver("rounds", cells) == (0, 0, 0, 1)
        assert deliver.rejects[0][0] == column
        assert "report row of this round" in deliver.rejects[0][1]

    def test_an_archived_round_is_recorded_at_its_publication(self, deliver: Any):
        deliver("rounds", {}, recorded_as_published=True)
        assert Round.objects.get().recorded_at == datetime(2024, 12, 10, tzinfo=UTC)
