"""figures/explain/: why a figure is what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tracker.api.filters import AS_OF, CAUSE, CRISIS, DEPTH, MEASURE, PERIOD, REGION
from tracker.api.parameters import Query
from tracker.api.places import country_of
from tracker.api.rows import ReadOnlyRow, served
from tracker.api.views import ObjectView
from tracker.api.visibility import Seen
from tracker.figures.explain import explain
from tracker.vocabulary import Cause, FigureWarning, Measure, Outcome, PeriodType, Qualifier, Role, Unit


class StatementName(ReadOnlyRow):
    """The name of a statement."""

    source = serializers.CharField(help_text="Code of the source.")  # type: ignore[assignment]  # DRF takes it off
    ref = serializers.CharField(
        allow_null=True, help_text="Its ref; null for a round's statement or where withheld."
    )
    round = serializers.CharField(
        allow_null=True, help_text="Code of the round whose statement it is; null where withheld."
    )


class ReportLine(ReadOnlyRow):
    """What became of one report, or one statement of a round."""

    source = serializers.CharField(help_text="Code of the source.")  # type: ignore[assignment]  # DRF takes it off
    outcome = serializers.ChoiceField(Outcome.choices, help_text="What became of it in this figure.")
    people = serializers.IntegerField(help_text="People it puts into the figure as `unlocated`.")
    withheld = serializers.BooleanField(
        help_text="True: one line for all of this source and outcome that may not be shown; the rest is null."
    )
    kind = serializers.CharField(
        allow_null=True,
        help_text="`report`, or which statement of a round: `round_row`, `round_sum`, `round_zero`.",
    )
    ref = serializers.CharField(
        allow_null=True, help_text="The source's own reference; null for a round's statement."
    )
    region = serializers.CharField(
        allow_null=True,
        help_text="P-code of the region it speaks of: this one, or one in it of an earlier boundary release.",
    )
    round = serializers.CharField(allow_null=True, help_text="Code of the round; empty: of none.")
    role = serializers.ChoiceField(Role.choices, allow_null=True)
    qualifier = serializers.ChoiceField(Qualifier.choices, allow_null=True)
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)
    published = serializers.DateField(allow_null=True)
    value = serializers.IntegerField(allow_null=True, help_text="People, as the report says.")
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    unit = serializers.ChoiceField(Unit.choices, allow_null=True, help_text="What the stated number counts.")
    stated_value = serializers.IntegerField(allow_null=True, help_text="As stated, in the unit stated.")
    title = serializers.CharField(allow_null=True, help_text="Document title.")
    url = serializers.CharField(allow_null=True, help_text="Document address.")
    shrunk_by = StatementName(
        many=True, help_text="The newer statements that left it fewer people than it states."
    )


class PartLine(ReadOnlyRow):
    """The figure of one sub-region; with its reports and its own sub-regions where `depth` reaches it."""

    region = serializers.CharField(help_text="P-code.")
    region_name = serializers.CharField()
    level = serializers.IntegerField()
    value = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    unlocated = serializers.IntegerField()
    reports = ReportLine(
        many=True, allow_null=True, help_text="Its own reports; null where `depth` does not reach."
    )
    sub_regions = serializers.SerializerMethodField(help_text="Its parts; null where `depth` does not reach.")

    @extend_schema_field({"type": ["array", "null"], "items": {"$ref": "#/components/schemas/PartLine"}})
    def get_sub_regions(self, part: Mapping[str, Any]) -> Any:
        return part["sub_regions"]


class Explanation(ReadOnlyRow):
    """A figure, its sub-regions and its reports. `value` is null where there is no figure."""

    region = serializers.CharField(help_text="P-code.")
    region_name = serializers.CharField()
    level = serializers.IntegerField(allow_null=True)
    measure = serializers.ChoiceField(Measure.choices)
    cause = serializers.ChoiceField(Cause.choices)
    crisis = serializers.CharField(help_text="Empty: everyone.")
    period_type = serializers.ChoiceField(PeriodType.choices)
    period = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()
    as_of = serializers.DateTimeField(allow_null=True, help_text="The moment asked for; null: now.")
    value = serializers.IntegerField(allow_null=True)
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    unlocated = serializers.IntegerField(allow_null=True)
    warnings = serializers.ListField(child=serializers.ChoiceField(FigureWarning.choices))
    sub_regions = PartLine(many=True, help_text="With `unlocated`, they add up to `value`.")
    reports = ReportLine(
        many=True, help_text="The region's own reports; the people used add up to `unlocated`."
    )


class Explain(ObjectView):
    """Why one figure is what it is: its sub-regions, and each of its reports with its outcome.

    Without `as_of` it is the figure that stands, as of the last build. Reports that may not be shown stand in
    one line for each source and outcome.
    """

    row = Explanation
    parameters = (
        replace(REGION, many=False, required=True, description="P-code of the region."),
        replace(MEASURE, many=False, required=True),
        replace(CAUSE, many=False, required=True),
        replace(CRISIS, many=False, default="", description="Code of a crisis; left out or empty: everyone."),
        PERIOD,
        AS_OF,
        DEPTH,
    )

    def found(self, query: Query, **place: str) -> Mapping[str, Any]:
        answer = explain(
            region=query["region"],
            country=country_of(query["region"]),
            measure=query["measure"],
            cause=query["cause"],
            crisis=query["crisis"],
            period=query["period"],
            as_of=query.as_of,
            depth=query["depth"],
        )
        lines = list(_all_lines(answer))
        names = [*lines, *(other for line in lines for other in line["shrunk_by"])]
        seen = Seen(names, staff=query.staff, moments=[query.as_of])
        # Without as_of the answer bears no moment: so the same answer an hour later is told to be the same.
        return {**served(Explanation, answer), "as_of": query.as_of, **_split(answer, seen)}

    def restricted(self, query: Query, found: Mapping[str, Any]) -> int:
        lines = [line for line in _all_lines(found) if not line["withheld"]]
        seen_by_all = Seen(lines, staff=False, moments=[query.as_of])
        return sum(not seen_by_all.may_be_named(line) for line in lines)


def _all_lines(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from part.get("reports") or ()
    for below in part.get("sub_regions") or ():
        yield from _all_lines(below)


def _split(part: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    """The reports and parts of a region, as far down as they were asked for."""
    if "reports" not in part:
        return {"reports": None, "sub_regions": None}
    return {
        "sub_regions": [served(PartLine, below) | _split(below, seen) for below in part["sub_regions"]],
        "reports": shown_lines(part["reports"], seen),
    }


def shown_lines(lines: Iterable[Mapping[str, Any]], seen: Seen) -> list[dict[str, Any]]:
    """What may be shown line by line, then one line for all else of a source and outcome."""
    shown, withheld = [], Counter[tuple[str, str]]()
    for line in lines:
        if seen.may_be_named(line):
            shrunk_by = [_name(other, seen) for other in line["shrunk_by"]]
            shown.append(served(ReportLine, line) | {"withheld": False, "shrunk_by": _distinct(shrunk_by)})
        else:
            withheld[line["source"], line["outcome"]] += line["people"]
    return shown + [
        dict.fromkeys(ReportLine().fields)
        | {"source": source, "outcome": outcome, "people": people, "withheld": True, "shrunk_by": []}
        for (source, outcome), people in sorted(withheld.items())
    ]


def _name(other: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    if seen.may_be_named(other):
        return {"source": other["source"], "ref": other["ref"], "round": other["round"]}
    return {"source": other["source"], "ref": None, "round": None}


def _distinct(names: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({tuple(name.values()): name for name in names}.values())
