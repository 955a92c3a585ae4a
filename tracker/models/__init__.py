"""The tables."""

from tracker.models.coverage import Coverage
from tracker.models.crises import Crisis
from tracker.models.events import ConflictEvent
from tracker.models.figures import ConflictFigure, Figure
from tracker.models.regions import Region
from tracker.models.reports import Report
from tracker.models.rounds import Round
from tracker.models.runs import ExportSchedule, Run
from tracker.models.sources import Source

__all__ = [
    "ConflictEvent", "ConflictFigure", "Coverage", "Crisis", "ExportSchedule", "Figure", "Region", "Report",
    "Round", "Run", "Source",
]  # fmt: skip
