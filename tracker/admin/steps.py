"""Steps that a person takes on one thing, each on a page that says what will happen and asks why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tracker import tasks
from tracker.admin.versions import change_url
from tracker.errors import TrackerError
from tracker.ingest import review
from tracker.models import Report, Run
from tracker.models.audit import Action
from tracker.models.versions import Version
from tracker.sentences import as_written, in_language

Words = str | Promise
"""A text in the language of whoever reads it."""


@dataclass(frozen=True)
class Step:
    """`permission` is what somebody must be permitted to do with it, `audited` what the log calls it."""

    name: str
    label: Words
    consequence: Words
    needs_reason: bool = False
    permission: str = "change"
    audited: str = Action.CHANGED


class StepForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=AdminTextareaWidget(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("Kept with the new version for good."),
    )

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason


class StepsMixin:
    """Buttons for the open steps on the page of one thing, and the page of each step."""

    all_steps: ClassVar[tuple[Step, ...]] = ()

    def open_steps(self, request: HttpRequest, obj: Any) -> list[Step]:
        """The steps that this person may take on `obj` now."""
        raise NotImplementedError

    def take(self, step: str, obj: Any, *, by: str, reason: str) -> tuple[Version, list[Run]]:
        """The version that the step wrote, and the runs that are due because of it."""
        raise NotImplementedError

    def step_form(self, step: Step, obj: Any, data: Any = None) -> StepForm:
        """What the page of the step asks."""
        return StepForm(data, needs_reason=step.needs_reason)

    def take_as_asked(self, step: Step, obj: Any, form: StepForm, *, by: str) -> tuple[Version, list[Run]]:
        """`take`, with what the step's form says."""
        return self.take(step.name, obj, by=by, reason=form.cleaned_data["reason"])

    def replaced_by(self, step: Step, obj: Any) -> list[Any]:
        """What stands, maybe in another country, and gives way to `obj` by this step."""
        if not isinstance(obj, Report) or step.name != "approve":
            return []
        standing = review.current(obj.source, obj.ref).standing
        return [] if standing is None else [standing]

    def summary(self, obj: Any) -> list[tuple[Words, Any]]:
        """What the person should see again before deciding."""
        return []

    def step_context(self, step: Step, obj: Any) -> dict[str, Any]:
        """What else the page of the step shows."""
        return {}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.step_view)  # type: ignore[attr-defined]  # a mixin of ModelAdmin
        return [path("<path:object_id>/step/<slug:step>/", view, name=self._step_name()), *super().get_urls()]  # type: ignore[misc]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["steps"] = [
                {"step": step, "url": reverse(f"admin:{self._step_name()}", args=[obj.pk, step.name])}
                for step in self.open_steps(request, obj)
                if self._may_take(request, step, obj)
            ]
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def step_view(self, request: HttpRequest, object_id: str, step: str) -> HttpResponse:
        """Ask, then take the step; what it refuses is said on the thing's page."""
        known = next((known for known in self.all_steps if known.name == step), None)
        obj = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if obj is None or known is None:
            raise Http404
        opts = obj._meta
        if not self._may_take(request, known, obj):
            raise PermissionDenied
        form = self.step_form(known, obj, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return self._taken(request, obj, known, form)
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "opts": opts,
            "original": obj,
            "step": known,
            "form": form,
            "title": _("%(step)s: %(thing)s") % {"step": known.label, "thing": obj},
            "back": change_url(obj),
            "summary": self.summary(obj),
            **self.step_context(known, obj),
        }
        return TemplateResponse(request, "admin/tracker/step.html", context)

    def _may_take(self, request: HttpRequest, step: Step, obj: Any) -> bool:
        """Whether the person's permission extends to `obj`, and to what the step replaces by it."""
        permission = f"{obj._meta.app_label}.{step.permission}_{obj._meta.model_name}"
        return all(request.user.has_perm(permission, one) for one in (obj, *self.replaced_by(step, obj)))

    def _taken(self, request: HttpRequest, obj: Any, step: Step, form: StepForm) -> HttpResponse:
        try:
            with transaction.atomic():
                new, runs = self.take_as_asked(step, obj, form, by=request.user.get_username())
                tasks.announce(run.pk for run in runs)
                why = _reason_given(form, obj, new)
                self.audit(request, step.audited, new, {"reason": why} if why else {})  # type: ignore[attr-defined]
                self.log_change(request, new, ": ".join(filter(None, [as_written(step.label), why])))  # type: ignore[attr-defined]
        except TrackerError as error:
            messages.error(request, in_language(str(error)))
            return HttpResponseRedirect(change_url(obj))
        said = _("%(step)s: version %(version)s of %(thing)s is recorded.")
        told = said % {"step": step.label, "version": new.version, "thing": new}
        messages.success(request, " ".join(filter(None, [told, builds_due(len(runs))])))
        return HttpResponseRedirect(change_url(new))

    def _step_name(self) -> str:
        opts = self.model._meta  # type: ignore[attr-defined]
        return f"{opts.app_label}_{opts.model_name}_step"


def _reason_given(form: StepForm, old: Version, new: Version) -> str:
    """Why this person took the step; a version may keep the reason that somebody else gave before."""
    given: str = form.cleaned_data["reason"].strip()
    return given or (new.reason if new.reason != old.reason else "")


def builds_due(count: int) -> str:
    """So many builds, in a sentence; nothing where there are none."""
    return (
        ngettext("%(count)s build due.", "%(count)s builds due.", count) % {"count": count} if count else ""
    )
