"""Files into the tables: the native files by name, and boundary releases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.utils import timezone

from tracker.errors import BadValue
from tracker.ingest import bulk, crises, events, regions, rounds, sources
from tracker.ingest.delivery import Delivery, Tally
from tracker.ingest.imports import IngestResult, import_file
from tracker.ingest.readers import crises as crises_csv
from tracker.ingest.readers import events as events_csv
from tracker.ingest.readers import regions as regions_csv
from tracker.ingest.readers import reports as reports_csv
from tracker.ingest.readers import rounds as rounds_csv
from tracker.ingest.readers import sources as sources_csv
from tracker.sentences import sentence as _


@dataclass(frozen=True)
class Format:
    """How the files of one name are read, and how what they hold is stored."""

    read: Callable[[IO[bytes]], Iterator[Any]]
    load: Callable[[IO[bytes], Delivery, Tally], None]


def _by_records(
    read: Callable[[IO[bytes]], Iterator[Any]], load: Callable[[Iterable[Any], Delivery, Tally], None]
) -> Format:
    return Format(read, lambda file, delivery, tally: load(read(file), delivery, tally))


FORMATS = {
    "regions": _by_records(regions_csv.read, regions.load),
    "sources": _by_records(sources_csv.read, sources.load),
    "rounds": _by_records(rounds_csv.read, rounds.load),
    "crises": _by_records(crises_csv.read, crises.load),
    "reports": Format(reports_csv.read, bulk.load),
    "events": _by_records(events_csv.read, events.load),
}


def ingest(
    format: str,
    path: Path | str,
    *,
    dry_run: bool = False,
    approve: bool = False,
    recorded_as_published: bool = False,
    release: str = "",
    rejects: Path | str | None = None,
    by: str = "",
) -> IngestResult:
    """Store what the file says that is new or different, in one transaction, and count it.

    A bad row costs that row. The runs that are due because of what changed are in the result; announcing
    them is for the caller, after its commit.

    Raises
    ------
    LayoutChanged : the file is not of the format's layout; nothing was stored but a parked run that says so
    BadValue : there is no such format
    OSError : the file cannot be read, or the rejects file cannot be written
    """
    if format not in FORMATS:
        raise BadValue("format", format, _("expected one of %(words)s", words=FORMATS))
    path = Path(path)
    delivery = _delivery(
        path, by, approve=approve, recorded_as_published=recorded_as_published, release=release
    )

    def work(tally: Tally) -> None:
        with path.open("rb") as file:
            FORMATS[format].load(file, delivery, tally)

    payload = {"format": format, "approve": approve}
    return import_file(
        path, delivery, work, payload=payload, dry_run=dry_run, rejects=Path(rejects) if rejects else None
    )


def load_regions(
    path: Path | str,
    *,
    release: str = "",
    level: int | None = None,
    dry_run: bool = False,
    rejects: Path | str | None = None,
    by: str = "",
) -> IngestResult:
    """Store the regions of a boundary release (any format that geopandas reads) or of a regions.csv.

    Raises
    ------
    LayoutChanged : the file cannot be read, or its columns follow no known convention
    GeometryRefused : it has no coordinate system, or no geometry
    OSError : there is no such file
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        return ingest("regions", path, release=release, dry_run=dry_run, rejects=rejects, by=by)
    delivery = _delivery(path, by, release=release)

    def work(tally: Tally) -> None:
        # geopandas takes more than a second to import; only this needs it.
        from tracker.geo.boundaries import read_boundaries

        regions.load_release(read_boundaries(path, level=level), delivery, tally)

    payload = {"format": "boundaries", "release": release}
    return import_file(
        path, delivery, work, payload=payload, dry_run=dry_run, rejects=Path(rejects) if rejects else None
    )


def _delivery(path: Path, by: str, **options: Any) -> Delivery:
    # A name that is no UTF-8 reaches Python with halves of surrogate pairs in it, which no table takes.
    name = path.name.encode("utf-8", "replace").decode("utf-8")
    return Delivery(file=name, now=timezone.now(), by=by, **options)
