"""From where a request comes, where proxies stand before the tracker."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class AddressFromProxies:
    """Middleware: REMOTE_ADDR is the address that the outermost of our own proxies was asked from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.META["REMOTE_ADDR"] = address_outside(
            request.META.setdefault("REMOTE_ADDR", ""),
            request.headers.get("X-Forwarded-For", ""),
            trusted=settings.TRUSTED_PROXIES,
        )
        return self.get_response(request)


def address_outside(peer: str, forwarded: str, *, trusted: Collection[str]) -> str:
    """The last address on the way here that a trusted proxy vouches for.

    `peer` is who has connected, empty on a Unix socket, which only a proxy of this machine can reach.
    `forwarded` is X-Forwarded-For: each proxy adds at its end who has asked it, so what stands before the
    last address that is not trusted may be made up. `*` among the trusted is the peer alone.
    """
    if peer and peer not in trusted and "*" not in trusted:
        return peer
    nearest = peer
    for hop in reversed(forwarded.split(",")):
        address = _address(hop)
        if address is None:
            break
        nearest = address
        if nearest not in trusted:
            break
    return nearest


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None
