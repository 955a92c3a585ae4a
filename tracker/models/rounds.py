"""Assessment rounds: one survey by one source over one region."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from tracker.models.versions import ReferenceQuerySet, Version, version_constraints


class Round(Version):
    IDENTITY = ("source", "code")
    CONTENT = ("region", "country", "date", "published", "closed")

    code = models.CharField(max_length=60)
    source = models.CharField(max_length=60, help_text="Code of the source that made it.")
    region = models.CharField(max_length=40, help_text="P-code of the area it covers.")
    country = models.CharField(max_length=40)
    date = models.DateField(help_text="Reference date of all its rows.")
    published = models.DateField()
    closed = models.BooleanField(
        default=True, help_text="All rows are in: what it does not list inside its coverage it found empty."
    )

    objects: ClassVar = ReferenceQuerySet["Round"].as_manager()

    class Meta:
        ordering = ["source", "code"]
        constraints = [
            *version_constraints("round"),
            models.UniqueConstraint(
                name="round_one_current_version",
                fields=["source", "code"],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                name="round_published_not_before_its_date", condition=Q(published__gte=F("date"))
            ),
        ]
        indexes = [models.Index(name="round_by_country", fields=["country"])]

    def __str__(self) -> str:
        return f"{self.source} {self.code}"
