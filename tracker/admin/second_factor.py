"""The pages of the second factor: the code after the password, setting a device up, and changing it."""

from __future__ import annotations

import time
from base64 import b32encode
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from tracker.admin import devices
from tracker.admin.access import needs_second_factor
from tracker.admin.audit_facts import who
from tracker.admin.logging_in import (
    PASSWORD_GOOD_FOR,
    address_of,
    attempts_of,
    finish,
    halfway,
    is_address_locked,
    tell_of_locked_address,
)
from tracker.admin.sessions import SECOND_FACTOR_PASSED, end_sessions
from tracker.models.audit import Action, record
from tracker.models.logging_in import AttemptsOf, LoginAttempts

FEW_CODES = 3
MAY_CHANGE_FOR = timedelta(minutes=10)
"""After a code was given, how long another device may be set up."""

_NEW_KEY, _MAY_CHANGE, _PASSWORD_GIVEN = "new_device_key", "may_change_device_at", "password_given_at"


class CodeInput(forms.TextInput):
    """A code that was refused is typed anew, in an empty field."""

    def format_value(self, value: Any) -> str | None:
        return None


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=CodeInput(
            attrs={
                "autocomplete": "one-time-code",
                "autofocus": True,
                "spellcheck": "false",
                "dir": "ltr",
                "aria-describedby": "code-help id_code_error",
            }
        ),
    )

    def refuse(self) -> None:
        self.add_error(
            "code",
            _(
                "This code is not right, or was used before. "
                "Wait for the next one; after several wrong codes, longer."
            ),
        )


class PasswordForm(forms.Form):
    """For who is logged in: a session that was left open, or stolen, enrols no device."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def refuse(self) -> None:
        self.add_error("password", _("This password is not right. After several wrong ones, wait."))


def urls(site: Any) -> list[URLPattern]:
    """The addresses of these pages, on the admin's site."""

    def page(view: Any) -> Any:
        # Whoever stands halfway is not logged in yet, so these pages look after themselves.
        @wraps(view)
        def shown(request: HttpRequest) -> HttpResponse:
            request.current_app = site.name
            return view(request, site)

        return never_cache(csrf_protect(sensitive_post_parameters()(shown)))

    return [
        path("second-factor/", site.admin_view(page(own_page)), name="second_factor"),
        path("second-factor/code/", page(code_page), name="second_factor_code"),
        path("second-factor/set-up/", page(set_up_page), name="second_factor_set_up"),
    ]


def code_page(request: HttpRequest, site: Any) -> HttpResponse:
    """After the password: what the device shows, or a recovery code."""
    user = halfway(request)
    if user is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if devices.device_of(user) is None:
        return HttpResponseRedirect(reverse("admin:second_factor_set_up"))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if _passes(request, user, form.cleaned_data["code"]):
            wants = finish(request, user, second_factor=True)
            _warn_of_few_codes(request, user)
            return HttpResponseRedirect(wants)
        form.refuse()
    return _page(request, site, "code", title=_("Second factor"), form=form)


def set_up_page(request: HttpRequest, site: Any) -> HttpResponse:
    """A new device: its key as a picture and as text, and a code to show that it works.

    Who is logged in gives the password again before there is a key; who is coming has just given it.
    """
    coming = halfway(request)
    user = coming or (request.user if request.user.is_authenticated else None)
    if user is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if devices.device_of(user) is not None and (
        coming or not _is_recent(request, _MAY_CHANGE, MAY_CHANGE_FOR)
    ):
        return HttpResponseRedirect(reverse("admin:second_factor_code" if coming else "admin:second_factor"))
    if not coming and not _is_recent(request, _PASSWORD_GIVEN, PASSWORD_GOOD_FOR):
        return _password_page(request, site, user)
    form = CodeForm(request.POST or None)
    key = request.session.setdefault(_NEW_KEY, random_hex())
    if form.is_valid():
        codes = _set_up(request, user, key=key, code=form.cleaned_data["code"])
        if codes is not None:
            return _codes_page(
                request, site, codes, goes_on=_device_is_set_up(request, user, coming=bool(coming))
            )
        form.refuse()
    return _page(
        request,
        site,
        "set_up",
        title=_("Set up the second factor"),
        form=form,
        picture=picture_of(user, key),
        key=in_groups(key),
        is_required=needs_second_factor(user),
    )


def _password_page(request: HttpRequest, site: Any, user: Any) -> HttpResponse:
    """The password again, and then a session of which whoever shared this one has no key."""
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        password = form.cleaned_data["password"]
        if _is_right(request, user, lambda: user.check_password(password), step="password"):
            request.session.cycle_key()
            request.session[_PASSWORD_GIVEN] = int(time.time())
            request.session.pop(_NEW_KEY, None)
            return HttpResponseRedirect(reverse("admin:second_factor_set_up"))
        form.refuse()
    return _page(
        request,
        site,
        "password",
        title=_("Set up the second factor"),
        form=form,
        is_required=needs_second_factor(user),
    )


