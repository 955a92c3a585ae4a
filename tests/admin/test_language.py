"""The language of the admin: chosen, kept, asked for by the browser; and everything else in English."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.translation import get_language, override

from tests.admin.logging_in import appointed, give_password
from tracker.models import ChosenLanguage

pytestmark = pytest.mark.django_db


def choose(client: Client, language: str, *, back: str = "/admin/", **headers):
    return client.post(reverse("admin:language"), {"language": language, "next": back}, **headers)


def opening_tag(response) -> str:
    """The `<html>` tag, which says language and direction."""
    return next(line for line in response.content.decode().splitlines() if line.startswith("<html"))


@pytest.mark.parametrize(
    ("asked", "tag"),
    [
        ("fr-CH, fr;q=0.9", '<html lang="fr" dir="ltr">'),
        ("ar-SY,en;q=0.5", '<html lang="ar" dir="rtl">'),
        ("de", '<html lang="en" dir="ltr">'),
        ("", '<html lang="en" dir="ltr">'),
    ],
)
def test_who_has_not_chosen_gets_what_the_browser_asks_for_or_english(asked, tag):
    response = Client().get(reverse("admin:login"), headers={"accept-language": asked})
    assert opening_tag(response) == tag
    assert response["Content-Language"] == tag.split('"')[1]
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in response["Vary"].split(",")}


def test_a_choice_on_the_log_in_page_is_kept_by_this_browser():
    client = Client()
    assert choose(client, "ar", back="/admin/login/?next=/admin/").url == "/admin/login/?next=/admin/"
    page = client.get("/admin/login/", headers={"accept-language": "fr"})
    assert opening_tag(page) == '<html lang="ar" dir="rtl">'
    assert client.cookies["django_language"]["path"] == "/admin/"
    assert client.cookies["django_language"]["httponly"]
    assert not ChosenLanguage.objects.exists()


def test_a_choice_goes_with_the_account_to_another_browser(as_anna, anna):
    choose(as_anna, "fr")
    assert ChosenLanguage.objects.of(anna) == "fr"
    assert opening_tag(as_anna.get("/admin/")) == '<html lang="fr" dir="ltr">'
    elsewhere = Client()
    elsewhere.force_login(anna)
    page = elsewhere.get("/admin/", headers={"accept-language": "ar"})
    assert opening_tag(page) == '<html lang="fr" dir="ltr">'


def test_a_choice_of_the_account_goes_before_that_of_whoever_used_the_browser_before():
    officer = appointed("olga", "officer")
    ChosenLanguage.objects.choose(officer, "ar")
    client = Client()
    choose(client, "fr")
    give_password(client, "olga")
    assert opening_tag(client.get("/admin/")) == '<html lang="ar" dir="rtl">'


def test_after_logging_out_the_browser_still_speaks_the_language(as_anna):
    choose(as_anna, "ar")
    as_anna.post(reverse("admin:logout"))
    assert opening_tag(as_anna.get(reverse("admin:login"))) == '<html lang="ar" dir="rtl">'


def test_choosing_again_replaces_the_choice(as_anna, anna):
    for language in ("fr", "ar", "en"):
        choose(as_anna, language)
        assert f'lang="{language}"' in opening_tag(as_anna.get("/admin/"))
    assert ChosenLanguage.objects.count() == 1


def test_a_stored_language_that_is_offered_no_more_does_no_harm(anna):
    ChosenLanguage.objects.choose(anna, "tlh")
    client = Client()
    client.force_login(anna)
    assert opening_tag(client.get("/admin/")) == '<html lang="en" dir="ltr">'


@pytest.mark.parametrize("unknown", ["de", "", "../fr", "fr\x00", "FR", "f" * 5000])
def test_a_language_that_is_not_offered_is_refused(as_anna, unknown):
    assert choose(as_anna, unknown).status_code == 400
    assert not ChosenLanguage.objects.exists()
    assert "django_language" not in as_anna.cookies


@pytest.mark.parametrize(
    "outside",
    [
        "https://example.org/",
        "//example.org/",
        "/\\example.org",
        "javascript:alert(1)",
        "http:///example.org",
        "",
        "/admin/logout/",
        "https:admin",
        "\x00//example.org",
    ],
)
def test_the_choice_leads_back_to_pages_of_ours_only(as_anna, outside):
    assert choose(as_anna, "fr", back=outside).url == "/admin/"


def test_a_choice_is_made_by_a_form_of_ours_and_by_nothing_else(anna):
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)
    assert choose(client, "fr").status_code == 403
    assert client.get(reverse("admin:language")).status_code == 405
    assert not ChosenLanguage.objects.exists()


@pytest.mark.parametrize("where", ["/admin/login/", "/admin/"])
def test_each_language_is_offered_by_its_own_name_and_the_present_one_is_marked(as_anna, where):
    client = Client() if "login" in where else as_anna
    choose(client, "fr")
    page = client.get(where).content.decode()
    assert '<button name="language" value="en" lang="en">English</button>' in page
    assert '<button name="language" value="fr" lang="fr" aria-current="true">Français</button>' in page
    assert '<button name="language" value="ar" lang="ar">العربية</button>' in page
    assert f'name="next" value="{where}"' in page


def test_whoever_is_between_password_and_code_may_choose_too(anna):
    client = Client()
    give_password(client, "anna")
    choose(client, "ar")
    page = client.get(reverse("admin:second_factor_set_up"))
    assert opening_tag(page) == '<html lang="ar" dir="rtl">'
    assert User.objects.get(username="anna").last_login is None


@pytest.mark.parametrize(
    "path", ["/api/v1/figures?measure=nonsense", "/api/v1/openapi.json", "/api/v1/nowhere", "/", "/metrics"]
)
def test_all_that_is_not_the_admin_is_english_whatever_is_asked_for(as_anna, anna, path):
    plain = Client().get(path)
    ChosenLanguage.objects.choose(anna, "ar")
    choose(as_anna, "ar")
    as_anna.cookies["django_language"]["path"] = "/"
    asked = as_anna.get(path, headers={"accept-language": "ar"})
    assert asked.status_code == plain.status_code
    assert asked.content == plain.content
    assert "Accept-Language" not in asked.get("Vary", "")


def test_what_is_asked_by_options_is_told_in_english(as_anna):
    choose(as_anna, "ar")
    path = "/api/v1/figures"
    assert as_anna.options(path).content == Client().options(path).content


def test_a_request_leaves_the_thread_in_the_language_it_found(as_anna):
    choose(as_anna, "ar")
    with override("fr"):
        as_anna.get("/admin/")
        as_anna.get("/api/v1/figures")
        assert get_language() == "fr"
    assert get_language() == "en"
