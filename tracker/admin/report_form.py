"""The form in which a report is entered: what a source states, in its own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tracker.admin.breakdown import BreakdownField, BreakdownInput
from tracker.admin.suggestions import SuggestInput
from tracker.admin.versions import ReasonForm
from tracker.ingest.entry import report_content
from tracker.ingest.warnings import EntryWarning, warnings_of
from tracker.models import Report
from tracker.sentences import as_json, in_language
from tracker.vocabulary import Status

ENTRY_FIELDS = (
    "source", "ref", "region", "measure", "cause", "crisis", "start", "end", "published", "qualifier",
    "stated_value", "stated_low", "stated_high", "unit", "household_size", "role", "round", "counterpart",
    "sensitivity", "title", "url", "excerpt", "notes", "breakdown",
)  # fmt: skip
NO_CONTENT = frozenset({"reason", "submits", "override_reason"})
"""Fields that are about the entry, and no part of the report."""
COLUMNS_OF_FIELDS = {"stated_value": "value", "stated_low": "low", "stated_high": "high"}


class ReportForm(ReasonForm):
    """Saved as a draft, or handed in for review; warnings are then answered with a reason."""

    columns_of_fields: ClassVar = COLUMNS_OF_FIELDS
    reports: ClassVar[QuerySet[Report]]
    """What the person may see of other reports."""

    override_reason = forms.CharField(
        required=False,
        label=_("Why it is right all the same"),
        help_text=_("Answers the warnings; the reviewer reads it beside them."),
        widget=AdminTextareaWidget(attrs={"rows": 2}),
    )
    submits = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        widgets: ClassVar = {
            "source": SuggestInput("source"),
            "region": SuggestInput("region"),
            "counterpart": SuggestInput("region"),
            "crisis": SuggestInput("crisis"),
            "round": SuggestInput("round", within="source"),
            "title": SuggestInput("document", within="source"),
            "url": AdminTextInputWidget(attrs={"class": "vLargeTextField", "inputmode": "url", "dir": "ltr"}),
            "excerpt": AdminTextareaWidget(attrs={"rows": 3}),
            "notes": AdminTextareaWidget(attrs={"rows": 3}),
            "breakdown": BreakdownInput(),
        }
        field_classes: ClassVar = {"breakdown": BreakdownField}
        labels: ClassVar = {
            "ref": _("Reference"), "stated_value": _("Value"), "stated_low": _("Low"),
            "stated_high": _("High"), "start": _("First day"), "end": _("Last day"),
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answered = self.instance.warnings_overridden or []
        self.initial["override_reason"] = answered[0]["reason"] if answered else ""
        for name in ("round", "title"):
            # The source of a report stays as it is, and has no input then.
            if name in self.fields and self.instance.pk:
                self.fields[name].widget.attrs["data-within-fixed"] = self.instance.source
        self.only_submits = self._submits_as_it_is()
        if self.only_submits:
            self.fields["reason"].required = False

    def clean(self) -> dict[str, Any] | None:
        self.cleaned_data["only_submits"] = self.only_submits
        entered = super().clean() or self.cleaned_data
        if not self.errors:
            entered["warnings_overridden"] = self._answered(entered)
        return entered

    def _answered(self, entered: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """The open warnings with the reason given; for review there has to be one."""
        report = report_as_entered(entered, self.instance if self.edited is not None else None)
        found = warnings_of(report, self.reports)
        why = entered.get("override_reason", "").strip()
        if found and not why and self._goes_to_review(entered):
            self.add_error("override_reason", _unanswered(found))
        return overridden(found, why) if found and why else None

    def _goes_to_review(self, entered: Mapping[str, Any]) -> bool:
        stays_draft = self.edited is None or self.instance.status in {Status.DRAFT, Status.REJECTED}
        return bool(entered.get("submits")) or not stays_draft

    def _submits_as_it_is(self) -> bool:
        """Whether a draft is handed in without a change, so that there is none to give a reason for."""
        if not self.is_bound or self.edited is None or self.instance.status != Status.DRAFT:
            return False
        return bool(self.data.get("submits")) and not set(self.changed_data) - NO_CONTENT


def report_as_entered(entered: Mapping[str, Any], of: Report | None) -> Report:
    """The report that these values of the form make, not stored; `of` is the version that is edited.

    Raises
    ------
    Refused : with all that is wrong
    """
    fixed = {} if of is None else {"source": of.source, "ref": of.ref}
    columns = {
        COLUMNS_OF_FIELDS.get(name, name): entered.get(name) for name in ENTRY_FIELDS if name in entered
    }
    return Report(**report_content({**fixed, **columns}), status=Status.APPROVED)


def overridden(warnings: list[EntryWarning], reason: str) -> list[dict[str, Any]]:
    """How warnings and the reason why the report is right all the same are kept with a version."""
    return [{"code": warning.code, "text": as_json(warning.text), "reason": reason} for warning in warnings]


def _unanswered(warnings: list[EntryWarning]) -> str:
    texts = " ".join(in_language(warning.text) for warning in warnings)
    text = ngettext(
        "There is a warning: %(texts)s Correct it, or say why the report is right all the same.",
        "There are warnings: %(texts)s Correct them, or say why the report is right all the same.",
        len(warnings),
    )
    return text % {"texts": texts}
