"""Every address of the API at which nothing is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.urls import resolve
from rest_framework.request import Request
from rest_framework.views import APIView

from tracker.api.errors import NotFound


class Nowhere(APIView):
    """Says so; where only the last slash is missing, leads to the address that was meant."""

    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with_slash = f"{request.path_info}/"
        if request.method in {"GET", "HEAD"} and resolve(with_slash).url_name != "nowhere":
            return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("Nothing is at this address.")
