"""Loads the Syrian demo into var/tracker.sqlite3 and serves it; scripts/demo starts it.

Each step is a command of manage.py, shown as it could be typed, and may be run again.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import sys
import time
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
VAR = PROJECT_ROOT / "var"
BOUNDARIES = "data/boundaries/syr-cod-2018"
USERNAME = "demo"
OWN_SETTINGS = (
    "DEBUG", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "STORAGE", "ALLOWED_HOSTS", "MAX_AGE_DAYS",
    "FRESHNESS_DAYS",
)  # fmt: skip

STEPS = [
    "migrate -v 0",
    *(
        f"load_regions {BOUNDARIES}/syr_admin{level}.shp --level {level} --release syr-cod-2018"
        for level in range(4)
    ),
    "ingest sources data/demo/sources.csv",
    "ingest crises data/demo/crises.csv",
    "ingest reports data/demo/reports.csv --approve --recorded-as-published",
    "ingest events data/demo/events.csv --recorded-as-published",
    "build --replay",
    "export figures --to var/exports/demo",
    "summary",
]


def main() -> None:
    port = int(os.environ.get("PORT") or 8000)
    serve = os.environ.get("SERVE") != "0"
    if serve and not _is_free(port):
        sys.exit(
            f"Something else is listening on port {port}. Please choose another: make demo PORT={port + 1}"
        )
    os.chdir(PROJECT_ROOT)
    sys.path.insert(0, str(PROJECT_ROOT))
    _set_environment(port)

    import django

    django.setup()
    begun = time.monotonic()
    _collect_static()
    for step in STEPS:
        _run(step)
    _export_every_night()
    password = _log_in()
    print(f"\nReady after {time.monotonic() - begun:.0f} s.")
    print(f"Log in to the admin as {USERNAME!r} with password {password!r}.")
    if serve:
        _serve(port)


def _set_environment(port: int) -> None:
    """The demo is a small installation of its own, whatever the caller's environment says."""
    for name in OWN_SETTINGS:
        os.environ.pop(name, None)
    VAR.mkdir(exist_ok=True)
    key = VAR / "secret_key"
    _written_once(key, secrets.token_urlsafe(50))
    os.environ["SECRET_KEY_FILE"] = str(key)
    os.environ["BASE_URL"] = f"http://127.0.0.1:{port}"
    os.environ["BIND"] = f"127.0.0.1:{port}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.demo"


def _written_once(path: Path, secret: str) -> str:
    """What the file holds, readable by its owner only; `secret` where there is no file yet."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret)
    return secret


def _run(step: str) -> None:
    from django.core.management import CommandError, call_command

    print(f"\n$ manage.py {step}", flush=True)
    try:
        call_command(*step.split())
    except CommandError as error:
        sys.exit(f"manage.py {step}: {error}")


def _collect_static() -> None:
    """Copy and compress the static files, which takes a while, where any of them has changed."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    found = [(path, storage) for finder in get_finders() for path, storage in finder.list([])]
    listing = sorted(f"{path} {files.size(path)} {files.get_modified_time(path)}" for path, files in found)
    state = hashlib.sha256("\n".join(listing).encode()).hexdigest()
    collected = VAR / "static.collected"
    if Path(settings.STATIC_ROOT).exists() and collected.exists() and collected.read_text() == state:
        print("\nThe static files are as they were collected.", flush=True)
        return
    _run("collectstatic --noinput --clear -v 0")
    collected.write_text(state)


def _log_in() -> str:
    """The password of the demo's log-in, the same at each run."""
    from django.contrib.auth import get_user_model

    password = _written_once(VAR / "demo_password", secrets.token_urlsafe(12))
    users = get_user_model().objects
    user = users.filter(username=USERNAME).first() or users.create_superuser(USERNAME)
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    return password


def _export_every_night() -> None:
    """The schedule row that has all figures exported each night, as an installation would."""
    from tracker.models import ExportSchedule

    ExportSchedule.objects.get_or_create(name="figures-nightly")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _serve(port: int) -> None:
    here = f"http://127.0.0.1:{port}"
    figures = "/api/v1/figures/?region=SY&measure=departures&crisis=SYR-2024-11&period_type=year"
    print(f"Serving on {here}/ until Ctrl-C:")
    for name, path in {"admin": "/admin/", "API": figures, "API docs": "/api/v1/docs/"}.items():
        print(f"  {name:<9} {here}{path}")
    sys.stdout.flush()
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
    os.execv(command[0], command)  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main()
