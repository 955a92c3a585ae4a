"""ETags, 304 and what caches may keep."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
from django.db.models import Count, Max, Model
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers

from tracker.api.errors import problem
from tracker.api.visibility import sees_everything
from tracker.models import Run
from tracker.vocabulary import RunKind

MAKE_FIGURES = (RunKind.BUILD, RunKind.CONFLICT)


def etag_of(body: bytes) -> str:
    """A strong ETag: the same bytes, the same tag."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def state_etag(request: HttpRequest, models: Iterable[type[Model]]) -> str:
    """A weak ETag of an answer that is not there yet: of the question, the day and the state of the tables.

    Rows of versions are only ever added and superseded, so their numbers tell any state from any other;
    only a replay takes rows back, and leaves a run. What is made from cubes changes with their builds.
    """
    counts: list[Any] = [
        model._default_manager.aggregate(Count("pk"), Max("pk"), Count("superseded_at")) for model in models
    ]
    builds = Run.objects.filter(kind__in=MAKE_FIGURES).order_by("state")
    counts.append(list(builds.values("state").annotate(Count("pk"), Max("pk"))))
    parts: list[Any] = [request.get_full_path(), request.headers.get("Accept"), timezone.now().date(), counts]
    parts.append(sees_everything(request.user))
    return f'W/"{hashlib.blake2b(orjson.dumps(parts), digest_size=16).hexdigest()}"'


def unchanged(request: HttpRequest, etag: str) -> HttpResponseBase | None:
    """The 304 for who has that version already, or the 412 for who wants another; else None."""
    response = get_conditional_response(request, etag=etag)
    if response is None:
        return None
    if response.status_code == 412:
        return problem(412, "precondition_failed", "The answer is another than the one that If-Match names.")
    return mark(request, response, etag)


def mark(request: HttpRequest, response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """`response` with its tag. It may be kept, but not used without asking: figures change at any moment."""
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache" if request.user.is_authenticated else "public, no-cache"
    patch_vary_headers(response, ["Accept", "Cookie"])
    return response
