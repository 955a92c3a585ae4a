"""Sources as delivered, into their table."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.ingest.delivery import Delivery, Tally, accepted
from tracker.ingest.readers.rows import Rejected
from tracker.ingest.readers.sources import SourceRecord
from tracker.ingest.touched import cubes_of
from tracker.ingest.versions import next_version, stated
from tracker.models import Report, Source
from tracker.models.versions import store_versions

STATED = ("name", "tier", "kind", "licence", "licence_url", "row_access", "attribution")


def load(records: Iterable[SourceRecord | Rejected], delivery: Delivery, tally: Tally) -> None:
    """Store what is new or different; where a tier changes, the cubes of the source are touched."""
    standing = {source.code: source for source in Source.objects.current()}
    pairs = []
    for record in accepted(records, ("code",), lambda record: (), tally):
        old = standing.get(record.code)
        content = stated(record, STATED, old)
        if pair := next_version(Source, old, {"code": record.code}, content, delivery, tally):
            pairs.append(pair)
    store_versions(pairs)
    moved = [new.code for old, new in pairs if old is not None and old.tier != new.tier]
    tally.cubes |= cubes_of(Report.objects.current().filter(source__in=moved))
