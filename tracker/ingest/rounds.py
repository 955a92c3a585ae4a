"""Assessment rounds as delivered, into their table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracker.ingest.delivery import Delivery, Tally, accepted
from tracker.ingest.known import Known
from tracker.ingest.readers.records import Fault
from tracker.ingest.readers.rounds import RoundRecord
from tracker.ingest.readers.rows import Rejected
from tracker.ingest.touched import cubes_of
from tracker.ingest.versions import next_version, stated
from tracker.models import Report, Round
from tracker.models.versions import store_versions
from tracker.sentences import sentence as _
from tracker.vocabulary import STOCKS

STATED = ("region", "date", "published", "closed")


def load(records: Iterable[RoundRecord | Rejected], delivery: Delivery, tally: Tally) -> None:
    """Store what is new or different; the stock cubes that hear the source on the country are touched."""
    known = Known()
    standing = {(one.source, one.code): one for one in Round.objects.current()}
    pairs = []
    for record in accepted(records, ("source", "code"), lambda record: round_faults(record, known), tally):
        identity = {"source": record.source, "code": record.code}
        old = standing.get((record.source, record.code))
        content = stated(record, STATED, old)
        content["country"] = known.regions[record.region].country
        if pair := next_version(Round, old, identity, content, delivery, tally):
            pair[1].recorded_at = delivery.moment(record.published)
            pairs.append(pair)
    store_versions(pairs)
    speaks = {(one.source, one.country) for pair in pairs for one in pair if one is not None}
    since = min((new.recorded_at for _, new in pairs), default=delivery.now)
    for source, country in speaks:
        stocks = Report.objects.current().filter(source=source, country=country, measure__in=STOCKS)
        tally.touch(cubes_of(stocks), since=since)


def round_faults(record: RoundRecord, known: Known) -> Iterator[Fault]:
    """What is wrong with the round beside what is known: codes, and the rows that it has already."""
    if record.source not in known.sources:
        yield "source", _("no source has the code %(code)s", code=record.source)
    if record.region not in known.regions:
        yield "region", _("no region has the P-code %(pcode)s", pcode=record.region)
        return
    before = known.rounds.get((record.source, record.code))
    if before is not None and (before.region, before.date) != (record.region, record.date):
        yield from _clashes(record, known)


def _clashes(record: RoundRecord, known: Known) -> Iterator[Fault]:
    """Where the rows that the round has already would no longer be rows of it."""
    rows = Report.objects.current().filter(source=record.source, round=record.code)
    for ref, day, region in rows.order_by("ref").values_list("ref", "start", "region"):
        if day != record.date:
            of_day = _(
                "report %(ref)s of this round is of %(day)s; all rows of a round are of its date",
                ref=ref,
                day=day,
            )
            yield "date", of_day
            return
        if not known.lies_within(region, record.region):
            outside = _(
                "report %(ref)s of this round speaks of %(pcode)s, which lies outside %(area)s",
                ref=ref,
                pcode=region,
                area=record.region,
            )
            yield "region", outside
            return
