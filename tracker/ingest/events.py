"""Conflict events as delivered, into their table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tracker.ingest.delivery import Delivery, Tally, accepted, batches
from tracker.ingest.known import Known
from tracker.ingest.readers.events import EventRecord
from tracker.ingest.readers.records import Fault
from tracker.ingest.readers.rows import Rejected
from tracker.ingest.versions import differs, stated
from tracker.models import ConflictEvent, Region
from tracker.models.versions import store_versions
from tracker.sentences import sentence as _

if TYPE_CHECKING:
    from tracker.geo.locate import Areas, Place

BATCH = 10_000
SAME_NAME = ("date", "event_type", "latitude", "longitude", "geo_precision", "low", "best", "high")
KEPT = ("sub_event_type", "actor1", "actor2", "source", "notes", "url")
"""What is said about the event: a file without the column leaves it as it stands."""

DEEPEST_LEVEL = {None: 99, 1: 99, 2: 99, 3: 2, 4: 1, 5: 0, 6: 0}
"""By place precision, the deepest level of region that a point can stand for (docs/sources.md#locating)."""
EXACT = (None, 1, 2)
"""Place precisions that allow a point; with the others the region named counts, where there is one."""

IN_NO_REGION = _("the point lies in no region, and none is near; name the region, or load its boundary")


def load(records: Iterable[EventRecord | Rejected], delivery: Delivery, tally: Tally) -> None:
    """Store what is new or different, each event in its region; their countries are touched."""
    known = Known()
    atlas = Atlas()
    good = accepted(
        records, ("dataset", "event_id"), lambda record: event_faults(record, known, delivery), tally
    )
    for batch in batches(good, BATCH):
        _store(batch, known, atlas, delivery, tally)


def event_faults(record: EventRecord, known: Known, delivery: Delivery) -> Iterator[Fault]:
    """What is wrong with the event beside what is known: its days, and the region it names."""
    today = delivery.now.date()
    if record.date > today:
        yield "date", _("the event is in the future; today is %(today)s (UTC)", today=today)
    elif record.date_end is not None and record.date_end > today:
        yield "date_end", _("the event ends in the future; today is %(today)s (UTC)", today=today)
    if record.region and record.region not in known.regions:
        yield "region", _("no region has the P-code %(pcode)s", pcode=record.region)


def _store(batch: list[EventRecord], known: Known, atlas: Atlas, delivery: Delivery, tally: Tally) -> None:
    standing = standing_events(batch)
    due = []
    for record in batch:
        old = standing.get((record.dataset, record.event_id))
        content = said_of_event(record, old)
        if old is not None and not differs(old, content):
            tally.unchanged += 1
        else:
            due.append((record, old, content))
    places = places_of([record for record, _, _ in due], atlas)
    pairs = []
    for (record, old, content), place in zip(due, places, strict=True):
        if place is None:
            tally.reject(record, [("latitude", IN_NO_REGION)])
            continue
        content |= {**place, "country": known.regions[place["region"]].country}
        pairs.append((old, _version(record, old, content, delivery)))
    store_versions(pairs)
    tally.new += sum(old is None for old, _ in pairs)
    tally.changed += sum(old is not None for old, _ in pairs)
    tally.conflict |= {one.country for pair in pairs for one in pair if one is not None}


def standing_events(batch: list[EventRecord]) -> dict[tuple[str, str], ConflictEvent]:
    """The current versions of these events, by dataset and its id."""
    ids: dict[str, list[str]] = {}
    for record in batch:
        ids.setdefault(record.dataset, []).append(record.event_id)
    return {
        (event.dataset, event.event_id): event
        for dataset, wanted in ids.items()
        for some in batches(wanted, 900)  # SQLite takes 999 parameters
        for event in ConflictEvent.objects.current().filter(dataset=dataset, event_id__in=some).order_by()
    }


def said_of_event(record: EventRecord, old: ConflictEvent | None) -> dict[str, Any]:
    """What the record says of an event, but for the region that its point lies in."""
    return {
        **{name: getattr(record, name) for name in SAME_NAME},
        **stated(record, KEPT, old),
        "date_end": record.date_end or record.date,
        "region_stated": record.region,
        "retracted": False,
    }


def places_of(records: list[EventRecord], atlas: Atlas) -> list[dict[str, str] | None]:
    """The region of each event and how it was found; None where its point lies nowhere and it names none."""
    by_point = [
        record for record in records
        if record.latitude is not None and (record.geo_precision in EXACT or not record.region)
    ]  # fmt: skip
    found = dict(zip((id(record) for record in by_point), atlas.locate(by_point), strict=True))
    places: list[dict[str, str] | None] = []
    for record in records:
        place = found.get(id(record))
        if place is not None:
            places.append({"region": place.pcode, "located_by": place.located_by})
        elif record.region:
            places.append({"region": record.region, "located_by": ConflictEvent.LocatedBy.STATED.value})
        else:
            places.append(None)
    return places


def _version(
    record: EventRecord, old: ConflictEvent | None, content: dict[str, Any], delivery: Delivery
) -> ConflictEvent:
    recorded = {
        "recorded_at": delivery.moment(record.date_end or record.date),
        "recorded_by": delivery.recorded_by,
    }
    if old is not None:
        return old.successor(**content, **recorded, reason=delivery.reason)
    return ConflictEvent(dataset=record.dataset, event_id=record.event_id, **content, **recorded)


class Atlas:
    """The boundaries that stand, read when the first point asks for them."""

    def __init__(self) -> None:
        self._areas: Areas | None = None

    def locate(self, records: list[EventRecord]) -> list[Place | None]:
        if not records:
            return []
        # geopandas' kin take a second to import, and files without points need none of it.
        from tracker.geo.locate import Area, Areas, locate

        if self._areas is None:
            rows = Region.objects.current().filter(retired=False, geometry__isnull=False).order_by()
            columns = rows.values_list("pcode", "level", "country", "geometry")
            self._areas = Areas(
                Area(pcode, level, country, bytes(boundary or b""))
                for pcode, level, country, boundary in columns
            )
        return locate(
            [record.longitude or 0.0 for record in records],
            [record.latitude or 0.0 for record in records],
            self._areas,
            deepest=[DEEPEST_LEVEL[record.geo_precision] for record in records],
        )
