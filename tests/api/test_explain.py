from __future__ import annotations

from typing import Any

from django.utils import timezone

from tests import factories
from tests.api.conftest import BETWEEN, EARLY, LATE, Api, World, build_all, next_version
from tracker.models import Report, Run, Source
from tracker.models.versions import supersede
from tracker.work import drain

WHOLE = {"region": "XX", "measure": "departures", "cause": "conflict", "crisis": "XX-2024", "period": "2024"}


def explained(api: Api, **parameters: Any) -> dict[str, Any]:
    answer = api("figures/explain/", **parameters)
    assert answer.status == 200, answer.body
    return answer.json


def test_a_figure_is_split_into_sub_regions_and_reports(api: Api, figures: World) -> None:
    answer = explained(api, **WHOLE)
    assert (answer["region"], answer["region_name"], answer["period_type"]) == ("XX", "Region XX", "year")
    assert (answer["value"], answer["low"], answer["high"]) == (600, 500, 700)
    assert [part["region"] for part in answer["sub_regions"]] == ["XX01", "XX02"]
    assert answer["unlocated"] + sum(part["value"] for part in answer["sub_regions"]) == 600
    assert sum(line["people"] for line in answer["reports"]) == answer["unlocated"]
    [line] = answer["reports"]
    assert (line["source"], line["ref"], line["outcome"], line["withheld"]) == ("un", "total", "used", False)
    assert (line["value"], line["stated_value"], line["end"]) == (600, 370, "2024-12-10")


def test_as_of_explains_the_figure_that_stood(api: Api, figures: World) -> None:
    answer = explained(api, **WHOLE, as_of=BETWEEN)
    assert (answer["value"], answer["as_of"]) == (370, "2024-12-10T00:00:00Z")
    assert answer["reports"][0]["value"] == 370
    assert explained(api, **WHOLE)["as_of"] is None


def test_every_form_of_period_is_read(api: Api, figures: World) -> None:
    found = {
        period: explained(api, **WHOLE | {"period": period})["period_type"]
        for period in ("2024-12-01", "2024-W48", "2024-12", "2024-Q4", "2024")
    }
    assert list(found.values()) == ["day", "week", "month", "quarter", "year"]


def test_reports_that_may_not_be_shown_stand_in_one_line_for_source_and_outcome(
    api: Api, staff_api: Api, figures: World
) -> None:
    south = WHOLE | {"region": "XX02"}
    public, inside = explained(api, **south), explained(staff_api, **south)
    assert {line["ref"] for line in inside["reports"]} == {
        "hidden-1", "hidden-2", "partners", "ngo-partners", "ngo-internal",
    }  # fmt: skip
    assert all(line["withheld"] for line in public["reports"])
    assert not any(line["withheld"] for line in inside["reports"])
    assert all(
        line["ref"] is line["value"] is line["title"] is line["url"] is None for line in public["reports"]
    )
    pairs = [(line["source"], line["outcome"]) for line in public["reports"]]
    assert len(pairs) == len(set(pairs)) < len(inside["reports"])
    for key in pairs:
        shown = sum(line["people"] for line in public["reports"] if (line["source"], line["outcome"]) == key)
        meant = sum(line["people"] for line in inside["reports"] if (line["source"], line["outcome"]) == key)
        assert shown == meant
    assert "hidden" not in str(public)


def test_a_hidden_statement_that_shrank_another_is_not_named(api: Api, staff_api: Api, world: World) -> None:
    ngo = Source.objects.get(code="ngo")
    later = factories.DAY.replace(day=3)
    factories.report(world.town, ngo, 500, ref="part", recorded_at=EARLY)
    factories.report(world.country, world.secret, 100, ref="whole", start=later, recorded_at=EARLY)
    build_all()
    series = {"region": "XX0101", "measure": "idps", "cause": "conflict", "period": "2024-12-03"}
    [shown], [meant] = explained(api, **series)["reports"], explained(staff_api, **series)["reports"]
    assert (shown["people"], shown["value"]) == (100, 500)
    assert meant["shrunk_by"] == [{"source": "secret", "ref": "whole", "round": ""}]
    assert shown["shrunk_by"] == [{"source": "secret", "ref": None, "round": None}]


