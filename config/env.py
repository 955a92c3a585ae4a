"""The environment: each variable is read and checked here, once, at start.

A missing or malformed variable stops the start with a sentence that names it. A secret has no default.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

PROJECT_ROOT = Path(__file__).resolve().parent.parent
_read = environ.Env()


def choose_settings() -> None:
    """Let DEBUG decide between the development and the production settings, unless told."""
    module = "config.settings.dev" if boolean("DEBUG", default=False) else "config.settings.production"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", module)


def text(name: str, *, default: str = "") -> str:
    return str(_read.str(name, default=default)).strip()


def boolean(name: str, *, default: bool) -> bool:
    raw = os.environ.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r}: expected 1, true, yes, on or 0, false, no, off.")


def whole_number(name: str, *, default: int, least: int = 0) -> int:
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    if not raw.isascii() or not raw.isdigit() or int(raw) < least:
        raise ImproperlyConfigured(f"{name}={raw!r}: expected a whole number of at least {least}.")
    return int(raw)


def folder(name: str, *, default: Path) -> Path:
    path = text(name, default=str(default))
    if "://" in path:
        raise ImproperlyConfigured(f"{name}={path!r}: expected the path of a folder.")
    return Path(path)


def words(name: str, *, default: list[str]) -> list[str]:
    return [word.strip() for word in text(name).split(",") if word.strip()] or default


def url(name: str, *, default: str, schemes: set[str]) -> str:
    address = text(name, default=default)
    if address and urlsplit(address).scheme not in schemes:
        raise ImproperlyConfigured(
            f"{name}: expected an address that begins with {' or '.join(sorted(schemes))}."
        )
    return address


def token(name: str) -> str:
    """A secret that goes into a header."""
    found = text(name)
    if not found.isascii():
        raise ImproperlyConfigured(f"{name}: expected letters, digits and signs of ASCII.")
    return found


def long_secret(name: str, *, default: str) -> str:
    """A secret too long to be guessed; `default` where none is set."""
    found = text(name)
    if found and len(found) < 32:
        raise ImproperlyConfigured(f"{name}: expected at least 32 random characters.")
    return found or default


def secret_key(*, debug: bool) -> str:
    """SECRET_KEY, or the content of SECRET_KEY_FILE; only DEBUG=1 does without."""
    key = text("SECRET_KEY")
    path = text("SECRET_KEY_FILE")
    if not key and path:
        try:
            key = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"SECRET_KEY_FILE={path!r} cannot be read: {error.strerror}."
            ) from error
    if not key and debug:
        return "development-only-not-a-secret"
    if len(key) < 32:
        raise ImproperlyConfigured(
            "Set SECRET_KEY (or SECRET_KEY_FILE) to at least 32 random characters, "
            "or DEBUG=1 to try things out."
        )
    return key


@dataclass(frozen=True)
class Database:
    """DATABASE_URL as Django wants it."""

    settings: dict[str, object]

    @property
    def is_sqlite(self) -> bool:
        return str(self.settings["ENGINE"]).endswith("sqlite3")


def database() -> Database:
    """DATABASE_URL: `sqlite:///path` (default: var/tracker.sqlite3) or `postgres://user:password@host/name`."""
    address = url(
        "DATABASE_URL",
        default=f"sqlite:///{PROJECT_ROOT / 'var' / 'tracker.sqlite3'}",
        schemes={"sqlite", "postgres", "postgresql"},
    )
    settings = dict(environ.Env.db_url_config(address))
    found = Database(settings)
    if found.is_sqlite:
        # Without these, concurrent read-then-write transactions fail with "database is locked".
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
        }
    else:
        settings["CONN_MAX_AGE"] = 60
        settings["CONN_HEALTH_CHECKS"] = True
    return found
