"""Attempts and recovery codes are counted right when many come at one moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.contrib.auth.models import User
from django.db import connection

from tracker.models import LoginAttempts, RecoveryCode
from tracker.models.logging_in import CODES, MOST_ATTEMPTS

T = TypeVar("T")

pytestmark = pytest.mark.django_db(transaction=True)

ATTEMPT = [("account", "omar"), ("address", "192.0.2.1")]


def at_once(times: int, work: Callable[[], T]) -> list[T]:
    """What the work gives in so many threads, each with a connection of its own."""

    def done() -> T:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as threads:
        return [each.result() for each in [threads.submit(done) for _ in range(times)]]


def test_of_many_guesses_at_one_moment_no_more_are_admitted() -> None:
    admitted = at_once(3 * MOST_ATTEMPTS["account"], lambda: LoginAttempts.objects.admit(ATTEMPT))
    assert sum(admitted) == MOST_ATTEMPTS["account"]
    assert LoginAttempts.objects.get(kind="account").is_locked
    assert not LoginAttempts.objects.get(kind="address").is_locked


def test_of_many_uses_of_one_recovery_code_one_passes() -> None:
    user = User.objects.create_user("omar")
    code, *others = RecoveryCode.objects.renew(user)
    assert sum(at_once(8, lambda: RecoveryCode.objects.use(user, code))) == 1
    assert RecoveryCode.objects.count() == len(others) == CODES - 1
