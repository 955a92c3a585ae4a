"""Schedules of exports: each makes one run a day."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracker.admin.audited import Audited
from tracker.admin.limited import Limited
from tracker.admin.numbers import NUMBERS_TYPED
from tracker.admin.site import site
from tracker.errors import BadValue
from tracker.models import ExportSchedule
from tracker.sentences import in_language


class ExportScheduleForm(forms.ModelForm):
    def clean_options(self) -> dict[str, Any]:
        """The options, if an export would take them: better now than at night."""
        # The rules are compiled on import, which the start of the web process does not wait for.
        from tracker.exports.options import figure_filter

        options = self.cleaned_data["options"] or {}
        if not isinstance(options, dict):
            raise forms.ValidationError(_('Expected filters with their values, such as {"region": ["SY"]}.'))
        try:
            figure_filter(options)
        except BadValue as error:
            said = _("%(text)s.") % {"text": in_language(str(error))}
            raise forms.ValidationError(said) from error
        return options


@admin.register(ExportSchedule, site=site)
class ExportScheduleAdmin(Audited, Limited, admin.ModelAdmin):
    form = ExportScheduleForm
    list_display = ("name", "at", "enabled", "options")
    list_filter = ("enabled",)
    search_fields = ("name",)
    fields = ("name", "enabled", "hour", "minute", "options")
    formfield_overrides: ClassVar[Any] = NUMBERS_TYPED
    actions = None

    @admin.display(description=gettext_lazy("time (UTC)"))
    def at(self, schedule: ExportSchedule) -> str:
        return f"{schedule.hour:02}:{schedule.minute:02}"
