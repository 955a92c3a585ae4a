"""Crises that reports can be about."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from tracker.models.versions import ReferenceQuerySet, Version, version_constraints


class Crisis(Version):
    IDENTITY = ("code",)
    CONTENT = ("name_en", "name_ar", "start", "end", "countries")

    code = models.CharField(max_length=60)
    name_en = models.CharField("name (English)", max_length=200)
    name_ar = models.CharField("name (Arabic)", max_length=200, blank=True)
    start = models.DateField()
    end = models.DateField(null=True, blank=True, help_text="Empty while it goes on.")
    countries = models.CharField(
        max_length=300, blank=True, help_text="P-codes of the countries, with spaces between."
    )

    objects: ClassVar = ReferenceQuerySet["Crisis"].as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "crises"
        constraints = [
            *version_constraints("crisis"),
            models.UniqueConstraint(
                name="crisis_one_current_version", fields=["code"], condition=Q(superseded_at__isnull=True)
            ),
            models.CheckConstraint(
                name="crisis_ends_after_it_starts", condition=Q(end__isnull=True) | Q(end__gte=F("start"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_en} ({self.code})"
