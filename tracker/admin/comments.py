"""What a reviewer asks, field by field: asked on the page of the step, shown beside the fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracker.admin.history import NOTHING, in_words, label_of
from tracker.admin.steps import StepForm
from tracker.models import Report, ReviewComment

STATED = (
    "region", "measure", "cause", "crisis", "start", "end", "published", "qualifier", "stated_value",
    "stated_low", "stated_high", "unit", "household_size", "role", "round", "counterpart", "sensitivity",
    "title", "url", "excerpt", "notes", "breakdown",
)  # fmt: skip
"""The fields that a reviewer can ask about."""


@dataclass(frozen=True)
class Asked:
    """A comment, what its field said then, and what it says in the version that is shown."""

    comment: ReviewComment
    label: str
    then: str
    now: str

    @property
    def is_changed(self) -> bool:
        return self.then != self.now

    @property
    def in_a_line(self) -> str:
        return _("%(field)s: %(text)s") % {"field": self.label, "text": self.comment.text}


def asked(report: Report) -> list[Asked]:
    """All that was ever asked about any version of the report, the earliest first."""
    found = ReviewComment.objects.on([(report.source, report.ref)]).select_related("report")
    return [
        Asked(
            comment=comment,
            label=label_of(report, comment.field),
            then=in_words(comment.report, comment.field),
            now=in_words(report, comment.field),
        )
        for comment in found
    ]


class ReturnForm(StepForm):
    """Why a report goes back: in general, on single fields, or both."""

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, needs_reason=False, **kwargs)
        self.report = report
        self.open = [one for one in asked(report) if one.comment.settled_at is None]
        for name in STATED:
            self.fields[f"on_{name}"] = forms.CharField(
                label=label_of(report, name),
                required=False,
                max_length=1000,
                widget=forms.TextInput(attrs={"dir": "auto"}),
            )
        self.fields["settled"] = forms.MultipleChoiceField(
            label=gettext_lazy("Settled now"),
            required=False,
            choices=[(one.comment.pk, one.in_a_line) for one in self.open],
            widget=forms.CheckboxSelectMultiple,
        )

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or self.cleaned_data
        if not self.errors and not entered["reason"].strip() and not self.comments:
            self.add_error("reason", _("Say why: here, or on the fields below."))
        return entered

    @property
    def comments(self) -> dict[str, str]:
        """What was said, by field."""
        said = {name: self.cleaned_data.get(f"on_{name}", "").strip() for name in STATED}
        return {name: text for name, text in said.items() if text}

    @property
    def rows(self) -> list[tuple[str, Any]]:
        """What each field says, and where to comment on it; what is empty comes last."""
        found = [(in_words(self.report, name), self[f"on_{name}"]) for name in STATED]
        return sorted(found, key=lambda row: row[0] == NOTHING)


class CommentedForm:
    """A form that shows beside each field what a reviewer asks about it."""

    open_comments: Iterable[ReviewComment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for comment in self.open_comments:
            field = self.fields.get(comment.field)  # type: ignore[attr-defined]  # a mixin of ModelForm
            if field is not None:
                said = _("%(author)s asks: %(text)s") % {"author": comment.author, "text": comment.text}
                field.help_text = format_html(
                    '{}<strong class="asked">{}</strong>', field.help_text or "", said
                )
