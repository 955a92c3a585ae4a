"""Working for as long as the process lives: beside the web server of a small installation, or by itself."""

from __future__ import annotations

import atexit
import logging
import threading
import time

from django.conf import settings
from django.db import close_old_connections, connection

from tracker.work.draining import POLL_SECONDS, drain
from tracker.work.ticking import tick

log = logging.getLogger(__name__)

SECONDS_TO_FINISH = 5.0
"""How long a process that ends waits for the run that its background thread is at."""

_starting = threading.Lock()
_background: Background | None = None


def keep_working(stop: threading.Event) -> None:
    """Tick when it is time and do what waits, until told to stop; nothing that fails ends it."""
    next_tick = time.monotonic()
    try:
        while not stop.is_set():
            try:
                close_old_connections()
                if time.monotonic() >= next_tick:
                    next_tick = time.monotonic() + settings.TICK_SECONDS
                    tick()
                drain(stop=stop)
                stop.wait(POLL_SECONDS)
            except Exception:
                log.exception("The waiting runs could not be worked on; trying again soon.")
                connection.close()
                stop.wait(settings.TICK_SECONDS)
    finally:
        connection.close()


class Background:
    """A thread that keeps working while the process does something else."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=keep_working, args=(self._stop,), name="runs", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self, *, timeout: float = SECONDS_TO_FINISH) -> None:
        """End after the run at hand; one that takes longer is taken up again once its lease has run out."""
        self._stop.set()
        self._thread.join(timeout)


def serve_in_background() -> Background:
    """The one background thread of this process, started if there is none."""
    global _background
    with _starting:
        if _background is None or not _background.is_alive:
            _background = Background()
            atexit.register(_background.stop)
        return _background
