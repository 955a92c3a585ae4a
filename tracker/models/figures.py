"""What we say after reconciling: figures and conflict figures, in all their versions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tracker.models.runs import Run
from tracker.models.versions import Version, VersionQuerySet, version_constraints
from tracker.vocabulary import Cause, EventType, Measure, PeriodType

STORED_PERIODS = [kind for kind in PeriodType.values if kind != PeriodType.DAY]


class FigureVersion(Version):
    """What both kinds of figures share: place, period, build."""

    country = models.CharField(_("country"), max_length=40)
    region = models.CharField(_("region"), max_length=40, help_text=_("P-code."))
    level = models.PositiveSmallIntegerField(_("level"))
    period_type = models.CharField(_("period type"), max_length=8, choices=PeriodType)
    start = models.DateField(_("start"), help_text=_("First day of the period."))
    end = models.DateField(_("end"), help_text=_("Last day of the period, included."))
    # No index: nobody looks for the figures of a run, and each version would have to be entered there.
    build = models.ForeignKey(
        Run,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("build"),
    )
    reason = None  # type: ignore[assignment]  # the build says why
    recorded_by = None  # type: ignore[assignment]

    class Meta:
        abstract = True


class Figure(FigureVersion):
    """One region, series and whole period.

    The period is taken whole, also where it goes on: `final_from` is the first as-of day for which the
    figure is as stored; before it, in the running period, it is made from the cube when asked. A stock
    that ceases within its period has no value at its end: `value` is NULL, and there is no figure.
    A figure that is withdrawn gets a last version without a value, final from the period's start.
    """

    IDENTITY = ("region", "measure", "cause", "crisis", "period_type", "start")
    CONTENT = ("low", "value", "high", "unlocated", "reports", "source_codes", "warnings", "final_from")

    measure = models.CharField(_("measure"), max_length=12, choices=Measure)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    crisis = models.CharField(_("crisis"), max_length=60, blank=True)
    low = models.BigIntegerField(_("low"), null=True)
    value = models.BigIntegerField(
        _("value"), null=True, help_text=_("People; NULL: no figure at the period's end.")
    )
    high = models.BigIntegerField(_("high"), null=True)
    unlocated = models.BigIntegerField(
        _("unlocated"), null=True, help_text=_("People known to be in the region but not in which part.")
    )
    reports = models.PositiveIntegerField(
        _("reports"), default=0, help_text=_("Reports used in it, sub-regions included.")
    )
    source_codes = models.TextField(
        _("source codes"), blank=True, help_text=_("Codes of the sources used in it, with commas between.")
    )
    warnings = models.CharField(
        _("warnings"), max_length=100, blank=True, help_text=_("Codes, with commas between.")
    )
    final_from = models.DateField(
        _("final from"), help_text=_("As of this day and later, the figure is as stored.")
    )
    stored_at = models.DateTimeField(
        _("stored at"),
        default=timezone.now,
        help_text=_("The moment (UTC) it was written: later than `recorded_at` where a replay made it."),
    )
    is_final = models.BooleanField(
        _("is final"),
        default=False,
        help_text=_("It was final when it was stored: no later day makes it another."),
    )

    fingerprint = models.BigIntegerField(
        _("fingerprint"),
        null=True,
        editable=False,
        help_text=_(
            "63 bits of what it says of which place, by which a build knows what has not changed; "
            "negative where it was withdrawn; NULL: not known."
        ),
    )

    objects: ClassVar = VersionQuerySet["Figure"].as_manager()

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        constraints = [
            *version_constraints("figure"),
            # On PostgreSQL its index has `id` and `fingerprint` too: all that a build reads of what stands.
            models.UniqueConstraint(
                name="figure_one_current_version",
                fields=["country", "measure", "cause", "crisis", "period_type", "region", "start"],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                name="figure_low_value_high_in_order",
                condition=Q(value__isnull=True, low__isnull=True, high__isnull=True, unlocated__isnull=True)
                | Q(value__isnull=False, low__isnull=False, high__isnull=False, unlocated__isnull=False)
                & Q(low__gte=0, low__lte=F("value"), value__lte=F("high")),
            ),
            models.CheckConstraint(
                name="figure_unlocated_within_value",
                condition=Q(unlocated__isnull=True) | Q(unlocated__gte=0, unlocated__lte=F("value")),
            ),
            models.CheckConstraint(
                name="figure_period_is_stored", condition=Q(period_type__in=STORED_PERIODS)
            ),
        ]
        indexes = [
            models.Index(
                name="figure_earlier_versions",
                fields=["country", "measure", "cause", "crisis", "period_type", "region", "start"],
                condition=Q(superseded_at__isnull=False),
            ),
            models.Index(
                name="figure_by_change", fields=["stored_at", "id"], condition=Q(superseded_at__isnull=True)
            ),
            models.Index(
                name="figure_not_final",
                fields=["final_from", "id"],
                condition=Q(superseded_at__isnull=True, is_final=False),
            ),
            models.Index(name="figure_by_region", fields=["region", "period_type", "start"]),
            models.Index(
                name="figure_with_warnings",
                fields=["period_type", "start"],
                condition=Q(superseded_at__isnull=True, warnings__gt=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.measure} {self.period_type} {self.start}"


class ConflictFigure(FigureVersion):
    IDENTITY = ("region", "event_type", "period_type", "start")
    CONTENT = ("events", "low", "best", "high", "unknown")

    event_type = models.CharField(_("event type"), max_length=40, choices=EventType)
    events = models.PositiveIntegerField(_("events"))
    low = models.BigIntegerField(
        _("low"), null=True, help_text=_("Fatalities, low; NULL: known for none of the events.")
    )
    best = models.BigIntegerField(
        _("best"), null=True, help_text=_("Fatalities, best; NULL: known for none of the events.")
    )
    high = models.BigIntegerField(
        _("high"), null=True, help_text=_("Fatalities, high; NULL: known for none of the events.")
    )
    unknown = models.PositiveIntegerField(
        _("unknown"), default=0, help_text=_("Events of which no best number of fatalities is known.")
    )

    objects: ClassVar = VersionQuerySet["ConflictFigure"].as_manager()

    class Meta:
        verbose_name = _("conflict figure")
        verbose_name_plural = _("conflict figures")
        constraints = [
            *version_constraints("conflict_figure"),
            models.UniqueConstraint(
                name="conflict_figure_one_current_version",
                fields=["country", "period_type", "region", "event_type", "start"],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(name="conflict_figure_counts_events", condition=Q(events__gte=1)),
        ]
        indexes = [
            models.Index(name="conflict_figure_by_region", fields=["region", "period_type", "start"]),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.event_type} {self.period_type} {self.start}"
