"""The parameters that the resources share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from tracker.api.parameters import (
    Known,
    Parameter,
    Query,
    one_of,
    read_as_of,
    read_boolean,
    read_date,
    read_period,
    read_since,
    read_text,
    whole_number,
)
from tracker.models import Crisis, Region, Source
from tracker.reconcile.periods import EXPECTED as PERIOD_EXPECTED
from tracker.vocabulary import Cause, EventType, Measure, PeriodType, Role

MOST_ROWS = 10_000
USUAL_ROWS = 100
DEEPEST = 4
"""The lowest level of regions."""
ALL_CAUSES = "all"

TEXT = {"type": "string"}
DATE = {"type": "string", "format": "date"}
MOMENT = {"type": "string"}
BOOLEAN = {"type": "string", "enum": ["1", "0", "true", "false"]}
DATE_EXPECTED = "a date from 1900-01-01 to 2199-12-31, as in 2024-12-06"
MOMENT_EXPECTED = "a moment with its time zone, as in 2024-12-06T12:00Z, or a date, as in 2024-12-06"


def known_codes(model: Any, field: str) -> Known:
    """Tells which of some codes have ever been recorded in a table that everybody may see."""

    def known(values: Collection[str], *, staff: bool) -> set[str]:
        return set(model.objects.filter(**{f"{field}__in": values}).values_list(field, flat=True))

    return known


def known_crises(values: Collection[str], *, staff: bool) -> set[str]:
    """The empty code is known too: it means everyone."""
    return {*known_codes(Crisis, "code")(values, staff=staff), ""}


def words(name: str, description: str, choices: Collection[str], **options: Any) -> Parameter:
    """A parameter that takes some of a few words."""
    return Parameter(
        name, description, one_of(tuple(choices)), f"one of {', '.join(choices)}",
        {"type": "string", "enum": list(choices)}, **{"many": True, **options},
    )  # fmt: skip


def read_depth(text: str) -> int:
    """A number of levels; `all` are as many as there can be."""
    return DEEPEST if text == "all" else whole_number(0, DEEPEST)(text)


REGION = Parameter(
    "region", "P-code of a region; repeat it for several.", read_text, "a P-code of regions/", TEXT,
    many=True, known=known_codes(Region, "pcode"),
)  # fmt: skip
WITHIN = Parameter(
    "within", "P-code of a region: everything below it, itself not included. May be repeated.", read_text,
    "a P-code of regions/", TEXT, many=True, known=known_codes(Region, "pcode"),
)  # fmt: skip
LEVEL = Parameter(
    "level", "Level of the region: 0 is the country, 1 to 4 what lies below it.", whole_number(0, 4),
    "a whole number from 0 to 4", {"type": "integer", "minimum": 0, "maximum": 4}, many=True,
)  # fmt: skip
SOURCE = Parameter(
    "source",
    "Code of a source.",
    read_text,
    "a code of sources/",
    TEXT,
    many=True,
    known=known_codes(Source, "code"),
)
CRISIS = Parameter(
    "crisis", "Code of a crisis; given empty: what speaks of everyone.", read_text,
    "a code of crises/, or nothing", TEXT, many=True, may_be_empty=True, known=known_crises,
)  # fmt: skip
MEASURE = words("measure", "What is counted.", Measure.values)
CAUSE = words("cause", "Cause of the displacement.", Cause.values)
CAUSE_OR_ALL = words(
    "cause", "Cause of the displacement; `all` gives the sum of the three in place of each.",
    [*Cause.values, ALL_CAUSES],
)  # fmt: skip
ROLE = words("role", "Part that reports play: only `counted` ones make figures.", Role.values)
EVENT_TYPE = words("event_type", "Type of the events.", EventType.values)
PERIOD_TYPE = words("period_type", "Length of the periods.", PeriodType.values)
PERIOD = Parameter("period", "One period by its label.", read_period, PERIOD_EXPECTED, TEXT, required=True)
FROM = Parameter("from", "Keeps what overlaps this day or lies after it.", read_date, DATE_EXPECTED, DATE)
TO = Parameter("to", "Keeps what overlaps this day or lies before it.", read_date, DATE_EXPECTED, DATE)
AS_OF = Parameter(
    "as_of",
    "Answers as it would have been answered at this moment. A date means the end of that day (UTC), today's "
    "date now. Places, sources, crises and rounds were there before they were recorded: until then their "
    "first version answers.",
    read_as_of, f"{MOMENT_EXPECTED}, not in the future", MOMENT,
)  # fmt: skip
UPDATED_AFTER = Parameter(
    "updated_after", "Keeps rows recorded later than this moment. A date means the start of that day (UTC).",
    read_since, MOMENT_EXPECTED, MOMENT,
)  # fmt: skip

LIMIT = Parameter(
    "limit", f"Most rows on a page, at most {MOST_ROWS:,}.", whole_number(1, MOST_ROWS),
    f"a whole number from 1 to {MOST_ROWS}",
    {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_ROWS}, default=USUAL_ROWS,
)  # fmt: skip
CURSOR = Parameter(
    "cursor", "Where the page begins, as `next` or `previous` of another page gives it.", read_text,
    "the cursor of another page of the same query", TEXT,
)  # fmt: skip
DEPTH = Parameter(
    "depth", "How many levels of sub-regions are split into their reports in turn; `all` to the last.",
    read_depth, f"a whole number from 0 to {DEEPEST}, or all",
    {"anyOf": [{"type": "integer", "minimum": 0, "maximum": DEEPEST}, {"const": "all"}], "default": 1},
    default=1,
)  # fmt: skip
COUNT = Parameter(
    "count",
    "1 adds `count`, the number of rows on all pages.",
    read_boolean,
    "1 or 0",
    BOOLEAN,
    default=False,
)
ALL = Parameter(
    "all", "1 gives all rows in one answer, as a stream, without pages.", read_boolean, "1 or 0", BOOLEAN,
    default=False,
)  # fmt: skip
PAGING = (LIMIT, CURSOR, COUNT, ALL)


def format_parameter(formats: Collection[str]) -> Parameter:
    return words("format", "Form of the answer; goes before the Accept header.", formats, many=False)


def matching(query: Query, **columns: str) -> Q:
    """What `query` keeps: the column named meets each parameter given; the row is recorded late enough."""
    condition = Q()
    for parameter, column in columns.items():
        if query[parameter]:
            condition &= Q((f"{column}__in", query[parameter]))
    if query[UPDATED_AFTER.name]:
        condition &= Q(recorded_at__gt=query[UPDATED_AFTER.name])
    return condition


def overlapping(query: Query, start: str, end: str) -> Q:
    """Rows whose days, from column `start` to column `end`, overlap those of `from` and `to`."""
    condition = Q()
    if query[FROM.name]:
        condition &= Q((f"{end}__gte", query[FROM.name]))
    if query[TO.name]:
        condition &= Q((f"{start}__lte", query[TO.name]))
    return condition
