"""What an officer's browser sends."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from tracker.models import Report
from tracker.models.versions import Version


def report_entered(**changes: Any) -> dict[str, Any]:
    """A good report as the form sends it, but for `changes`."""
    return {
        "source": "un", "ref": "r1", "region": "XX01", "measure": "departures", "cause": "conflict",
        "crisis": "", "start": "2024-12-01", "end": "2024-12-01", "published": "2024-12-01",
        "qualifier": "exactly", "stated_value": "40", "stated_low": "", "stated_high": "", "unit": "people",
        "household_size": "", "role": "counted", "round": "", "counterpart": "", "sensitivity": "public",
        "title": "", "url": "", "excerpt": "", "notes": "", "breakdown": "",
    } | changes  # fmt: skip


def edit_report(client: Client, report: Report, **changes: Any) -> Any:
    """Edit the report: it is sent as it stands, but for `changes`."""
    as_is = report_entered(
        region=report.region, measure=report.measure, start=report.start, end=report.end,
        published=report.published, stated_value=report.stated_value,
    )  # fmt: skip
    return client.post(address(report), as_is | {"reason": "it was mistyped"} | changes)


def address(version: Version, what: str = "change") -> str:
    return reverse(f"admin:tracker_{version._meta.model_name}_{what}", args=[version.pk])


def step(client: Client, version: Version, name: str, reason: str = "", **entered: str) -> Any:
    """Take a step on the thing, as its page does."""
    named = reverse(f"admin:tracker_{version._meta.model_name}_step", args=[version.pk, name])
    return client.post(named, {"reason": reason} | entered, follow=True)
