"""From where a request comes is what our own proxies say, and nobody else."""

from __future__ import annotations

import pytest
from django.test import Client

from config.proxies import address_outside
from tracker.models import AuditEntry

PROXY, OUTER = "10.0.0.2", "10.0.0.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("192.0.2.7", "", [PROXY], "192.0.2.7"),
        ("192.0.2.7", "198.51.100.9", [PROXY], "192.0.2.7"),
        (PROXY, "192.0.2.7", [PROXY], "192.0.2.7"),
        (PROXY, "198.51.100.9, 192.0.2.7", [PROXY], "192.0.2.7"),
        (PROXY, f"198.51.100.9, 192.0.2.7, {OUTER}", [PROXY, OUTER], "192.0.2.7"),
        (PROXY, "192.0.2.7", ["*"], "192.0.2.7"),
        (PROXY, "198.51.100.9, 192.0.2.7", ["*"], "192.0.2.7"),
        (PROXY, " 2001:DB8::7 ", [PROXY], "2001:db8::7"),
        (PROXY, "", [PROXY], PROXY),
        (PROXY, "nonsense", [PROXY], PROXY),
        (PROXY, "nonsense, 192.0.2.7", [PROXY], "192.0.2.7"),
        ("", "192.0.2.7", [PROXY], "192.0.2.7"),
        ("", "", [PROXY], ""),
        ("::ffff:192.0.2.7", "198.51.100.9", [PROXY], "192.0.2.7"),
        (f"::ffff:{PROXY}", "192.0.2.7", [PROXY], "192.0.2.7"),
        (PROXY, "192.0.2.7", [f"::ffff:{PROXY}"], "192.0.2.7"),
        (PROXY, f"::ffff:192.0.2.7, ::ffff:{OUTER}", [PROXY, OUTER], "192.0.2.7"),
    ],
)
def test_the_address_is_the_last_one_that_a_trusted_proxy_vouches_for(
    peer: str, forwarded: str, trusted: list[str], found: str
) -> None:
    assert address_outside(peer, forwarded, trusted=trusted) == found


@pytest.mark.django_db
def test_behind_a_proxy_the_log_tells_the_address_outside(client: Client) -> None:
    wrong = {"username": "nobody", "password": "guessed", "next": "/admin/"}
    client.post(
        "/admin/login/", wrong, REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "1.1.1.1, 192.0.2.7"}
    )
    client.post("/admin/login/", wrong, REMOTE_ADDR="192.0.2.8", headers={"X-Forwarded-For": "192.0.2.7"})
    assert list(AuditEntry.objects.values_list("address", flat=True)) == ["192.0.2.8", "192.0.2.7"]
