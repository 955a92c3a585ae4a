"""Finds the programs that tests need; installs Debian's packages where it may; else stops with a sentence."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

APT_INSTALL = Path(__file__).resolve().parents[2] / "scripts" / "apt-install"
OLDEST_POSTGRES = 15


class Missing(SystemExit):
    """A program is not there and cannot be installed; tests are never skipped for that."""


def postgres_bin() -> Path:
    """The folder of the newest PostgreSQL server programs, version 15 or later."""
    return _find_or_install(
        _find_postgres_bin,
        packages=["postgresql"],
        advice=f"PostgreSQL {OLDEST_POSTGRES} or newer is needed for the tests. Install it "
        "(Debian, Ubuntu: apt-get install postgresql) or set TEST_DATABASE_URL to a server "
        "whose user may create databases.",
    )


def redis_server() -> Path:
    return _find_or_install(
        lambda: _on_path("redis-server"),
        packages=["redis-server"],
        advice="Redis is needed for the tests. Install it (Debian, Ubuntu: apt-get install redis-server) or "
        "set TEST_REDIS_URL to a server whose databases may be emptied.",
    )


def chromium() -> Path:
    return _find_or_install(
        lambda: _on_path("chromium") or _on_path("chromium-browser") or _on_path("google-chrome"),
        packages=["chromium", "fonts-dejavu-core"],
        advice="Chromium is needed for the tests of the pages. Install it (Debian: apt-get install chromium; "
        "Ubuntu: any Chrome or Chromium that is on PATH).",
    )


def gettext_tools() -> Path:
    """The program that finds texts to be translated; the others come in the same package."""
    return _find_or_install(
        lambda: _on_path("xgettext"),
        packages=["gettext"],
        advice="GNU gettext is needed for the tests of the catalogues. Install it (Debian, Ubuntu: apt-get "
        "install gettext).",
    )


def all_at_hand() -> None:
    """Install what is missing before the tests begin, rather than within one of them."""
    if not os.environ.get("TEST_DATABASE_URL"):
        postgres_bin()
    if not os.environ.get("TEST_REDIS_URL"):
        redis_server()
    chromium()
    gettext_tools()


def _find_postgres_bin() -> Path | None:
    on_path = shutil.which("postgres")
    found = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *([Path(on_path).resolve().parent] if on_path else []),
    ]
    versions = {_version(folder): folder for folder in found if (folder / "postgres").exists()}
    newest = max(versions, default=0)
    return versions[newest] if newest >= OLDEST_POSTGRES else None


def _version(folder: Path) -> int:
    said = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _find_or_install(find: Callable[[], Path | None], *, packages: list[str], advice: str) -> Path:
    found = find()
    if found is None:
        subprocess.run([APT_INSTALL, *packages], check=False)
        found = find()
    if found is None:
        raise Missing(advice)
    return found


if __name__ == "__main__":
    all_at_hand()
