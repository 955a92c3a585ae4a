"""What a delivery would store: new things, and new versions of known ones where the content differs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from tracker.ingest.delivery import Delivery, Tally
from tracker.ingest.readers.records import Record
from tracker.models.versions import Version

V = TypeVar("V", bound=Version)


def stated(record: Record, names: Iterable[str], old: Version | None) -> dict[str, Any]:
    """What the record says under these names.

    A column that its file leaves out says nothing: a known thing keeps what stands.
    """
    return {name: getattr(record if old is None or name in record.given else old, name) for name in names}


def differs(old: Version, content: dict[str, Any]) -> bool:
    return any(getattr(old, name) != value for name, value in content.items())


def next_version(
    model: type[V],
    old: V | None,
    identity: dict[str, Any],
    content: dict[str, Any],
    delivery: Delivery,
    tally: Tally,
) -> tuple[V | None, V] | None:
    """The version that stands and the one to store after it; None where nothing changed. It is counted."""
    recorded = {"recorded_at": delivery.now, "recorded_by": delivery.recorded_by}
    if old is None:
        tally.new += 1
        return None, model(**identity, **content, **recorded)
    if not differs(old, content):
        tally.unchanged += 1
        return None
    tally.changed += 1
    return old, old.successor(**content, **recorded, reason=delivery.reason)
