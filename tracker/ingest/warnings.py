"""What may be wrong with a report although nothing forbids it: said while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone

from tracker.ingest.breakdowns import people_broken_down
from tracker.models import Crisis, Region, Report, Round
from tracker.sentences import Fact, Sentence
from tracker.sentences import sentence as _
from tracker.vocabulary import PROPOSED, STOCKS, Role, Status, Unit

MANY_TIMES = 10
"""So many times the last value, or so small a part of it, is more often a slip of the hand than a change."""
USUAL_SIZES = (Decimal(2), Decimal(12))
"""National averages of people in a household lie between about 2 and 9 (UN DESA, Household size, 2019)."""
COUNTS = (*PROPOSED, Status.APPROVED.value)


@dataclass(frozen=True)
class EntryWarning:
    """`code` for programs, `field` of the form that it speaks of, `text` for a person of any language."""

    code: str
    field: str
    text: Sentence


@dataclass(frozen=True)
class Statement:
    """As much of another report as a warning says of it."""

    source: str
    ref: str
    start: date
    end: date
    value: int


@dataclass(frozen=True)
class NamedCrisis:
    start: date
    end: date | None
    countries: tuple[str, ...]


@dataclass(frozen=True)
class NamedRound:
    code: str
    date: date


@dataclass(frozen=True)
class Known:
    """What is known beside a report; None and empty where there is nothing of the kind."""

    today: date
    last: Statement | None = None
    """The last statement of the same place and series, of the same source where it has one."""
    same_number: Statement | None = None
    """Another source's statement with this number, of about this time."""
    said_before: Statement | None = None
    """The same source's statement of the same place, series and days under another reference."""
    region_retired: bool = False
    crisis: NamedCrisis | None = None
    rounds: tuple[NamedRound, ...] = field(default=())
    """Rounds of the source over the place, of about this time."""


def warnings_of(report: Report, reports: QuerySet[Report]) -> list[EntryWarning]:
    """The warnings about a report that is not stored, beside what is known now (`known_beside`)."""
    return entry_warnings(report, known_beside(report, reports, today=timezone.now().date()))


def entry_warnings(report: Report, known: Known) -> list[EntryWarning]:
    """All that deserves a second look, in the order of the form."""
    return [warning for check in _CHECKS for warning in check(report, known)]


def known_beside(report: Report, reports: QuerySet[Report], *, today: date) -> Known:
    """What the tables hold beside a report that is not stored; of other reports, what is in `reports`."""
    others = reports.filter(
        superseded_at__isnull=True, status__in=COUNTS, region=report.region, measure=report.measure,
        cause=report.cause, crisis=report.crisis, role=report.role,
    ).exclude(source=report.source, ref=report.ref)  # fmt: skip
    return Known(
        today=today,
        last=_last(report, others),
        same_number=_statement(_about_then(report, others).exclude(source=report.source), value=report.value),
        said_before=_statement(others, source=report.source, start=report.start, end=report.end),
        region_retired=Region.objects.current().filter(pcode=report.region, retired=True).exists(),
        crisis=_crisis(report.crisis),
        rounds=_rounds(report) if report.measure in STOCKS else (),
    )


def _retired(report: Report, known: Known) -> Iterator[EntryWarning]:
    if known.region_retired:
        text = _("This region is gone from the current boundaries: its people are not located any more.")
        yield EntryWarning("region_retired", "region", text)


def _outside_crisis(report: Report, known: Known) -> Iterator[EntryWarning]:
    crisis = known.crisis
    if crisis is None:
        return
    if crisis.countries and report.country not in crisis.countries:
        words = {"crisis": report.crisis, "country": report.country}
        text = _("The crisis %(crisis)s is not one of %(country)s.", **words)
        yield EntryWarning("crisis_elsewhere", "crisis", text)
    if report.start < crisis.start or (crisis.end is not None and report.end > crisis.end):
        yield EntryWarning("outside_crisis", "start", _lasts(report.crisis, crisis))


def _lasts(code: str, crisis: NamedCrisis) -> Sentence:
    if crisis.end is None:
        text = _("The crisis %(crisis)s lasts from %(start)s until today.", crisis=code, start=crisis.start)
    else:
        text = _(
            "The crisis %(crisis)s lasts from %(start)s until %(end)s.",
            crisis=code,
            start=crisis.start,
            end=crisis.end,
        )
    return text


def _future(report: Report, known: Known) -> Iterator[EntryWarning]:
    if report.end > known.today and report.role != Role.FORECAST:
        text = _(
            "It ends in the future, on %(end)s; what is expected has the role “forecast”.", end=report.end
        )
        yield EntryWarning("ends_in_the_future", "end", text)
    elif report.published > known.today:
        text = _("It is published in the future, on %(published)s.", published=report.published)
        yield EntryWarning("published_in_the_future", "published", text)


def _said_before(report: Report, known: Known) -> Iterator[EntryWarning]:
    if known.said_before is not None:
        text = _(
            "%(source)s has spoken of this place and these days already: %(ref)s, %(value)s people.",
            **_words(known.said_before),
        )
        yield EntryWarning("said_before", "ref", text)


