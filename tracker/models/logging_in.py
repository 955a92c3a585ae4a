"""What logging in leaves behind: attempts that are counted, and the recovery codes of the second factor."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LOCKED_FOR = timedelta(minutes=15)
"""How long attempts are remembered, and how long a lock lasts once they are used up."""


LONGEST_NAME = 150


class AttemptsOf(models.TextChoices):
    ACCOUNT = "account", _("account")
    ADDRESS = "address", _("address")


MOST_ATTEMPTS = {
    AttemptsOf.ACCOUNT.value: 10,
    # A whole office may stand behind one address.
    AttemptsOf.ADDRESS.value: 100,
}

Attempt = tuple[str, str]
"""What an attempt is counted for: `AttemptsOf`, and which one."""


_IPV6_HOUSEHOLD = 64
"""Whoever has one address of IPv6 has all that share its first 64 bits."""


def household_of(address: str) -> str:
    """The address as attempts are counted for it: of IPv6 the network that one household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    # Or all of IPv4, as a socket of IPv6 tells it, were one household.
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_HOUSEHOLD), strict=False))


class LoginAttemptsQuerySet(models.QuerySet["LoginAttempts"]):
    def admit(self, attempts: Iterable[Attempt]) -> bool:
        """Count one more attempt for each of these; whether none of them had used up its attempts.

        It is counted before the password is looked at, so that guesses at one moment are counted as so many.
        """
        now = timezone.now()
        self.filter(until__lte=now).delete()
        with transaction.atomic():
            # In one order always, so that two of them never wait for each other.
            admitted = [self._count(kind, who, until=now + LOCKED_FOR) for kind, who in sorted(attempts)]
        return all(admitted)

    def _count(self, kind: str, who: str, *, until: datetime) -> bool:
        row, _ = self.select_for_update().get_or_create(kind=kind, who=who, defaults={"until": until})
        most = MOST_ATTEMPTS[kind]
        admitted = row.count < most
        if admitted:
            row.count += 1
            row.until = until if row.count == most else row.until
        # Written even where nothing changes: the answer takes as long with a lock as without.
        row.save(update_fields=["count", "until"])
        return admitted

    def are_used_up(self, kind: str, who: str) -> bool:
        """Whether the next attempt would be refused; it counts none."""
        used_up = self.filter(kind=kind, who=who, count__gte=MOST_ATTEMPTS[kind])
        return used_up.filter(until__gt=timezone.now()).exists()

    def take_back(self, kind: str, who: str) -> None:
        """The last attempt was no guess. The others stay: one right password buys no guesses at others."""
        self.filter(kind=kind, who=who, count__gt=0).update(count=F("count") - 1)

    def forget(self, kind: str, who: str) -> None:
        self.filter(kind=kind, who=who).delete()


class LoginAttempts(models.Model):
    """Attempts to log in that have not succeeded, for one account or from one address."""

    kind = models.CharField(_("counted for"), max_length=10, choices=AttemptsOf)
    who = models.CharField(
        _("which"), max_length=LONGEST_NAME, help_text=_("Name of the account, or address.")
    )
    count = models.PositiveIntegerField(_("attempts"), default=0)
    until = models.DateTimeField(_("until"), help_text=_("When they are forgotten (UTC)."))

    objects: ClassVar = LoginAttemptsQuerySet.as_manager()

    class Meta:
        verbose_name = _("failed log-ins")
        verbose_name_plural = _("failed log-ins")
        ordering = ["-count"]
        constraints = [models.UniqueConstraint(name="login_attempts_counted_once", fields=["kind", "who"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.who}"

    @property
    def is_locked(self) -> bool:
        return self.count >= MOST_ATTEMPTS[self.kind] and self.until > timezone.now()


CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are easily read as others."""
_LETTERS_IN_A_CODE = 16
_LETTERS_IN_A_GROUP = 4


class RecoveryCodeQuerySet(models.QuerySet["RecoveryCode"]):
    def renew(self, user: Any) -> list[str]:
        """Ten new codes in place of the old ones; told here, and never again."""
        codes = [_new_code() for _ in range(CODES)]
        with transaction.atomic():
            self.filter(user=user).delete()
            RecoveryCode.objects.bulk_create(
                [RecoveryCode(user=user, digest=_digest(user, code)) for code in codes]
            )
        return codes

    def use(self, user: Any, code: str) -> bool:
        """Whether this is one of the user's codes; it is no more."""
        deleted, _by_table = self.filter(user=user, digest=_digest(user, code)).delete()
        return deleted == 1


class RecoveryCode(models.Model):
    """The hash of a code that stands in for a lost device once, and is then gone."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64)

    objects: ClassVar = RecoveryCodeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="recovery_code_once", fields=["user", "digest"])]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


def _new_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LETTERS_IN_A_CODE))
    starts = range(0, _LETTERS_IN_A_CODE, _LETTERS_IN_A_GROUP)
    return "-".join(letters[start : start + _LETTERS_IN_A_GROUP] for start in starts)


def _digest(user: Any, code: str) -> str:
    """SHA-256: a code is 79 random bits, which no slow hash would make harder to guess."""
    letters = "".join(filter(str.isalnum, code.lower()))
    return hashlib.sha256(f"{user.pk}:{letters}".encode()).hexdigest()
