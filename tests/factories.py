"""Rows for tests: valid as they are, and each test says only what matters to it.

Every function stores one row and returns it; keyword arguments are fields of the model.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from tracker.models import ConflictEvent, Crisis, Region, Report, Round, Source
from tracker.vocabulary import FLOWS, Cause, EventType, Measure, Status, Unit

RECORDED = datetime(2024, 1, 1, tzinfo=UTC)
"""The moment at which the rows made here were recorded."""
DAY = date(2024, 12, 1)

AUTHOR = "officer"
APPROVER = "reviewer"


def region(pcode: str, parent: Region | None = None, **fields: Any) -> Region:
    """A country, or an area of the level below `parent`."""
    values = {
        "pcode": pcode,
        "level": parent.level + 1 if parent else 0,
        "parent": parent.pcode if parent else "",
        "country": parent.country if parent else pcode,
        "name_en": f"Region {pcode}",
        "recorded_at": RECORDED,
    }
    return Region.objects.create(**values | fields)


def country(pcode: str = "XX", *, parts: int = 2, **fields: Any) -> Region:
    """A country XX of so many regions XX01, XX02 … without further parts."""
    whole = region(pcode, **fields)
    for number in range(1, parts + 1):
        region(f"{pcode}{number:02}", whole)
    return whole


def source(code: str = "un", *, tier: int = 1, **fields: Any) -> Source:
    return Source.objects.create(
        **{"code": code, "name": f"Source {code}", "tier": tier, "recorded_at": RECORDED} | fields
    )


def crisis(code: str = "XX-2024", **fields: Any) -> Crisis:
    values = {"code": code, "name_en": f"Crisis {code}", "start": date(2024, 11, 1), "recorded_at": RECORDED}
    return Crisis.objects.create(**values | fields)


def assessment_round(source: Source, region: Region, code: str = "R1", **fields: Any) -> Round:
    day = fields.get("date", DAY)
    values = {
        "code": code,
        "source": source.code,
        "region": region.pcode,
        "country": region.country,
        "date": day,
        "published": day,
        "recorded_at": RECORDED,
    }
    return Round.objects.create(**values | fields)


def report(
    region: Region,
    source: Source,
    value: int = 100,
    *,
    ref: str = "",
    measure: str = Measure.IDPS,
    start: date = DAY,
    end: date | None = None,
    **fields: Any,
) -> Report:
    """An approved, counted report in people; without `ref` it gets the next free number."""
    end = end or start
    values = {
        "source": source.code,
        "ref": ref or f"r{Report.objects.count() + 1}",
        "region": region.pcode,
        "country": region.country,
        "measure": measure,
        "cause": Cause.CONFLICT,
        "start": start,
        "end": end if measure in FLOWS else start,
        "value": value,
        "low": value,
        "high": value,
        "published": end,
        "unit": Unit.PEOPLE,
        "stated_value": value,
        "status": Status.APPROVED,
        "author": AUTHOR,
        "approved_by": APPROVER,
        "recorded_at": RECORDED,
    }
    return Report.objects.create(**values | fields)


def event(region: Region, event_id: str = "", *, day: date = DAY, **fields: Any) -> ConflictEvent:
    """A battle in `region`, placed by the dataset's word, of unknown fatalities."""
    values = {
        "dataset": "acled",
        "event_id": event_id or f"e{ConflictEvent.objects.count() + 1}",
        "date": day,
        "date_end": day,
        "event_type": EventType.BATTLES,
        "region": region.pcode,
        "region_stated": region.pcode,
        "country": region.country,
        "located_by": ConflictEvent.LocatedBy.STATED,
        "recorded_at": RECORDED,
    }
    return ConflictEvent.objects.create(**values | fields)
