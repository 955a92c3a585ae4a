"""Crises that reports can be about."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tracker.models.names import name_among, name_column
from tracker.models.versions import ReferenceQuerySet, Version, version_constraints

LANGUAGES = ("en", "ar")
"""In which a crisis may have a name."""


class CrisisQuerySet(ReferenceQuerySet["Crisis"]):
    def with_name(self, language: str) -> models.QuerySet[Any]:
        """With `name`, as `name_in` gives it."""
        return self.annotate(name=name_column(LANGUAGES, language))


class Crisis(Version):
    IDENTITY = ("code",)
    CONTENT = ("name_en", "name_ar", "start", "end", "countries")

    code = models.CharField(_("code"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=200)
    name_ar = models.CharField(_("name (Arabic)"), max_length=200, blank=True)
    start = models.DateField(_("start"))
    end = models.DateField(_("end"), null=True, blank=True, help_text=_("Empty while it goes on."))
    countries = models.CharField(
        _("countries"),
        max_length=300,
        blank=True,
        help_text=_("P-codes of the countries, with spaces between."),
    )

    objects: ClassVar = CrisisQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = pgettext_lazy("a single one", "crisis")
        verbose_name_plural = _("crises")
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
        return f"{self.name_in(get_language() or 'en')} ({self.code})"

    def name_in(self, language: str) -> str:
        """The name that who reads `language` is given."""
        return name_among({one: getattr(self, f"name_{one}") for one in LANGUAGES}, language)
