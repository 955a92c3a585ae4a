"""What each kind of run does, in two steps: work that writes nothing, and a function that stores its results.

The first step may take long and holds no lock. The second runs in the transaction that ends the run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from tracker.errors import TrackerError
from tracker.models import Run
from tracker.vocabulary import RunKind, RunState
from tracker.work.importing import import_upload
from tracker.work.leases import Ending
from tracker.work.verifying import verify

if TYPE_CHECKING:
    from tracker.figures.cubes import CubeKey

Handler = Callable[[Run], Callable[[], Ending]]


def handler_of(kind: str) -> Handler:
    try:
        return HANDLERS[kind]
    except KeyError:
        raise TrackerError(f"There is nothing that does runs of kind {kind!r}.") from None


# Each imports what it calls only when it is called: numpy and what stands on it stay out of a process that
# serves until that builds something.


def build_figures(run: Run) -> Callable[[], Ending]:
    """Bring the figures of one cube up to date, or make their history where the run is to backfill."""
    from tracker.figures.build import prepare, store
    from tracker.figures.cubes import CubeKey
    from tracker.figures.moments import record_build

    key = CubeKey.of(run.payload)
    if run.backfilled:
        return _replay_figures(run, key)
    moment = moment_of(run)
    found = prepare(key, recorded_at=moment, thorough=_is_thorough(run))

    def publish() -> Ending:
        record_build(run, key, moment)
        return _counted(store(found, run).as_dict)

    return publish


def _is_thorough(run: Run) -> bool:
    """Whether this build, or a parked one whose work it does, is to rely on no hash."""
    asked = Run.objects.filter(key=run.key, state=RunState.PARKED, payload__thorough=True)
    return run.payload.get("thorough", False) or asked.exists()


def _replay_figures(run: Run, key: CubeKey) -> Callable[[], Ending]:
    from tracker.figures.moments import record_replay
    from tracker.figures.replay import prepare_replay, store_replay

    moment = moment_of(run)
    history = prepare_replay(key, made_at=moment)

    def publish() -> Ending:
        since = record_replay(run, key, moment, live_from=history.live_from)
        _request_the_present(run, changed_since=since)
        return _counted(store_replay(history, run).as_dict)

    return publish


def build_conflict_figures(run: Run) -> Callable[[], Ending]:
    """Bring the conflict figures of one country up to date, or make their history."""
    from tracker.figures.conflict import prepare_conflict, store_conflict
    from tracker.figures.conflict_replay import prepare_conflict_replay, store_conflict_replay

    country = run.payload["country"]
    if run.backfilled:
        history = prepare_conflict_replay(country)

        def publish() -> Ending:
            _request_the_present(run)
            return _counted(store_conflict_replay(history, run).as_dict)

        return publish
    found = prepare_conflict(country, recorded_at=moment_of(run))
    return lambda: _counted(store_conflict(found, run).as_dict)


def export_figures(run: Run) -> Callable[[], Ending]:
    """Write the export of a schedule, from the figures that stand, into the folder of its name."""
    from tracker.exports.figures import prepare_export

    name = run.payload["name"]
    prepared = prepare_export(run.payload["options"], to=Path(settings.STORAGE) / name)

    def publish() -> Ending:
        made = prepared.publish()
        return Ending(counts=made.counts, outcome=f"{made.rows} figures in {name}/{made.path.name}.")

    return publish


def moment_of(run: Run) -> datetime:
    """The moment that a build of now is recorded at.

    It is not before the request, whose machine's clock may be ahead of this one's: the build must see
    what was recorded when it was asked for.
    """
    return max(timezone.now(), run.requested_at)


def _request_the_present(run: Run, *, changed_since: datetime | None = None) -> None:
    """Request the build that follows a replay.

    A replay ends at the first live build, and a live build asked for meanwhile may have joined its run.
    """
    Run.objects.request(
        run.kind, run.key, payload=run.payload, requested_by=run.requested_by, changed_since=changed_since
    )


def _counted(counts: dict[str, int]) -> Ending:
    said = [f"{number} {name}" for name, number in counts.items()]
    return Ending(counts=counts, outcome=f"Figures: {', '.join(said)}.")


HANDLERS: dict[str, Handler] = {
    RunKind.BUILD: build_figures,
    RunKind.CONFLICT: build_conflict_figures,
    RunKind.EXPORT: export_figures,
    RunKind.IMPORT: import_upload,
    RunKind.VERIFY: verify,
}
