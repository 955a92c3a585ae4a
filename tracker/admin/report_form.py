"""The form in which a report is entered: what a source states, in its own unit."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget

from tracker.admin.suggestions import SuggestInput
from tracker.admin.versions import ReasonForm

ENTRY_FIELDS = (
    "source", "ref", "region", "measure", "cause", "crisis", "start", "end", "published", "qualifier",
    "stated_value", "stated_low", "stated_high", "unit", "household_size", "role", "round", "counterpart",
    "sensitivity", "title", "url", "excerpt", "notes", "breakdown",
)  # fmt: skip


class BreakdownField(forms.JSONField):
    """JSON, shown empty where there is none."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class ReportForm(ReasonForm):
    columns_of_fields: ClassVar = {"stated_value": "value", "stated_low": "low", "stated_high": "high"}

    class Meta:
        widgets: ClassVar = {
            "source": SuggestInput("source"),
            "region": SuggestInput("region"),
            "counterpart": SuggestInput("region"),
            "crisis": SuggestInput("crisis"),
            "round": SuggestInput("round", within="source"),
            "title": AdminTextInputWidget(attrs={"class": "vLargeTextField"}),
            "excerpt": AdminTextareaWidget(attrs={"rows": 4}),
            "notes": AdminTextareaWidget(attrs={"rows": 4}),
            "breakdown": AdminTextareaWidget(attrs={"rows": 4}),
        }
        field_classes: ClassVar = {"breakdown": BreakdownField}
        labels: ClassVar = {
            "ref": "Reference", "stated_value": "Value", "stated_low": "Low", "stated_high": "High",
            "start": "First day", "end": "Last day",
        }  # fmt: skip
