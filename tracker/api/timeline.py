"""timeline/: displacement and conflict of one region side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from rest_framework import serializers

from tracker.api.errors import Fault, InvalidParameters
from tracker.api.figures import FigureRow, causes_of
from tracker.api.filters import AS_OF, CAUSE_OR_ALL, CRISIS, FROM, MEASURE, PERIOD_TYPE, REGION, TO
from tracker.api.parameters import Query
from tracker.api.places import region_names
from tracker.api.rows import ReadOnlyRow, served
from tracker.api.views import ObjectView
from tracker.figures.conflict_query import ConflictFilter, conflict_rows
from tracker.figures.query import FigureFilter, figure_rows
from tracker.reconcile.periods import Period, periods_between
from tracker.vocabulary import EventType, PeriodType

MOST_PERIODS = 10_000
FATALITIES = ("fatalities_low", "fatalities_best", "fatalities_high")


class FigureCell(FigureRow):
    """A figure of the region in the period."""

    class Meta:
        left_out = ("region", "region_name", "level", "period_type", "period", "start", "end")

    def get_fields(self) -> dict[str, Any]:
        return {name: field for name, field in super().get_fields().items() if name not in self.Meta.left_out}


class Counted(ReadOnlyRow):
    """Conflict events counted."""

    events = serializers.IntegerField(help_text="Events recorded; 0: none is recorded.")
    fatalities_low = serializers.IntegerField(
        allow_null=True, help_text="Null: known for none of the events."
    )
    fatalities_best = serializers.IntegerField(
        allow_null=True, help_text="Null: known for none of the events."
    )
    fatalities_high = serializers.IntegerField(
        allow_null=True, help_text="Null: known for none of the events."
    )
    fatalities_unknown = serializers.IntegerField(
        help_text="Events of which no best number of fatalities is known."
    )


class CountedType(Counted):
    """Conflict events of one type counted."""

    event_type = serializers.ChoiceField(EventType.choices)


class CountedEvents(Counted):
    """Conflict events of all types, and of each."""

    by_type = CountedType(many=True)


class Stretch(ReadOnlyRow):
    """One period."""

    period = serializers.CharField(help_text="Label of the period.")
    start = serializers.DateField()
    end = serializers.DateField()
    figures = FigureCell(many=True, help_text="Empty: nothing is known of the period, which is not zero.")
    conflict = CountedEvents()


class TimelineAnswer(ReadOnlyRow):
    """One region over time."""

    region = serializers.CharField(help_text="P-code.")
    region_name = serializers.CharField()
    period_type = serializers.ChoiceField(PeriodType.choices)
    as_of = serializers.DateTimeField(allow_null=True, help_text="The moment asked for; null: now.")
    results = Stretch(
        many=True, help_text="Every period from the first to the last, also those of which nothing is known."
    )


class Timeline(ObjectView):
    """Displacement and conflict of one region side by side.

    Without `from` it begins, and without `to` it ends, with what is known.
    """

    row = TimelineAnswer
    parameters = (
        replace(REGION, many=False, required=True, description="P-code of the region."),
        replace(
            PERIOD_TYPE,
            many=False,
            default=PeriodType.WEEK.value,
            description="Length of the periods; else `week`.",
        ),
        MEASURE,
        CAUSE_OR_ALL,
        CRISIS,
        FROM,
        TO,
        AS_OF,
    )

    def found(self, query: Query, **place: str) -> Mapping[str, Any]:
        pcode = query["region"]
        figures, events = figures_by_start(query), events_by_start(query)
        periods = shown_periods(query, {*figures, *events})
        return {
            "region": pcode,
            "region_name": region_names([pcode], as_of=query.as_of)[pcode],
            "period_type": query["period_type"],
            "as_of": query.as_of,
            "results": [
                {
                    "period": period.label,
                    "start": period.start,
                    "end": period.end,
                    "figures": [served(FigureCell, row) for row in figures[period.start]],
                    "conflict": added_up(events[period.start]),
                }
                for period in periods
            ],
        }


def figures_by_start(query: Query) -> dict[date, list[Mapping[str, Any]]]:
    """The region's figures by the first day of their period."""
    wanted = FigureFilter(
        regions=(query["region"],), period_types=(query["period_type"],), measures=query["measure"],
        crises=query["crisis"] or None, start=query["from"], end=query["to"], as_of=query.as_of,
        **causes_of(query),
    )  # fmt: skip
    return by_start(figure_rows(wanted))


def events_by_start(query: Query) -> dict[date, list[Mapping[str, Any]]]:
    """The region's conflict figures, one for each type of event, by the first day of their period."""
    wanted = ConflictFilter(
        regions=(query["region"],), period_types=(query["period_type"],),
        start=query["from"], end=query["to"], as_of=query.as_of,
    )  # fmt: skip
    return by_start(conflict_rows(wanted))


def by_start(rows: Iterable[Mapping[str, Any]]) -> dict[date, list[Mapping[str, Any]]]:
    found: dict[date, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["start"]].append(row)
    return found


def shown_periods(query: Query, known: Collection[date]) -> list[Period]:
    """All periods from `from`, or the first one known, to `to`, or the last one known."""
    first = query["from"] or min(known, default=None)
    last = query["to"] or max(known, default=None)
    if first is None or last is None or first > last:
        return []
    periods = periods_between(query["period_type"], first, last)
    if len(periods) > MOST_PERIODS:
        raise InvalidParameters(
            [
                Fault(
                    "from",
                    first.isoformat(),
                    f"there are {len(periods)} periods",
                    f"at most {MOST_PERIODS} periods",
                )
            ]
        )
    return periods


def added_up(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Events of all types together; fatalities are those of the events of which they are known."""
    return {
        **{name: sum(row[name] for row in rows) for name in ("events", "fatalities_unknown")},
        **{name: known_sum(row[name] for row in rows) for name in FATALITIES},
        "by_type": [served(CountedType, row) for row in rows],
    }


def known_sum(numbers: Iterable[int | None]) -> int | None:
    """The sum of those that are known; None where none is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