def _many_times(report: Report, known: Known) -> Iterator[EntryWarning]:
    last = known.last
    if last is None:
        return
    was, becomes = _rate(report.measure, last), _rate(report.measure, report)
    less, greater = sorted((was, becomes))
    if greater < MANY_TIMES * less or greater - less < MANY_TIMES:
        return
    words = _words(last)
    if not less:
        text = _("The last value was %(value)s people: %(ref)s of %(source)s, %(end)s.", **words)
    elif becomes > was:
        text = _(
            "%(times)s times the last value, %(value)s people: %(ref)s of %(source)s, %(end)s.",
            times=int(greater / less),
            **words,
        )
    else:
        text = _(
            "The last value was %(times)s times as high, %(value)s people: %(ref)s of %(source)s, %(end)s.",
            times=int(greater / less),
            **words,
        )
    yield EntryWarning("many_times_the_last", "stated_value", text)


def _same_number(report: Report, known: Known) -> Iterator[EntryWarning]:
    if known.same_number is not None and report.value:
        text = _(
            "%(source)s has the same number in %(ref)s, %(end)s: one may repeat the other.",
            **_words(known.same_number),
        )
        yield EntryWarning("same_number", "stated_value", text)


def _household_size(report: Report, known: Known) -> Iterator[EntryWarning]:
    least, most = USUAL_SIZES
    size = report.household_size
    if report.unit == Unit.HOUSEHOLDS and size is not None and not least <= size <= most:
        text = _(
            "Households of %(size)s people are rare; averages lie between %(least)s and %(most)s.",
            size=size,
            least=least,
            most=most,
        )
        yield EntryWarning("unusual_household_size", "household_size", text)


def _round_date(report: Report, known: Known) -> Iterator[EntryWarning]:
    """A row of a round has its date; one that names no round is looked at beside those there are."""
    if report.round or not known.rounds:
        return
    nearest = min(known.rounds, key=lambda one: (abs((one.date - report.start).days), one.code))
    words = {"round": nearest.code, "source": report.source}
    if nearest.date == report.start:
        text = _("%(source)s has the round %(round)s of this day; a row of it names it.", **words)
        yield EntryWarning("round_not_named", "round", text)
    else:
        text = _(
            "%(source)s has the round %(round)s of %(date)s; a row of it has its date and names it.",
            date=nearest.date,
            **words,
        )
        yield EntryWarning("round_date", "start", text)


def _breakdown(report: Report, known: Known) -> Iterator[EntryWarning]:
    together = people_broken_down(report.breakdown)
    if together > report.value:
        text = _(
            "The breakdown adds up to %(together)s, more than the %(value)s people of the report.",
            together=together,
            value=report.value,
        )
        yield EntryWarning("breakdown_exceeds_value", "breakdown", text)


_CHECKS: tuple[Callable[[Report, Known], Iterator[EntryWarning]], ...] = (
    _said_before, _retired, _outside_crisis, _future, _many_times, _same_number, _household_size, _round_date,
    _breakdown,
)  # fmt: skip


def _rate(measure: str, said: Statement | Report) -> float:
    """What can be compared: of a flow people in a day, since periods differ in length."""
    days = 1 if measure in STOCKS else (said.end - said.start).days + 1
    return said.value / days


def _last(report: Report, others: QuerySet[Report]) -> Statement | None:
    own_first = Case(When(source=report.source, then=0), default=1)
    before = others.filter(end__lte=report.end).order_by(own_first, "-end", "-published", "-pk")
    return _statement(before)


def _about_then(report: Report, others: QuerySet[Report]) -> QuerySet[Report]:
    near = timedelta(days=settings.FRESHNESS_DAYS)
    return others.filter(start__lte=report.end + near, end__gte=report.start - near)


def _statement(found: QuerySet[Report], **wanted: Any) -> Statement | None:
    row = found.filter(**wanted).values_list("source", "ref", "start", "end", "value").first()
    return Statement(*row) if row else None


def _crisis(code: str) -> NamedCrisis | None:
    found = Crisis.objects.current().filter(code=code).first() if code else None
    return NamedCrisis(found.start, found.end, tuple(found.countries.split())) if found else None


def _rounds(report: Report) -> tuple[NamedRound, ...]:
    near = timedelta(days=settings.FRESHNESS_DAYS)
    rounds = Round.objects.current().filter(
        Q(region=report.region) | Q(region__in=regions_above(report.region)),
        source=report.source,
        date__range=(report.start - near, report.start + near),
    )
    return tuple(NamedRound(code, day) for code, day in rounds.order_by("code").values_list("code", "date"))


def regions_above(pcode: str) -> list[str]:
    """The regions that contain this one, the nearest first."""
    found: list[str] = []
    while pcode:
        parent = Region.objects.current().filter(pcode=pcode).values_list("parent", flat=True).first()
        if not parent or parent in found:
            break
        found.append(parent)
        pcode = parent
    return found


def _words(said: Statement) -> dict[str, Fact]:
    return {"source": said.source, "ref": said.ref, "value": said.value, "end": said.end}
