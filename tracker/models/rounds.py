"""Assessment rounds: one survey by one source over one region."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracker.models.versions import ReferenceQuerySet, Version, version_constraints


class Round(Version):
    IDENTITY = ("source", "code")
    CONTENT = ("region", "country", "date", "published", "closed")

    code = models.CharField(_("code"), max_length=60)
    source = models.CharField(_("source"), max_length=60, help_text=_("Code of the source that made it."))
    region = models.CharField(_("region"), max_length=40, help_text=_("P-code of the area it covers."))
    country = models.CharField(_("country"), max_length=40)
    date = models.DateField(_("date"), help_text=_("Reference date of all its rows."))
    published = models.DateField(_("published"))
    closed = models.BooleanField(
        _("closed"),
        default=True,
        help_text=_("All rows are in: what it does not list inside its coverage it found empty."),
    )

    objects: ClassVar = ReferenceQuerySet["Round"].as_manager()

    class Meta:
        ordering = ["source", "code"]
        verbose_name = pgettext_lazy("a single one", "round")
        verbose_name_plural = _("rounds")
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
