"""The columns of an export of figures, and what they mean: one list for every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tracker.vocabulary import METHOD_VERSION, Cause, FigureWarning, Measure, PeriodType

PEOPLE = "people"


@dataclass(frozen=True)
class Column:
    """One column. `type` is that of Table Schema: string, integer, date or datetime."""

    name: str
    type: str
    description: str
    unit: str = ""
    choices: tuple[str, ...] = ()


COLUMNS = (
    Column("region", "string", "P-code of the region."),
    Column("region_name", "string", "English name of the region."),
    Column("level", "integer", "Level of the region: 0 is the country, 1 to 4 what lies below it."),
    Column(
        "measure", "string",
        "What is counted. Stocks, people present at the period's end: idps, returnees, refugees. Flows, "
        "people who moved in the period: arrivals, departures, returns, entries, exits.",
        choices=tuple(Measure.values),
    ),
    Column("cause", "string", "Cause of the displacement.", choices=(*Cause.values, "all")),
    Column("crisis", "string", "Code of the crisis by which these people were displaced; empty: everyone."),
    Column("period_type", "string", "Length of the period.", choices=tuple(PeriodType.values)),
    Column("period", "string", "Label of the period: 2024-12-06, 2024-W48, 2024-12, 2024-Q4 or 2024."),
    Column("start", "date", "First day of the period."),
    Column("end", "date", "Last day of the period, included."),
    Column("value", "integer", f"The figure, made by version {METHOD_VERSION} of the method.", PEOPLE),
    Column("low", "integer", "The figure's lower bound.", PEOPLE),
    Column("high", "integer", "The figure's upper bound.", PEOPLE),
    Column(
        "unlocated", "integer",
        "Those of the value who are known to be in the region, but not in which of its parts.", PEOPLE,
    ),
    Column("reports", "integer", "How many reports are used in the figure.", "reports"),
    Column("sources", "integer", "How many sources are used in the figure.", "sources"),
    Column(
        "warnings", "string",
        f"Codes of what is right by the method and still worth a look, with | between; empty: none. "
        f"Codes: {', '.join(FigureWarning.values)}.",
    ),
    Column("recorded_at", "datetime", "The moment (UTC) since which the figure has been as it is."),
)  # fmt: skip
PRIMARY_KEY = ("region", "measure", "cause", "crisis", "period_type", "period")

Cells = tuple[Any, ...]
"""The values of COLUMNS in one row: text, whole numbers, dates and moments; None where unknown."""


def cells(row: Mapping[str, Any]) -> Cells:
    """The values of a figures row, in the order of COLUMNS."""
    return tuple(
        "|".join(row[column.name]) if column.name == "warnings" else row[column.name] for column in COLUMNS
    )


def moment_text(moment: datetime) -> str:
    """`2024-12-06T12:00:00Z`, with microseconds where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
