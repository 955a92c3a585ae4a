"""What the rows of a file say beside what stands, format by format: read only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.utils import timezone

from tracker.errors import BadValue
from tracker.ingest import crises, rounds, sources
from tracker.ingest.delivery import Delivery, batches
from tracker.ingest.events import IN_NO_REGION, Atlas, event_faults, places_of, said_of_event, standing_events
from tracker.ingest.households import people_of
from tracker.ingest.known import Known
from tracker.ingest.readers import crises as crises_csv
from tracker.ingest.readers import events as events_csv
from tracker.ingest.readers import reports as reports_csv
from tracker.ingest.readers import rounds as rounds_csv
from tracker.ingest.readers import sources as sources_csv
from tracker.ingest.readers.events import EventRecord
from tracker.ingest.readers.records import Fault, Record
from tracker.ingest.readers.reports import ReportRecord
from tracker.ingest.readers.rows import shown
from tracker.ingest.readers.sheets import SheetFormat
from tracker.ingest.reports import KEPT, SAME_NAME, STATED, report_faults
from tracker.ingest.versions import differs, stated
from tracker.models import ConflictEvent, Crisis, Report, Round, Source
from tracker.models.versions import Version
from tracker.sentences import sentence as _
from tracker.vocabulary import STANDING, ImportFormat, Status

AT_ONCE = 900
"""Names in one query: SQLite takes 999 parameters."""

Change = tuple[str, str, str]
"""A column, what it held and what it would hold."""


@dataclass(frozen=True)
class Beside:
    """A row that can be read, beside what stands."""

    standing: Version | None
    """What is in force, if anything is."""
    is_said: bool
    """Whether the row says what is in force."""
    changes: list[Change] = field(default_factory=list)
    country: str = ""
    """Of which the row speaks, if it speaks of one."""
    region: str = ""
    """In which the row's point lies, where that says where it is."""
    countries: frozenset[str] = frozenset()
    """All of which it speaks, or of which that speaks whose place it would take."""
    faults: list[Fault] = field(default_factory=list)
    proposal: Report | None = None
    """What is proposed beside it and says something else, or was returned, whatever it says."""
    report: Report | None = None
    """The report as it would stand."""


class Comparison(Protocol):
    """How the rows of one format are checked and compared."""

    sheet: SheetFormat
    identity: tuple[str, ...]
    shown: tuple[str, ...]
    """The columns that say the most."""
    known: Known

    def faults(self, record: Any) -> Iterable[Fault]:
        """What is wrong with the record beside what is known."""

    def compare(self, records: Sequence[Any], *, hold: bool) -> list[Beside]:
        """Each record beside what stands; with `hold` that stays so until the transaction ends."""


class _Reports:
    sheet = SheetFormat(
        reports_csv.COLUMNS, ReportRecord, reports_csv.faults, "source", ("region", "counterpart")
    )
    identity: tuple[str, ...] = ("source", "ref")
    shown: tuple[str, ...] = ("region", "measure", "cause", "start", "end", "value")

    def __init__(self) -> None:
        self.known = Known()

    def faults(self, record: ReportRecord) -> Iterable[Fault]:
        return report_faults(record, self.known)

    def compare(self, records: Sequence[ReportRecord], *, hold: bool) -> list[Beside]:
        lanes: dict[tuple[str, str], list[Report]] = {}
        for version in _current(records, hold=hold):
            lanes.setdefault((version.source, version.ref), []).append(version)
        return [self._beside(record, lanes.get((record.source, record.ref), [])) for record in records]

    def _beside(self, record: ReportRecord, current: Sequence[Report]) -> Beside:
        standing = next((version for version in current if version.status in STANDING), None)
        proposal = next((version for version in current if version.status not in STANDING), None)
        content = self._content(record, standing or proposal)
        is_other = proposal is not None and (proposal.status == Status.REJECTED or differs(proposal, content))
        other = proposal if is_other else None
        country = self.known.regions[record.region].country
        approved = standing if standing is not None and standing.status == Status.APPROVED else None
        return Beside(
            standing=standing,
            is_said=approved is not None and not differs(approved, content),
            changes=_changes(standing, content | {"status": Status.APPROVED.value}),
            country=country,
            countries=frozenset({country} | {version.country for version in (standing, other) if version}),
            proposal=other,
            report=Report(
                source=record.source,
                ref=record.ref,
                country=country,
                status=Status.APPROVED,
                **content | people_of(record, self.known),
            ),
        )

    def _content(self, record: ReportRecord, old: Report | None) -> dict[str, Any]:
        return {
            **{name: getattr(record, name) for name in SAME_NAME},
            **stated(record, KEPT, old),
            **{name: getattr(record, column) for name, column in STATED.items()},
        }


def _current(records: Sequence[ReportRecord], *, hold: bool) -> Iterable[Report]:
    """The versions of these reports that stand or are proposed."""
    refs: dict[str, list[str]] = {}
    for record in records:
        refs.setdefault(record.source, []).append(record.ref)
    for source, wanted in refs.items():
        for some in batches(wanted, AT_ONCE):
            found = Report.objects.current().filter(source=source, ref__in=some).order_by("pk")
            yield from found.select_for_update() if hold else found


