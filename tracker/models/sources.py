"""Who reports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracker.models.versions import ReferenceQuerySet, Version, version_constraints
from tracker.vocabulary import RowAccess


class Source(Version):
    IDENTITY = ("code",)
    CONTENT = ("name", "kind", "tier", "licence", "licence_url", "row_access", "attribution")

    code = models.CharField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(
        _("kind"), max_length=60, blank=True, help_text=_("un, ngo, government, media, monitor …")
    )
    tier = models.PositiveSmallIntegerField(_("tier"), help_text=_("1 (most trusted) to 5."))
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    licence_url = models.URLField(_("licence address"), max_length=500, blank=True)
    row_access = models.CharField(
        _("row access"), max_length=10, choices=RowAccess, default=RowAccess.PUBLIC,
        help_text=_("To whom single reports of this source may be served."),
    )  # fmt: skip
    attribution = models.CharField(
        _("attribution"),
        max_length=500,
        blank=True,
        help_text=_("The line that names this source in what we publish."),
    )

    objects: ClassVar = ReferenceQuerySet["Source"].as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = pgettext_lazy("a single one", "source")
        verbose_name_plural = _("sources")
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
