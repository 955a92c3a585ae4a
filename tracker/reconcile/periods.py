"""Days, ISO weeks, months, quarters and years: their labels and their bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tracker.errors import BadValue
from tracker.sentences import all_of
from tracker.sentences import sentence as _
from tracker.vocabulary import PeriodType

ONE_DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)
Days = NDArray[np.int64]
"""Days since 1970-01-01."""

_FORMS = {
    PeriodType.DAY: re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
    PeriodType.WEEK: re.compile(r"(\d{4})-W(\d{2})"),
    PeriodType.MONTH: re.compile(r"(\d{4})-(\d{2})"),
    PeriodType.QUARTER: re.compile(r"(\d{4})-Q([1-4])"),
    PeriodType.YEAR: re.compile(r"(\d{4})"),
}
EXPECTED = _("2024-12-06 (day), 2024-W48 (ISO week), 2024-12 (month), 2024-Q4 (quarter) or 2024 (year)")
_NO_SUCH = {
    PeriodType.DAY: _("there is no such day"),
    PeriodType.WEEK: _("there is no such ISO week"),
    PeriodType.MONTH: _("there is no such month"),
    PeriodType.QUARTER: _("there is no such quarter"),
    PeriodType.YEAR: _("there is no such year"),
}


@dataclass(frozen=True, order=True)
class Period:
    """A stretch of days, both ends included."""

    type: str
    start: date
    end: date

    @property
    def label(self) -> str:
        """`2024-12-06`, `2024-W48`, `2024-12`, `2024-Q4` or `2024`."""
        match self.type:
            case PeriodType.DAY:
                return self.start.isoformat()
            case PeriodType.WEEK:
                year, week, _ = self.start.isocalendar()
                return f"{year:04}-W{week:02}"
            case PeriodType.MONTH:
                return f"{self.start.year:04}-{self.start.month:02}"
            case PeriodType.QUARTER:
                return f"{self.start.year:04}-Q{(self.start.month + 2) // 3}"
            case _:
                return f"{self.start.year:04}"


def period_of(day: date, period_type: str) -> Period:
    """The period of that type in which `day` lies."""
    match period_type:
        case PeriodType.DAY:
            return Period(PeriodType.DAY.value, day, day)
        case PeriodType.WEEK:
            monday = day - timedelta(days=day.weekday())
            return Period(PeriodType.WEEK.value, monday, monday + timedelta(days=6))
        case PeriodType.MONTH:
            return Period(PeriodType.MONTH.value, day.replace(day=1), _month_end(day.year, day.month))
        case PeriodType.QUARTER:
            first = (day.month - 1) // 3 * 3 + 1
            return Period(PeriodType.QUARTER.value, date(day.year, first, 1), _month_end(day.year, first + 2))
        case PeriodType.YEAR:
            return Period(PeriodType.YEAR.value, date(day.year, 1, 1), date(day.year, 12, 31))
    raise BadValue("period_type", period_type, _("expected one of %(words)s", words=PeriodType.values))


def parse_period(label: str) -> Period:
    """The period of that label.

    Raises
    ------
    BadValue : the label has none of the five forms, or names a day, week or month that there is not
    """
    expected = _("expected %(forms)s", forms=EXPECTED)
    for period_type, form in _FORMS.items():
        found = form.fullmatch(label)
        if found is None or not label.isascii():
            continue
        numbers = [int(part) for part in found.groups()]
        try:
            return period_of(_first_day(period_type, numbers), period_type)
        except (ValueError, OverflowError) as error:
            raise BadValue("period", label, all_of([_NO_SUCH[period_type], expected])) from error
    raise BadValue("period", label, expected)


def periods_between(period_type: str, first: date, last: date) -> list[Period]:
    """The periods of that type that overlap the days from `first` to `last`, in order."""
    found = []
    day = first
    while day <= last:
        period = period_of(day, period_type)
        found.append(period)
        if period.end == date.max:
            break
        day = period.end + ONE_DAY
    return found


def period_numbers(days: Days, period_type: str) -> Days:
    """Number the periods of `days`: equal for days of one period, and rising with time.

    Parameters
    ----------
    days : int64, any shape, days since 1970-01-01
    """
    match period_type:
        case PeriodType.DAY:
            return days
        case PeriodType.WEEK:
            # 1970-01-01 was a Thursday: three days after its week's Monday.
            return (days + 3) // 7
        case PeriodType.MONTH:
            return _months(days)
        case PeriodType.QUARTER:
            return _months(days) // 3
        case _:
            return _months(days) // 12


def period_bounds(numbers: Days, period_type: str) -> tuple[Days, Days]:
    """First and last days (since 1970-01-01) of periods numbered by `period_numbers`."""
    match period_type:
        case PeriodType.DAY:
            return numbers, numbers
        case PeriodType.WEEK:
            return numbers * 7 - 3, numbers * 7 + 3
    months = {PeriodType.MONTH: 1, PeriodType.QUARTER: 3, PeriodType.YEAR: 12}[PeriodType(period_type)]
    return _first_days(numbers * months), _first_days((numbers + 1) * months) - 1


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The date of a number of days since 1970-01-01."""
    return EPOCH + timedelta(days=int(number))


def _first_day(period_type: str, numbers: list[int]) -> date:
    match period_type:
        case PeriodType.WEEK:
            return date.fromisocalendar(numbers[0], numbers[1], 1)
        case PeriodType.QUARTER:
            return date(numbers[0], numbers[1] * 3 - 2, 1)
    year, month, day = [*numbers, 1, 1][:3]
    return date(year, month, day)


def _month_end(year: int, month: int) -> date:
    return date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - ONE_DAY


def _months(days: Days) -> Days:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _first_days(months: Days) -> Days:
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
