"""How well a cube is covered: what its reports span, region by region, brought up to date by its builds."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from tracker.vocabulary import Cause, Measure


class Coverage(models.Model):
    """The reports of one region and series that take part, those of its sub-regions included."""

    country = models.CharField(max_length=40)
    measure = models.CharField(max_length=12, choices=Measure)
    cause = models.CharField(max_length=10, choices=Cause)
    crisis = models.CharField(max_length=60, blank=True)
    region = models.CharField(max_length=40, help_text="P-code.")
    level = models.PositiveSmallIntegerField()
    first = models.DateField(help_text="First day of which a report speaks.")
    last = models.DateField(help_text="Last day of which a report speaks.")
    reports = models.PositiveIntegerField(help_text="Reports that take part.")
    source_codes = models.TextField(help_text="Codes of their sources, with commas between.")

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name_plural = "coverage"
        constraints = [
            models.UniqueConstraint(
                name="coverage_once_a_series", fields=["region", "measure", "cause", "crisis"]
            ),
            models.CheckConstraint(name="coverage_first_not_after_last", condition=Q(first__lte=F("last"))),
            models.CheckConstraint(name="coverage_has_reports", condition=Q(reports__gte=1)),
        ]
        indexes = [models.Index(name="coverage_by_cube", fields=["country", "measure", "cause", "crisis"])]

    def __str__(self) -> str:
        return f"{self.region} {self.measure}"
