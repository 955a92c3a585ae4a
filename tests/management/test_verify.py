"""`manage.py verify`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import factories
from tracker.figures.build import build
from tracker.figures.cubes import cube_keys
from tracker.models import Figure, Run
from tracker.vocabulary import RunKind, RunState
from tracker.work import drain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _built() -> None:
    factories.report(factories.country(), factories.source(), 500)
    for key in cube_keys():
        build(key, recorded_at=factories.RECORDED)


def verify(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("verify", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        assert error.returncode == 1
        err.write(str(error))
    return out.getvalue(), err.getvalue()


def test_figures_that_are_what_the_reports_make_pass() -> None:
    assert verify() == ("1 cubes recomputed: every stored figure is what the reports make.\n", "")
    assert verify("--as-of", "2024-06-01")[1] == ""
    runs = Run.objects.filter(kind=RunKind.VERIFY)
    assert [(run.state, run.counts) for run in runs] == [(RunState.DONE, {"cubes": 1, "differences": 0})] * 2


def test_a_difference_is_named_ends_with_1_and_is_shown_to_a_person() -> None:
    Figure.objects.filter(period_type="month", value=500).update(value=501, high=501)
    assert "XX idps conflict 2024-12: value stored 501, recomputed 500" in verify()[1]
    parked = Run.objects.get(kind=RunKind.VERIFY, state=RunState.PARKED)
    assert (parked.key, parked.counts) == ("verify:XX:idps:conflict:", {"differences": 10})
    Figure.objects.filter(value=501).update(value=500, high=500)
    Run.objects.try_again([parked.pk])
    assert drain() == 1


@pytest.mark.parametrize("moment", ["yesterday", "2024-12-01T12:00", "2199-01-01"])
def test_a_moment_that_cannot_be_asked_for_is_refused(moment: str) -> None:
    assert "--as-of" in verify("--as-of", moment)[1]
    assert not Run.objects.exists()
