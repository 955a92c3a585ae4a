"""In which language the admin speaks: the one that the person chose, or that their browser asks for.

A choice is kept with the account, so that it goes from device to device, and in a cookie of the admin's
pages, for those where nobody is logged in. All other pages and answers are in English, whatever is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, get_language_from_request, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from tracker.models.languages import ChosenLanguage

_LANGUAGE = "language"
"""The key of a session under which the account's language is at hand."""


class LanguageOfAdmin:
    """Middleware that makes each answer in its language, and leaves the thread as it was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(reverse("admin:index")):
            with override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        language = language_of(request)
        with override(language):
            response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    """The code of the language that a page of the admin speaks to whoever asks for it."""
    of_account = request.session.get(_LANGUAGE)
    if of_account in dict(settings.LANGUAGES):
        return str(of_account)
    return get_language_from_request(request)


def choices() -> list[dict[str, Any]]:
    """The languages for the form of the choice, each by its own name."""
    return [
        {"code": code, "name": name, "is_active": code == get_language()} for code, name in settings.LANGUAGES
    ]


@never_cache
@csrf_protect
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language that somebody chose, and go back to where they were."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest(_("There is no such language."), content_type="text/plain")
    if request.user.is_authenticated:
        ChosenLanguage.objects.choose(request.user, language)
        request.session[_LANGUAGE] = language
    response = HttpResponseRedirect(_way_back(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=reverse("admin:index"),
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _way_back(request: HttpRequest) -> str:
    """The page of the admin on which the choice was made; the first one where that cannot be asked for."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # Logging out is no page to come back to.
    return wanted if is_ours and wanted != reverse("admin:logout") else reverse("admin:index")


@receiver(user_logged_in)
def _take_along(request: HttpRequest, user: Any, **_kwargs: Any) -> None:
    """Read once for a session: a choice made elsewhere meanwhile holds from the next log-in on."""
    language = ChosenLanguage.objects.of(user)
    if language is not None:
        request.session[_LANGUAGE] = language