def own_page(request: HttpRequest, site: Any) -> HttpResponse:
    """Whether there is a device; with a code of it, new recovery codes or another device."""
    user = request.user
    has_device = devices.device_of(user) is not None
    form = CodeForm(request.POST or None)
    if has_device and form.is_valid():
        if not _passes(request, user, form.cleaned_data["code"]):
            form.refuse()
        elif "renew" in request.POST:
            return _codes_page(request, site, _renew_codes(request, user), goes_on=reverse("admin:index"))
        else:
            request.session[_MAY_CHANGE] = int(time.time())
            request.session.pop(_NEW_KEY, None)
            return HttpResponseRedirect(reverse("admin:second_factor_set_up"))
    left = devices.codes_left(user)
    return _page(
        request,
        site,
        "own",
        title=_("Second factor"),
        form=form,
        has_device=has_device,
        codes_left=ngettext("%(count)s recovery code is left.", "%(count)s recovery codes are left.", left)
        % {"count": left},
    )


def picture_of(user: Any, key: str) -> SafeString:
    """The key as a QR code: an SVG without styles or scripts."""
    import segno  # Needed once in an account's life.

    address = TOTPDevice(user=user, key=key).config_url
    drawn = segno.make(address, error="m").svg_inline(scale=5, light="#fff", svgclass="qr", lineclass=None)
    return mark_safe(drawn)  # noqa: S308 - segno draws squares; no text of the address is in it


def in_groups(key: str) -> str:
    """The key as an app takes it when it is typed."""
    letters = b32encode(bytes.fromhex(key)).decode()
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _passes(request: HttpRequest, user: Any, code: str) -> bool:
    return _is_right(request, user, lambda: _uses(request, user, code), step="second factor")


def _is_right(request: HttpRequest, user: Any, check: Callable[[], bool], *, step: str) -> bool:
    """Whether `check` says so; guesses are counted, and told to the log, as those at the log-in are."""
    if is_address_locked(request):
        return False
    admitted = LoginAttempts.objects.admit(attempts_of(request, user.get_username()))
    if not admitted or not check():
        about = f"user {user.get_username()}"
        record(Action.LOGIN_FAILED, **who(request), object=about, details={"step": step})
        tell_of_locked_address(request)
        return False
    LoginAttempts.objects.take_back(AttemptsOf.ADDRESS, address_of(request))
    LoginAttempts.objects.forget(AttemptsOf.ACCOUNT, user.get_username())
    return True


def _uses(request: HttpRequest, user: Any, code: str) -> bool:
    """Whether the code is right, which it is once; the log tells of a recovery code that is gone."""
    with transaction.atomic():
        is_right = devices.passes(user, code)
        if is_right and devices.is_recovery_code(code):
            _tell_of_codes(request, user, "one used")
        return is_right


def _renew_codes(request: HttpRequest, user: Any) -> list[str]:
    """New recovery codes in place of the old ones, which the log tells of."""
    with transaction.atomic():
        codes = devices.new_codes(user)
        _tell_of_codes(request, user, "renewed")
        return codes


def _tell_of_codes(request: HttpRequest, user: Any, done: str) -> None:
    # Whoever gives a recovery code to log in is not logged in yet.
    asking = {**who(request), "actor": user.get_username()}
    about = f"user {user.get_username()}"
    record(Action.CHANGED, **asking, object=about, details={"recovery_codes": done})


def _set_up(request: HttpRequest, user: Any, *, key: str, code: str) -> list[str] | None:
    """The recovery codes of the device that was set up, which the log tells of; None: the code was wrong."""
    name = user.get_username()
    with transaction.atomic():
        codes = devices.set_up(user, key=key, code=code)
        if codes is not None:
            address = request.META.get("REMOTE_ADDR", "")
            record(Action.SECOND_FACTOR_SET, actor=name, address=address, object=f"user {name}")
        return codes


def _is_recent(request: HttpRequest, name: str, good_for: timedelta) -> bool:
    return time.time() - request.session.get(name, 0) < good_for.total_seconds()


def _device_is_set_up(request: HttpRequest, user: Any, *, coming: bool) -> str:
    """Log in who was coming; log out where the old device was used elsewhere. Where it goes on."""
    for name in (_NEW_KEY, _MAY_CHANGE, _PASSWORD_GIVEN):
        request.session.pop(name, None)
    if coming:
        return finish(request, user, second_factor=True)
    # This session now counts as one that passed: not so for whoever stole it before.
    request.session.cycle_key()
    request.session[SECOND_FACTOR_PASSED] = True
    end_sessions(user, but=request.session.session_key)
    return reverse("admin:index")


def _warn_of_few_codes(request: HttpRequest, user: Any) -> None:
    left = devices.codes_left(user)
    if left <= FEW_CODES:
        said = ngettext(
            "%(count)s recovery code is left. Get new ones on the page of your second factor.",
            "%(count)s recovery codes are left. Get new ones on the page of your second factor.",
            left,
        )
        messages.warning(request, said % {"count": left})


def _codes_page(request: HttpRequest, site: Any, codes: list[str], *, goes_on: str) -> HttpResponse:
    """The recovery codes, in the answer itself: they are stored nowhere in the clear."""
    return _page(request, site, "codes", title=_("Recovery codes"), codes=codes, goes_on=goes_on)


def _page(request: HttpRequest, site: Any, name: str, **context: Any) -> HttpResponse:
    known = {**site.each_context(request), **context}
    return TemplateResponse(request, f"admin/tracker/second_factor_{name}.html", known)
