"""`make demo`: loads, builds, exports and serves; a second run is quick and changes nothing."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from tests.services.process import accepts_connections, free_port, server

PROJECT_ROOT = Path(__file__).resolve().parents[1]
LOAD_DEMO = [sys.executable, "scripts/load_demo.py"]

pytestmark = pytest.mark.timeout(300)


def load(folder: Path) -> str:
    """What the demo says when it stops before serving; whatever its caller's environment holds."""
    environment = os.environ | {"SERVE": "0", "DEBUG": "1", "DATABASE_URL": "postgres://nobody@nowhere/none"}
    done = subprocess.run(LOAD_DEMO, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exported(folder: Path) -> dict[str, str]:
    files = [path for path in (folder / "var/exports").rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the demo has been loaded once."""
    folder = tmp_path_factory.mktemp("demo") / "project"
    left_out = shutil.ignore_patterns(".*", "var", "tests", "docs")
    shutil.copytree(PROJECT_ROOT, folder, ignore=left_out)
    load(folder)
    return folder


def test_a_second_run_writes_the_same_bytes(loaded):
    before = exported(loaded)
    assert {Path(name).suffix for name in before} == {".csv", ".geojson", ".parquet", ".json"}
    said = load(loaded)
    assert exported(loaded) == before
    assert "new 0, changed 0, unchanged 75, rejected 0" in said


def test_secrets_are_made_here_and_readable_by_their_owner_only(loaded):
    for name in ["secret_key", "demo_password"]:
        assert (loaded / "var" / name).stat().st_mode & 0o777 == 0o600
    assert (loaded / "var/demo_password").read_text() in load(loaded)


def test_what_is_served_takes_the_log_in_that_was_printed(loaded, tmp_path):
    port = free_port()
    log = tmp_path / "log"
    environment = os.environ | {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
    with server(
        LOAD_DEMO,
        log=log,
        is_ready=lambda: accepts_connections(port),
        stop=signal.SIGINT,
        environment=environment,
        folder=loaded,
    ):
        said = log.read_text()
        printed = re.search(r"Log in to the admin as '(.+)' with password '(.+)'", said)
        assert printed
        user, password = printed.groups()
        assert "Log out" in log_in(port, user, password)
        assert "Log out" not in log_in(port, user, "a wrong one")
        for address in re.findall(r"http://127\.0\.0\.1:\d+/\S*", said):
            with build_opener().open(address) as answer:
                assert answer.status == 200
    assert not accepts_connections(port)


def log_in(port: int, user: str, password: str) -> str:
    """The page that follows the log-in."""
    browser: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
    address = f"http://127.0.0.1:{port}/admin/login/?next=/admin/"
    with browser.open(address) as form:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.read().decode())
    assert token
    fields = {"csrfmiddlewaretoken": token[1], "username": user, "password": password}
    with browser.open(address, urlencode(fields).encode()) as page:
        return page.read().decode()


def test_a_port_that_is_taken_is_said_at_once(loaded):
    port = free_port()
    with server(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)],
        log=loaded / "log",
        is_ready=lambda: accepts_connections(port),
        stop=signal.SIGTERM,
        folder=loaded / "data",
    ):
        environment = os.environ | {"PORT": str(port)}
        done = subprocess.run(
            LOAD_DEMO, cwd=loaded, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert f"PORT={port + 1}" in done.stderr
