"""Logging in: name and password, counted against guessing, and then the second factor where there is one.

Until both are passed nobody is logged in: the session only remembers, for a while, whose password was right.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, get_user_model, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from tracker.admin.access import needs_second_factor
from tracker.admin.audit_facts import who
from tracker.admin.devices import device_of
from tracker.admin.sessions import SECOND_FACTOR_PASSED
from tracker.models.audit import Action, record
from tracker.models.logging_in import (
    LOCKED_FOR,
    LONGEST_NAME,
    MOST_ATTEMPTS,
    Attempt,
    AttemptsOf,
    LoginAttempts,
    household_of,
)

PASSWORD_GOOD_FOR = timedelta(minutes=10)
"""How long the second step may take."""

_HALFWAY = "logging_in"


class LoginForm(AuthenticationForm):
    """One answer to a wrong name, a wrong password and a locked account, after the same work."""

    error_messages = {
        "invalid_login": _(
            "Please check the name and the password. After %(attempts)s wrong attempts an account is locked "
            "for %(minutes)s minutes; an administrator can unlock it sooner."
        )
    }

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password:
            return self.cleaned_data
        # A flood from one address costs little; that its answers come sooner tells of no account.
        if is_address_locked(self.request):
            raise self.get_invalid_login_error()
        admitted = LoginAttempts.objects.admit(attempts_of(self.request, name))
        # Asked with a locked account too: an answer without the cost of hashing would tell of the lock.
        user = authenticate(self.request, username=name, password=password)
        if not admitted and user is not None:
            user_login_failed.send(__name__, credentials={"username": name}, request=self.request)
        if not admitted or user is None or not user.is_staff:
            tell_of_locked_address(self.request)
            raise self.get_invalid_login_error()
        self.user_cache = user
        return self.cleaned_data

    def get_invalid_login_error(self) -> Any:
        error = super().get_invalid_login_error()
        error.params = {
            "attempts": MOST_ATTEMPTS[AttemptsOf.ACCOUNT],
            "minutes": LOCKED_FOR // timedelta(minutes=1),
        }
        return error


class LoginPage(LoginView):
    authentication_form = LoginForm
    template_name = "admin/login.html"
    next_page = "admin:index"

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        LoginAttempts.objects.take_back(AttemptsOf.ADDRESS, address_of(self.request))
        wants = self.get_success_url()
        device = device_of(user)
        if device is None and not (settings.SECOND_FACTOR_REQUIRED and needs_second_factor(user)):
            finish(self.request, user, second_factor=False)
            return HttpResponseRedirect(wants)
        self.request.session.flush()
        self.request.session[_HALFWAY] = {
            "user": user.pk,
            # So that another password, set meanwhile, ends this too.
            "password": user.get_session_auth_hash(),
            "at": int(time.time()),
            "wants": wants,
        }
        return HttpResponseRedirect(
            reverse("admin:second_factor_set_up" if device is None else "admin:second_factor_code")
        )


def halfway(request: HttpRequest) -> Any:
    """Who has given the right password and not yet the second factor; None: nobody."""
    known = request.session.get(_HALFWAY)
    if not known or time.time() - known["at"] >= PASSWORD_GOOD_FOR.total_seconds():
        return None
    user = get_user_model()._default_manager.filter(pk=known["user"], is_active=True).first()
    same = user is not None and constant_time_compare(user.get_session_auth_hash(), known["password"])
    return user if same else None


def finish(request: HttpRequest, user: Any, *, second_factor: bool) -> str:
    """Log in for good; where the person wanted to go."""
    wants = request.session.pop(_HALFWAY, {}).get("wants") or reverse("admin:index")
    login(request, user)
    request.session[SECOND_FACTOR_PASSED] = second_factor
    LoginAttempts.objects.forget(AttemptsOf.ACCOUNT, user.get_username())
    return str(wants)


def attempts_of(request: HttpRequest | None, name: str) -> list[Attempt]:
    """What an attempt at the account `name` counts for."""
    # No account has a longer name than the column takes.
    return [(AttemptsOf.ACCOUNT.value, name[:LONGEST_NAME]), (AttemptsOf.ADDRESS.value, address_of(request))]


def is_address_locked(request: HttpRequest | None) -> bool:
    """Whether the attempts from where this comes are used up."""
    return LoginAttempts.objects.are_used_up(AttemptsOf.ADDRESS, address_of(request))


def tell_of_locked_address(request: HttpRequest | None) -> None:
    """Called after a failed attempt: where it was the last from its address, the log says so.

    What comes from there while the lock lasts leaves no entry.
    """
    if is_address_locked(request):
        details = {"locked_for_minutes": LOCKED_FOR // timedelta(minutes=1)}
        record(Action.LOGIN_FAILED, **who(request), object=f"address {address_of(request)}", details=details)


def address_of(request: HttpRequest | None) -> str:
    """Where it comes from, as far as one who attacks cannot choose it freely."""
    return household_of(str(request.META.get("REMOTE_ADDR", "")) if request else "")
