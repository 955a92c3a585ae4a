"""Do the runs that wait, in this process: the worker of an installation without a broker."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracker.work import drain, keep_working, tick


class Command(BaseCommand):
    help = "Do the runs that wait, until stopped (Ctrl-C or SIGTERM lets the run at hand end first)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what can be done now and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            tick()
            self.stdout.write(f"Runs done: {drain()}.")
            return
        stop = threading.Event()

        def end_after_this_run(number: int, _frame: object) -> None:
            stop.set()
            # The second time it is meant: the run at hand is given back and waits again.
            signal.signal(number, signal.default_int_handler)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end_after_this_run)
        self.stdout.write("Waiting for runs; Ctrl-C ends.")
        keep_working(stop)