class _Events:
    sheet = SheetFormat(events_csv.COLUMNS, EventRecord, events_csv.faults, "dataset", ("region",))
    identity: tuple[str, ...] = ("dataset", "event_id")
    shown: tuple[str, ...] = ("region", "date", "event_type", "best")

    def __init__(self) -> None:
        self.known = Known()
        self._atlas = Atlas()
        self._delivery = Delivery(file="", now=timezone.now())

    def faults(self, record: EventRecord) -> Iterable[Fault]:
        return event_faults(record, self.known, self._delivery)

    def compare(self, records: Sequence[EventRecord], *, hold: bool) -> list[Beside]:
        standing = standing_events(list(records))
        places = places_of(list(records), self._atlas)
        return [
            self._beside(record, standing.get((record.dataset, record.event_id)), place)
            for record, place in zip(records, places, strict=True)
        ]

    def _beside(self, record: EventRecord, old: ConflictEvent | None, place: dict[str, str] | None) -> Beside:
        content = said_of_event(record, old)
        if old is not None and not differs(old, content):
            return Beside(old, is_said=True, country=old.country, countries=frozenset({old.country}))
        if place is None:
            return Beside(old, is_said=False, faults=[("latitude", IN_NO_REGION)])
        there = self.known.regions[place["region"]].country
        return Beside(
            old,
            is_said=False,
            changes=_changes(old, content | place),
            country=there,
            region=place["region"],
            countries=frozenset({there} | ({old.country} if old is not None else set())),
        )


class _References:
    """Sources, crises and rounds: few, so that all that stand are read at once."""

    def __init__(
        self,
        model: type[Version],
        sheet: SheetFormat,
        identity: tuple[str, ...],
        stated: tuple[str, ...],
    ) -> None:
        self.sheet = sheet
        self.identity = identity
        self.shown = stated[:4]
        self.known = Known()
        self._stated = stated
        current = model._default_manager.filter(superseded_at=None)
        self._standing = {version.identity: version for version in current}

    def faults(self, record: Any) -> Iterable[Fault]:
        match record:
            case rounds_csv.RoundRecord():
                return rounds.round_faults(record, self.known)
            case crises_csv.CrisisRecord():
                return crises.crisis_faults(record, self.known)
            case _:
                return ()

    def compare(self, records: Sequence[Record], *, hold: bool) -> list[Beside]:
        return [self._beside(record) for record in records]

    def _beside(self, record: Record) -> Beside:
        old = self._standing.get(tuple(getattr(record, name) for name in self.identity))
        content = stated(record, self._stated, old)
        here, there = self._countries(record), self._countries(old)
        return Beside(
            old,
            is_said=old is not None and not differs(old, content),
            changes=_changes(old, content),
            country=min(here) if len(here) == 1 else "",
            countries=here | there,
        )

    def _countries(self, said: Any) -> frozenset[str]:
        """Of a round that of its region; of a crisis all that it names; of nothing none."""
        region = self.known.regions.get(getattr(said, "region", ""))
        return frozenset([region.country] if region else getattr(said, "countries", "").split())


def comparison(format: str) -> Comparison:
    """How files of this format are compared with what stands now; raises BadValue where there is no such."""
    match format:
        case ImportFormat.REPORTS:
            return _Reports()
        case ImportFormat.EVENTS:
            return _Events()
        case ImportFormat.ROUNDS:
            return _References(Round, SHEETS[format], ("source", "code"), rounds.STATED)
        case ImportFormat.SOURCES:
            return _References(Source, SHEETS[format], ("code",), sources.STATED)
        case ImportFormat.CRISES:
            return _References(Crisis, SHEETS[format], ("code",), crises.STATED)
        case _:
            raise BadValue("format", format, _("expected one of %(words)s", words=ImportFormat.values))


SHEETS: dict[str, SheetFormat] = {
    ImportFormat.REPORTS: _Reports.sheet,
    ImportFormat.EVENTS: _Events.sheet,
    ImportFormat.ROUNDS: SheetFormat(
        rounds_csv.COLUMNS, rounds_csv.RoundRecord, rounds_csv.faults, "source", ("region",)
    ),
    ImportFormat.SOURCES: SheetFormat(sources_csv.COLUMNS, sources_csv.SourceRecord, lambda record: ()),
    ImportFormat.CRISES: SheetFormat(crises_csv.COLUMNS, crises_csv.CrisisRecord, crises_csv.faults),
}
"""By format, how the rows of its files are read."""


def _changes(old: Version | None, content: dict[str, Any]) -> list[Change]:
    if old is None:
        return []
    return [
        (STATED.get(name, name), as_text(getattr(old, name)), as_text(value))
        for name, value in content.items()
        if getattr(old, name) != value
    ]


def as_text(value: Any) -> str:
    """A value as the file has it, and not at length."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return shown(value.isoformat() if isinstance(value, date) else str(value))
