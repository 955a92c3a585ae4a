"""`manage.py verify_audit` finds whatever was done to the log."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from tests.tampering import unprotected
from tracker.models import audit
from tracker.models.audit import Action, AuditEntry, AuditHead, record

pytestmark = pytest.mark.django_db

ENTRIES = 6


@pytest.fixture(autouse=True)
def _recorded() -> None:
    for number in range(1, ENTRIES + 1):
        record(
            Action.APPROVED, actor="boris", address="192.0.2.7", object=f"report un r{number}", country="XX"
        )


def verify(*arguments: str) -> tuple[str, str, int]:
    """What it says, what it finds and the code it ends with."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), error.returncode
    return out.getvalue(), err.getvalue(), 0


def last_hash() -> str:
    return AuditEntry.objects.get(number=ENTRIES).hash


def numbered(number: int) -> Any:
    return AuditEntry.objects.filter(number=number)


def renumber(old: int, new: int) -> None:
    numbered(old).update(number=new)


def swap(one: int, other: int) -> None:
    renumber(one, 99)
    renumber(other, one)
    renumber(99, other)


def insert(number: int, *, like: int) -> None:
    made_up = AuditEntry.objects.get(number=like)
    made_up.number = number
    made_up.object = "report un never"
    made_up.save(force_insert=True)


def insert_in_the_middle() -> None:
    for number in range(ENTRIES, 3, -1):
        renumber(number, number + 1)
    insert(4, like=3)
    AuditHead.objects.update(number=ENTRIES + 1)


def cut_off_the_end_and_tell_the_head() -> None:
    numbered(ENTRIES).delete()
    before = AuditEntry.objects.get(number=ENTRIES - 1)
    AuditHead.objects.update(number=before.number, hash=before.hash)


def make_the_chain_anew_with_another_key() -> None:
    """All that somebody can do who has the tables and this program, but not the key."""
    numbered(2).update(actor="carla")
    key, previous = b"guessed", ""
    for row in AuditEntry.objects.order_by("number"):
        row.previous = previous
        row.hash = previous = audit._hash(key, [getattr(row, name) for name in AuditEntry.SEALED])
        row.save()
    seal = audit._seal_of_head(key, ENTRIES, previous)
    AuditHead.objects.update(hash=previous, seal=seal)


def empty_the_tables() -> None:
    AuditEntry.objects.all().delete()
    AuditHead.objects.all().delete()


TAMPERING: dict[str, tuple[Callable[[], Any], str]] = {
    "its moment changed": (lambda: numbered(3).update(moment="2024-01-01T00:00Z"), "Entry 3"),
    "its actor changed": (lambda: numbered(3).update(actor="anna"), "Entry 3"),
    "its address changed": (lambda: numbered(3).update(address=""), "Entry 3"),
    "its action changed": (lambda: numbered(3).update(action="read"), "Entry 3"),
    "its object changed": (lambda: numbered(3).update(object="report un r4"), "Entry 3"),
    "its country changed": (lambda: numbered(3).update(country="YY"), "Entry 3"),
    "its details changed": (lambda: numbered(3).update(details='{"reason":"none"}'), "Entry 3"),
    "its hash before changed": (lambda: numbered(3).update(previous="0" * 64), "Entry 3"),
    "its hash changed": (lambda: numbered(3).update(hash="0" * 64), "Entry 3"),
    "the first removed": (lambda: numbered(1).delete(), "Entry 1"),
    "one in the middle removed": (lambda: numbered(3).delete(), "Entry 3"),
    "two in the middle removed": (lambda: AuditEntry.objects.filter(number__in=(3, 4)).delete(), "Entry 3"),
    "the last removed": (lambda: numbered(ENTRIES).delete(), f"Entry {ENTRIES}"),
    "the last removed, and the head told": (cut_off_the_end_and_tell_the_head, "The head"),
    "two swapped": (lambda: swap(3, 4), "Entry 3"),
    "one inserted before the first": (lambda: insert(0, like=1), "Entry 1"),
    "one inserted in the middle": (insert_in_the_middle, "Entry 4"),
    "one inserted at the end": (lambda: insert(ENTRIES + 1, like=ENTRIES), f"Entry {ENTRIES + 1}"),
    "one inserted further on": (lambda: insert(ENTRIES + 5, like=ENTRIES), f"Entry {ENTRIES + 1}"),
    "the head's number changed": (lambda: AuditHead.objects.update(number=F("number") - 1), "The head"),
    "the head's hash changed": (lambda: AuditHead.objects.update(hash="0" * 64), f"Entry {ENTRIES}"),
    "the head's seal changed": (lambda: AuditHead.objects.update(seal="0" * 64), "The head"),
    "the head removed": (lambda: AuditHead.objects.all().delete(), "The head"),
    "all made anew with another key": (make_the_chain_anew_with_another_key, "Entry 1"),
    "all removed": (empty_the_tables, "The head"),
}


def test_a_log_as_it_was_recorded_passes_and_tells_its_head() -> None:
    assert verify() == (f"{ENTRIES} entries. Head: {ENTRIES}:{last_hash()}\n", "", 0)


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found_and_named(name: str) -> None:
    tamper, place = TAMPERING[name]
    with unprotected():
        tamper()
    out, err, code = verify()
    assert code == 1
    assert f"{place}: expected" in err
    assert "Head: " in out


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("moment = 'never'", "Entry 3"),
        ("moment = '2024-13-45 00:00:00'", "After entry 0"),
        ("details = x'00ff'", "Entry 3"),
        ("number = 'three'", "Entry 3"),
    ],
)
def test_what_cannot_be_read_is_named_too(change: str, place: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite stores anything in any column")
    with unprotected(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE tracker_auditentry SET {change} WHERE number = 3")
    _, err, code = verify()
    assert (code, err.partition(":")[0]) == (1, place)


def test_a_log_put_back_to_an_earlier_state_differs_from_what_was_known_of_it() -> None:
    earlier = AuditHead.objects.get()
    record(Action.RETRACTED, actor="boris", address="192.0.2.7", object="report un r1")
    known = str(AuditHead.objects.get())
    assert verify("--known", known, "--known", str(earlier))[2] == 0
    with unprotected():
        numbered(ENTRIES + 1).delete()
        earlier.save()
    assert verify()[2] == 0, "in itself it is sound"
    _, err, code = verify("--known", known)
    assert (code, err.partition(":")[0]) == (1, f"Entry {ENTRIES + 1}")
    assert verify("--known", f"{ENTRIES}:{'0' * 64}")[2] == 1


@pytest.mark.parametrize("said", ["6", "0:", f"x:{'0' * 64}", "6:abc"])
def test_a_head_that_was_never_told_is_refused(said: str) -> None:
    with pytest.raises(CommandError, match="expected a number, a colon and a hash"):
        call_command("verify_audit", "--known", said)


def test_no_more_breaks_are_named_than_somebody_reads(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.management.commands.verify_audit.MOST_NAMED", 3)
    settings.AUDIT_KEY = "another key than the one that sealed them"
    _, err, code = verify()
    assert (len(err.splitlines()), code) == (3, 1)


def test_a_long_log_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ROWS_AT_ONCE", 2)
    assert verify()[0].startswith(f"{ENTRIES} entries.")
    with unprotected():
        numbered(5).update(actor="anna")
    assert verify()[1].startswith("Entry 5:")
