"""A report while it is typed: read field by field, whether or not it is complete."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracker.admin.numbers import in_groups
from tracker.admin.report_form import COLUMNS_OF_FIELDS, ENTRY_FIELDS, report_as_entered
from tracker.admin.words import sentence_of
from tracker.ingest.entry import Refused
from tracker.ingest.known import Known
from tracker.models import Region, Report
from tracker.sentences import in_language
from tracker.vocabulary import Unit

NO_PART = frozenset({"title", "url", "excerpt", "notes"})
"""What changes neither figures nor warnings, and may be long."""
NEEDED = ("source", "region", "measure", "cause", "start", "stated_value")
NO_REFERENCE_YET = "–"


@dataclass
class TypedReport:
    """What was typed so far: the report that it makes, or what is wrong and what is missing."""

    report: Report | None = None
    faults: dict[str, str] = field(default_factory=dict)
    """By field, in a sentence."""
    missing: list[str] = field(default_factory=list)
    """Labels of the fields without which there is nothing to say yet."""
    is_outdated: bool = False
    """The version that is edited is no longer the latest."""


def typed_report(form: type[forms.ModelForm], data: Any, *, of: Report | None) -> TypedReport:
    """The report as typed, not stored; `of` is the version that is edited.

    What can be left open for now is filled in: one day, published on that day, no reference yet.
    """
    found = TypedReport()
    entered = _entered(form, data, found)
    needed = [name for name in NEEDED if name in form.base_fields]
    found.missing = [
        str(form.base_fields[name].label)
        for name in needed
        if not entered.get(name) and entered.get(name) != 0
    ]
    if found.missing or found.faults:
        return found
    entered["end"] = entered.get("end") or entered["start"]
    entered["published"] = entered.get("published") or entered["end"]
    if of is None:
        entered["ref"] = entered.get("ref") or NO_REFERENCE_YET
    try:
        found.report = report_as_entered(entered, of)
    except Refused as error:
        fields = {column: name for name, column in COLUMNS_OF_FIELDS.items()}
        for fault in error.faults:
            name = fields.get(fault.column, fault.column)
            found.faults.setdefault(name, sentence_of(in_language(fault.reason)))
    return found


def _entered(form: type[forms.ModelForm], data: Any, found: TypedReport) -> dict[str, Any]:
    """The values of the fields that can be read; what is wrong with the others is noted."""
    entered: dict[str, Any] = {}
    for name in ENTRY_FIELDS:
        if name in NO_PART or name not in form.base_fields:
            continue
        one = form.base_fields[name]
        raw = one.widget.value_from_datadict(data, {}, name)
        if raw in one.empty_values:
            entered[name] = None
            continue
        try:
            entered[name] = one.clean(raw)
        except forms.ValidationError as error:
            found.faults[name] = " ".join(error.messages)
    return entered


def people_in_words(report: Report) -> str:
    """How households became people, by which size and from where; empty where people were stated."""
    if report.unit != Unit.HOUSEHOLDS:
        return ""
    words = {
        "households": in_groups(report.stated_value),
        "size": in_groups(report.household_size_used or 0),
        "people": in_groups(report.value),
    }
    if report.household_size is not None:
        text = ngettext(
            "%(households)s household of %(size)s people, as stated: %(people)s people.",
            "%(households)s households of %(size)s people, as stated: %(people)s people.",
            report.stated_value,
        )
        return text % words
    text = _("%(households)s households of %(size)s people, the average of %(region)s: %(people)s people.")
    return text % {**words, "region": _region_of_size(report.region)}


def _region_of_size(pcode: str) -> str:
    """The region whose average is taken: this one, or the nearest above that has one."""
    known = Known().regions
    while known[pcode].household_size is None:
        pcode = known[pcode].parent
    return str(Region.objects.current().get(pcode=pcode))
