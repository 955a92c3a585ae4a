"""Logging in as a person does: name, password, and the code that their device shows."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from tracker.admin.access import needs_second_factor
from tracker.models import Appointment


def appointed(name: str, role: str, country: str = "") -> User:
    """A person in one role, for one country or everywhere; the password is `NAME's password`."""
    user = User.objects.create_user(name, password=f"{name}'s password", is_staff=True)
    Appointment.objects.create(user=user, role=role, country=country)
    return user


def with_device(user: User) -> TOTPDevice:
    """The person's device; a new one where there is none."""
    return TOTPDevice.objects.get_or_create(user=user, confirmed=True, defaults={"name": "phone"})[0]


def code_of(user: User) -> str:
    """What the person's device shows, as if it had not been used just now."""
    device = TOTPDevice.objects.get(user=user, confirmed=True)
    device.last_t = -1
    device.throttle_reset()
    return f"{totp(device.bin_key):06}"


def give_password(client: Client, name: str, password: str = "", **headers: Any) -> Any:
    """Send the form of the log-in."""
    entered = {"username": name, "password": password or f"{name}'s password", "next": reverse("admin:index")}
    return client.post(reverse("admin:login"), entered, **headers)


def give_code(client: Client, code: str) -> Any:
    """Send the form of the second factor."""
    return client.post(reverse("admin:second_factor_code"), {"code": code})


def log_in(page: Page, base: str, name: str) -> None:
    """Log in with a browser, with the second factor where the person needs one."""
    user = User.objects.get(username=name)
    page.goto(f"{base}/admin/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", f"{name}'s password")
    if needs_second_factor(user):
        with_device(user)
        page.click("input[type=submit]")
        page.fill("#id_code", code_of(user))
    page.click("input[type=submit]")
    expect(page.locator("#user-tools")).to_contain_text(name)
