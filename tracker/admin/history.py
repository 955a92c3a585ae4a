"""The versions of one thing: when, who, why, what changed from one to the next, and any two side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _

from tracker.admin.access import reaches
from tracker.admin.numbers import in_groups
from tracker.admin.places import place_in_words
from tracker.admin.words import STATUSES
from tracker.ingest.place_search import Places, places
from tracker.models.versions import Version

LONGEST_TEXT = 160
OF_REGIONS = frozenset({"region", "counterpart", "country", "parent"})
"""Fields that hold a P-code and are read as a name."""


@dataclass(frozen=True)
class FieldChange:
    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class VersionRow:
    pk: int
    version: int
    recorded_at: datetime
    superseded_at: datetime | None
    who: str
    reason: str
    status: str
    changes: list[FieldChange]
    url: str
    is_shown: bool


@dataclass(frozen=True)
class Pair:
    """One field as two versions have it."""

    label: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        return self.left != self.right


@dataclass(frozen=True)
class Comparison:
    """Two versions side by side, the earlier one on the left; fields that both leave empty are left out."""

    left: VersionRow
    right: VersionRow
    fields: list[Pair]

    @property
    def sides(self) -> tuple[VersionRow, VersionRow]:
        return self.left, self.right


def version_rows(shown: Version, user: Any) -> list[VersionRow]:
    """All versions of the thing that `shown` is a version of, the latest first.

    Of those that the person may not view, as the thing was of another country then, only that they are there.
    """
    versions = _versions_of(shown)
    viewable = {version.pk for version in versions if _may_view(user, version)}
    known = places()
    rows = [
        _row(version, shown, changes(before, version, known) if before and before.pk in viewable else [])
        if version.pk in viewable
        else replace(_row(version, shown, []), who="", reason="")
        for before, version in zip([None, *versions], versions, strict=False)
    ]
    return rows[::-1]


def comparison(shown: Version, asked: Mapping[str, str], user: Any) -> Comparison | None:
    """The two versions of this thing that `asked` names by primary keys, `left` and `right`.

    None where there are no such two that the person may view.
    """
    wanted = {asked.get("left", ""), asked.get("right", "")}
    if len(wanted) < 2 or "" in wanted:
        return None
    chosen = [
        version for version in _versions_of(shown) if str(version.pk) in wanted and _may_view(user, version)
    ]
    if len(chosen) < 2:
        return None
    (left, right), known = chosen, places()
    pairs = [
        Pair(label_of(right, name), in_full(left, name, known), in_full(right, name, known))
        for name in right.CONTENT
    ]
    return Comparison(
        left=_row(left, shown, []),
        right=_row(right, shown, []),
        fields=[pair for pair in pairs if (pair.left, pair.right) != (NOTHING, NOTHING)],
    )


def changes(before: Version, after: Version, known: Places | None = None) -> list[FieldChange]:
    """The fields of content that differ, as a person reads them."""
    known = known or places()
    return [
        FieldChange(name, label_of(after, name), in_words(before, name, known), in_words(after, name, known))
        for name in after.CONTENT
        if getattr(before, name) != getattr(after, name)
    ]


NOTHING = "–"


def in_words(version: Version, name: str, known: Places | None = None) -> str:
    """A field as a person reads it, cut short where it is long."""
    text = in_full(version, name, known)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def in_full(version: Version, name: str, known: Places | None = None) -> str:
    """A field as a person reads it; `known` saves looking up the regions anew."""
    value = getattr(version, name)
    choice = getattr(version, f"get_{name}_display", None)
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bytes | memoryview):
        return _("boundary of %(count)s bytes") % {"count": in_groups(len(bytes(value)))}
    if name == "outline":
        return _("outline of %(count)s characters") % {"count": in_groups(len(value))}
    if choice is not None:
        return str(choice())
    if name in OF_REGIONS:
        return place_in_words(str(value), known)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return in_groups(value)
    return str(localize(value))


def label_of(version: Version, name: str) -> str:
    """What a field is called."""
    try:
        return str(version._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column has one
    except FieldDoesNotExist:
        return name.replace("_", " ")


def short_status(version: Any) -> str:
    """The status in a word or two; empty where there is none."""
    status = getattr(version, "status", "")
    return str(STATUSES.get(status, status))


def _versions_of(shown: Version) -> Sequence[Any]:
    """All versions of the thing, in the order in which they were recorded."""
    model = type(shown)
    identity = {name: getattr(shown, name) for name in model.IDENTITY}
    return list(model._default_manager.filter(**identity).order_by("recorded_at", "version", "pk"))


def _may_view(user: Any, version: Any) -> bool:
    opts = version._meta
    return reaches(user, f"{opts.app_label}.view_{opts.model_name}", version)


def _row(version: Any, shown: Version, changed: list[FieldChange]) -> VersionRow:
    opts = version._meta
    return VersionRow(
        pk=version.pk,
        version=version.version,
        recorded_at=version.recorded_at,
        superseded_at=version.superseded_at,
        who=_who(version),
        reason=version.reason or "",
        status=short_status(version),
        changes=changed,
        url=reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[version.pk]),
        is_shown=version.pk == shown.pk,
    )


def _who(version: Any) -> str:
    if version.recorded_by is not None:
        return version.recorded_by
    return _("run %(number)s") % {"number": version.build_id} if version.build_id else ""
