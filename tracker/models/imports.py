"""Uploaded files: what each row would do, what became of it, and the places that people matched by hand."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tracker.sentences import from_json, from_text, in_language
from tracker.vocabulary import ImportFormat, ImportState, RowOutcome, RowStep

BUSY = (
    ImportState.CHECKING.value,
    ImportState.SUBMITTING.value,
    ImportState.TAKING.value,
    ImportState.DECLINING.value,
)
"""States that a run ends."""
DIFFERENT = (RowOutcome.NEW.value, RowOutcome.CHANGED.value)
"""Rows that can be taken."""
SEVERAL = "*"
"""In place of a country: the row would move something from one to another, which is for people of all."""
LONGEST_PLACE = 200
"""Characters of a place as a file calls it."""


class Import(models.Model):
    """An uploaded file. Its work is done by runs under its `key`; of these one waits and one runs at most."""

    format = models.CharField(_("format"), max_length=10, choices=ImportFormat)
    file_name = models.CharField(_("file"), max_length=150, help_text=_("As the person's machine calls it."))
    stored_as = models.CharField(
        _("stored as"), max_length=40, help_text=_("Its name among the uploaded files.")
    )
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("size"), help_text=_("Bytes."))
    uploaded_by = models.CharField(_("uploaded by"), max_length=150)
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    countries = models.JSONField(
        _("countries"),
        null=True,
        help_text=_("P-codes of the countries whose rows the uploader may bring; empty: all."),
    )
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.CHECKING)
    rows_done = models.PositiveIntegerField(
        _("rows done"), default=0, help_text=_("Rows that the check has read so far.")
    )
    share_done = models.PositiveSmallIntegerField(
        _("share done"), default=0, help_text=_("How much of the check is done, in thousandths.")
    )
    counts = models.JSONField(_("rows"), default=dict, help_text=_("Rows by their outcome."))
    effects = models.JSONField(_("effects"), default=dict, help_text=_("The figures that would change most."))
    unknown = models.JSONField(
        _("unknown"), default=list, help_text=_("Places and sources that nobody knows, with rows.")
    )
    refusal = models.TextField(_("refusal"), blank=True, help_text=_("Why the file was refused as a whole."))
    otherwise = models.PositiveIntegerField(
        _("otherwise"),
        default=0,
        help_text=_(
            "Chosen rows that were not stored, since they would have done other than the check said."
        ),
    )
    checked_at = models.DateTimeField(_("checked at"), null=True)
    submitted_by = models.CharField(_("submitted by"), max_length=150, blank=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    taken_by = models.CharField(_("taken by"), max_length=150, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True)
    declined_by = models.CharField(_("declined by"), max_length=150, blank=True)
    declined_at = models.DateTimeField(_("declined at"), null=True)
    declined_because = models.TextField(
        _("declined because"),
        blank=True,
        help_text=_("Why a reviewer declined what was left of it; its uploader reads this."),
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(name="import_state_is_known", condition=Q(state__in=ImportState.values)),
            models.CheckConstraint(
                name="import_submitted_is_by_somebody",
                condition=~Q(state=ImportState.SUBMITTED) | ~Q(submitted_by=""),
            ),
        ]
        indexes = [models.Index(name="import_by_content", fields=["sha256"])]

    def __str__(self) -> str:
        return self.file_name

    @property
    def key(self) -> str:
        """The key of its runs."""
        return f"upload:{self.pk}"

    @property
    def country(self) -> str:
        """P-code of the only country whose rows it may bring; empty: it may bring those of several."""
        return self.countries[0] if self.countries and len(self.countries) == 1 else ""

    @property
    def is_workbook(self) -> bool:
        """Whether it was uploaded as a workbook (.xlsx), and not as CSV."""
        return self.stored_as.endswith(".xlsx")

    @property
    def is_busy(self) -> bool:
        return self.state in BUSY

    @property
    def needs_review(self) -> bool:
        """Whether somebody else than its uploader has to approve it."""
        return self.format in (ImportFormat.REPORTS, ImportFormat.EVENTS)

    @property
    def refusal_in_words(self) -> str:
        """Why the file was refused, in the active language."""
        return in_language(from_text(self.refusal))


class ImportRow(models.Model):
    """One row of an uploaded file: what it would do to what stands, and how far it has come."""

    upload = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(help_text=_("The line of the file on which it begins."))
    last_line = models.PositiveIntegerField(help_text=_("The line on which it ends."))
    outcome = models.CharField(max_length=10, choices=RowOutcome)
    name = models.CharField(max_length=200, blank=True, help_text=_("What it speaks of, by source and ref."))
    country = models.CharField(max_length=40, blank=True, help_text=_("P-code of the country it is of."))
    said = models.JSONField(default=list, help_text=_("The columns that say the most, with their cells."))
    changes = models.JSONField(default=list, help_text=_("Column, old value and new value of each change."))
    reasons = models.JSONField(default=list, help_text=_("Column, value and reason of each fault or remark."))
    standing = models.BigIntegerField(null=True, help_text=_("The version that stood when it was checked."))
    proposal = models.BigIntegerField(
        null=True, help_text=_("The proposal of other content that waited beside it.")
    )
    chosen = models.BooleanField(default=True, help_text=_("Whether it is to be taken."))
    step = models.CharField(max_length=10, choices=RowStep, default=RowStep.CHECKED)

    class Meta:
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(name="import_row_once_a_line", fields=["upload", "line"]),
            models.CheckConstraint(
                name="import_row_outcome_is_known", condition=Q(outcome__in=RowOutcome.values)
            ),
            models.CheckConstraint(
                name="import_row_step_goes_with_its_outcome",
                condition=Q(step=RowStep.CHECKED)
                | Q(step__in=(RowStep.SUBMITTED, RowStep.TAKEN), outcome__in=DIFFERENT),
            ),
        ]
        indexes = [
            models.Index(name="import_row_by_outcome", fields=["upload", "outcome", "line"]),
            models.Index(name="import_row_by_country", fields=["upload", "country"]),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}:{self.line}"

    @property
    def reasons_in_words(self) -> list[tuple[str, str, str]]:
        """Its reasons in the active language."""
        return [(column, value, in_language(from_json(reason))) for column, value, reason in self.reasons]


class PlaceMatch(models.Model):
    """What a source calls a region, as somebody has said once; its next files are read with it."""

    publisher = models.CharField(
        _("source"), max_length=60, help_text=_("Code of the source, or of the dataset of events.")
    )
    text = models.CharField(
        _("called"), max_length=LONGEST_PLACE, help_text=_("The place as the source writes it.")
    )
    pcode = models.CharField(_("region"), max_length=40, help_text=_("P-code of the region that is meant."))
    matched_by = models.CharField(_("matched by"), max_length=150)
    matched_at = models.DateTimeField(_("matched at"), auto_now=True)

    class Meta:
        ordering = ["publisher", "text"]
        verbose_name = _("matched place")
        verbose_name_plural = _("matched places")
        constraints = [
            models.UniqueConstraint(name="place_match_once_a_source", fields=["publisher", "text"]),
            models.CheckConstraint(
                name="place_match_is_whole", condition=~Q(text="") & ~Q(pcode="") & ~Q(matched_by="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publisher}: {self.text}"
