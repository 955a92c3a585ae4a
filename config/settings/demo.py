"""For the demo: served as in production, to this machine alone, where a password is enough to log in."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import BASE_URL
from config.settings.production import *  # noqa: F403 - settings modules extend each other by this import

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
if f"{urlsplit(BASE_URL).hostname}" not in {"127.0.0.1", "localhost", "::1"}:
    raise ImproperlyConfigured("The demo is for this machine alone; BASE_URL names another.")

SECOND_FACTOR_REQUIRED = False
