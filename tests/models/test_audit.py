"""The audit log is appended to, and by nobody changed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.tampering import unprotected
from tracker.models.audit import Action, AuditEntry, AuditHead, Verification, append, entry, record

ANNA: dict[str, Any] = {"actor": "anna", "address": "192.0.2.7"}


def breaks() -> list[str]:
    return [str(found) for found in Verification().breaks()]


@pytest.mark.django_db
def test_an_entry_says_who_did_what_when_and_from_where_and_follows_on_the_one_before() -> None:
    begun = datetime.now(tz=UTC)
    first = record(Action.LOGGED_IN, **ANNA)
    second = record(Action.READ, **ANNA, object="report un r1", country="XX", details={"version": 2})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.number, second.number) == (1, 2)
    assert (first.previous, second.previous) == ("", first.hash)
    assert begun <= first.moment <= second.moment <= datetime.now(tz=UTC)
    said = (second.actor, second.address, second.action, second.object, second.country, second.facts)
    assert said == ("anna", "192.0.2.7", "read", "report un r1", "XX", {"version": 2})
    assert str(AuditHead.objects.get()) == f"2:{second.hash}"
    assert breaks() == []


@pytest.mark.django_db
def test_many_entries_are_appended_as_one_after_the_other() -> None:
    record(Action.LOGGED_IN, **ANNA)
    told = append([entry(Action.APPROVED, **ANNA, object=f"report un r{number}") for number in range(1000)])
    assert [each.number for each in told] == list(range(2, 1002))
    assert append([]) == []
    assert breaks() == []


@pytest.mark.django_db
def test_an_entry_is_not_there_without_what_it_tells_of() -> None:
    record(Action.LOGGED_IN, **ANNA)
    with pytest.raises(RuntimeError), transaction.atomic():
        record(Action.APPROVED, **ANNA, object="report un r1")
        raise RuntimeError
    record(Action.LOGGED_OUT, **ANNA)
    assert list(AuditEntry.objects.order_by("number").values_list("number", "action")) == [
        (1, "logged_in"),
        (2, "logged_out"),
    ]
    assert breaks() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["", "حلب \U0001f600", "a\x00b", "half \ud800", '"],["', "x" * 1000, "é" * 300]
)
def test_whatever_is_told_is_recorded_and_verifies(text: str) -> None:
    record(
        Action.READ, actor=text, address=text, object=text, country=text, details={text: [text, None, 1.5]}
    )
    told = AuditEntry.objects.get()
    assert len(told.actor) <= 150
    assert [said[1:] for said in told.facts.values()] == [[None, 1.5]]
    assert breaks() == []


@pytest.mark.django_db
def test_what_stands_in_one_column_cannot_pass_for_another() -> None:
    told = record(Action.READ, actor="anna", address="1", object="report un r1")
    with unprotected():
        AuditEntry.objects.filter(pk=told.pk).update(actor="anna1", address="")
    assert len(breaks()) == 1


@pytest.mark.django_db
def test_details_that_are_no_object_are_told_as_they_are() -> None:
    assert AuditEntry(details="[1]").facts == {"details": "[1]"}
    assert AuditEntry(details="no JSON").facts == {"details": "no JSON"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tracker_auditentry SET actor = 'boris'",
        "DELETE FROM tracker_auditentry",
        "DELETE FROM tracker_audithead",
        "UPDATE tracker_audithead SET number = number - 1",
        "UPDATE tracker_audithead SET seal = ''",
    ],
)
def test_the_database_lets_nobody_change_the_log(statement: str) -> None:
    record(Action.LOGGED_IN, **ANNA)
    record(Action.LOGGED_OUT, **ANNA)
    with pytest.raises(IntegrityError, match="only ever appended to"), transaction.atomic():
        _execute(statement)
    assert breaks() == []


@pytest.mark.django_db
def test_the_database_lets_nobody_empty_or_replace_the_log() -> None:
    told = record(Action.LOGGED_IN, **ANNA)
    statements = [f"TRUNCATE {table}" for table in ("tracker_auditentry", "tracker_audithead")]
    if connection.vendor == "sqlite":
        columns = ", ".join(str(field.column) for field in AuditEntry._meta.fields if field.name != "actor")
        statements = [
            f"INSERT OR REPLACE INTO tracker_auditentry (actor, {columns}) "
            f"SELECT 'boris', {columns} FROM tracker_auditentry"
        ]
    for statement in statements:
        with pytest.raises(IntegrityError, match="only ever appended to"), transaction.atomic():
            _execute(statement)
    assert AuditEntry.objects.get().actor == told.actor


@pytest.mark.django_db(transaction=True)
def test_those_who_record_at_one_moment_queue_up() -> None:
    begun = threading.Barrier(4)
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            begun.wait()
            for number in range(20):
                record(Action.READ, actor=name, address="", object=f"report un r{number}")
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"user {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(AuditEntry.objects.values_list("number", flat=True)) == list(range(1, 81))
    assert breaks() == []


@pytest.mark.django_db
def test_after_a_change_of_the_key_what_the_former_one_sealed_still_verifies(settings: Any) -> None:
    settings.AUDIT_KEY, settings.AUDIT_KEYS_BEFORE = "former" * 8, []
    record(Action.LOGGED_IN, **ANNA)
    settings.AUDIT_KEY = "present" * 8
    assert len(breaks()) == 2, "the entry and the head"
    settings.AUDIT_KEYS_BEFORE = ["former" * 8]
    assert [found.partition(":")[0] for found in breaks()] == ["The head"]
    record(Action.LOGGED_OUT, **ANNA)
    assert breaks() == []


@pytest.mark.django_db
def test_a_former_key_seals_nothing_after_one_that_followed(settings: Any) -> None:
    settings.AUDIT_KEY, settings.AUDIT_KEYS_BEFORE = "present" * 8, ["former" * 8]
    record(Action.LOGGED_IN, **ANNA)
    settings.AUDIT_KEY = "former" * 8
    record(Action.READ, **ANNA, object="report un r1")
    settings.AUDIT_KEY = "present" * 8
    record(Action.LOGGED_OUT, **ANNA)
    assert [found.partition(":")[0] for found in breaks()] == ["Entry 2"]


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
