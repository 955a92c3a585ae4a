"""Administrative areas with their boundaries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tracker.models.names import name_among, name_column
from tracker.models.versions import Version, VersionQuerySet, version_constraints

LANGUAGES = ("en", "ar", "fr", "local")
"""In which a region may have a name."""


class RegionQuerySet(VersionQuerySet["Region"]):
    def with_name(self, language: str) -> models.QuerySet[Any]:
        """With `name`, as `name_in` gives it."""
        return self.annotate(name=name_column(LANGUAGES, language))

    def as_of(self, moment: datetime | None) -> Self:
        """Like any reference: a first version stands before it was recorded, unless it came later."""
        if moment is None:
            return self.current()
        known = Q(recorded_at__lte=moment) | Q(version=1, always_stood=True)
        not_yet = Q(superseded_at__isnull=True) | Q(superseded_at__gt=moment)
        return self.filter(known & not_yet)

    def came_later(self) -> Self:
        """The versions that made the tree another when they were recorded."""
        return self.exclude(version=1, always_stood=True)


class Region(Version):
    IDENTITY = ("pcode",)
    CONTENT = (
        "level", "parent", "country", "name_en", "name_ar", "name_fr", "name_local", "household_size",
        "release", "retired", "geometry", "outline",
    )  # fmt: skip

    pcode = models.CharField(_("P-code"), max_length=40, help_text=_("The area's code, unique in the world."))
    level = models.PositiveSmallIntegerField(
        _("level"), help_text=_("0 is the country, 1 to 4 what lies below it.")
    )
    parent = models.CharField(
        _("parent"),
        max_length=40,
        blank=True,
        help_text=_("P-code of the area that contains it; empty for a country."),
    )
    country = models.CharField(
        _("country"), max_length=40, help_text=_("P-code of the country it lies in; its own for a country.")
    )
    name_en = models.CharField(_("name (English)"), max_length=200)
    name_ar = models.CharField(_("name (Arabic)"), max_length=200, blank=True)
    name_fr = models.CharField(_("name (French)"), max_length=200, blank=True)
    name_local = models.CharField(_("name (local)"), max_length=200, blank=True)
    household_size = models.DecimalField(
        _("household size"), max_digits=6, decimal_places=3, null=True, blank=True,
        help_text=_("Average people in a household; empty where unknown."),
    )  # fmt: skip
    release = models.CharField(_("boundary release"), max_length=100, blank=True)
    retired = models.BooleanField(
        _("retired"), default=False, help_text=_("Gone from the current boundary release.")
    )
    always_stood = models.BooleanField(
        _("always stood"),
        default=True,
        help_text=_(
            "Its first version stands as of any earlier moment too; "
            "not where it came into a country that had reports already."
        ),
    )
    geometry = models.BinaryField(
        _("geometry"), null=True, blank=True, help_text=_("Boundary as WKB, WGS 84; empty where unknown.")
    )
    outline = models.TextField(
        _("outline"), blank=True, help_text=_("Simplified boundary as a GeoJSON geometry, for maps.")
    )
    area_km2 = models.FloatField(_("area in km²"), null=True, blank=True)
    min_lon = models.FloatField(_("min lon"), null=True, blank=True)
    min_lat = models.FloatField(_("min lat"), null=True, blank=True)
    max_lon = models.FloatField(_("max lon"), null=True, blank=True)
    max_lat = models.FloatField(_("max lat"), null=True, blank=True)

    objects: ClassVar = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["pcode"]
        verbose_name = pgettext_lazy("a single one", "region")
        verbose_name_plural = _("regions")
        constraints = [
            *version_constraints("region"),
            models.UniqueConstraint(
                name="region_one_current_version", fields=["pcode"], condition=Q(superseded_at__isnull=True)
            ),
            models.CheckConstraint(name="region_level_from_0_to_4", condition=Q(level__lte=4)),
            models.CheckConstraint(
                name="region_country_has_no_parent_others_have_one",
                condition=Q(level=0, parent="") | (Q(level__gt=0) & ~Q(parent="")),
            ),
            models.CheckConstraint(
                name="region_household_size_is_positive",
                condition=Q(household_size__isnull=True) | Q(household_size__gt=0),
            ),
        ]
        indexes = [models.Index(name="region_by_country", fields=["country", "level"])]

    def __str__(self) -> str:
        return f"{self.name_in(get_language() or 'en')} ({self.pcode})"

    def name_in(self, language: str) -> str:
        """The name that who reads `language` is given."""
        return name_among({one: getattr(self, f"name_{one}") for one in LANGUAGES}, language)
