"""Which answers of the API go into the audit log: those with rows that are not for everybody."""

from __future__ import annotations

from rest_framework.request import Request

from tracker.models.audit import Action, record


def audit_reading(request: Request, *, restricted: int) -> None:
    """Record what was asked, and that so many restricted rows are given; none, no entry."""
    if restricted:
        record(
            Action.LISTED,
            actor=request.user.get_username(),
            address=str(request.META.get("REMOTE_ADDR", "")),
            object=request.path,
            details={"query": dict(request.query_params.lists()), "restricted": restricted},
        )
