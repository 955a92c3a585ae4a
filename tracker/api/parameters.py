"""Query parameters: declared once, they are read, checked and documented from the same line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Protocol

from django.http import QueryDict
from django.utils import timezone

from tracker.api.errors import Fault, InvalidParameters
from tracker.errors import BadValue
from tracker.reconcile.periods import Period, parse_period

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
LONGEST_VALUE = 4000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# In a query string "+" means a space, so "+02:00" that was not written "%2B02:00" arrives as " 02:00".
_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)"
    r"(?P<offset>[Zz]|(?P<sign>[+ -])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))?"
)


class Known(Protocol):
    def __call__(self, values: Collection[Any], *, staff: bool) -> Collection[Any]: ...


class Unreadable(Exception):
    """One value cannot be read; the message says why, for a person."""


@dataclass(frozen=True)
class Parameter:
    """One query parameter.

    `read` makes its value of one text or raises `Unreadable`; `known` returns those of some values that
    there are for the caller. What is not given is None, or an empty tuple where it may be repeated (`many`).
    """

    name: str
    description: str
    read: Callable[[str], Any]
    expected: str
    schema: Mapping[str, Any]
    many: bool = False
    required: bool = False
    may_be_empty: bool = False
    default: Any = None
    known: Known | None = None


class Query:
    """The values of one request's parameters, by name.

    `given` are those that were written out; `staff` tells whether the tracker's own people ask.
    """

    def __init__(self, values: Mapping[str, Any], *, given: Collection[str], staff: bool) -> None:
        self._values = values
        self.given = frozenset(given)
        self.staff = staff

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    @property
    def as_of(self) -> datetime | None:
        return self._values.get("as_of")

    def by_anyone(self) -> Query:
        """The same query, asked by somebody who sees what everybody sees."""
        return Query(self._values, given=self.given, staff=False)


def read_query(given: QueryDict, parameters: Iterable[Parameter], *, staff: bool) -> Query:
    """The values of `parameters`; InvalidParameters names all that is wrong, not only the first."""
    by_name = {parameter.name: parameter for parameter in parameters}
    faults = [
        Fault(name, None, "there is no such parameter here", f"one of {', '.join(sorted(by_name))}")
        for name in given
        if name not in by_name
    ]
    values: dict[str, Any] = {}
    for parameter in by_name.values():
        read, found = _values_of(parameter, given.getlist(parameter.name), staff=staff)
        faults += found
        if parameter.many:
            values[parameter.name] = tuple(dict.fromkeys(read))
        else:
            values[parameter.name] = read[0] if read else parameter.default
    start, end = values.get("from"), values.get("to")
    if start and end and start > end:
        faults.append(Fault("to", end.isoformat(), "it lies before `from`", f"{start} or a later date"))
    if faults:
        raise InvalidParameters(faults)
    return Query(values, given=given.keys(), staff=staff)


def _values_of(parameter: Parameter, texts: Sequence[str], *, staff: bool) -> tuple[list[Any], list[Fault]]:
    values: list[Any] = []
    faults: list[Fault] = []
    if parameter.required and not texts:
        faults.append(Fault(parameter.name, None, "it is required", parameter.expected))
    if not parameter.many and len(texts) > 1:
        faults.append(Fault(parameter.name, texts[1], "it may be given only once", parameter.expected))
        return values, faults
    for text in texts:
        try:
            values.append(parameter.read(clean_text(text, may_be_empty=parameter.may_be_empty)))
        except Unreadable as error:
            faults.append(Fault(parameter.name, text, str(error), parameter.expected))
    if parameter.known and values:
        known = parameter.known(set(values), staff=staff)
        faults += [
            Fault(parameter.name, str(value), "it is not known", parameter.expected)
            for value in dict.fromkeys(values)
            if value not in known
        ]
    return values, faults


def clean_text(text: str, *, may_be_empty: bool = False) -> str:
    """`text` as it may be handed to a database: no NUL, no other control characters, no half characters."""
    if not text and not may_be_empty:
        raise Unreadable("it is empty")
    if len(text) > LONGEST_VALUE:
        raise Unreadable(f"it is longer than {LONGEST_VALUE} characters")
    if any(
        mark < " " or "\x7f" <= mark <= "\x9f" or "\ud800" <= mark <= "\udfff" or mark == "\ufffd"
        for mark in text
    ):
        raise Unreadable("it holds characters that are not text")
    return text


def read_text(text: str) -> str:
    return text


def one_of(words: Collection[str]) -> Callable[[str], str]:
    """Reads a word that must be one of `words`."""

    def read(text: str) -> str:
        if text not in words:
            raise Unreadable("it is not known")
        return text

    return read


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number from `least` to `most`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.removeprefix("-").isdigit()):
            raise Unreadable("it is not a whole number")
        # Python refuses to convert texts of thousands of digits.
        if len(text) > 20 or not least <= int(text) <= most:
            raise Unreadable("it is out of range")
        return int(text)

    return read


def read_boolean(text: str) -> bool:
    if text not in {"1", "0", "true", "false"}:
        raise Unreadable("it is neither yes nor no")
    return text in {"1", "true"}


def read_date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise Unreadable("it is not a date")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unreadable("there is no such day") from None
    if not EARLIEST <= day <= LATEST:
        raise Unreadable("it is out of range")
    return day


def read_period(text: str) -> Period:
    try:
        period = parse_period(text)
    except BadValue as error:
        raise Unreadable(error.reason) from None
    if not EARLIEST <= period.start <= period.end <= LATEST:
        raise Unreadable("it is out of range")
    return period


def read_as_of(text: str) -> datetime:
    """A moment that has been: as written, or the end of the day written; today's has not ended, so now."""
    now = timezone.now()
    if _DATE.fullmatch(text):
        end = datetime.combine(read_date(text), time.max, tzinfo=UTC)
        moment = min(end, now) if end.date() == now.date() else end
    else:
        moment = read_moment(text)
    if moment > now:
        raise Unreadable("it lies in the future")
    return moment


def read_since(text: str) -> datetime:
    """A moment, or the start of the day written."""
    if _DATE.fullmatch(text):
        return datetime.combine(read_date(text), time.min, tzinfo=UTC)
    return read_moment(text)


def read_moment(text: str) -> datetime:
    """A moment in UTC; a time without its zone is refused, for nobody can know which was meant."""
    found = _MOMENT.fullmatch(text)
    if not found:
        raise Unreadable("it is not a moment")
    if not found["offset"]:
        raise Unreadable("it has no time zone")
    offset = "+00:00"
    if found["sign"]:
        offset = f"{found['sign'].replace(' ', '+')}{found['hours']}:{found['minutes']}"
    day = read_date(found["day"])
    try:
        return datetime.fromisoformat(f"{day}T{found['time']}{offset}").astimezone(UTC)
    except ValueError:
        raise Unreadable("there is no such moment") from None
