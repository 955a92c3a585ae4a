"""figures/{…}/history/: the versions of one figure, and what made the difference."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request

from tracker.api.errors import Fault, InvalidParameters, NotFound
from tracker.api.filters import AS_OF, CAUSE, CRISIS, LIMIT, MEASURE, PERIOD, REGION
from tracker.api.paging import page_url_as_of
from tracker.api.parameters import Parameter, Query, Unreadable, clean_text, whole_number
from tracker.api.places import country_of, region_names
from tracker.api.renderers import dump
from tracker.api.rows import ReadOnlyRow
from tracker.api.views import ReadView
from tracker.api.visibility import Seen, open_sources, visible_versions
from tracker.figures.cubes import CubeKey
from tracker.figures.history import FigureVersion, history
from tracker.figures.history_inputs import Input
from tracker.models import Report
from tracker.reconcile.periods import Period
from tracker.vocabulary import Cause, FigureWarning, Measure, PeriodType

MOST_VERSIONS = 50
USUAL_VERSIONS = 10
NAME_EXPECTED = "region,measure,cause,crisis,period, as in SY,departures,conflict,SYR-2024-11,2024-W49"
WHAT = ("new", "approved", "changed", "retracted", "tier", "closed", "opened", "retired", "returned", "moved")


class ChangedField(ReadOnlyRow):
    """One field of what was changed."""

    name = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class InputLine(ReadOnlyRow):
    """Something that was recorded, on which the figure depends."""

    kind = serializers.ChoiceField(["report", "source", "round", "region"])
    what = serializers.ChoiceField(WHAT, help_text="What was done to it; `tier`: its source's was changed.")
    source = serializers.CharField(allow_null=True, help_text="Code of the source; null for a region.")  # type: ignore[assignment]  # DRF takes it off
    name = serializers.CharField(
        allow_null=True,
        help_text="Ref of the report, code of the round or P-code; empty for a source; null where withheld.",
    )
    number = serializers.IntegerField(help_text="How many they are; more than 1 only where withheld.")
    withheld = serializers.BooleanField(
        help_text="True: one line for all that may not be shown of this source; the rest is null."
    )
    recorded_at = serializers.DateTimeField(allow_null=True)
    recorded_by = serializers.CharField(allow_null=True, help_text="Who recorded it; null but for staff.")
    reason = serializers.CharField(
        allow_null=True, help_text="Why, as the officer said; empty: nothing said."
    )
    changes = ChangedField(many=True, allow_null=True)


class PeopleLine(ReadOnlyRow):
    """A report, or a statement of a round, of which another number of people is in the figure."""

    source = serializers.CharField(help_text="Code of the source.")  # type: ignore[assignment]  # DRF takes it off
    ref = serializers.CharField(
        allow_null=True, help_text="Its ref; null for a round's statement or where withheld."
    )
    round = serializers.CharField(
        allow_null=True, help_text="Code of the round; empty: of none; null where withheld."
    )
    region = serializers.CharField(allow_null=True, help_text="P-code of the region it speaks of.")
    withheld = serializers.BooleanField(
        help_text="True: one line for all statements of this source that may not be shown."
    )
    before = serializers.IntegerField(help_text="People of it in the version before.")
    after = serializers.IntegerField(help_text="People of it in this version.")


class VersionLine(ReadOnlyRow):
    """What the figure was for a time."""

    recorded_at = serializers.DateTimeField(help_text="The moment (UTC) since which it stood.")
    until = serializers.DateTimeField(allow_null=True, help_text="The moment it ended; null: it stands.")
    withdrawn = serializers.BooleanField(help_text="There was no figure from then on.")
    value = serializers.IntegerField(allow_null=True, help_text="People.")
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    unlocated = serializers.IntegerField(allow_null=True)
    reports = serializers.IntegerField(help_text="Reports used in it.")
    sources = serializers.IntegerField(help_text="Sources used in it.")
    warnings = serializers.ListField(child=serializers.ChoiceField(FigureWarning.choices))
    inputs = InputLine(
        many=True,
        help_text="What was recorded since the build before; none where a new day made the difference.",
    )
    people = PeopleLine(many=True, help_text="Whose people in the figure are more or fewer than before.")
    has_more = serializers.BooleanField(
        help_text="There are more inputs, or more statements with other people, than are told here."
    )


class FigureHistory(ReadOnlyRow):
    """One figure through time, the latest version first."""

    region = serializers.CharField(help_text="P-code.")
    region_name = serializers.CharField()
    measure = serializers.ChoiceField(Measure.choices)
    cause = serializers.ChoiceField(Cause.choices)
    crisis = serializers.CharField(help_text="Empty: everyone.")
    period_type = serializers.ChoiceField(PeriodType.choices)
    period = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()
    as_of = serializers.DateTimeField(allow_null=True, help_text="The moment asked for; null: now.")
    versions = VersionLine(many=True)
    earlier = serializers.CharField(
        allow_null=True, help_text="Address of the versions before these; null where there are none."
    )


@dataclass(frozen=True)
class FigureName:
    """Which figure an address names."""

    region: str
    key: CubeKey
    period: Period


class FigureHistories(ReadView):
    """What one figure was, since when, and what made the difference.

    The address names the figure: region, measure, cause, crisis and period with commas between, the crisis
    empty for everyone. Each version tells what was recorded since the build before it that may have a say,
    and the reports of which another number of people is in it. All is told as of the builds: between a change
    and its build `figures/?as_of=` already gives what the reports of then make. At most so many versions are
    given as `limit` says; `earlier` leads further back.
    """

    row = FigureHistory
    parameters = (
        replace(
            LIMIT,
            description=f"Most versions, at most {MOST_VERSIONS}.",
            read=whole_number(1, MOST_VERSIONS),
            expected=f"a whole number from 1 to {MOST_VERSIONS}",
            schema={"type": "integer", "minimum": 1, "maximum": MOST_VERSIONS, "default": USUAL_VERSIONS},
            default=USUAL_VERSIONS,
        ),
        AS_OF,
    )

    def get(self, request: Request, **place: str) -> HttpResponseBase:
        query, name = self.query(request), figure_name(place["name"])
        found = history(name.key, name.region, name.period, as_of=query.as_of, limit=query[LIMIT.name])
        answer = {
            "region": name.region,
            "region_name": region_names([name.region], as_of=None)[name.region],
            "measure": name.key.measure,
            "cause": name.key.cause,
            "crisis": name.key.crisis,
            "period_type": name.period.type,
            "period": name.period.label,
            "start": name.period.start,
            "end": name.period.end,
            "as_of": query.as_of,
            "versions": [version_line(version, query) for version in found.versions],
            "earlier": found.earlier and page_url_as_of(request, found.earlier),
        }
        response = self.answer(request, dump(answer))
        return self.audited(request, query, response, lambda: sum(map(restricted_in, found.versions)))


def figure_name(text: str) -> FigureName:
    """The figure that an address names; NotFound where there never was such a region."""
    parts = text.split(",")
    if len(parts) != 5:
        raise InvalidParameters([Fault("name", text, "it does not have five parts", NAME_EXPECTED)])
    parameters = (REGION, MEASURE, CAUSE, CRISIS, PERIOD)
    values, faults = [], []
    for parameter, part in zip(parameters, parts, strict=True):
        try:
            values.append(_read(parameter, part))
        except Unreadable as error:
            faults.append(Fault(parameter.name, part, str(error), parameter.expected))
    if faults:
        raise InvalidParameters(faults)
    region, measure, cause, crisis, period = values
    if REGION.known and not REGION.known([region], staff=False):
        raise NotFound(f"There is no region {region}.")
    return FigureName(region, CubeKey(country_of(region), measure, cause, crisis), period)


def _read(parameter: Parameter, part: str) -> Any:
    value = parameter.read(clean_text(part, may_be_empty=parameter.may_be_empty))
    if parameter is CRISIS and parameter.known and value not in parameter.known([value], staff=False):
        raise Unreadable("it is not known")
    return value


def version_line(version: FigureVersion, query: Query) -> dict[str, Any]:
    row = version.row
    return {
        "recorded_at": version.recorded_at,
        "until": version.until,
        "withdrawn": row is None,
        **{name: getattr(row, name) if row else None for name in ("value", "low", "high", "unlocated")},
        "reports": row.reports if row else 0,
        "sources": len(row.sources) if row else 0,
        "warnings": list(row.warnings) if row else [],
        "inputs": input_lines(version.inputs, staff=query.staff),
        "people": people_lines(version, staff=query.staff),
        "has_more": version.has_more,
    }


def input_lines(found: Sequence[Input], *, staff: bool) -> list[dict[str, Any]]:
    """What may be shown line by line, then one line for all else of a source."""
    told = {pk for one in found for pk in one.versions}
    seen = set(visible_versions(Report.objects.filter(pk__in=told), staff=staff).values_list("pk", flat=True))
    rounds_of = set(open_sources().values_list("code", flat=True))
    shown, withheld = [], Counter[tuple[str, str, str]]()
    for one in found:
        is_seen = one.kind != "report" or seen.issuperset(one.versions)
        if is_seen and (one.kind != "round" or staff or one.source in rounds_of):
            shown.append(_input_line(one, staff=staff))
        else:
            withheld[one.kind, one.what, one.source] += 1
    return shown + [
        dict.fromkeys(InputLine().fields)
        | {"kind": kind, "what": what, "source": source, "number": number, "withheld": True}
        for (kind, what, source), number in sorted(withheld.items())
    ]


def _input_line(one: Input, *, staff: bool) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "what": one.what,
        "source": one.source or None,
        "name": one.name,
        "number": 1,
        "withheld": False,
        "recorded_at": one.recorded_at,
        "recorded_by": one.recorded_by if staff else None,
        "reason": one.reason,
        "changes": [
            {"name": name, "before": before, "after": after} for name, (before, after) in one.changes.items()
        ],
    }


def restricted_in(version: FigureVersion) -> int:
    """How many lines of what a version tells to staff are not for everybody."""
    inputs = input_lines(version.inputs, staff=False)
    names = [vars(change) for change in version.people]
    seen_by_all = _seen(names, version, staff=False)
    withheld = sum(line["number"] for line in inputs if line["withheld"])
    return withheld + sum(not seen_by_all.may_be_named(name) for name in names)


def _seen(names: Sequence[Mapping[str, Any]], version: FigureVersion, *, staff: bool) -> Seen:
    return Seen(names, staff=staff, moments={version.recorded_at, version.before or version.recorded_at})


def people_lines(version: FigureVersion, *, staff: bool) -> list[dict[str, Any]]:
    """What may be shown statement by statement, then one line for all else of a source."""
    names = [vars(change) for change in version.people]
    seen = _seen(names, version, staff=staff)
    shown: list[dict[str, Any]] = []
    withheld: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for name in names:
        if seen.may_be_named(name):
            shown.append({**name, "withheld": False})
        else:
            withheld[name["source"]].append(name)
    return shown + [
        {"source": source, "ref": None, "round": None, "region": None, "withheld": True}
        | {moment: sum(name[moment] for name in hidden) for moment in ("before", "after")}
        for source, hidden in sorted(withheld.items())
    ]
