"""What sources say, as claimed: each statement in all its versions."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tracker.models.versions import Version, VersionQuerySet, version_constraints
from tracker.vocabulary import (
    FLOWS,
    MOST_PEOPLE,
    PROPOSED,
    STANDING,
    STOCKS,
    Cause,
    Measure,
    Qualifier,
    Role,
    Sensitivity,
    Status,
    Unit,
)


class ReportQuerySet(VersionQuerySet["Report"]):
    def approved(self) -> ReportQuerySet:
        return self.filter(status=Status.APPROVED)

    def standing(self) -> ReportQuerySet:
        """What was decided: approved or retracted."""
        return self.filter(status__in=STANDING)

    def proposed(self) -> ReportQuerySet:
        return self.filter(status__in=PROPOSED)


class Report(Version):
    """One version of one statement.

    A report has up to two current versions: the one that stands (approved or retracted) and, beside
    it, one that is proposed (draft, submitted or rejected). A proposal changes no figure.
    """

    IDENTITY = ("source", "ref")
    CONTENT = (
        "region", "country", "measure", "cause", "crisis", "start", "end", "value", "low", "high",
        "published", "unit", "stated_value", "stated_low", "stated_high", "household_size",
        "household_size_used", "round", "counterpart", "role", "qualifier", "title", "url", "excerpt",
        "notes", "breakdown", "sensitivity",
    )  # fmt: skip

    source = models.CharField(_("source"), max_length=60, help_text=_("Code of the source."))
    ref = models.CharField(
        _("ref"), max_length=120, help_text=_("The source's own reference; (source, ref) is one report.")
    )
    region = models.CharField(_("region"), max_length=40, help_text=_("P-code of the area it speaks of."))
    country = models.CharField(
        _("country"), max_length=40, help_text=_("P-code of the country of that area.")
    )
    measure = models.CharField(_("measure"), max_length=12, choices=Measure)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    crisis = models.CharField(
        _("crisis"),
        max_length=60,
        blank=True,
        help_text=_("Code of the crisis where it speaks only of that; empty: of everyone."),
    )
    start = models.DateField(_("start"), help_text=_("First day; for a stock the reference date."))
    end = models.DateField(_("end"), help_text=_("Last day, included; for a stock the reference date again."))
    value = models.BigIntegerField(_("value"), help_text=_("People; 0 is a finding."))
    low = models.BigIntegerField(_("low"), help_text=_("People; the value itself where no range was given."))
    high = models.BigIntegerField(
        _("high"), help_text=_("People; the value itself where no range was given.")
    )
    published = models.DateField(_("published"), help_text=_("The day it was published, not before its end."))
    unit = models.CharField(
        _("unit"),
        max_length=10,
        choices=Unit,
        default=Unit.PEOPLE,
        help_text=_("What the stated numbers count."),
    )
    stated_value = models.BigIntegerField(_("stated value"), help_text=_("As stated, in the unit stated."))
    stated_low = models.BigIntegerField(
        _("stated low"), null=True, blank=True, help_text=_("As stated; empty where not given.")
    )
    stated_high = models.BigIntegerField(
        _("stated high"), null=True, blank=True, help_text=_("As stated; empty where not given.")
    )
    household_size = models.DecimalField(
        _("household size"),
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("People in a household, as stated."),
    )
    household_size_used = models.DecimalField(
        _("household size used"), max_digits=6, decimal_places=3, null=True, blank=True,
        help_text=_("The size by which households became people: the stated one, "
        "else the region's or its ancestor's."),
    )  # fmt: skip
    round = models.CharField(
        _("round"), max_length=60, blank=True, help_text=_("Code of the source's round it is a row of.")
    )
    counterpart = models.CharField(
        _("counterpart"),
        max_length=40,
        blank=True,
        help_text=_("P-code of where they came from or went to; changes no figure."),
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.COUNTED)
    qualifier = models.CharField(_("qualifier"), max_length=10, choices=Qualifier, default=Qualifier.EXACTLY)
    title = models.CharField(_("document title"), max_length=500, blank=True)
    url = models.URLField(_("document address"), max_length=1000, blank=True)
    excerpt = models.TextField(_("excerpt"), blank=True)
    notes = models.TextField(_("notes"), blank=True)
    breakdown = models.JSONField(
        _("breakdown"), null=True, blank=True, help_text=_("People by sex, age and other categories.")
    )
    sensitivity = models.CharField(
        _("sensitivity"), max_length=10, choices=Sensitivity, default=Sensitivity.PUBLIC
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    author = models.CharField(
        _("author"), max_length=150, blank=True, help_text=_("Who entered this content.")
    )
    approved_by = models.CharField(
        _("approved by"), max_length=150, blank=True, help_text=_("Who approved it; never its author.")
    )
    warnings_overridden = models.JSONField(
        _("warnings overridden"),
        null=True,
        blank=True,
        help_text=_("Warnings about what was entered that were answered with a reason: code, text, reason."),
    )
    row_hash = models.BigIntegerField(
        _("row hash"),
        null=True,
        blank=True,
        help_text=_("Hash of the delivered row that says this; empty: it was not delivered."),
    )

    objects: ClassVar = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["source", "ref"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            *version_constraints("report"),
            models.UniqueConstraint(
                name="report_one_standing_version", fields=["source", "ref"],
                condition=Q(superseded_at__isnull=True, status__in=STANDING),
            ),
            models.UniqueConstraint(
                name="report_one_proposed_version", fields=["source", "ref"],
                condition=Q(superseded_at__isnull=True, status__in=PROPOSED),
            ),
            models.CheckConstraint(name="report_ends_after_it_starts", condition=Q(end__gte=F("start"))),
            models.CheckConstraint(
                name="report_published_not_before_its_end", condition=Q(published__gte=F("end"))
            ),
            models.CheckConstraint(
                name="report_stock_is_of_one_day", condition=Q(measure__in=FLOWS) | Q(start=F("end"))
            ),
            models.CheckConstraint(name="report_low_not_above_value", condition=Q(low__lte=F("value"))),
            models.CheckConstraint(name="report_value_not_above_high", condition=Q(value__lte=F("high"))),
            models.CheckConstraint(
                name="report_people_in_range", condition=Q(low__gte=0, high__lte=MOST_PEOPLE)
            ),
            models.CheckConstraint(
                name="report_round_only_for_stocks", condition=Q(round="") | Q(measure__in=STOCKS)
            ),
            models.CheckConstraint(name="report_measure_is_known", condition=Q(measure__in=Measure.values)),
            models.CheckConstraint(name="report_cause_is_known", condition=Q(cause__in=Cause.values)),
            models.CheckConstraint(name="report_role_is_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(name="report_status_is_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="report_sensitivity_is_known", condition=Q(sensitivity__in=Sensitivity.values)
            ),
            models.CheckConstraint(
                name="report_households_have_a_size",
                condition=Q(unit=Unit.PEOPLE)
                | Q(unit=Unit.HOUSEHOLDS, household_size_used__isnull=False, household_size_used__gt=0),
            ),
            models.CheckConstraint(
                name="report_approved_by_somebody_else",
                condition=~Q(status=Status.APPROVED) | (~Q(approved_by="") & ~Q(approved_by=F("author"))),
            ),
        ]  # fmt: skip
        indexes = [
            # With all that a build reads: a cube's reports lie all over the table, but here side by side.
            models.Index(
                name="report_by_cube",
                fields=["country", "measure", "cause", "crisis", "recorded_at"],
                include=[
                    "superseded_at",
                    "id",
                    "source",
                    "ref",
                    "region",
                    "start",
                    "end",
                    "low",
                    "value",
                    "high",
                    "published",
                    "round",
                    "role",
                    "status",
                ],
            ),
            models.Index(name="report_by_name", fields=["source", "ref"]),
            models.Index(name="report_by_region", fields=["region", "start"]),
            models.Index(name="report_by_round", fields=["source", "round"], condition=~Q(round="")),
            # What lists are filtered by and few reports have; each in the order of the lists.
            models.Index(
                name="report_not_approved", fields=["status", "id"], condition=~Q(status=Status.APPROVED)
            ),
            models.Index(
                name="report_not_counted",
                fields=["role", "id"],
                condition=Q(superseded_at__isnull=True) & ~Q(role=Role.COUNTED),
            ),
            models.Index(
                name="report_of_crisis",
                fields=["crisis", "id"],
                condition=Q(superseded_at__isnull=True) & ~Q(crisis=""),
            ),
            models.Index(
                name="report_by_days", fields=["end", "start"], condition=Q(superseded_at__isnull=True)
            ),
            models.Index(
                name="report_with_warnings",
                fields=["recorded_at"],
                condition=Q(superseded_at__isnull=True, warnings_overridden__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.ref}"

    def successor(self, **changes: Any) -> Self:
        """As of every version; but the row that said the old content does not say other content."""
        new = super().successor(**changes)
        if "row_hash" not in changes and not new.same_content(self):
            new.row_hash = None
        return new
