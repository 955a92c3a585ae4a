"""Pages by keyset: each begins after, or ends before, a row of its neighbour, so depth costs nothing."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

import orjson
from django.db.models import Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework.request import Request

from tracker.api.errors import Fault, InvalidParameters
from tracker.api.filters import AS_OF, CURSOR
from tracker.api.renderers import Row

Key = tuple[Any, ...]

# What may differ between the pages of one query.
NOT_OF_THE_QUERY = {"cursor", "limit", "count", "format"}
SEAL = "tracker.api.cursor.1"
SEAL_LENGTH = 16
LONGEST_TRAIL = 50
MOST_KEYS = 50_000
"""In memory at a time, where a trail is laid anew."""


@dataclass(frozen=True)
class Window:
    """Which rows a page wants: at most `limit` of those after, or before, `key`; without a key the first.

    `trail` are the keys of the pages that led here, the last one first, for rows that can be read forwards
    only; None is the key of the first page.
    """

    limit: int
    key: Key | None = None
    direction: Literal["after", "before"] = "after"
    trail: tuple[Key | None, ...] = ()


@dataclass(frozen=True)
class Page:
    """The rows of one page in order, and the windows of its neighbours; None where there is no neighbour."""

    rows: Sequence[Row]
    previous: Window | None = None
    next: Window | None = None


def window_of(request: Request, *, limit: int, cursor: str | None) -> Window:
    """The window that `cursor` stands for; InvalidParameters if it is broken or of another query."""
    if cursor is None:
        return Window(limit)
    direction, key, trail = _unseal(cursor, _query_of(request))
    return Window(limit, tuple(key), direction, tuple(place and tuple(place) for place in trail))


def page_url(request: Request, window: Window | None) -> str | None:
    """The address of the page that shows `window`; None without one."""
    if window is None:
        return None
    pairs = [(name, value) for name, values in request.GET.lists() for value in values if name != CURSOR.name]
    if window.key is not None:
        content = [window.direction, window.key, window.trail]
        pairs.append((CURSOR.name, _seal(content, _query_of(request))))
    query = f"?{urlencode(pairs)}" if pairs else ""
    return str(request.build_absolute_uri(request.path + query))


def page_url_as_of(request: Request, moment: datetime) -> str:
    """The address of the same query as of another moment."""
    others = [(name, value) for name, values in request.GET.lists() for value in values if name != AS_OF.name]
    pairs = [*others, (AS_OF.name, moment.isoformat().replace("+00:00", "Z"))]
    return str(request.build_absolute_uri(f"{request.path}?{urlencode(pairs)}"))


def forward_page(
    window: Window, rows: Sequence[Row], next_key: Key | None, *, keys: Callable[[], Iterable[Key]]
) -> Page:
    """A page of rows that can be read forwards only; the page before is found by the trail.

    Who goes back further than the trail leads has it laid anew from `keys`, those of all rows in order.
    """
    previous = following = None
    trail = window.trail
    if not trail and window.key is not None:
        trail = _trail_to(window.key, keys(), limit=window.limit)
    if trail:
        previous = replace(window, key=trail[0], trail=trail[1:])
    if next_key is not None:
        following = replace(window, key=next_key, trail=(window.key, *window.trail)[:LONGEST_TRAIL])
    return Page(rows, previous, following)


def _trail_to(key: Key, keys: Iterable[Key], *, limit: int) -> tuple[Key | None, ...]:
    """The keys of the pages that lead to the one that begins after `key`, the last one first."""
    longest = max(1, min(LONGEST_TRAIL, MOST_KEYS // limit))
    seen: deque[Key] = deque(maxlen=longest * limit + 1)
    for one in keys:
        seen.append(one)
        if one == key:
            break
    else:
        # Its row is gone since; the beginning is always right.
        return (None,)
    trail: list[Key | None] = [seen[place] for place in range(len(seen) - 1 - limit, -1, -limit)]
    return tuple(trail) if len(trail) == longest else (*trail, None)


def table_page(rows: QuerySet[Any, Row], identity: Sequence[str], window: Window) -> Page:
    """One page of `rows`, in the order of `identity`, which names no two of them."""
    backwards = window.direction == "before"
    ordered = rows.order_by(*(f"-{name}" if backwards else name for name in identity))
    if window.key is not None:
        ordered = ordered.filter(_beyond(identity, window.key, "lt" if backwards else "gt"))
    found = list(ordered[: window.limit + 1])
    goes_on = len(found) > window.limit
    found = found[: window.limit]
    if not found:
        return Page([])
    if backwards:
        found.reverse()
    comes_from_beyond = window.key is not None
    has_previous, has_next = (goes_on, comes_from_beyond) if backwards else (comes_from_beyond, goes_on)
    first, last = (tuple(row[name] for name in identity) for row in (found[0], found[-1]))
    return Page(
        found,
        previous=Window(window.limit, first, "before") if has_previous else None,
        next=Window(window.limit, last) if has_next else None,
    )


def between(identity: Sequence[str], first: Row, last: Row) -> Q:
    """What lies from `first` to `last`, both included, in the order of `identity`."""
    start, end = (tuple(row[name] for name in identity) for row in (first, last))
    return _beyond(identity, start, "gt", or_at=True) & _beyond(identity, end, "lt", or_at=True)


def _beyond(identity: Sequence[str], key: Key, comparison: str, *, or_at: bool = False) -> Q:
    """What lies beyond `key` in the order of `identity`; the first column alone lets an index begin there."""
    name, value = identity[0], key[0]
    if len(identity) == 1:
        return Q((f"{name}__{comparison}{'e' if or_at else ''}", value))
    further = Q((f"{name}__{comparison}", value)) | _beyond(identity[1:], key[1:], comparison, or_at=or_at)
    return Q((f"{name}__{comparison}e", value)) & further


def _query_of(request: Request) -> str:
    pairs = [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in NOT_OF_THE_QUERY
    ]
    return f"{request.path}?{urlencode(sorted(pairs))}"


def _seal(content: Any, query: str) -> str:
    packed = zlib.compress(orjson.dumps(content))
    return base64.urlsafe_b64encode(_mark(packed, query) + packed).rstrip(b"=").decode()


def _unseal(cursor: str, query: str) -> Any:
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused(cursor, "it is broken") from None
    mark, packed = sealed[:SEAL_LENGTH], sealed[SEAL_LENGTH:]
    if not constant_time_compare(mark, _mark(packed, query)):
        raise _refused(cursor, "it is broken, or of another query")
    return orjson.loads(zlib.decompress(packed))


def _mark(packed: bytes, query: str) -> bytes:
    return salted_hmac(SEAL, packed + query.encode(), algorithm="sha256").digest()[:SEAL_LENGTH]


def _refused(cursor: str, message: str) -> InvalidParameters:
    return InvalidParameters([Fault(CURSOR.name, cursor, message, CURSOR.expected)])
