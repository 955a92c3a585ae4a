"""The failures that every room shares. Each carries the facts that a person needs."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.sentences import sentence as _


class TrackerError(Exception):
    """Something the tracker refuses or cannot do; the message is meant to be read."""


@dataclass
class LayoutChanged(TrackerError):
    """A file is not of the expected layout; nothing of it was read."""

    reason: str
    line: int = 1

    def __str__(self) -> str:
        return _("line %(line)s: %(reason)s", line=str(self.line), reason=self.reason)


@dataclass
class BadValue(TrackerError):
    """One value of a row or a request cannot be taken."""

    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return _(
            "%(column)s: %(value)s: %(reason)s",
            column=self.column,
            value=repr(self.value),
            reason=self.reason,
        )


class GeometryRefused(TrackerError):
    """A boundary cannot be stored: no coordinate system, empty, or beyond repair."""


class CrsMismatch(TrackerError):
    """Two sets of geometry have no common coordinate system."""


class LeaseLost(TrackerError):
    """Another worker has taken over this run; what was done here is rolled back."""


class NotAllowed(TrackerError):
    """The person may not do this: nobody approves their own report, for one."""


class OutOfDate(TrackerError):
    """Somebody else has changed it in the meantime; nothing was written."""
