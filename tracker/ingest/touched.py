"""Which cubes depend on what a delivery changed."""

from __future__ import annotations

from tracker.ingest.delivery import Cube
from tracker.models.reports import ReportQuerySet


def cubes_of(reports: ReportQuerySet) -> set[Cube]:
    """The cubes in which these reports are approved."""
    found = reports.approved().order_by().values_list("country", "measure", "cause", "crisis").distinct()
    return set(found)
