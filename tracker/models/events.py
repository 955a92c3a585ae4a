"""Conflict events, as datasets give them, in all their versions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tracker.models.versions import Version, VersionQuerySet, version_constraints
from tracker.vocabulary import EventType, Sensitivity


class ConflictEvent(Version):
    IDENTITY = ("dataset", "event_id")
    CONTENT = (
        "date", "date_end", "event_type", "sub_event_type", "actor1", "actor2", "latitude", "longitude",
        "geo_precision", "region", "country", "region_stated", "low", "best", "high", "source", "notes",
        "url", "sensitivity", "retracted",
    )  # fmt: skip

    class LocatedBy(models.TextChoices):
        POINT = "point", _("the region that contains the point")
        BORDER = "border", _("on a border: the lowest P-code of those that touch it")
        NEAREST = "nearest", _("outside every region: the nearest within reach")
        STATED = "stated", _("the region named")

    dataset = models.CharField(_("dataset"), max_length=60)
    event_id = models.CharField(
        _("event id"), max_length=120, help_text=_("The dataset's own id; (dataset, event id) is one event.")
    )
    date = models.DateField(_("date"), help_text=_("First day; the event belongs to the period of this day."))
    date_end = models.DateField(
        _("date end"), help_text=_("Last day it may have happened; the first day where exact.")
    )
    event_type = models.CharField(_("event type"), max_length=40, choices=EventType)
    sub_event_type = models.CharField(_("sub event type"), max_length=100, blank=True)
    actor1 = models.CharField(_("actor1"), max_length=300, blank=True)
    actor2 = models.CharField(_("actor2"), max_length=300, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True, help_text=_("Degrees north, WGS 84."))
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("Degrees east, WGS 84."))
    geo_precision = models.PositiveSmallIntegerField(
        _("geo precision"), null=True, blank=True,
        help_text=_("1 exact, 2 near or the town, 3 known to the district, 4 to the governorate, "
        "5 and 6 to the country."),
    )  # fmt: skip
    region = models.CharField(
        _("region"), max_length=40, help_text=_("P-code of the smallest area it is known to lie in.")
    )
    country = models.CharField(_("country"), max_length=40)
    region_stated = models.CharField(
        _("region stated"), max_length=40, blank=True, help_text=_("P-code as the dataset named it.")
    )
    located_by = models.CharField(_("located by"), max_length=10, choices=LocatedBy)
    low = models.PositiveIntegerField(
        _("low"), null=True, blank=True, help_text=_("Fatalities, low; empty: unknown.")
    )
    best = models.PositiveIntegerField(
        _("best"), null=True, blank=True, help_text=_("Fatalities, best; empty: unknown.")
    )
    high = models.PositiveIntegerField(
        _("high"), null=True, blank=True, help_text=_("Fatalities, high; empty: unknown.")
    )
    source = models.CharField(_("source"), max_length=300, blank=True, help_text=_("Who the dataset quotes."))
    notes = models.TextField(_("notes"), blank=True)
    url = models.URLField(_("url"), max_length=1000, blank=True)
    sensitivity = models.CharField(
        _("sensitivity"), max_length=10, choices=Sensitivity, default=Sensitivity.PUBLIC
    )
    retracted = models.BooleanField(_("retracted"), default=False, help_text=_("Deleted by its dataset."))

    objects: ClassVar = VersionQuerySet["ConflictEvent"].as_manager()

    class Meta:
        ordering = ["dataset", "event_id"]
        verbose_name = _("conflict event")
        verbose_name_plural = _("conflict events")
        constraints = [
            *version_constraints("event"),
            models.UniqueConstraint(
                name="event_one_current_version", fields=["dataset", "event_id"],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(name="event_ends_after_it_starts", condition=Q(date_end__gte=F("date"))),
            models.CheckConstraint(name="event_type_is_known", condition=Q(event_type__in=EventType.values)),
            models.CheckConstraint(
                name="event_point_is_whole_and_on_earth",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
            ),
            models.CheckConstraint(
                name="event_fatalities_in_order",
                condition=(Q(low__isnull=True) | Q(best__isnull=True) | Q(low__lte=F("best")))
                & (Q(best__isnull=True) | Q(high__isnull=True) | Q(best__lte=F("high"))),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(name="event_by_country", fields=["country", "date"]),
            models.Index(name="event_by_region", fields=["region", "date"]),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.event_id}"
