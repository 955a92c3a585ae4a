"""The second factor: required where somebody can approve or manage, set up once, and lost now and then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b32decode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from tests import factories
from tests.admin.logging_in import appointed, code_of, give_code, give_password, with_device
from tracker.admin import devices, sessions
from tracker.models import Appointment, AuditEntry, RecoveryCode, StaffRole

pytestmark = pytest.mark.django_db

PROJECT_ROOT = Path(__file__).resolve().parents[2]

INDEX, LOGIN = "/admin/", "/admin/login/"
CODE, SET_UP, OWN = "/admin/second-factor/code/", "/admin/second-factor/set-up/", "/admin/second-factor/"


@pytest.fixture
def rita() -> User:
    """A reviewer without a device."""
    return appointed("rita", StaffRole.REVIEWER)


@pytest.fixture
def omar() -> User:
    return appointed("omar", StaffRole.OFFICER)


@pytest.fixture
def as_rita(rita: User) -> Client:
    with_device(rita)
    client = Client()
    client.force_login(rita)
    return client


def is_in(client: Client) -> bool:
    """Whether the overview opens."""
    return client.get(INDEX).status_code == 200


def code_for(key: str) -> str:
    """What an app shows into which this key was typed."""
    return f"{totp(b32decode(key.replace(' ', ''))):06}"


def another(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 500_000) % 1_000_000:06}"


def set_up(client: Client, password: str = "") -> list[str]:
    """Set the device up; the recovery codes that the page shows. Who is logged in gives the password."""
    if password:
        assert client.post(SET_UP, {"password": password}).headers["Location"] == SET_UP
    shown = client.get(SET_UP)
    answer = client.post(SET_UP, {"code": code_for(shown.context["key"])})
    assert answer.status_code == 200, "the codes are in the answer"
    return list(answer.context["codes"])


@pytest.mark.parametrize("role", StaffRole)
def test_who_can_approve_or_manage_needs_a_second_factor(role: StaffRole, client: Client) -> None:
    appointed("somebody", role)
    answer = give_password(client, "somebody")
    may_do_without = role in {StaffRole.OFFICER, StaffRole.AUDITOR}
    assert answer.headers["Location"] == (INDEX if may_do_without else SET_UP)
    assert is_in(client) is may_do_without


def test_a_superuser_needs_one(client: Client) -> None:
    User.objects.create_superuser("root", password="root's password")
    assert give_password(client, "root").headers["Location"] == SET_UP
    assert not is_in(client)


def test_before_the_second_factor_no_page_opens(rita: User, client: Client) -> None:
    give_password(client, "rita")
    for name in ("index", "tracker_report_changelist", "password_change", "second_factor", "jsi18n"):
        answer = client.get(reverse(f"admin:{name}"))
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, LOGIN), name
    assert "_auth_user_id" not in client.session


def test_half_a_login_opens_nothing_to_the_api(rita: User, client: Client) -> None:
    give_password(client, "rita")
    assert client.get("/api/v1/reports/").wsgi_request.user.is_anonymous


def test_a_device_is_set_up_and_then_asked_for(rita: User, client: Client) -> None:
    give_password(client, "rita")
    codes = set_up(client)
    assert is_in(client)
    assert (len(codes), len(set(codes))) == (10, 10)

    again = Client()
    assert give_password(again, "rita").headers["Location"] == CODE
    assert not is_in(again)
    assert give_code(again, code_of(rita)).headers["Location"] == INDEX
    assert is_in(again)


def test_a_wrong_code_sets_nothing_up_and_keeps_the_key(rita: User, client: Client) -> None:
    give_password(client, "rita")
    first = client.get(SET_UP)
    refused = client.post(SET_UP, {"code": another(code_for(first.context["key"]))})
    assert refused.context["form"].errors["code"]
    assert refused.context["key"] == first.context["key"]
    assert not TOTPDevice.objects.exists()


def test_each_log_in_halfway_is_shown_a_key_of_its_own(rita: User) -> None:
    """Or whoever knows the password could read the key before its owner sets it up."""
    keys = set()
    for client in (Client(), Client()):
        give_password(client, "rita")
        keys.add(client.get(SET_UP).context["key"])
    assert len(keys) == 2


def test_with_the_password_alone_no_second_device_is_set_up(rita: User, client: Client) -> None:
    with_device(rita)
    give_password(client, "rita")
    assert client.get(SET_UP).headers["Location"] == CODE
    assert client.post(SET_UP, {"code": "123456"}).headers["Location"] == CODE


def test_a_wrong_code_does_not_log_in(rita: User, client: Client) -> None:
    with_device(rita)
    give_password(client, "rita")
    assert give_code(client, another(code_of(rita))).context["form"].errors["code"]
    assert not is_in(client)


def test_a_code_logs_in_once(rita: User, client: Client) -> None:
    with_device(rita)
    code = code_of(rita)
    give_password(client, "rita")
    give_code(client, code)
    again = Client()
    give_password(again, "rita")
    assert give_code(again, code).status_code == 200
    assert not is_in(again)


def test_after_a_wrong_code_the_device_takes_none_for_a_while(rita: User, client: Client) -> None:
    with_device(rita)
    code = code_of(rita)
    give_password(client, "rita")
    give_code(client, another(code))
    assert give_code(client, code).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False):
        device = TOTPDevice.objects.get()
        assert give_code(client, f"{totp(device.bin_key):06}").status_code == 302
    assert is_in(client)


def test_a_recovery_code_logs_in_once_and_only_its_owner(rita: User, client: Client) -> None:
    with_device(rita)
    code = devices.new_codes(rita)[0]
    other = appointed("other", StaffRole.REVIEWER)
    with_device(other)
    give_password(client, "other")
    assert give_code(client, code).status_code == 200

    client = Client()
    give_password(client, "rita")
    # As somebody types what they wrote down.
    assert give_code(client, code.upper().replace("-", " ")).status_code == 302
    assert is_in(client)
    again = Client()
    give_password(again, "rita")
    assert give_code(again, code).status_code == 200
    assert not is_in(again)


def told_of(user: User) -> list[tuple[str, str, dict[str, Any]]]:
    """What the log says of an account, without its logging in, as it was recorded: who, what, details."""
    entries = AuditEntry.objects.filter(object=f"user {user}").exclude(action="logged_in")
    return [(told.actor, told.action, json.loads(told.details)) for told in entries.order_by("number")]


@pytest.mark.parametrize("wrong", ["device", "recovery"])
def test_the_log_tells_of_a_wrong_code(wrong: str, rita: User, client: Client) -> None:
    with_device(rita)
    give_password(client, "rita")
    give_code(client, another(code_of(rita)) if wrong == "device" else "wrong-wrong-wrong")
    assert told_of(rita) == [("", "login_failed", {"step": "second factor"})]


def test_the_log_tells_of_recovery_codes_that_are_used_and_renewed(rita: User, client: Client) -> None:
    with_device(rita)
    code = devices.new_codes(rita)[0]
    give_password(client, "rita")
    give_code(client, code)
    assert told_of(rita) == [("rita", "changed", {"recovery_codes": "one used"})]
    client.post(OWN, {"code": code_of(rita), "renew": "1"})
    assert told_of(rita)[1:] == [("rita", "changed", {"recovery_codes": "renewed"})]


def test_recovery_codes_are_stored_as_hashes_alone(rita: User) -> None:
    codes = devices.new_codes(rita)
    stored = " ".join(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(RecoveryCode.objects.all()) == 10
    assert not [code for code in codes if code in stored or code.replace("-", "") in stored]


def test_who_runs_out_of_recovery_codes_is_told(rita: User, client: Client) -> None:
    with_device(rita)
    codes = devices.new_codes(rita)
    for code in codes[:6]:
        assert RecoveryCode.objects.use(rita, code)
    give_password(client, "rita")
    give_code(client, codes[6])
    assert "3 recovery codes are left" in client.get(INDEX).content.decode()


def test_new_recovery_codes_and_another_device_want_a_code_first(rita: User, as_rita: Client) -> None:
    old = devices.new_codes(rita)
    assert as_rita.get(SET_UP).headers["Location"] == OWN
    assert as_rita.post(OWN, {"code": "000000", "renew": "1"}).context["form"].errors
    assert RecoveryCode.objects.use(rita, old[0])

    new = as_rita.post(OWN, {"code": code_of(rita), "renew": "1"}).context["codes"]
    assert not RecoveryCode.objects.use(rita, old[1])
    assert RecoveryCode.objects.use(rita, new[0])

    before = TOTPDevice.objects.get().key
    assert as_rita.post(OWN, {"code": code_of(rita), "change": "1"}).headers["Location"] == SET_UP
    assert TOTPDevice.objects.get().key == before, "the old device stands until the new one works"
    set_up(as_rita, "rita's password")
    assert TOTPDevice.objects.get().key != before
    assert is_in(as_rita)


def test_who_need_not_have_one_may(omar: User, client: Client) -> None:
    give_password(client, "omar")
    assert is_in(client)
    set_up(client, "omar's password")
    assert is_in(client)
    assert give_password(Client(), "omar").headers["Location"] == CODE


@pytest.mark.parametrize("password", ["", "rita's password", "omar's passwort", "x" * 5000])
def test_whoever_has_only_the_session_enrols_no_device(password: str, omar: User, client: Client) -> None:
    give_password(client, "omar")
    shown = client.get(SET_UP)
    assert 'autocomplete="current-password"' in shown.content.decode()
    refused = client.post(SET_UP, {"code": "123456", "password": password})
    assert refused.context["form"].errors["password"]
    assert not [page for page in (shown, refused) if "key" in page.context], "there is no key to read yet"
    assert not TOTPDevice.objects.exists()


def test_whoever_stole_the_session_is_out_once_its_owner_enrols_in_it(omar: User, client: Client) -> None:
    give_password(client, "omar")
    thief = Client()
    thief.cookies.load({"sessionid": client.cookies["sessionid"].value})
    assert is_in(thief)
    assert "key" not in thief.get(SET_UP).context

    client.post(SET_UP, {"password": "omar's password"})
    assert not is_in(thief), "before the key is made"
    key = client.get(SET_UP).context["key"]
    thief.cookies.load({"sessionid": client.cookies["sessionid"].value})
    client.post(SET_UP, {"code": code_for(key)})
    assert is_in(client)
    assert not is_in(thief)


def test_the_password_is_asked_anew_and_another_key_made_after_ten_minutes(
    omar: User, client: Client
) -> None:
    give_password(client, "omar")
    client.post(SET_UP, {"password": "omar's password"})
    key = client.get(SET_UP).context["key"]
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        late = client.post(SET_UP, {"code": code_for(key)})
        assert late.context["form"].errors["password"]
        client.post(SET_UP, {"password": "omar's password"})
        assert client.get(SET_UP).context["key"] != key


def test_the_page_of_the_codes_offers_no_language_as_it_cannot_be_shown_again(
    rita: User, client: Client
) -> None:
    give_password(client, "rita")
    shown = client.get(SET_UP)
    assert "language-form" in shown.content.decode()
    codes = client.post(SET_UP, {"code": code_for(shown.context["key"])})
    assert codes.context["codes"]
    assert "language-form" not in codes.content.decode()


def test_guesses_at_the_password_are_counted_where_a_device_is_enrolled(omar: User, client: Client) -> None:
    give_password(client, "omar")
    for _ in range(10):
        client.post(SET_UP, {"password": "a guess"})
    assert told_of(omar) == [("omar", "login_failed", {"step": "password"})] * 10
    assert client.post(SET_UP, {"password": "omar's password"}).context["form"].errors["password"]


def test_a_stolen_session_replaces_no_device_even_with_a_code(rita: User, as_rita: Client) -> None:
    before = TOTPDevice.objects.get().key
    as_rita.post(OWN, {"code": code_of(rita), "change": "1"})
    assert "key" not in as_rita.get(SET_UP).context
    as_rita.post(SET_UP, {"code": "123456", "password": "a guess"})
    assert TOTPDevice.objects.get().key == before


def test_a_right_password_is_good_for_ten_minutes(rita: User, client: Client) -> None:
    with_device(rita)
    give_password(client, "rita")
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert client.get(CODE).headers["Location"] == LOGIN


def test_a_new_password_ends_what_the_old_one_began(rita: User, client: Client) -> None:
    with_device(rita)
    give_password(client, "rita")
    rita.set_password("another password")
    rita.save()
    assert give_code(client, code_of(rita)).headers["Location"] == LOGIN
    assert not is_in(client)


def test_who_becomes_a_reviewer_while_logged_in_has_to_set_one_up(omar: User, client: Client) -> None:
    give_password(client, "omar")
    Appointment.objects.create(user=omar, role=StaffRole.REVIEWER)
    assert not is_in(client)
    assert give_password(client, "omar").headers["Location"] == SET_UP


def test_a_superuser_takes_a_lost_device_away(rita: User, as_rita: Client, as_anna: Client) -> None:
    devices.new_codes(rita)
    chosen = {"action": "take_second_factor_away", "_selected_action": [rita.pk]}
    listed = reverse("admin:auth_user_changelist")
    assert "rita" in as_anna.post(listed, chosen).content.decode()
    assert is_in(as_rita), "not before it is confirmed"

    as_anna.post(listed, chosen | {"sure": "1"})
    assert not TOTPDevice.objects.filter(user=rita).exists()
    assert not RecoveryCode.objects.filter(user=rita).exists()
    assert not is_in(as_rita)
    assert give_password(Client(), "rita").headers["Location"] == SET_UP


@pytest.mark.parametrize("role", StaffRole)
def test_nobody_else_takes_a_device_away(role: StaffRole, rita: User, client: Client) -> None:
    with_device(rita)
    client.force_login(appointed("somebody", role))
    chosen = {"action": "take_second_factor_away", "_selected_action": [rita.pk], "sure": "1"}
    client.post(reverse("admin:auth_user_changelist"), chosen)
    assert TOTPDevice.objects.filter(user=rita).exists()


def test_a_session_ends_after_half_a_day(omar: User, client: Client) -> None:
    begun = timezone.now()
    with time_machine.travel(begun, tick=False) as clock:
        give_password(client, "omar")
        for hours in range(1, 12):
            clock.move_to(begun + timedelta(hours=hours))
            assert is_in(client), hours
        clock.move_to(begun + timedelta(hours=12))
        assert not is_in(client)


def test_an_hour_away_ends_the_session_of_who_can_approve(as_rita: Client) -> None:
    begun = timezone.now()
    with time_machine.travel(begun + timedelta(minutes=59), tick=False) as clock:
        assert is_in(as_rita)
        clock.move_to(begun + timedelta(minutes=118))
        assert is_in(as_rita)
        clock.move_to(begun + timedelta(minutes=179))
        assert not is_in(as_rita)
        assert "Your session has ended" in as_rita.get(LOGIN).content.decode()


def test_a_new_password_ends_the_sessions_elsewhere(omar: User, client: Client) -> None:
    elsewhere = Client()
    for each in (client, elsewhere):
        give_password(each, "omar")
    entered = {
        "old_password": "omar's password",
        "new_password1": "long enough 7",
        "new_password2": "long enough 7",
    }
    client.post(reverse("admin:password_change"), entered)
    assert is_in(client)
    assert not is_in(elsewhere)


def test_what_is_taken_from_an_account_ends_its_sessions(omar: User, as_anna: Client) -> None:
    post = Appointment.objects.create(user=omar, role=StaffRole.AUDITOR, country="")
    elsewhere = Client()
    give_password(elsewhere, "omar")
    kept = Appointment.objects.get(user=omar, role=StaffRole.OFFICER)
    page = {
        "first_name": "", "last_name": "", "email": "", "is_active": "on",
        "appointments-TOTAL_FORMS": 2, "appointments-INITIAL_FORMS": 2,
        "appointments-0-id": post.pk, "appointments-0-user": omar.pk, "appointments-0-role": "auditor",
        "appointments-0-country": "", "appointments-0-DELETE": "on",
        "appointments-1-id": kept.pk, "appointments-1-user": omar.pk, "appointments-1-role": "officer",
        "appointments-1-country": "",
    }  # fmt: skip
    answer = as_anna.post(reverse("admin:auth_user_change", args=[omar.pk]), page)
    assert answer.status_code == 302, answer.context and answer.context["errors"]
    assert list(omar.appointments.values_list("role", flat=True)) == ["officer"]
    assert not is_in(elsewhere)


def test_a_superuser_makes_an_account_and_appoints_it(as_anna: Client) -> None:
    factories.country("XX")
    made = {
        "username": "nadia", "usable_password": "true", "password1": "nadia's password",
        "password2": "nadia's password",
    }  # fmt: skip
    as_anna.post(reverse("admin:auth_user_add"), made)
    nadia = User.objects.get(username="nadia")
    page = {
        "first_name": "Nadia", "last_name": "", "email": "", "is_active": "on",
        "appointments-TOTAL_FORMS": 1, "appointments-INITIAL_FORMS": 0, "appointments-0-id": "",
        "appointments-0-user": nadia.pk, "appointments-0-role": "officer", "appointments-0-country": "XX",
    }  # fmt: skip
    changed = reverse("admin:auth_user_change", args=[nadia.pk])
    nowhere = as_anna.post(changed, page | {"appointments-0-country": "ZZ"})
    assert nowhere.status_code == 200
    again = {name.replace("-0-", "-1-"): value for name, value in page.items() if "-0-" in name}
    assert as_anna.post(changed, page | again | {"appointments-TOTAL_FORMS": 2}).status_code == 200
    assert not nadia.appointments.exists()
    assert as_anna.post(changed, page).status_code == 302
    assert [str(each) for each in nadia.appointments.all()] == ["officer XX"]
    client = Client()
    give_password(client, "nadia")
    assert is_in(client)


def test_an_account_keeps_its_name_and_is_never_deleted(omar: User, as_anna: Client) -> None:
    changed = reverse("admin:auth_user_change", args=[omar.pk])
    page = {"appointments-TOTAL_FORMS": 0, "appointments-INITIAL_FORMS": 0, "is_active": "on"}
    as_anna.post(changed, page | {"username": "boris"})
    assert User.objects.get(pk=omar.pk).username == "omar"
    deleted = reverse("admin:auth_user_delete", args=[omar.pk])
    assert as_anna.post(deleted, {"post": "yes"}).status_code == 403


def test_an_auditor_sees_accounts_without_their_passwords(omar: User, client: Client) -> None:
    client.force_login(appointed("audrey", StaffRole.AUDITOR))
    page = client.get(reverse("admin:auth_user_change", args=[omar.pk]))
    assert page.status_code == 200
    assert "officer" in page.content.decode()
    assert omar.password[:12] not in page.content.decode()


def settings_say(module: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Whether a second factor is required, by these settings in this environment."""
    script = f"from config.settings import {module}; print({module}.SECOND_FACTOR_REQUIRED)"
    known = {"SECRET_KEY": "x" * 50, "PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT_ROOT,
        env=known,
        capture_output=True,
        text=True,
        check=False,
    )


