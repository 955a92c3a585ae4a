"""The second factor of an account: a device that shows codes (django-otp), and recovery codes beside it."""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tracker.models.logging_in import RecoveryCode

STEPS_OFF = 1
"""Half-minutes by which the clock of a new device may differ."""


def device_of(user: Any) -> TOTPDevice | None:
    """The device that an account is used with, if any."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def set_up(user: Any, *, key: str, code: str) -> list[str] | None:
    """Take the device with this key (hexadecimal) in place of any other; None where it shows another code.

    Returns the new recovery codes.
    """
    clock = TOTP(bytes.fromhex(key))
    clock.time = time.time()
    number = _number(code)
    if number is None or not clock.verify(number, tolerance=STEPS_OFF):
        return None
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        # The code that it was set up with does not log in a second time.
        TOTPDevice.objects.create(user=user, name="device", key=key, drift=clock.drift, last_t=clock.t())
        return RecoveryCode.objects.renew(user)


def passes(user: Any, code: str) -> bool:
    """Whether this is what the device shows now, or a recovery code. No code passes twice.

    After a wrong one the device takes none for 1, 2, 4 … seconds.
    """
    number = _number(code)
    if number is None:
        return RecoveryCode.objects.use(user, code)
    with transaction.atomic():
        device = (
            TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).order_by("pk").first()
        )
        return device is not None and bool(device.verify_token(number))


def is_recovery_code(code: str) -> bool:
    """Whether this is taken for a recovery code, and not for what a device shows."""
    return _number(code) is None


def new_codes(user: Any) -> list[str]:
    """Ten recovery codes in place of those that were left."""
    return RecoveryCode.objects.renew(user)


def codes_left(user: Any) -> int:
    return RecoveryCode.objects.filter(user=user).count()


def take_away(user: Any) -> None:
    """The account is without a second factor."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()


def _number(code: str) -> int | None:
    """The number that a device shows, which people like to type with a space in the middle."""
    digits = "".join(code.split())
    return int(digits) if len(digits) == 6 and digits.isdecimal() else None