def test_context_and_forecasts_are_told_apart(api: Api, figures: World) -> None:
    factories.report(figures.country, figures.un, 9, ref="context", role="context", recorded_at=EARLY)
    factories.report(figures.country, figures.un, 9, ref="forecast", role="forecast", recorded_at=EARLY)
    answer = explained(api, region="XX", measure="idps", cause="conflict", period="2024")
    assert {line["ref"]: line["outcome"] for line in answer["reports"]} == {
        "context": "context",
        "forecast": "forecast",
    }


def test_where_there_is_no_figure_value_is_null(api: Api, figures: World) -> None:
    answer = explained(api, **WHOLE | {"period": "2023"})
    assert (answer["value"], answer["unlocated"], answer["sub_regions"], answer["reports"]) == (
        None,
        None,
        [],
        [],
    )


def test_crisis_left_out_means_everyone(api: Api, figures: World) -> None:
    series = {"region": "XX", "measure": "idps", "cause": "conflict", "period": "2024-12-01"}
    assert explained(api, **series)["crisis"] == explained(api, **series, crisis="")["crisis"] == ""
    assert explained(api, **series)["value"] == 80


def test_a_retracted_report_is_gone_from_the_explanation(api: Api, figures: World) -> None:
    next_version(Report.objects.current().get(ref="total"), status="retracted")
    assert explained(api, **WHOLE)["reports"] == []


def test_depth_says_how_far_down_reports_are_told(api: Api, figures: World) -> None:
    for part in explained(api, **WHOLE, depth="0")["sub_regions"]:
        assert part["reports"] is part["sub_regions"] is None
    for part in explained(api, **WHOLE)["sub_regions"]:
        assert sum(line["people"] for line in part["reports"]) == part["unlocated"]
        assert all(below["reports"] is None for below in part["sub_regions"])
    whole = explained(api, **WHOLE, depth="4")
    assert people_used(whole) == whole["value"] == 600
    assert explained(api, **WHOLE, depth="all") == whole
    assert api("figures/explain/", **WHOLE, depth="5").status == 400


def people_used(part: dict[str, Any]) -> int:
    own = sum(line["people"] for line in part["reports"])
    return own + sum(people_used(below) for below in part["sub_regions"])


def test_reports_of_sub_regions_that_may_not_be_shown_are_withheld_too(
    api: Api, staff_api: Api, figures: World
) -> None:
    seen = [part for part in explained(api, **WHOLE)["sub_regions"] if part["region"] == "XX02"]
    assert seen[0]["reports"] == explained(api, **WHOLE | {"region": "XX02"})["reports"]
    assert all(line["withheld"] for line in seen[0]["reports"])


def test_a_region_that_came_later_has_no_figure_as_of_a_moment_before(api: Api, figures: World) -> None:
    factories.region("XX03", figures.country, recorded_at=LATE, always_stood=False)
    found = explained(api, **WHOLE | {"region": "XX03"}, as_of=BETWEEN)
    assert (found["value"], found["level"], found["region_name"]) == (None, None, "")


def test_a_version_that_was_not_public_is_withheld_though_its_successor_is(api: Api, world: World) -> None:
    secret = factories.report(world.town, world.un, 80, ref="a", recorded_at=EARLY, sensitivity="internal")
    run = Run.objects.request_builds([("XX", "idps", "conflict", "")], changed_since=EARLY)[0]
    drain(keys=[run.key])
    supersede(secret, secret.successor(recorded_at=timezone.now(), sensitivity="public"))
    [line] = explained(api, region="XX0101", measure="idps", cause="conflict", period="2024-12")["reports"]
    assert (line["withheld"], line["value"], line["people"]) == (True, None, 80)
