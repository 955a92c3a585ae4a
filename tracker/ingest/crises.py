"""Crises as delivered, into their table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracker.ingest.delivery import Delivery, Tally, accepted
from tracker.ingest.known import Known
from tracker.ingest.readers.crises import CrisisRecord
from tracker.ingest.readers.records import Fault
from tracker.ingest.readers.rows import Rejected
from tracker.ingest.versions import next_version, stated
from tracker.models import Crisis
from tracker.models.versions import store_versions
from tracker.sentences import sentence as _

STATED = ("name_en", "name_ar", "start", "end", "countries")


def load(records: Iterable[CrisisRecord | Rejected], delivery: Delivery, tally: Tally) -> None:
    """Store what is new or different; no figure depends on it."""
    known = Known()
    standing = {crisis.code: crisis for crisis in Crisis.objects.current()}
    pairs = []
    for record in accepted(records, ("code",), lambda record: crisis_faults(record, known), tally):
        old = standing.get(record.code)
        content = stated(record, STATED, old)
        if pair := next_version(Crisis, old, {"code": record.code}, content, delivery, tally):
            pairs.append(pair)
    store_versions(pairs)


def crisis_faults(record: CrisisRecord, known: Known) -> Iterator[Fault]:
    """What is wrong with the crisis beside what is known: its countries."""
    for pcode in record.countries.split():
        region = known.regions.get(pcode)
        if region is None or region.level != 0:
            yield "countries", _("no country has the P-code %(pcode)s", pcode=pcode)
