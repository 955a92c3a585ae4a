"""Who works here as what, and for which country."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

EVERYWHERE = ""
"""The country of an appointment that holds in all of them."""


class StaffRole(models.TextChoices):
    OFFICER = "officer", _("officer")
    REVIEWER = "reviewer", _("reviewer")
    DATA_MANAGER = "data_manager", _("data manager")
    PARTNER_MANAGER = "partner_manager", _("partner manager")
    AUDITOR = "auditor", _("auditor")


NEEDS_SECOND_FACTOR = frozenset({StaffRole.REVIEWER, StaffRole.DATA_MANAGER, StaffRole.PARTNER_MANAGER})
"""Who approves or manages; superusers besides."""


class Appointment(models.Model):
    """One person in one role, in one country or everywhere. What it permits: `tracker/admin/access.py`."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="appointments",
        verbose_name=_("user"),
    )
    role = models.CharField(
        _("role"),
        max_length=20,
        choices=StaffRole,
        help_text=_(
            "Officers enter reports, reviewers approve them; data managers look after sources, regions, "
            "rounds, imports and schedules, partner managers after partners and their keys; "
            "auditors read everything."
        ),
    )
    country = models.CharField(
        _("country"), max_length=40, blank=True, help_text=_("P-code of the country; empty: everywhere.")
    )

    objects: ClassVar = models.Manager["Appointment"]()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["role", "country"]
        constraints = [
            models.UniqueConstraint(name="appointment_once", fields=["user", "role", "country"]),
            models.CheckConstraint(name="appointment_role_is_known", condition=Q(role__in=StaffRole.values)),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.country}".strip()
