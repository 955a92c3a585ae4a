"""Guessing passwords and codes: counted by account and by address, and one answer to all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import hashers
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from tests.admin.logging_in import appointed, code_of, give_code, give_password, with_device
from tracker.admin.logging_in import address_of
from tracker.models import AuditEntry, LoginAttempts, StaffRole
from tracker.models.logging_in import LOCKED_FOR, MOST_ATTEMPTS

pytestmark = pytest.mark.django_db

BY_ACCOUNT, BY_ADDRESS = MOST_ATTEMPTS["account"], MOST_ATTEMPTS["address"]


@pytest.fixture
def omar() -> User:
    return appointed("omar", StaffRole.OFFICER)


def guess(name: str = "omar", times: int = 1, *, address: str = "192.0.2.1") -> Any:
    """The answer to the last of so many wrong passwords."""
    for number in range(times):
        answer = give_password(Client(), name, f"guess {number}", REMOTE_ADDR=address)
    return answer


def gets_in(name: str = "omar", *, address: str = "192.0.2.1") -> bool:
    client = Client()
    give_password(client, name, REMOTE_ADDR=address)
    return client.get("/admin/").status_code == 200


def hashes_made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that are hashed from now on, one after the other."""
    hashed: list[str] = []
    encode = hashers.MD5PasswordHasher.encode

    def noted(self: hashers.MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", noted)
    return hashed


def test_after_ten_wrong_passwords_the_right_one_is_refused_too(omar: User) -> None:
    guess(times=BY_ACCOUNT - 1)
    assert gets_in()
    guess(times=BY_ACCOUNT)
    assert not gets_in()
    assert not gets_in(address="198.51.100.7"), "from elsewhere neither"


def test_a_right_password_starts_afresh(omar: User) -> None:
    for _ in range(3):
        guess(times=BY_ACCOUNT - 1)
        assert gets_in()


def test_a_lock_ends_by_itself_and_lasts_no_longer_for_being_tried(omar: User) -> None:
    locked = timezone.now()
    with time_machine.travel(locked, tick=False) as clock:
        guess(times=BY_ACCOUNT)
        clock.move_to(locked + LOCKED_FOR - timedelta(seconds=1))
        assert not gets_in()
        clock.move_to(locked + LOCKED_FOR)
        assert gets_in()


def test_attempts_are_forgotten_after_a_while(omar: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        guess(times=BY_ACCOUNT - 1)
        clock.shift(LOCKED_FOR)
        guess(times=BY_ACCOUNT - 1)
        assert gets_in()
        assert not LoginAttempts.objects.filter(until__lt=timezone.now()).exists()


def test_one_address_may_guess_only_so_often_at_whatever_accounts(omar: User) -> None:
    for number in range(BY_ADDRESS // 5):
        guess(f"somebody{number}", 5)
    assert not gets_in()
    assert gets_in(address="198.51.100.7")


def test_a_password_of_ones_own_buys_no_guesses(omar: User) -> None:
    appointed("mallory", StaffRole.OFFICER)
    for number in range(BY_ADDRESS // 5):
        guess(f"somebody{number}", 5)
        gets_in("mallory")
    assert not gets_in()


def test_an_office_behind_one_address_may_log_in_all_day(omar: User) -> None:
    for _ in range(BY_ADDRESS + 1):
        assert gets_in()


def test_addresses_of_one_household_count_as_one(omar: User) -> None:
    for number in range(BY_ADDRESS // 5):
        guess(f"somebody{number}", 5, address=f"2001:db8:0:1::{number:x}")
    assert not gets_in(address="2001:db8:0:1:ffff::1")
    assert gets_in(address="2001:db8:0:2::1")


def test_addresses_of_ipv4_told_by_a_socket_of_ipv6_are_no_household() -> None:
    def address(told: str) -> str:
        return address_of(RequestFactory().get("/", REMOTE_ADDR=told))

    assert address("::ffff:192.0.2.1") == address("192.0.2.1")
    assert address("::ffff:192.0.2.1") != address("::ffff:192.0.2.2")


def test_a_locked_address_costs_no_hash_no_row_and_no_entry(
    omar: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(BY_ADDRESS // 5):
        said = guess(f"somebody{number}", 5).context["form"].non_field_errors()
    hashed = hashes_made(monkeypatch)
    kept = (LoginAttempts.objects.count(), AuditEntry.objects.count())
    answer = guess("somebody else", 3)
    assert not gets_in()
    assert (hashed, (LoginAttempts.objects.count(), AuditEntry.objects.count())) == ([], kept)
    assert answer.context["form"].non_field_errors() == said


def test_the_log_says_once_that_an_address_is_locked() -> None:
    for number in range(BY_ADDRESS // 5):
        assert not AuditEntry.objects.filter(object__startswith="address").exists()
        guess(f"somebody{number}", 5)
    guess("somebody", 3)
    locked = AuditEntry.objects.get(object="address 192.0.2.1")
    assert (locked.action, json.loads(locked.details)) == ("login_failed", {"locked_for_minutes": 15})


def test_a_locked_address_gives_no_codes_either(client: Client) -> None:
    rita = appointed("rita", StaffRole.REVIEWER)
    with_device(rita)
    give_password(client, "rita", REMOTE_ADDR="192.0.2.1")
    for number in range(BY_ADDRESS // 5):
        guess(f"somebody{number}", 5)
    kept = AuditEntry.objects.count()
    code = {"code": code_of(rita)}
    client.post(reverse("admin:second_factor_code"), code, REMOTE_ADDR="192.0.2.1")
    assert client.get("/admin/").status_code == 302
    assert AuditEntry.objects.count() == kept


def test_codes_are_counted_as_passwords_are(client: Client) -> None:
    rita = appointed("rita", StaffRole.REVIEWER)
    with_device(rita)
    give_password(client, "rita")
    for _ in range(BY_ACCOUNT):
        give_code(client, "wrong-wrong-wrong")
    assert give_code(client, code_of(rita)).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_a_right_password_alone_buys_no_guesses_at_the_code() -> None:
    rita = appointed("rita", StaffRole.REVIEWER)
    with_device(rita)
    for _ in range(BY_ACCOUNT // 2):
        client = Client()
        give_password(client, "rita")
        give_code(client, "wrong-wrong-wrong")
    assert give_password(Client(), "rita").status_code == 200


def test_wrong_unknown_closed_and_locked_are_answered_alike(omar: User) -> None:
    closed = appointed("closed", StaffRole.OFFICER)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    outsider = User.objects.create_user("outsider", password="outsider's password")
    answers = {
        "wrong": guess(),
        "unknown": guess("nobody"),
        "closed": give_password(Client(), "closed"),
        "outsider": give_password(Client(), outsider.username),
    }
    guess(times=BY_ACCOUNT)
    answers["locked, wrong"] = guess()
    answers["locked, right"] = give_password(Client(), "omar")
    said = {
        name: (answer.status_code, answer.context["form"].non_field_errors())
        for name, answer in answers.items()
    }
    assert len({str(each) for each in said.values()}) == 1, said
    assert "15 minutes" in str(said["wrong"])


@pytest.mark.parametrize("case", ["wrong", "unknown", "closed", "locked, wrong", "locked, right"])
def test_each_costs_one_hash(case: str, omar: User, monkeypatch: pytest.MonkeyPatch) -> None:
    if case == "closed":
        User.objects.filter(pk=omar.pk).update(is_active=False)
    if case.startswith("locked"):
        guess(times=BY_ACCOUNT)
    hashed = hashes_made(monkeypatch)
    name = "nobody" if case == "unknown" else "omar"
    give_password(Client(), name, "omar's password" if case.endswith("right") else "wrong")
    assert len(hashed) == 1


@pytest.mark.parametrize("name", ["", "o" * 151, "om\x00ar", "' OR 1=1 --", "\u202eomar"])
def test_no_name_is_too_odd(name: str) -> None:
    assert guess(name).status_code == 200


def test_a_superuser_unlocks(omar: User, as_anna: Client) -> None:
    guess(times=BY_ACCOUNT)
    attempts = LoginAttempts.objects.get(kind="account")
    listed = as_anna.get(reverse("admin:tracker_loginattempts_changelist"))
    assert [row.is_locked for row in listed.context["cl"].result_list if row.kind == "account"] == [True]
    as_anna.post(reverse("admin:tracker_loginattempts_delete", args=[attempts.pk]), {"post": "yes"})
    assert gets_in()


@pytest.mark.parametrize("role", StaffRole)
def test_nobody_else_unlocks(role: StaffRole, omar: User, client: Client) -> None:
    guess(times=BY_ACCOUNT)
    client.force_login(appointed("somebody", role))
    attempts = LoginAttempts.objects.get(kind="account")
    answer = client.post(reverse("admin:tracker_loginattempts_delete", args=[attempts.pk]), {"post": "yes"})
    assert answer.status_code in {302, 403}
    assert not gets_in()


def test_where_an_answer_to_it_leads_is_never_elsewhere(omar: User, client: Client) -> None:
    entered = {"username": "omar", "password": "omar's password", "next": "https://elsewhere.example/"}
    assert client.post(reverse("admin:login"), entered).headers["Location"] == "/admin/"
