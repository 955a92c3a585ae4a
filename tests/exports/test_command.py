"""`manage.py export`."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.exports.conftest import BUILT
from tracker.exports.figures import export_figures
from tracker.models import ExportSchedule

pytestmark = pytest.mark.usefixtures("figures")


def export(*arguments: Any) -> str:
    said = StringIO()
    call_command("export", *map(str, arguments), stdout=said)
    return said.getvalue()


def test_it_says_where_and_what_it_wrote(tmp_path: Path) -> None:
    said = export("figures", "--to", tmp_path / "here")
    result = export_figures({}, to=tmp_path / "there")
    here = tmp_path / "here" / result.path.name
    assert (tmp_path / "here" / "latest").resolve() == here
    assert said.splitlines()[0] == f"{here}: {result.rows} figures"
    for file, line in zip(result.files, said.splitlines()[1:], strict=True):
        assert line.split() == [file.name, f"{file.bytes:,}", "bytes", "sha256", file.sha256]


def test_without_a_folder_it_writes_where_exports_are_stored(settings: Any) -> None:
    export("figures")
    assert (settings.STORAGE / "figures" / "latest" / "figures.csv").is_file()


@pytest.mark.parametrize("first", [["figures"], []])
def test_filters_follow_the_name_or_stand_alone(first: list[str], settings: Any, tmp_path: Path) -> None:
    export(*first, "period_type=week", "period_type=year", "region=XX", "crisis=")
    wanted = {"period_type": ["week", "year"], "region": "XX", "crisis": ""}
    result = export_figures(wanted, to=tmp_path / "other")
    assert result.rows > 0
    assert (settings.STORAGE / "figures" / "latest").resolve().name == result.path.name


def test_a_schedule_is_exported_by_its_name(settings: Any) -> None:
    ExportSchedule.objects.create(name="weekly-view", options={"period_type": "week"})
    said = export("weekly-view")
    assert str(settings.STORAGE / "weekly-view") in said
    with pytest.raises(CommandError, match="has its own filters"):
        export("weekly-view", "region=XX")


def test_as_of_takes_a_moment(tmp_path: Path) -> None:
    """Before the build there are no stored figures; single days are made from the reports themselves."""
    stored = ["figures", *(f"period_type={kind}" for kind in ("week", "month", "quarter", "year"))]
    before, after = (
        export(*stored, "--as-of", moment.isoformat(), "--to", tmp_path).splitlines()[0]
        for moment in (BUILT - timedelta(minutes=1), BUILT)
    )
    assert before.startswith(f"{tmp_path}/20241220T062900Z-") and before.endswith(": 0 figures")
    assert after.startswith(f"{tmp_path}/20241220T063000Z-") and not after.endswith(": 0 figures")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nightly"], "'nightly': expected figures or the name of a schedule (there are none)"),
        (["figures", "region"], "'region': expected a filter and its value, as in period_type=week"),
        (["figures", "regoin=XX"], "regoin: 'XX': expected one of as_of, cause"),
        (["figures", "region=YY"], "region: 'YY': there is no such region"),
        (["figures", "--as-of", "6 December"], "--as-of: '6 December': expected a moment"),
    ],
)
def test_what_it_cannot_do_it_says_and_writes_nothing(
    arguments: list[str], reason: str, settings: Any
) -> None:
    with pytest.raises(CommandError) as refused:
        export(*arguments)
    assert str(refused.value).startswith(reason)
    assert not settings.STORAGE.exists()


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CommandError, match=r"could not be written to .*/file: "):
        export("figures", "--to", tmp_path / "file")


def test_filters_may_follow_an_option(tmp_path: Path) -> None:
    first = export("figures", "period_type=week", "--to", tmp_path / "a")
    second = export("figures", "--to", tmp_path / "b", "period_type=week")
    assert first.splitlines()[1:] == second.splitlines()[1:]


def test_days_alone_are_exported_too(tmp_path: Path) -> None:
    export("figures", "period_type=day", "--to", tmp_path)
    assert len((tmp_path / "latest" / "figures.csv").read_text().splitlines()) > 10


def test_a_moment_given_twice_and_a_period_turned_round_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="given twice"):
        export("figures", "as_of=2024-12-09", "--as-of", "2024-12-09", "--to", tmp_path)
    with pytest.raises(CommandError, match="it lies before from"):
        export("figures", "from=2024-12-09", "to=2024-12-01", "--to", tmp_path)
    assert not list(tmp_path.iterdir())