def test_only_the_demo_does_without_and_only_for_this_machine() -> None:
    elsewhere = {"BASE_URL": "https://tracker.example", "ALLOWED_HOSTS": "tracker.example"}
    assert settings_say("demo").stdout == "False\n"
    assert "this machine alone" in settings_say("demo", **elsewhere).stderr
    assert settings_say("production", SECOND_FACTOR_REQUIRED="0", **elsewhere).stdout == "True\n"


def test_a_closed_account_is_logged_out(omar: User, client: Client) -> None:
    give_password(client, "omar")
    User.objects.filter(pk=omar.pk).update(is_active=False)
    assert not is_in(client)


def test_ending_the_sessions_of_one_leaves_the_others(omar: User, as_rita: Client) -> None:
    sessions.end_sessions(omar)
    assert is_in(as_rita)


def test_pages_of_the_second_factor_are_never_cached(rita: User, client: Client) -> None:
    give_password(client, "rita")
    assert "no-store" in client.get(SET_UP).headers["Cache-Control"]


def test_set_up_and_log_in_by_keyboard_alone(
    page: Page, complaints: list[str], live_server: Any, transactional_db: None
) -> None:
    appointed("rita", StaffRole.REVIEWER)
    page.goto(f"{live_server.url}/admin/")
    type_name_and_password(page, "rita")
    expect(page.locator(".qr-picture svg")).to_be_visible()
    type_code(page, code_for(page.locator("code").inner_text()))
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    code = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them, go on").press("Enter")
    expect(page.locator("#user-tools")).to_contain_text("rita")

    page.locator("#logout-form button").press("Enter")
    page.goto(f"{live_server.url}/admin/")
    type_name_and_password(page, "rita")
    type_code(page, code)
    expect(page.locator("#user-tools")).to_contain_text("rita")
    page.get_by_role("link", name="Second factor").press("Enter")
    expect(page.locator("#content")).to_contain_text("9 recovery codes are left.")
    assert complaints == []


def type_name_and_password(page: Page, name: str) -> None:
    expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(f"{name}'s password")
    page.keyboard.press("Enter")


def type_code(page: Page, code: str) -> None:
    expect(page.locator("#id_code")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
