"""`manage.py unlock` lets in again who is locked out, and the audit log tells of it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

from tracker.models import AuditEntry, LoginAttempts
from tracker.models.logging_in import MOST_ATTEMPTS, AttemptsOf

pytestmark = pytest.mark.django_db

OFFICE, HOUSEHOLD = "192.0.2.7", "2001:db8:1:2::/64"


def lock(kind: AttemptsOf, who: str) -> None:
    for _ in range(MOST_ATTEMPTS[kind]):
        LoginAttempts.objects.admit([(kind.value, who)])


def is_locked(kind: AttemptsOf, who: str) -> bool:
    return LoginAttempts.objects.are_used_up(kind, who)


def unlock(*arguments: str) -> str:
    out = StringIO()
    call_command("unlock", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _locked() -> None:
    lock(AttemptsOf.ACCOUNT, "anna")
    lock(AttemptsOf.ACCOUNT, "boris")
    lock(AttemptsOf.ADDRESS, OFFICE)
    lock(AttemptsOf.ADDRESS, HOUSEHOLD)


def test_an_account_is_let_in_again_and_nobody_else() -> None:
    assert unlock("anna") == "Unlocked: account anna.\n"
    assert not is_locked(AttemptsOf.ACCOUNT, "anna")
    assert is_locked(AttemptsOf.ACCOUNT, "boris")
    assert is_locked(AttemptsOf.ADDRESS, OFFICE)


@pytest.mark.parametrize(
    ("given", "counted"), [(OFFICE, OFFICE), (f"::ffff:{OFFICE}", OFFICE), ("2001:db8:1:2::9", HOUSEHOLD)]
)
def test_an_address_is_let_in_again_as_it_is_counted(given: str, counted: str) -> None:
    unlock(given)
    assert not is_locked(AttemptsOf.ADDRESS, counted)


def test_the_audit_log_tells_who_was_unlocked_and_how() -> None:
    unlock("anna")
    told = AuditEntry.objects.get()
    assert (told.actor, told.action, told.object) == (
        "manage.py unlock",
        "unlocked",
        "loginattempts account anna",
    )
    assert told.facts == {"attempts": MOST_ATTEMPTS[AttemptsOf.ACCOUNT]}


def test_the_device_of_the_account_takes_codes_at_once() -> None:
    device = TOTPDevice.objects.create(user=User.objects.create_user("anna"), throttling_failure_count=9)
    unlock("anna")
    device.refresh_from_db()
    assert device.throttling_failure_count == 0


def test_a_name_that_nothing_is_counted_for_is_refused_and_leaves_no_entry() -> None:
    with pytest.raises(CommandError, match="'carla'"):
        unlock("carla")
    assert not AuditEntry.objects.exists()


def test_without_a_name_it_lists_what_is_locked() -> None:
    LoginAttempts.objects.admit([(AttemptsOf.ACCOUNT.value, "carla")])
    listed = [line.partition(",")[0] for line in unlock().splitlines()]
    assert listed == ["account anna", "account boris", f"address {OFFICE}", f"address {HOUSEHOLD}"]
    LoginAttempts.objects.all().delete()
    assert unlock() == "Nothing is locked.\n"
