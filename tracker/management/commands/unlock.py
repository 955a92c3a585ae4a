"""`manage.py unlock`: let somebody in again who has guessed too often, or an office from its address."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from tracker.models.audit import Action, append, entry
from tracker.models.logging_in import AttemptsOf, LoginAttempts, household_of

ACTOR = "manage.py unlock"
"""Who did it, as the audit log says; no account has a space in its name."""


class Command(BaseCommand):
    help = (
        "Forget the failed attempts to log in to an account or from an address, and with them its lock; "
        "the audit log says so. Without a name: list what is locked now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="name of the account, or network address")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        if not name:
            self._list()
            return
        forgotten = forget(name)
        if not forgotten:
            raise CommandError(f"No attempts are counted for an account or an address {name!r}.")
        self.stdout.write(f"Unlocked: {', '.join(forgotten)}.")

    def _list(self) -> None:
        locked = [
            attempts for attempts in LoginAttempts.objects.order_by("kind", "who") if attempts.is_locked
        ]
        for attempts in locked:
            self.stdout.write(f"{attempts}, until {attempts.until:%Y-%m-%d %H:%M} UTC")
        if not locked:
            self.stdout.write("Nothing is locked.")


def forget(name: str) -> list[str]:
    """For what attempts are counted no more, as in `account anna`; its device takes codes at once, too."""
    with transaction.atomic():
        accounts = LoginAttempts.objects.filter(kind=AttemptsOf.ACCOUNT, who=name)
        addresses = LoginAttempts.objects.filter(kind=AttemptsOf.ADDRESS, who=household_of(name))
        found = list((accounts | addresses).select_for_update().order_by("kind"))
        LoginAttempts.objects.filter(pk__in=[attempts.pk for attempts in found]).delete()
        if found:
            TOTPDevice.objects.filter(user__username=name).update(
                throttling_failure_count=0, throttling_failure_timestamp=None
            )
        append(
            [
                entry(
                    Action.UNLOCKED,
                    actor=ACTOR,
                    address="",
                    object=f"{LoginAttempts._meta.model_name} {attempts}",
                    details={"attempts": attempts.count},
                )
                for attempts in found
            ]
        )
    return [str(attempts) for attempts in found]
