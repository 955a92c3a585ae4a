"""The root: what there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from tracker.api.renderers import dump
from tracker.api.rows import ReadOnlyRow
from tracker.api.views import ReadView

RESOURCES = (
    "figures", "explain", "conflict", "timeline", "regions", "reports", "events", "sources", "rounds",
    "crises", "flows", "coverage",
)  # fmt: skip


class Resources(ReadOnlyRow):
    """What there is, and where."""

    resources = serializers.DictField(
        child=serializers.CharField(), help_text="Addresses of the resources by name."
    )
    schema = serializers.CharField(help_text="The OpenAPI description.")
    docs = serializers.CharField(help_text="The API to browse and try out.")


class Root(ReadView):
    """What there is."""

    row = Resources

    def get(self, request: Request) -> HttpResponseBase:
        self.query(request)
        return self.answer(request, dump(resources(request)))


def resources(request: Request) -> Mapping[str, Any]:
    def address(name: str) -> str:
        return request.build_absolute_uri(reverse(f"api:{name}"))

    return {
        "resources": {name: address(name) for name in RESOURCES},
        "schema": address("schema"),
        "docs": address("docs"),
    }
