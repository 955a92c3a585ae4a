"""The tables."""

from tracker.models.audit import AuditEntry, AuditHead
from tracker.models.bulk_operations import BulkAction, BulkOperation
from tracker.models.comments import ReviewComment
from tracker.models.coverage import Coverage
from tracker.models.crises import Crisis
from tracker.models.events import ConflictEvent
from tracker.models.figures import ConflictFigure, Figure
from tracker.models.imports import Import, ImportRow, PlaceMatch
from tracker.models.languages import ChosenLanguage
from tracker.models.logging_in import LoginAttempts, RecoveryCode
from tracker.models.regions import Region
from tracker.models.reports import Report
from tracker.models.roles import Appointment, StaffRole
from tracker.models.rounds import Round
from tracker.models.runs import ExportSchedule, Run
from tracker.models.sources import Source

__all__ = [
    "Appointment", "AuditEntry", "AuditHead", "BulkAction", "BulkOperation", "ChosenLanguage",
    "ConflictEvent", "ConflictFigure", "Coverage", "Crisis", "ExportSchedule", "Figure", "Import",
    "ImportRow", "LoginAttempts", "PlaceMatch", "RecoveryCode", "Region", "Report", "ReviewComment",
    "Round", "Run", "Source", "StaffRole",
]  # fmt: skip
