"""Reports: entered, edited as new versions with a reason, and reviewed one by one or in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format, localize
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracker.admin.bulk import BulkMixin
from tracker.admin.comments import Asked, CommentedForm, ReturnForm, asked
from tracker.admin.effects import effect_shown
from tracker.admin.entry import EntryMixin, overridden
from tracker.admin.filters import CountryFilter, CrisisFilter, PeriodFilter, PlaceFilter, SourceFilter
from tracker.admin.history import short_status
from tracker.admin.meanwhile import MeanwhileMixin
from tracker.admin.report_form import ENTRY_FIELDS, ReportForm
from tracker.admin.site import site
from tracker.admin.steps import Step, StepForm, StepsMixin, Words
from tracker.admin.used_in import UsedInMixin
from tracker.admin.versions import EditableVersionAdmin, NamedRegion, change_url, people, with_range
from tracker.admin.words import ROLES, listed, series_in_words
from tracker.ingest import review
from tracker.ingest.entry import report_content
from tracker.models import Report, Run
from tracker.models.audit import Action
from tracker.models.versions import Version
from tracker.vocabulary import Role, Status

STEPS = {
    "submit": Step(
        "submit",
        gettext_lazy("Submit for review"),
        gettext_lazy("Somebody else will look at it. It changes no figure yet."),
        permission="submit",
        audited=Action.SUBMITTED,
    ),
    "approve": Step(
        "approve",
        gettext_lazy("Approve"),
        gettext_lazy("It takes part in the figures, in place of what stood before."),
        permission="approve",
        audited=Action.APPROVED,
    ),
    "reject": Step(
        "reject",
        gettext_lazy("Return"),
        gettext_lazy("It goes back to its author and changes no figure."),
        permission="approve",
        audited=Action.RETURNED,
    ),
    "retract": Step(
        "retract",
        gettext_lazy("Retract"),
        gettext_lazy("It no longer takes part in the figures; all its versions are kept."),
        needs_reason=True,
        permission="approve",
        audited=Action.RETRACTED,
    ),
}


@dataclass(frozen=True)
class Situation:
    """The other current version of a report, if any, the steps that are open, and what reviewers asked."""

    beside: Report | None
    steps: list[str]
    asked: list[Asked]


@admin.register(Report, site=site)
class ReportAdmin(
    MeanwhileMixin, EntryMixin, BulkMixin, UsedInMixin, StepsMixin, NamedRegion, EditableVersionAdmin
):
    form = ReportForm
    list_display = ("ref", "source", "place", "series", "days", "number", "state", "author", "recorded")
    list_filter = (
        *EditableVersionAdmin.list_filter, PeriodFilter, PlaceFilter, "status", CountryFilter, SourceFilter,
        "measure", "cause", "role", CrisisFilter,
    )  # fmt: skip
    show_facets = admin.ShowFacets.NEVER
    # By other columns a list of a million would have to be sorted as a whole; the newest come first.
    sortable_by = ("source", "place")
    search_fields = ("ref", "source", "title")
    search_help_text = gettext_lazy("Reference, source, document title, or a region by name or P-code.")
    entry_fields = ENTRY_FIELDS
    fixed_fields = ("source", "ref")
    readonly_fields = ("counts_as",)
    all_steps = tuple(STEPS.values())
    STATEMENT: ClassVar[Any] = (
        (gettext_lazy("Statement"), {"fields": ("source", "ref", "region", "measure", "cause", "crisis")}),
        (gettext_lazy("When"), {"fields": (("start", "end"), "published")}),
        (
            gettext_lazy("How many"),
            {
                "fields": (
                    "qualifier",
                    "stated_value",
                    ("stated_low", "stated_high"),
                    "unit",
                    "household_size",
                )
            },
        ),
        (gettext_lazy("How it is used"), {"fields": ("role", "round", "counterpart", "sensitivity")}),
        (gettext_lazy("Document"), {"fields": ("title", "url", "excerpt", "notes", "breakdown")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.STATEMENT
        about = (
            "status",
            "counts_as",
            "version",
            "recorded_at",
            "superseded_at",
            "recorded_by",
            "author",
            "approved_by",
        )
        return (
            *self.STATEMENT,
            (_("Why it is changed"), {"fields": ("reason",)}),
            (_("This version"), {"fields": about}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "status", "author", "approved_by") if obj is not None else ()

    def situation(self, request: HttpRequest, report: Report) -> Situation:
        """What is open to this person on this version; looked up once, since a page asks often."""
        known = request.META.setdefault("tracker.situations", {})
        if report.pk not in known:
            current = Report.objects.current().filter(source=report.source, ref=report.ref)
            beside = current.exclude(pk=report.pk).first()
            steps = review.steps(report, by=request.user.get_username(), beside=beside)
            known[report.pk] = Situation(beside, steps, asked(report))
        return known[report.pk]

    def latest(self, opened: Any) -> Version | None:
        current = review.current(opened.source, opened.ref)
        return current.proposal or current.standing

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        closed = obj is not None and "revise" not in self.situation(request, obj).steps
        return not closed and super().has_change_permission(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            return form
        found = [one.comment for one in self.situation(request, obj).asked]
        still_open = [comment for comment in found if comment.settled_at is None]
        return type(form.__name__, (CommentedForm, form), {"open_comments": still_open})

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        report = kwargs.get("obj")
        if report is not None:
            situation = self.situation(request, report)
            context["asked"] = situation.asked
            beside = situation.beside if report.superseded_at is None else None
            context["beside"] = beside and {
                "report": beside,
                "url": change_url(beside),
                "status": short_status(beside),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def write(self, old: Any, entered: dict[str, Any], *, by: str, reason: str) -> tuple[Version, list[Run]]:
        content = report_content(entered)
        decision = (
            review.propose(content, by=by)
            if old is None
            else review.revise(old, content, by=by, reason=reason)
        )
        return decision.report, decision.runs

    def open_steps(self, request: HttpRequest, obj: Any) -> list[Step]:
        found = [STEPS[name] for name in self.situation(request, obj).steps if name in STEPS]
        return [step for step in found if self.may(request, step.permission, obj)]

    def take(self, step: str, obj: Any, *, by: str, reason: str) -> tuple[Version, list[Run]]:
        work = {
            "submit": review.submit,
            "approve": review.approve,
            "reject": review.reject,
            "retract": review.retract,
        }
        decision = work[step](obj, by=by, reason=reason)
        return decision.report, decision.runs

    def step_form(self, step: Step, obj: Any, data: Any = None) -> StepForm:
        if step.name == "reject":
            return ReturnForm(data, report=obj)
        return super().step_form(step, obj, data)

    def take_as_asked(self, step: Step, obj: Any, form: StepForm, *, by: str) -> tuple[Version, list[Run]]:
        if not isinstance(form, ReturnForm):
            return super().take_as_asked(step, obj, form, by=by)
        entered = form.cleaned_data
        decision = review.reject(
            obj, by=by, reason=entered["reason"], comments=form.comments, settled=entered["settled"]
        )
        return decision.report, decision.runs

    def step_context(self, step: Step, obj: Any) -> dict[str, Any]:
        if step.name not in {"approve", "retract"}:
            return {}
        versions = review.current(obj.source, obj.ref).versions
        gone: Sequence[Report] = versions if step.name == "approve" else [obj]
        status = Status.APPROVED if step.name == "approve" else Status.RETRACTED
        return effect_shown([(gone, obj.successor(status=status))])

    def summary(self, obj: Any) -> list[tuple[Words, Any]]:
        return [
            (_("Source"), listed([obj.source, obj.ref])),
            (_("Region"), self.place(obj)),
            (_("Measure"), obj.get_measure_display()),
            (_("Cause, crisis"), listed([obj.get_cause_display(), obj.crisis or _("everyone")])),
            (_("Days"), self.days(obj)),
            (_("People"), self.number(obj)),
            (_("Status"), short_status(obj)),
            (_("Author"), obj.author),
            (_("Reason given"), obj.reason or "–"),
            *((_("Warning overridden"), _answered_warning(one)) for one in overridden(obj)),
        ]

    @admin.display(description=gettext_lazy("series"))
    def series(self, report: Report) -> str:
        return series_in_words(report.measure, report.cause, report.crisis)

    @admin.display(description=gettext_lazy("days"))
    def days(self, report: Report) -> str:
        if report.start == report.end:
            return format_html('<span class="date">{}</span>', date_format(report.start))
        return format_html(
            '<span class="date">{}</span> – <span class="date">{}</span>',
            date_format(report.start),
            date_format(report.end),
        )

    @admin.display(description=gettext_lazy("recorded"))
    def recorded(self, report: Report) -> str:
        return format_html('<span class="date">{}</span>', date_format(report.recorded_at))

    @admin.display(description=gettext_lazy("people"))
    def number(self, report: Report) -> str:
        if report.low == report.high:
            return people(report.value)
        return with_range(report.value, low=report.low, high=report.high)

    @admin.display(description=gettext_lazy("people it counts as"))
    def counts_as(self, report: Report) -> str:
        if not report.household_size_used:
            return self.number(report)
        said = {"people": self.number(report), "size": localize(report.household_size_used)}
        return _("%(people)s, %(size)s people in a household") % said

    @admin.display(description=gettext_lazy("status"))
    def state(self, report: Report) -> str:
        badge = format_html('<span class="status status-{}">{}</span>', report.status, short_status(report))
        return badge if report.role == Role.COUNTED else format_html("{} {}", badge, ROLES[report.role])


def _answered_warning(one: dict[str, str]) -> str:
    """The warning, and below it why it was overridden."""
    why = _("Overridden because: %(reason)s") % {"reason": one["reason"]}
    return format_html("<bdi>{}</bdi><br><bdi>{}</bdi>", one["text"], why)
