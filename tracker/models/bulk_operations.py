"""What somebody did to many reports at once, so that it can be undone at once."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class BulkAction(models.TextChoices):
    APPROVE = "approve", _("approve")
    RETURN = "return", _("return")
    ROLE = "role", _("set role")
    CRISIS = "crisis", _("set crisis")
    RETRACT = "retract", _("retract")


class BulkOperation(models.Model):
    """One action on many reports, done in one transaction."""

    action = models.CharField(max_length=10, choices=BulkAction)
    value = models.CharField(max_length=60, blank=True, help_text="The role or crisis that was set.")
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(help_text="The moment (UTC) at which its versions were recorded.")
    reports = models.PositiveIntegerField(help_text="How many reports it changed.")
    versions = models.JSONField(
        help_text="For each report the primary keys of the versions that ended, and of the one written."
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="bulk_operation_action_is_known", condition=Q(action__in=BulkAction.values)
            ),
            models.CheckConstraint(
                name="bulk_operation_undone_by_somebody",
                condition=Q(undone_at__isnull=True, undone_by="")
                | Q(undone_at__isnull=False) & ~Q(undone_by=""),
            ),
        ]
        indexes = [models.Index(name="bulk_operation_by_person", fields=["by", "-id"])]

    def __str__(self) -> str:
        return f"{self.get_action_display()} ({self.reports})"

    @property
    def pairs(self) -> list[tuple[list[int], int]]:
        """The primary keys of what ended and of what was written, by report."""
        found: list[dict[str, Any]] = self.versions
        return [(one["ended"], one["written"]) for one in found]
