"""Imports: a file is uploaded, checked by a job, looked through, submitted, and approved by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext, override
from django.views.decorators.http import require_GET, require_POST

from tracker import tasks
from tracker.admin.access import countries_of
from tracker.admin.home import imports_for_review
from tracker.admin.numbers import in_groups
from tracker.admin.places import isolated, page_language
from tracker.admin.readings import note_reading
from tracker.admin.site import site
from tracker.admin.suggestions import SuggestInput, path_in_words
from tracker.admin.versions import ReadOnlyAdmin, change_url
from tracker.admin.words import listed, sentence_of, series_in_words
from tracker.errors import BadValue, NotAllowed, TrackerError
from tracker.ingest import importing, uploads
from tracker.ingest.comparing import SHEETS
from tracker.ingest.place_search import places
from tracker.ingest.readers.rows import printable
from tracker.models import Import, ImportRow, PlaceMatch, Run
from tracker.models.audit import Action
from tracker.models.imports import DIFFERENT
from tracker.sentences import all_of, in_language
from tracker.vocabulary import ImportFormat, ImportState, RowOutcome, RunState

MOST_IN_A_WORKBOOK = 5_000
"""Rejected rows; where there are more, they come as CSV."""
ROWS_ON_A_PAGE = 50
LONGEST_REASON = 2000

BRINGS = {
    ImportFormat.REPORTS.value: "tracker.import_report",
    ImportFormat.EVENTS.value: "tracker.import_report",
    ImportFormat.ROUNDS.value: "tracker.change_round",
    ImportFormat.SOURCES.value: "tracker.change_source",
    ImportFormat.CRISES.value: "tracker.change_crisis",
}
"""By format, the permission to bring its rows, and so the countries of which they may be."""
REFUSED = (RowOutcome.REJECTED.value, RowOutcome.UNMATCHED.value)
IN_REVIEW = (ImportState.SUBMITTED, ImportState.TAKING, ImportState.DECLINING)
APPROVES = "tracker.approve_report"
VIEWS = "tracker.view_import"


class UploadForm(forms.Form):
    format = forms.ChoiceField(label=gettext_lazy("Format"))
    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True, max_length=500)

    def __init__(self, *args: Any, formats: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(name, ImportFormat(name).label) for name in formats]  # type: ignore[attr-defined]


class MatchForm(forms.Form):
    """For each place that nobody knows, the region that is meant; those left empty stay unmatched."""

    def __init__(self, unknown: Iterable[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = places()
        self.named: dict[str, dict[str, Any]] = {}
        for number, one in enumerate(one for one in unknown if one["is_place"]):
            suggested = [
                (pcode, f"{isolated(pcode)}: {path_in_words(known, pcode)}") for pcode in one["suggested"]
            ]
            self.fields[f"suggested_{number}"] = forms.ChoiceField(
                label=gettext("Suggested for %(place)s") % {"place": one["text"]},
                choices=[("", gettext("not matched")), *suggested],
                required=False,
            )
            self.fields[f"other_{number}"] = forms.CharField(
                label=gettext("Another region for %(place)s") % {"place": one["text"]},
                widget=SuggestInput("region"),
                required=False,
                max_length=40,
            )
            self.named[str(number)] = one

    def __iter__(self) -> Iterator[Any]:
        """What is not known, with its two fields."""
        for number, one in self.named.items():
            yield {**one, "chosen": self[f"suggested_{number}"], "other": self[f"other_{number}"]}

    def meant(self) -> dict[tuple[str, str], str]:
        """By publisher and text, the P-code that was given; what was typed counts before what was chosen."""
        given = {
            number: self.cleaned_data[f"other_{number}"].strip() or self.cleaned_data[f"suggested_{number}"]
            for number in self.named
        }
        return {
            (self.named[number]["publisher"], self.named[number]["text"]): pcode
            for number, pcode in given.items()
            if pcode
        }


@dataclass(frozen=True)
class Tab:
    """The rows of one outcome, as a part of the page."""

    outcome: str
    label: str
    count: str
    is_shown: bool


class ForReviewFilter(admin.SimpleListFilter):
    """The list behind the number of the first page."""

    title = gettext_lazy("for me")
    parameter_name = "for_me"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("review", gettext_lazy("For my review"))] if request.user.has_perm(APPROVES) else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return imports_for_review(queryset, request.user) if self.value() == "review" else queryset


@admin.register(Import, site=site)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "format", "state", "rows_by_outcome", "uploaded_by", "uploaded_at")
    list_filter = (ForReviewFilter, "state", "format")
    search_fields = ("file_name", "uploaded_by", "sha256")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Own uploads, and those with rows of the person's countries."""
        found = super().get_queryset(request)
        countries = countries_of(request.user, VIEWS)
        if countries is None:
            return found
        there = ImportRow.objects.filter(upload=OuterRef("pk"), country__in=countries)
        of_no_country = Q(format__in=(ImportFormat.SOURCES, ImportFormat.CRISES))
        return found.filter(Q(uploaded_by=_name(request)) | of_no_country | Exists(there))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tracker.import_report")

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, tuple[str, Callable[..., HttpResponseBase]]] = {
            "progress": ("progress", require_GET(self.progress_view)),
            "rejected": ("rejected", require_GET(self.rejected_view)),
            "act": ("do/<slug:act>", require_POST(self.act_view)),
        }
        own = [
            path(f"<int:pk>/{route}/", self.admin_site.admin_view(view), name=f"tracker_import_{name}")
            for name, (route, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    @admin.display(description=gettext_lazy("rows"))
    def rows_by_outcome(self, upload: Import) -> str:
        named = ((outcome, upload.counts.get(outcome.value, 0)) for outcome in RowOutcome)
        return listed(f"{_short(outcome)} {in_groups(number)}" for outcome, number in named if number) or "–"

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take a file in; what is wrong with it as a whole is said on its field."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        formats = [name for name, permission in BRINGS.items() if request.user.has_perm(permission)]
        form = UploadForm(request.POST or None, request.FILES or None, formats=formats)
        if request.method == "POST" and form.is_valid():
            try:
                return self._received(request, form.cleaned_data["format"], form.cleaned_data["file"])
            except BadValue as error:
                form.add_error("file", sentence_of(in_language(error.reason)))
        columns = [(ImportFormat(name).label, SHEETS[name].columns) for name in formats]
        return self._page(
            request,
            "import_upload",
            title=gettext("Upload a file"),
            form=form,
            columns=columns,
            most=settings.IMPORT_LIMIT_MIB,
            most_rows=in_groups(settings.IMPORT_LIMIT_ROWS),
        )

    def _received(self, request: HttpRequest, format: str, file: Any) -> HttpResponse:
        if file.size > uploads.most_bytes():
            raise BadValue("file", "", uploads.too_large())
        with transaction.atomic():
            received = importing.receive(
                file.chunks(),
                format=format,
                file_name=file.name,
                by=_name(request),
                countries=countries_of(request.user, BRINGS[format]),
                among=self.get_queryset(request),
            )
            tasks.announce(run.pk for run in received.runs)
            if not received.is_known:
                self.audit(request, Action.UPLOADED, received.upload, {"sha256": received.upload.sha256})
        if received.is_known:
            messages.warning(
                request,
                gettext("This file was uploaded before, by %(person)s; this is what became of it.")
                % {"person": received.upload.uploaded_by},
            )
        return HttpResponseRedirect(change_url(received.upload))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The file: how far it is, or what each of its rows would do."""
        upload = self._upload(request, object_id)
        note_reading(request, Action.READ, upload)
        return self._page(request, "import", title=str(upload), **_shown(request, upload))

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """How far the file is, for the script that asks while it is worked on."""
        return JsonResponse(_progress(self._upload(request, pk)))

    def rejected_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The rejected and unmatched rows as a file in the form of the original, with their reasons."""
        upload = self._upload(request, pk)
        if upload.refusal or not uploads.path_of(upload.stored_as).exists():
            raise Http404(gettext("The file is no longer kept."))
        note_reading(request, Action.READ, upload)
        found, language = _visible(request, upload).filter(outcome__in=REFUSED), get_language()
        kept = found.order_by("line").iterator()
        refused = ((row.line, row.last_line, _in_words(row, language)) for row in kept)
        rows = uploads.rows_of(upload.stored_as, format=upload.format)
        # Making a workbook takes its time, and nothing is sent before its end.
        if upload.is_workbook and found.count() <= MOST_IN_A_WORKBOOK:
            return FileResponse(
                uploads.returned_workbook(rows, refused),
                as_attachment=True,
                filename=f"rejected-{upload.pk}{uploads.WORKBOOK}",
                content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            )
        answer = StreamingHttpResponse(
            uploads.returned(rows, refused), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="rejected-{upload.pk}.csv"'
        return answer

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Do what a button of the page says; what is refused is said there."""
        upload = self._upload(request, pk)
        if act not in _ACTS:
            raise Http404
        wanted = _ACTS[act].permission(upload)
        if not request.user.has_perm(wanted):
            raise PermissionDenied
        try:
            with transaction.atomic():
                done = _ACTS[act].do(request, upload, countries_of(request.user, wanted))
                tasks.announce(run.pk for run in done.runs)
                self.audit(request, _ACTS[act].action, upload, done.details)
        except TrackerError as error:
            messages.error(request, in_language(str(error)))
        outcome = request.POST.get("outcome", "")
        tab = f"?outcome={outcome}" if outcome in RowOutcome.values else ""
        return HttpResponseRedirect(change_url(upload) + tab)

    def _upload(self, request: HttpRequest, pk: int | str) -> Import:
        if not self.has_view_permission(request) and not self.has_add_permission(request):
            raise PermissionDenied
        found: Import | None = self.get_object(request, str(pk))
        if found is None:
            raise Http404
        return found

    def _page(self, request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media, **context}
        return TemplateResponse(request, f"admin/tracker/{name}.html", whole)


@admin.register(PlaceMatch, site=site)
class PlaceMatchAdmin(ReadOnlyAdmin):
    """What was matched by hand; a wrong match is deleted, and asked for again by the next import."""

    list_display = ("text", "publisher", "pcode", "matched_by", "matched_at")
    list_filter = ("publisher",)
    search_fields = ("text", "publisher", "pcode")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete", obj)


Countries = frozenset[str] | None
"""In which something is done; None is all."""


@dataclass(frozen=True)
class Done:
    """What a button has done: the runs that are due, and what the audit log tells of it."""

    runs: list[Run] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


def _cancel(request: HttpRequest, upload: Import, _countries: Countries) -> Done:
    return Done(importing.cancel(upload.pk))


def _check_again(request: HttpRequest, upload: Import, _countries: Countries) -> Done:
    return Done(importing.check_again(upload.pk, by=_name(request)))


def _try_again(request: HttpRequest, upload: Import, _countries: Countries) -> Done:
    return Done(importing.try_again(upload.pk, by=_name(request)))


def _choose(request: HttpRequest, upload: Import, countries: Countries) -> Done:
    if "all" in request.POST:
        is_chosen, outcome = request.POST["all"] == "1", request.POST.get("outcome", "")
        importing.choose_all(
            upload.pk, chosen=is_chosen, outcome=outcome, by=_name(request), countries=countries
        )
        return Done(details={"taken" if is_chosen else "left_out": outcome})
    chosen, shown = (_lines(request.POST.getlist(name)) for name in ("line", "of"))
    importing.choose(upload.pk, chosen=chosen, of=shown, by=_name(request), countries=countries)
    return Done(details={"taken": sorted(chosen & shown), "left_out": sorted(shown - chosen)})


def _match(request: HttpRequest, upload: Import, countries: Countries) -> Done:
    form = MatchForm(upload.unknown, request.POST)
    if not form.is_valid() or not form.meant():
        raise NotAllowed(gettext("Choose or type a region for one of the places at least."))
    meant = form.meant()
    runs = importing.match_places(upload.pk, meant, by=_name(request), countries=countries)
    return Done(
        runs, {"places": {f"{publisher}: {text}": pcode for (publisher, text), pcode in meant.items()}}
    )


def _submit(request: HttpRequest, upload: Import, countries: Countries) -> Done:
    rows = importing.takeable(upload, importing.SUBMIT, countries).count()
    return Done(importing.submit(upload.pk, by=_name(request), countries=countries), {"rows": rows})


def _approve(request: HttpRequest, upload: Import, countries: Countries) -> Done:
    rows = importing.takeable(upload, importing.TAKE, countries).count()
    return Done(importing.approve(upload.pk, by=_name(request), countries=countries), {"rows": rows})


def _decline(request: HttpRequest, upload: Import, countries: Countries) -> Done:
    reason = printable(request.POST.get("reason", "")).strip()[:LONGEST_REASON]
    runs = importing.decline(upload.pk, by=_name(request), reason=reason, countries=countries)
    return Done(runs, {"reason": reason})


def _store(request: HttpRequest, upload: Import, countries: Countries) -> Done:
    rows = importing.takeable(upload, importing.TAKE, countries).count()
    return Done(importing.store(upload.pk, by=_name(request), countries=countries), {"rows": rows})


def _brings(upload: Import) -> str:
    return BRINGS[upload.format]


def _brings_or_approves(upload: Import) -> str:
    """Whose turn it is: that of who brings the rows until they are submitted, then of who approves them."""
    is_for_review = upload.state in IN_REVIEW and upload.needs_review
    return APPROVES if is_for_review else BRINGS[upload.format]


def _approves(upload: Import) -> str:
    return APPROVES


@dataclass(frozen=True)
class Act:
    """What a button of the page does."""

    permission: Callable[[Import], str]
    """Which it takes, and in whose countries it is done."""
    do: Callable[[HttpRequest, Import, Countries], Done]
    action: str
    """What the audit log calls it."""


_ACTS = {
    "cancel": Act(_brings_or_approves, _cancel, Action.CANCELLED),
    "again": Act(_brings, _check_again, Action.CHECKED),
    "retry": Act(_brings_or_approves, _try_again, Action.RETRIED),
    "match": Act(_brings, _match, Action.MATCHED),
    "choose": Act(_brings_or_approves, _choose, Action.CHOSEN),
    "submit": Act(_brings, _submit, Action.SUBMITTED),
    "approve": Act(_approves, _approve, Action.APPROVED),
    "decline": Act(_approves, _decline, Action.DECLINED),
    "store": Act(_brings, _store, Action.IMPORTED),
}
"""By the name of the button."""


def _name(request: HttpRequest) -> str:
    return request.user.get_username()


def _shown(request: HttpRequest, upload: Import) -> dict[str, Any]:
    """What the page of a file shows."""
    if upload.is_busy:
        return {"upload": upload, "progress": _progress(upload), "failed": _failed(upload)}
    rows = _visible(request, upload)
    changes = list(_changes(request, upload))
    tabs = _tabs(rows, request.GET.get("outcome", ""))
    shown = next((tab.outcome for tab in tabs if tab.is_shown), "")
    page = _page_of(rows.filter(outcome=shown), request.GET.get("page", ""))
    return {
        "upload": upload,
        "tabs": tabs,
        "outcome": shown,
        "rows": page,
        "changes": changes,
        "columns": [column for column, _ in page.object_list[0].said] if page.object_list else [],
        "has_reasons": any(row.reasons or row.changes for row in page.object_list),
        "lines": ",".join(str(row.line) for row in page.object_list),
        "matching": MatchForm(upload.unknown) if any(one["is_place"] for one in upload.unknown) else None,
        "unknown_sources": [one for one in upload.unknown if not one["is_place"]],
        "refused": rows.filter(outcome__in=REFUSED).exists(),
        **_open_to(request, upload, is_choice=shown in DIFFERENT),
    }


def _open_to(request: HttpRequest, upload: Import, *, is_choice: bool) -> dict[str, Any]:
    """The buttons that this person has, the rows they speak of, and why one is missing."""
    user, brings = request.user, BRINGS[upload.format]
    step = importing.SUBMIT if upload.needs_review and not upload.submitted_by else importing.TAKE
    permission = _brings_or_approves(upload)
    chosen = importing.takeable(upload, step, countries_of(user, permission)).count()
    is_checked, is_submitted = (
        upload.state == state for state in (ImportState.CHECKED, ImportState.SUBMITTED)
    )
    is_own = user.get_username() in (upload.uploaded_by, upload.submitted_by)
    may = user.has_perm(permission)
    return {
        "chosen": chosen,
        "chosen_rows": in_groups(chosen),
        "may_choose": is_choice and may and (is_checked or (is_submitted and not is_own)),
        "may_submit": may and is_checked and upload.needs_review,
        "may_store": may and is_checked and not upload.needs_review,
        "may_approve": may and is_submitted and not is_own,
        "waits_for_others": is_submitted and is_own,
        "may_match": user.has_perm(brings) and is_checked,
        "may_check": user.has_perm(brings),
        "may_cancel": user.has_perm(brings) and is_checked,
    }


def _visible(request: HttpRequest, upload: Import) -> QuerySet[ImportRow]:
    """The rows that the person may see: of their own file all."""
    if upload.uploaded_by == _name(request):
        return upload.rows.all()
    return importing.visible(upload.rows.all(), countries_of(request.user, VIEWS))


def _tabs(rows: QuerySet[ImportRow], wanted: str) -> list[Tab]:
    """All outcomes with their numbers; shown is the one asked for, else the first that there is."""
    counts = dict(rows.order_by().values_list("outcome").annotate(Count("pk")))
    first = next((outcome for outcome in RowOutcome.values if counts.get(outcome)), RowOutcome.NEW.value)
    shown = wanted if wanted in RowOutcome.values else first
    return [
        Tab(outcome.value, _short(outcome), in_groups(counts.get(outcome.value, 0)), outcome.value == shown)
        for outcome in RowOutcome
    ]


def _changes(request: HttpRequest, upload: Import) -> Iterator[dict[str, Any]]:
    """The figures that would change most, of countries whose figures the person may see."""
    countries, known = countries_of(request.user, "tracker.view_figure"), places()
    for change in upload.effects.get("changes", []):
        if countries is None or change["country"] in countries:
            place = known.get(change["region"])
            yield {
                **change,
                "region_name": place.name(page_language()) if place else "",
                "series": series_in_words(change["measure"], change["cause"], change["crisis"]),
                **{
                    name: None if change[name] is None else in_groups(change[name]) for name in ("old", "new")
                },
            }


def _page_of(rows: QuerySet[ImportRow], number: str) -> Page[ImportRow]:
    return Paginator(rows.order_by("line"), ROWS_ON_A_PAGE).get_page(number)


def _progress(upload: Import) -> dict[str, Any]:
    """`share` in whole per cent, None where nobody can know it; `said` for the person."""
    is_checked = upload.state == ImportState.CHECKING
    rows = ngettext("%(rows)s row read", "%(rows)s rows read", upload.rows_done)
    return {
        "busy": upload.is_busy and not _failed(upload),
        "share": upload.share_done // 10 if is_checked else None,
        "said": rows % {"rows": in_groups(upload.rows_done)} if is_checked else upload.get_state_display(),
    }


def _failed(upload: Import) -> Run | None:
    """The run that was to do the work and was parked, if no other has taken its place."""
    last = Run.objects.filter(key=upload.key).order_by("-pk").first()
    return last if upload.is_busy and last is not None and last.state == RunState.PARKED else None


def _in_words(row: ImportRow, language: str | None) -> str:
    """All reasons of the row. It is asked for once the answer is on its way and no language active."""
    with override(language):
        said = [
            gettext("%(column)s: %(reason)s") % {"column": column, "reason": reason} if column else reason
            for column, _, reason in row.reasons_in_words
        ]
        return in_language(all_of(said))


def _lines(given: Iterable[str]) -> set[int]:
    """The lines of rows, however many there are in one value; of no more rows than a page has."""
    words = (word for value in given for word in value.split(","))
    numbers = (int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 10)
    return set(islice(numbers, ROWS_ON_A_PAGE))


def _short(outcome: RowOutcome) -> str:
    """The outcome in one word."""
    return {
        RowOutcome.NEW: gettext("new"),
        RowOutcome.CHANGED: gettext("changed"),
        RowOutcome.UNCHANGED: gettext("unchanged"),
        RowOutcome.REJECTED: gettext("rejected"),
        RowOutcome.UNMATCHED: gettext("unmatched"),
    }[outcome]
