"""The options of an export: the API's filters of figures, by the same names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils import timezone

from tracker.errors import BadValue
from tracker.figures.query import ALL_CAUSES, FigureFilter
from tracker.models import Crisis, Region
from tracker.models.figures import STORED_PERIODS
from tracker.sentences import sentence as _
from tracker.vocabulary import Cause, Measure, PeriodType

Options = Mapping[str, Any]
"""Names of filters to one value, or to a list of values where the filter may be repeated."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LEVELS = ("0", "1", "2", "3", "4")
_REPEATED: dict[str, tuple[str, ...] | None] = {
    "region": None,
    "within": None,
    "level": _LEVELS,
    "measure": tuple(Measure.values),
    "cause": (*Cause.values, ALL_CAUSES),
    "crisis": None,
    "period_type": tuple(PeriodType.values),
}
"""Filters that take several values, with the choice where there is one."""


def figure_filter(options: Options) -> FigureFilter:
    """The filter that these options name. Single days are many, so they are exported only where named.

    Raises
    ------
    BadValue : there is no such filter, region or crisis, or a value cannot be read
    """
    known = {*_REPEATED, *_SINGLE}
    for name in options:
        if name not in known:
            raise BadValue(name, str(options[name]), _("expected one of %(names)s", names=sorted(known)))
    several = {name: _several(options, name) for name in _REPEATED}
    if ALL_CAUSES in several["cause"] and len(several["cause"]) > 1:
        raise BadValue("cause", ALL_CAUSES, "it cannot stand beside single causes")
    single = {name: read(name, str(options[name])) for name, read in _SINGLE.items() if name in options}
    if "from" in single and "to" in single and single["to"] < single["from"]:
        raise BadValue("to", str(single["to"]), f"it lies before from, {single['from']}")
    _must_exist("region", several["region"], Region, "pcode")
    _must_exist("within", several["within"], Region, "pcode")
    _must_exist("crisis", [code for code in several["crisis"] if code], Crisis, "code")
    return FigureFilter(
        regions=several["region"],
        within=several["within"],
        levels=tuple(int(level) for level in several["level"]),
        measures=several["measure"],
        causes=tuple(cause for cause in several["cause"] if cause != ALL_CAUSES),
        all_causes=ALL_CAUSES in several["cause"],
        crises=several["crisis"] if "crisis" in options else None,
        period_types=several["period_type"] or tuple(STORED_PERIODS),
        start=single.get("from"),
        end=single.get("to"),
        as_of=single.get("as_of"),
        updated_after=single.get("updated_after"),
    )


def options_text(options: Options) -> dict[str, Any]:
    """The same options in one form, however they were written: for the description of an export."""
    return {
        name: list(_several(options, name)) if name in _REPEATED else str(options[name])
        for name in sorted(options)
        if name != "as_of"
    }


def read_as_of(name: str, text: str) -> datetime:
    """A moment that has been; a date means the end of that day (UTC), and today's now."""
    now = timezone.now()
    moment = _moment(name, text, time.max)
    if text == now.date().isoformat():
        return now
    if moment > now:
        raise BadValue(name, text, "it lies in the future, and what will be known then is not known now")
    return moment


def _since(name: str, text: str) -> datetime:
    return _moment(name, text, time.min)


def _moment(name: str, text: str, time_of_a_date: time) -> datetime:
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time_of_a_date, UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadValue(name, text, "expected a moment, as in 2024-12-06T12:00Z, or a date") from error
    if moment.tzinfo is None:
        raise BadValue(name, text, "expected a moment with its time zone, as in 2024-12-06T12:00Z")
    return moment.astimezone(UTC)


def _date(name: str, text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadValue(name, text, "expected a date that there is, as in 2024-12-06")


_SINGLE: dict[str, Callable[[str, str], Any]] = {
    "from": _date,
    "to": _date,
    "as_of": read_as_of,
    "updated_after": _since,
}


def _several(options: Options, name: str) -> tuple[str, ...]:
    given = options.get(name, [])
    values = [str(value) for value in (given if isinstance(given, list | tuple) else [given])]
    choice = _REPEATED[name]
    for value in values:
        if choice is not None and value not in choice:
            raise BadValue(name, value, _("expected one of %(names)s", names=choice))
    return tuple(sorted(set(values)))


def _must_exist(name: str, codes: Collection[str], model: Any, field: str) -> None:
    there = set(model.objects.filter(**{f"{field}__in": codes}).values_list(field, flat=True))
    for code in codes:
        if code not in there:
            raise BadValue(name, code, f"there is no such {model._meta.verbose_name_raw}")
