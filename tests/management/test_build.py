from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import factories
from tracker.models import Figure, Run
from tracker.vocabulary import Cause, Measure, RunKind, RunState
from tracker.work.handlers import HANDLERS
from tracker.work.leases import Ending

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_countries() -> None:
    for pcode in ("XX", "YY"):
        country = factories.country(pcode)
        factories.report(country, factories.source(f"un-{pcode}"), 100, ref=pcode)
        factories.event(country, pcode)


NOTHING = "0 new, 0 changed, 0 withdrawn, 0 unchanged"


def build(*arguments: str) -> str:
    out = StringIO()
    call_command("build", *arguments, stdout=out)
    return re.sub(r"[0-9.]+ s\.", "T s.", out.getvalue())


def countries() -> set[str]:
    return set(Figure.objects.current().values_list("country", flat=True))


def test_without_anything_to_do_nothing_is_done() -> None:
    assert build() == f"Built: cubes 0, conflict figures of countries 0. Figures: {NOTHING}. T s.\n"


def test_a_country_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CommandError, match="--country xx: there is no country with this P-code"):
        build("--country", "xx")


def test_what_waits_is_built() -> None:
    for pcode in ("XX", "YY"):
        Run.objects.request_build(country=pcode, measure=Measure.IDPS, cause=Cause.CONFLICT, crisis="")
    assert build("--country", "YY").startswith("Built: cubes 1, conflict figures of countries 0. Figures: ")
    assert countries() == {"YY"}
    build()
    assert countries() == {"XX", "YY"}


def test_a_full_build_makes_everything() -> None:
    assert build("--full", "--country", "XX").startswith("Built: cubes 1, conflict figures of countries 1.")
    assert countries() == {"XX"}
    assert build("--full").startswith("Built: cubes 2, conflict figures of countries 2.")
    assert countries() == {"XX", "YY"}


def test_a_replay_makes_the_history_and_then_what_is_missing_now() -> None:
    said = build("--replay").splitlines()
    [line] = said
    assert re.match(
        r"Replayed and built: cubes 2, .* Figures: ([1-9]\d*) new, 0 changed, 0 withdrawn, \1 unchanged\.",
        line,
    )
    assert set(Figure.objects.values_list("recorded_at", flat=True)) == {factories.RECORDED}
    assert Run.objects.filter(state=RunState.DONE, backfilled=True).count() == 4
    assert Run.objects.filter(state=RunState.DONE, backfilled=False).count() == 4


def test_a_build_that_is_given_up_ends_the_command_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(run: Run) -> Callable[[], Ending]:
        raise ValueError("no such thing")

    monkeypatch.setattr("tracker.work.performing.MOST_ATTEMPTS", 1)
    monkeypatch.setitem(HANDLERS, RunKind.BUILD, fail)
    err = StringIO()
    with pytest.raises(CommandError, match="2 builds were given up") as raised:
        call_command("build", "--full", stdout=StringIO(), stderr=err)
    assert raised.value.returncode == 1
    assert err.getvalue().splitlines() == [
        "Given up: build:XX:idps:conflict: (ValueError: no such thing)",
        "Given up: build:YY:idps:conflict: (ValueError: no such thing)",
    ]
