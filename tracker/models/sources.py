"""Who reports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tracker.models.versions import ReferenceQuerySet, Version, version_constraints
from tracker.vocabulary import RowAccess


class Source(Version):
    IDENTITY = ("code",)
    CONTENT = ("name", "kind", "tier", "licence", "licence_url", "row_access", "attribution")

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=60, blank=True, help_text="un, ngo, government, media, monitor …")
    tier = models.PositiveSmallIntegerField(help_text="1 (most trusted) to 5.")
    licence = models.CharField(max_length=200, blank=True)
    licence_url = models.URLField("licence address", max_length=500, blank=True)
    row_access = models.CharField(
        max_length=10, choices=RowAccess, default=RowAccess.PUBLIC,
        help_text="To whom single reports of this source may be served.",
    )  # fmt: skip
    attribution = models.CharField(
        max_length=500, blank=True, help_text="The line that names this source in what we publish."
    )

    objects: ClassVar = ReferenceQuerySet["Source"].as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            *version_constraints("source"),
            models.UniqueConstraint(
                name="source_one_current_version", fields=["code"], condition=Q(superseded_at__isnull=True)
            ),
            models.CheckConstraint(name="source_tier_from_1_to_5", condition=Q(tier__gte=1, tier__lte=5)),
            models.CheckConstraint(
                name="source_row_access_is_known", condition=Q(row_access__in=RowAccess.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
