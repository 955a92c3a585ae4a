"""Reports: entered, edited as new versions with a reason, and reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from tracker.admin.filters import CountryFilter, CrisisFilter, SourceFilter
from tracker.admin.report_form import ENTRY_FIELDS, ReportForm
from tracker.admin.site import site
from tracker.admin.steps import Step, StepsMixin
from tracker.admin.versions import EditableVersionAdmin, NamedRegion, change_url, people
from tracker.ingest import review
from tracker.ingest.entry import report_content
from tracker.models import Report, Run
from tracker.models.versions import Version
from tracker.vocabulary import Role

STEPS = {
    "submit": Step("submit", "Submit for review", "Somebody else will look at it. It changes no figure yet."),
    "approve": Step("approve", "Approve", "It takes part in the figures, in place of what stood before."),
    "reject": Step(
        "reject", "Reject", "It goes back to its author and changes no figure.", needs_reason=True
    ),
    "retract": Step(
        "retract",
        "Retract",
        "It no longer takes part in the figures; all its versions are kept.",
        needs_reason=True,
    ),
}


@dataclass(frozen=True)
class Situation:
    """The other current version of a report, if any, and the steps that are open on this one."""

    beside: Report | None
    steps: list[str]


@admin.register(Report, site=site)
class ReportAdmin(StepsMixin, NamedRegion, EditableVersionAdmin):
    form = ReportForm
    list_display = ("ref", "source", "place", "series", "days", "number", "state", "author", "recorded")
    list_filter = (
        *EditableVersionAdmin.list_filter, "status", "measure", "cause", "role", SourceFilter, CrisisFilter,
        CountryFilter,
    )  # fmt: skip
    search_fields = ("ref", "source", "title")
    search_help_text = "Reference, source, document title, or a region by name or P-code."
    entry_fields = ENTRY_FIELDS
    fixed_fields = ("source", "ref")
    readonly_fields = ("counts_as",)
    all_steps = tuple(STEPS.values())
    STATEMENT: ClassVar[Any] = (
        ("Statement", {"fields": ("source", "ref", "region", "measure", "cause", "crisis")}),
        ("When", {"fields": (("start", "end"), "published")}),
        (
            "How many",
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
        ("How it is used", {"fields": ("role", "round", "counterpart", "sensitivity")}),
        ("Document", {"fields": ("title", "url", "excerpt", "notes", "breakdown")}),
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
            ("Why it is changed", {"fields": ("reason",)}),
            ("This version", {"fields": about}),
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
            known[report.pk] = Situation(
                beside, review.steps(report, by=request.user.get_username(), beside=beside)
            )
        return known[report.pk]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        closed = obj is not None and "revise" not in self.situation(request, obj).steps
        return not closed and super().has_change_permission(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        report = kwargs.get("obj")
        if report is not None and report.superseded_at is None:
            beside = self.situation(request, report).beside
            context["beside"] = beside and {"report": beside, "url": change_url(beside)}
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
        if not request.user.has_perm("tracker.change_report"):
            return []
        return [STEPS[name] for name in self.situation(request, obj).steps if name in STEPS]

    def take(self, step: str, obj: Any, *, by: str, reason: str) -> tuple[Version, list[Run]]:
        work = {
            "submit": review.submit,
            "approve": review.approve,
            "reject": review.reject,
            "retract": review.retract,
        }
        decision = work[step](obj, by=by, reason=reason)
        return decision.report, decision.runs

    def summary(self, obj: Any) -> list[tuple[str, str]]:
        return [
            ("Source", f"{obj.source}, {obj.ref}"),
            ("Region", self.place(obj)),
            ("Measure", obj.get_measure_display()),
            ("Cause, crisis", f"{obj.cause}, {obj.crisis or 'everyone'}"),
            ("Days", self.days(obj)),
            ("People", self.number(obj)),
            ("Status", obj.get_status_display()),
            ("Author", obj.author),
            ("Reason given", obj.reason or "–"),
        ]

    @admin.display(description="series", ordering="measure")
    def series(self, report: Report) -> str:
        return ", ".join(filter(None, [report.measure, report.cause, report.crisis]))

    @admin.display(description="days", ordering="start")
    def days(self, report: Report) -> str:
        if report.start == report.end:
            return format_html('<span class="date">{}</span>', report.start)
        return format_html(
            '<span class="date">{}</span> to <span class="date">{}</span>', report.start, report.end
        )

    @admin.display(description="recorded", ordering="recorded_at")
    def recorded(self, report: Report) -> str:
        return format_html('<span class="date">{}</span>', f"{report.recorded_at:%Y-%m-%d}")

    @admin.display(description="people", ordering="value")
    def number(self, report: Report) -> str:
        span = "" if report.low == report.high else f" ({people(report.low)} to {people(report.high)})"
        return people(report.value) + span

    @admin.display(description="people it counts as")
    def counts_as(self, report: Report) -> str:
        size = f", {report.household_size_used} people in a household" if report.household_size_used else ""
        return self.number(report) + size

    @admin.display(description="status", ordering="status")
    def state(self, report: Report) -> str:
        badge = format_html('<span class="status status-{}">{}</span>', report.status, report.status)
        return badge if report.role == Role.COUNTED else format_html("{} {}", badge, report.role)
