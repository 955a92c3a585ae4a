"""When a session ends: after half a day, sooner where somebody who can approve or manage is away."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tracker.admin.access import needs_second_factor

MOST_IDLE = timedelta(hours=1)
"""For those who can approve or manage. Others may be called away from a report they are typing."""

SECOND_FACTOR_PASSED = "second_factor_passed"
_BEGUN, _SEEN = "begun_at", "seen_at"
_NOTED_EVERY = timedelta(minutes=1)


class EndingSessions:
    """Middleware that logs out whose session has ended, before anything is shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Without the cookie there is no session, and answers to everyone stay the same for everyone.
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session and request.user.is_authenticated and not _goes_on(request):
            logout(request)
            if request.path.startswith(reverse("admin:index")):
                messages.info(request, _("Your session has ended. Please log in again."))
        return self.get_response(request)


def end_sessions(user: Any, *, but: str | None = None) -> None:
    """Log somebody out everywhere, but for the session with the key `but`."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=but).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()


@receiver(user_logged_in)
def _begin(request: HttpRequest, **_kwargs: Any) -> None:
    request.session[_BEGUN] = request.session[_SEEN] = int(time.time())


def _goes_on(request: HttpRequest) -> bool:
    session, now = request.session, int(time.time())
    begun, seen = session.get(_BEGUN), session.get(_SEEN)
    if begun is None or seen is None or now - begun >= settings.SESSION_COOKIE_AGE:
        return False
    if needs_second_factor(request.user):
        lacks_it = settings.SECOND_FACTOR_REQUIRED and not session.get(SECOND_FACTOR_PASSED)
        if lacks_it or now - seen >= MOST_IDLE.total_seconds():
            return False
    if now - seen >= _NOTED_EVERY.total_seconds():
        session[_SEEN] = now
    return True
