"""The audit log: who did what, when and from where, in a chain that shows where it was tampered with.

Each entry bears a hash of all that it says and of the hash of the entry before it. The hash is made with a
key that the database does not hold, so who can write to the tables alone cannot make the chain whole again;
and the head, sealed in the same way, says how far it goes. docs/decisions.md says why.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ROWS_AT_ONCE = 5000


class Action(models.TextChoices):
    """What an entry tells of. A new action needs a line here and nothing else."""

    LOGGED_IN = "logged_in", pgettext_lazy("action", "logged in")
    LOGIN_FAILED = "login_failed", pgettext_lazy("action", "failed to log in")
    LOGGED_OUT = "logged_out", pgettext_lazy("action", "logged out")
    UNLOCKED = "unlocked", pgettext_lazy("action", "unlocked")
    PASSWORD_SET = "password_set", pgettext_lazy("action", "set a password")
    SECOND_FACTOR_SET = "second_factor_set", pgettext_lazy("action", "set up a second factor")
    SECOND_FACTOR_REMOVED = "second_factor_removed", pgettext_lazy("action", "removed a second factor")
    PERMITTED = "permitted", pgettext_lazy("action", "changed what somebody may do")
    ADDED = "added", pgettext_lazy("action", "added")
    CHANGED = "changed", pgettext_lazy("action", "changed")
    DELETED = "deleted", pgettext_lazy("action", "deleted")
    SUBMITTED = "submitted", pgettext_lazy("action", "submitted")
    APPROVED = "approved", pgettext_lazy("action", "approved")
    RETURNED = "returned", pgettext_lazy("action", "returned")
    RETRACTED = "retracted", pgettext_lazy("action", "retracted")
    UNDONE = "undone", pgettext_lazy("action", "undid")
    RETRIED = "retried", pgettext_lazy("action", "tried again")
    UPLOADED = "uploaded", pgettext_lazy("action", "uploaded")
    CHECKED = "checked", pgettext_lazy("action", "had checked again")
    CHOSEN = "chosen", pgettext_lazy("action", "chose rows")
    CANCELLED = "cancelled", pgettext_lazy("action", "cancelled")
    DECLINED = "declined", pgettext_lazy("action", "declined")
    IMPORTED = "imported", pgettext_lazy("action", "imported")
    MATCHED = "matched", pgettext_lazy("action", "matched by hand")
    EXPORTED = "exported", pgettext_lazy("action", "exported")
    READ = "read", pgettext_lazy("action", "read")
    LISTED = "listed", pgettext_lazy("action", "listed")


class AuditEntry(models.Model):
    """Something that was done, as it was recorded then. Nothing changes or takes away an entry."""

    SEALED: ClassVar = (
        "number", "moment", "actor", "address", "action", "object", "country", "details", "previous",
    )  # fmt: skip
    """What the hash speaks for, in its order."""

    number = models.PositiveBigIntegerField(
        _("number"), primary_key=True, help_text=_("1, 2, 3 and so on without gaps, as they were recorded.")
    )
    moment = models.DateTimeField(_("moment"), help_text=_("When it was recorded (UTC)."))
    actor = models.CharField(
        _("who"), max_length=150, blank=True, help_text=_("Name of the account; empty: nobody was logged in.")
    )
    address = models.CharField(
        _("from where"), max_length=45, blank=True, help_text=_("Network address that the request came from.")
    )
    # Its words are those of `Action`; they grow without a migration.
    action = models.CharField(_("action"), max_length=30)
    object = models.CharField(_("what"), max_length=300, blank=True, help_text=_("As in: report un r1."))
    country = models.CharField(
        _("country"),
        max_length=40,
        blank=True,
        help_text=_("P-code of the country it is about; empty: of none."),
    )
    details = models.TextField(_("details"), default="{}", help_text=_("More about it, as a JSON object."))
    previous = models.CharField(
        _("hash before"),
        max_length=64,
        blank=True,
        help_text=_("Hash of the entry before; empty: the first."),
    )
    hash = models.CharField(
        _("hash"), max_length=64, help_text=_("HMAC-SHA256, in hex, of all the rest of the entry.")
    )

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-moment", "-number"]
        indexes = [
            # Each serves one filter of the list, newest first.
            models.Index(name="audit_by_moment", fields=["moment", "number"]),
            models.Index(name="audit_by_actor", fields=["actor", "moment", "number"]),
            models.Index(name="audit_by_action", fields=["action", "moment", "number"]),
            models.Index(name="audit_by_object", fields=["object", "moment", "number"]),
            models.Index(name="audit_by_country", fields=["country", "moment", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.object}".rstrip()

    @property
    def facts(self) -> dict[str, Any]:
        """The details, read; as one text under `details` where they cannot be."""
        try:
            found = json.loads(self.details)
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {"details": self.details}


class AuditHead(models.Model):
    """How far the log goes: its only row, without which the last entries could be cut off unnoticed."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0, help_text="Number of the last entry; 0: none yet.")
    hash = models.CharField(max_length=64, blank=True, help_text="Hash of the last entry.")
    seal = models.CharField(max_length=64, blank=True, help_text="HMAC-SHA256, in hex, of the two.")

    class Meta:
        constraints = [models.CheckConstraint(name="audit_has_one_head", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def record(
    action: str,
    *,
    actor: str,
    address: str,
    object: str = "",
    country: str = "",
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """The entry, appended in the transaction of what it tells of: neither is there without the other.

    Call it last in that transaction. Whoever appends next waits for its end, and who then still waited for
    anything else could wait for ever.
    """
    told = entry(action, actor=actor, address=address, object=object, country=country, details=details)
    return append([told])[0]


def entry(
    action: str,
    *,
    actor: str,
    address: str,
    object: str = "",
    country: str = "",
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """An entry for `append`, which gives it its place."""
    return AuditEntry(
        action=action,
        actor=_fitting(actor, 150),
        address=_fitting(address, 45),
        object=_fitting(object, 300),
        country=_fitting(country, 40),
        details=_as_json(details or {}),
    )


def append(entries: Sequence[AuditEntry]) -> Sequence[AuditEntry]:
    """These entries at the end of the log, one after the other; otherwise as `record`."""
    if not entries:
        return entries
    key = _keys()[-1]
    with transaction.atomic():
        head = AuditHead.objects.select_for_update().get_or_create(pk=1)[0]
        moment = timezone.now()
        for told in entries:
            told.number, told.previous, told.moment = head.number + 1, head.hash, moment
            told.hash = _hash(key, [getattr(told, name) for name in AuditEntry.SEALED])
            head.number, head.hash = told.number, told.hash
        AuditEntry.objects.bulk_create(entries, batch_size=500)
        head.seal = _seal_of_head(key, head.number, head.hash)
        head.save(force_update=True)
    return entries


@dataclass(frozen=True)
class Break:
    """A place where the log is not as it was recorded."""

    place: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}, found {self.found}."


class Verification:
    """One pass over the whole log; `entries` and `head` are right once `breaks` has been read to its end.

    `known` are the hashes of entries as they were once said, by number. A log that was put back as a whole
    to an earlier state, or written anew by somebody with the key, is sound in itself and differs from these.
    """

    def __init__(self, known: Mapping[int, str] | None = None) -> None:
        self.entries = 0
        self._known = dict(known or {})
        self._keys = _keys()
        self._number, self._hash = 0, ""

    @property
    def head(self) -> str:
        return f"{self._number}:{self._hash}"

    def breaks(self) -> Iterator[Break]:
        """Each place that is not as it was recorded; what is appended meanwhile is looked at too."""
        # Before the entries: what is appended from now on follows on it.
        head = AuditHead.objects.filter(pk=1).first()
        said = _hashes_said(self._known, head)
        try:
            for row in _rows():
                yield from self._breaks_at(row)
                for hash in said.pop(self._number, {self._hash}) - {self._hash}:
                    yield Break(f"Entry {self._number}", f"the hash {hash} that was said of it", self._hash)
        except (AttributeError, TypeError, ValueError):
            # SQLite stores any text as a moment or a number, and Django cannot read it.
            yield Break(f"After entry {self._number}", "entries", "one that cannot be read")
        for number, hashes in sorted(said.items()):
            yield Break(f"Entry {number}", f"one with the hash {' or '.join(sorted(hashes))}", "none")
        yield from _breaks_of_head(head)

    def _breaks_at(self, row: Sequence[Any]) -> Iterator[Break]:
        """What is wrong with one entry, given the one before it."""
        number, previous, hash = row[0], row[-2], row[-1]
        if number != self._number + 1:
            yield Break(f"Entry {self._number + 1}", "an entry", f"none before entry {number}")
        elif previous != self._hash:
            before = f"{self._hash} as the hash before it" if self._hash else "nothing before it"
            yield Break(f"Entry {number}", before, previous or "nothing")
        sealed_by = next((key for key in self._keys if _hash(key, row[:-1]) == hash), None)
        if sealed_by is None:
            yield Break(
                f"Entry {number}", f"the hash {_hash(self._keys[-1], row[:-1])} of what it says", hash
            )
        else:
            # Once a later key was in use, an earlier one seals nothing any more.
            self._keys = self._keys[self._keys.index(sealed_by) :]
        self.entries += 1
        self._number, self._hash = number, hash


def _hashes_said(known: Mapping[int, str], head: AuditHead | None) -> dict[int, set[str]]:
    """What is said of the hashes of entries, by their number."""
    said = {number: {hash} for number, hash in known.items()}
    if head is not None:
        said.setdefault(head.number, set()).add(head.hash)
    return said


def _breaks_of_head(head: AuditHead | None) -> Iterator[Break]:
    if head is None:
        yield Break("The head", "one", "none: nothing was recorded yet, or all was removed")
        return
    seal = _seal_of_head(_keys()[-1], head.number, head.hash)
    if head.seal != seal:
        yield Break("The head", f"the seal {seal} on {head}", head.seal or "none")


def _rows() -> Iterator[tuple[Any, ...]]:
    """What is sealed of each entry, and its hash, in the order of the numbers."""
    rows = AuditEntry.objects.order_by("number").values_list(*AuditEntry.SEALED, "hash")
    some = list(rows[:ROWS_AT_ONCE])
    while some:
        yield from some
        some = list(rows.filter(number__gt=some[-1][0])[:ROWS_AT_ONCE])


def _keys() -> list[bytes]:
    """The keys that seal the log, former ones first; the last seals what is recorded now."""
    secrets = (*settings.AUDIT_KEYS_BEFORE, settings.AUDIT_KEY)
    return [hmac.digest(secret.encode(), b"tracker.audit.1", "sha256") for secret in secrets]


def _hash(key: bytes, facts: Sequence[Any]) -> str:
    """HMAC-SHA256 of the facts as a JSON array in ASCII, which is that of no other facts."""
    said = [_moment(fact) if isinstance(fact, datetime) else fact for fact in facts]
    # What is no text where one should be has a hash too, of course another.
    text = json.dumps(said, separators=(",", ":"), default=repr)
    return hmac.digest(key, text.encode(), "sha256").hex()


def _seal_of_head(key: bytes, number: int, hash: str) -> str:
    return _hash(key, ["head", number, hash])


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _as_json(details: Mapping[str, Any]) -> str:
    text = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return _fitting(text, len(text))


def _fitting(text: str, most: int) -> str:
    """`text` as a column of so many characters takes it: no NUL, no half characters."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:most]
