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
    believed = {_address(each) or each for each in trusted}
    nearest = _address(peer) or peer
    if nearest and nearest not in believed and "*" not in believed:
        return nearest
    for hop in reversed(forwarded.split(",")):
        address = _address(hop)
        if address is None:
            break
        nearest = address
        if nearest not in believed:
            break
    return nearest


def _address(text: str) -> str | None:
    """The address in its one spelling, that of IPv4 where a socket of IPv6 tells one; None: it is none."""
    try:
        parsed = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
