"""Doing the runs: the room between Celery's door and the work itself."""

from tracker.work.draining import drain
from tracker.work.performing import perform
from tracker.work.rebuilding import rebuild
from tracker.work.serving import keep_working, serve_in_background
from tracker.work.ticking import tick, waiting_behind
from tracker.work.verifying import ending_of
from tracker.work.warming import warm_up

__all__ = [
    "drain", "ending_of", "keep_working", "perform", "rebuild", "serve_in_background", "tick",
    "waiting_behind", "warm_up",
]  # fmt: skip
