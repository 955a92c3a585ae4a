"""The two commands that import."""

from __future__ import annotations

import io
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from tests import factories
from tests.ingest.files import csv_file
from tracker.models import Region, Report, Run
from tracker.vocabulary import RunKind

pytestmark = pytest.mark.django_db

SYRIA = Path(__file__).parents[2] / "data" / "boundaries" / "syr-cod-2018"


def run(*words: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*words, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def _known() -> None:
    factories.country("XX")
    factories.source("un")


def test_ingest_prints_its_counts_and_announces_what_is_due(tmp_path: Path):
    path = csv_file(tmp_path, "reports", {"ref": "a"}, {"ref": "b"})
    with patch("tracker.management.imports.announce") as announce:
        out, err = run("ingest", "reports", str(path), "--approve")
    assert (out, err) == ("new 2, changed 0, unchanged 0, rejected 0\n", "")
    announce.assert_called_once_with([Run.objects.get(kind=RunKind.BUILD).pk])


def test_ingest_names_the_first_rejected_rows_and_still_takes_the_good_ones(tmp_path: Path):
    path = csv_file(
        tmp_path, "reports", *({"ref": str(n), "value": "-1"} for n in range(25)), {"ref": "good"}
    )
    out, err = run("ingest", "reports", str(path))
    assert out == "new 1, changed 0, unchanged 0, rejected 25\n"
    assert err.startswith("25 rows were NOT taken:\n  line 2, value, '-1': the number is negative")
    assert "line 21," in err and "line 22," not in err
    assert "and 5 more; --rejects FILE keeps them all" in err
    assert Report.objects.get().ref == "good"


def test_ingest_tries_a_file_without_storing_it(tmp_path: Path):
    out, _ = run("ingest", "reports", str(csv_file(tmp_path, "reports", {})), "--dry-run")
    assert out == "new 1, changed 0, unchanged 0, rejected 0 (dry run: nothing was stored)\n"
    assert not Report.objects.exists()


def test_ingest_keeps_the_rejects_and_the_history_it_is_asked_to(tmp_path: Path):
    path = csv_file(tmp_path, "reports", {"ref": "a"}, {"ref": "b", "value": "x"})
    run("ingest", "reports", str(path), "--recorded-as-published", "--rejects", str(tmp_path / "rejects.csv"))
    assert str(Report.objects.get().recorded_at) == "2024-12-06 00:00:00+00:00"
    assert "\n3,value,x," in (tmp_path / "rejects.csv").read_text()


@pytest.mark.parametrize("words", [("ingest", "reports"), ("load_regions",)])
def test_a_file_that_is_refused_or_missing_ends_with_a_failure_that_names_it(
    tmp_path: Path, words: tuple[str, ...]
):
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(CommandError, match=r"empty.csv: .*the file is empty"):
        run(*words, str(empty))
    for missing in ("nowhere.csv", "nowhere.shp"):
        with pytest.raises(CommandError, match=f"{missing}: No such file"):
            run(*words, str(tmp_path / missing))
    assert Run.objects.count() == 1


def test_an_unknown_format_is_refused():
    with pytest.raises(CommandError, match="invalid choice: 'figures'"):
        run("ingest", "figures", "x.csv")


def test_load_regions_reports_what_it_found():
    out, _ = run("load_regions", str(SYRIA / "syr_admin0.shp"), "--release", "COD-AB 2018", "--level", "0")
    assert out == "new 1, changed 0, unchanged 0, rejected 0\n"
    assert Region.objects.get(pcode="SY").release == "COD-AB 2018"


def test_load_regions_names_what_it_could_not_take():
    Region.objects.all().delete()
    out, err = run("load_regions", str(SYRIA / "syr_admin1.shp"))
    assert out == "new 0, changed 0, unchanged 0, rejected 14\n"
    assert err.startswith(
        "14 rows were NOT taken:\n  line 1, parent, 'SY': SY01: the region that contains it"
    )
