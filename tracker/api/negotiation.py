"""Which form an answer takes: `format`, else the Accept header."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from tracker.api.errors import Fault, InvalidParameters


class Negotiation(DefaultContentNegotiation):
    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer, and its media type."""
        offered = ", ".join(str(renderer.format) for renderer in renderers)
        if "format" in request.query_params:
            wanted = request.query_params["format"]
            for renderer in renderers:
                if renderer.format == wanted:
                    return renderer, str(renderer.media_type)
            raise InvalidParameters([Fault("format", wanted, "it is not known here", f"one of {offered}")])
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except exceptions.NotAcceptable:
            types = ", ".join(str(renderer.media_type) for renderer in renderers)
            raise exceptions.NotAcceptable(f"The answer can be had as {types}.") from None
