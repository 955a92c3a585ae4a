"""The versions of one thing as a table: when, who, why, and what changed from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse

from tracker.models.versions import Version

LONGEST_TEXT = 160


@dataclass(frozen=True)
class FieldChange:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class VersionRow:
    version: int
    recorded_at: datetime
    superseded_at: datetime | None
    who: str
    reason: str
    status: str
    changes: list[FieldChange]
    url: str
    is_shown: bool


def version_rows(shown: Version) -> list[VersionRow]:
    """All versions of the thing that `shown` is a version of, the latest first."""
    model = type(shown)
    identity = {name: getattr(shown, name) for name in model.IDENTITY}
    versions = list(model._default_manager.filter(**identity).order_by("recorded_at", "version", "pk"))
    rows = []
    for before, version in zip([None, *versions], versions, strict=False):
        status = getattr(version, "get_status_display", None)
        rows.append(
            VersionRow(
                version=version.version,
                recorded_at=version.recorded_at,
                superseded_at=version.superseded_at,
                who=_who(version),
                reason=version.reason or "",
                status=status() if status else "",
                changes=changes(before, version) if before is not None else [],
                url=reverse(
                    f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[version.pk]
                ),
                is_shown=version.pk == shown.pk,
            )
        )
    return rows[::-1]


def changes(before: Version, after: Version) -> list[FieldChange]:
    """The fields of content that differ, as a person reads them."""
    return [
        FieldChange(_label(after, name), in_words(before, name), in_words(after, name))
        for name in after.CONTENT
        if getattr(before, name) != getattr(after, name)
    ]


def in_words(version: Version, name: str) -> str:
    value = getattr(version, name)
    choice = getattr(version, f"get_{name}_display", None)
    if value is None or value == "":
        return "–"
    if isinstance(value, bytes | memoryview):
        return f"boundary of {len(bytes(value)):,} bytes"
    if name == "outline":
        return f"outline of {len(value):,} characters"
    if choice is not None:
        return str(choice())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _label(version: Version, name: str) -> str:
    try:
        return str(version._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column has one
    except FieldDoesNotExist:
        return name.replace("_", " ")


def _who(version: Any) -> str:
    if version.recorded_by is not None:
        return version.recorded_by
    return f"run {version.build_id}" if version.build_id else ""
