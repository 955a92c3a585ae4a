"""schema/: the OpenAPI description of the API."""

from __future__ import annotations

from functools import cache

from django.http import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from tracker.api.renderers import dump
from tracker.api.views import ReadView


class Schema(ReadView):
    """The OpenAPI 3.1 description of this API."""

    schema = None

    def get(self, request: Request) -> HttpResponseBase:
        self.query(request)
        return self.answer(request, description())


@cache
def description() -> bytes:
    """The description as JSON; it is the same as long as the process lives."""
    return dump(SchemaGenerator().get_schema(request=None, public=True))
