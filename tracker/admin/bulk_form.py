"""The actions on many reports as people meet them, and the form that asks about one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracker.admin.places import page_language
from tracker.admin.steps import Words
from tracker.ingest.bulk_review import MOST_AT_ONCE
from tracker.models import BulkAction, Crisis
from tracker.models.audit import Action
from tracker.vocabulary import Role


@dataclass(frozen=True)
class Kind:
    """An action as a person meets it. `permission` is what they must be permitted to do with each report,
    `audited` what the log calls it."""

    label: Words
    consequence: Words
    permission: str
    audited: str
    needs_reason: bool = True


KINDS: dict[str, Kind] = {
    BulkAction.APPROVE: Kind(
        gettext_lazy("Approve"),
        gettext_lazy("They take part in the figures, in place of what stood before."),
        "approve",
        Action.APPROVED,
        needs_reason=False,
    ),
    BulkAction.RETURN: Kind(
        gettext_lazy("Return"),
        gettext_lazy("They go back to their authors and change no figure."),
        "approve",
        Action.RETURNED,
    ),
    BulkAction.ROLE: Kind(
        gettext_lazy("Set role"),
        gettext_lazy(
            "Drafts and submitted reports have it at once. A change to an approved report is a new version "
            "that waits for approval while the approved one stands."
        ),
        "change",
        Action.CHANGED,
    ),
    BulkAction.CRISIS: Kind(
        gettext_lazy("Set crisis"),
        gettext_lazy(
            "Drafts and submitted reports have it at once. A change to an approved report is a new version "
            "that waits for approval while the approved one stands."
        ),
        "change",
        Action.CHANGED,
    ),
    BulkAction.RETRACT: Kind(
        gettext_lazy("Retract"),
        gettext_lazy("They no longer take part in the figures; all their versions are kept."),
        "approve",
        Action.RETRACTED,
    ),
}


class BulkForm(forms.Form):
    """What is asked about all of the reports. The chosen ones come as one text: there may be thousands."""

    chosen = forms.CharField(widget=forms.HiddenInput)
    value = forms.ChoiceField(required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        widget=AdminTextareaWidget(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("Kept with each new version for good."),
    )

    def __init__(self, *args: Any, action: str, confirms: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = confirms and KINDS[action].needs_reason
        value: Any = self.fields["value"]
        match action:
            case BulkAction.ROLE:
                value.label, value.choices, value.required = _("Role"), Role.choices, True
            case BulkAction.CRISIS:
                named = Crisis.objects.current().with_name(page_language())
                crises = named.order_by("-start").values_list("code", "name")
                value.label = _("Crisis")
                value.choices = [("", _("everyone")), *((code, f"{code}: {name}") for code, name in crises)]
            case _:
                del self.fields["value"]

    def clean_chosen(self) -> list[int]:
        numbers = self.cleaned_data["chosen"].split(",")
        if len(numbers) > MOST_AT_ONCE or not all(number.isdecimal() for number in numbers):
            raise forms.ValidationError(_("Choose the reports on the list."))
        return [int(number) for number in numbers if len(number) < 19]
