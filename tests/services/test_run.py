"""The private servers of the test run come up, are what they say, and never outlive it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis as redis_client

from tests.services.postgres import SPACIOUS, postgres
from tests.services.process import private_folder

PROJECT_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    with private_folder() as made:
        made.chmod(0o711)
        yield made


@contextlib.contextmanager
def a_run_around(script: str, tmp_path: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run that makes its temporary folders in `folder`; entered once its command has begun."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEST_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.run", "--", "sh", "-c", f"touch {tmp_path}/begun; {script}"],
        cwd=PROJECT_ROOT,
        env={**environment, "TMPDIR": str(folder)},
    )
    try:
        wait_for((tmp_path / "begun").exists)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def processes_of(folder: Path) -> list[str]:
    """The processes whose command line names `folder`."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (each / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if f"{folder}/" in command and "tests.services.run" not in command:
                found.append(command)
    return found


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda by: by.name)
def test_a_run_that_is_ended_leaves_no_process_and_no_folder(tmp_path, folder, by):
    with a_run_around(f"echo $$ > {tmp_path}/pid; exec sleep 600", tmp_path, folder) as process:
        wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        command = int((tmp_path / "pid").read_text())
        assert processes_of(folder)
        process.send_signal(by)
        if by == signal.SIGINT:  # the terminal sends it to both
            os.kill(command, by)
        process.wait(30)
        wait_for(lambda: not processes_of(folder))
        wait_for(lambda: not is_running(command))
        wait_for(lambda: not list(folder.iterdir()))


def test_a_process_that_the_command_left_behind_is_ended(tmp_path, folder):
    with a_run_around(f"setsid sleep 600 & echo $! > {tmp_path}/pid", tmp_path, folder) as process:
        assert process.wait(30) == 0
        assert not is_running(int((tmp_path / "pid").read_text()))


def test_the_exit_code_of_the_command_is_passed_on(tmp_path, folder):
    with a_run_around("exit 7", tmp_path, folder) as process:
        assert process.wait(30) == 7


def test_given_servers_are_used_and_none_started(monkeypatch, tmp_path):
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://given/one")
    monkeypatch.setenv("TEST_REDIS_URL", "redis://given/0")
    script = f'echo "$DATABASE_URL $REDIS_URL" >{tmp_path}/seen'
    subprocess.run(
        [sys.executable, "-m", "tests.services.run", "--", "sh", "-c", script], cwd=PROJECT_ROOT, check=True
    )
    assert (tmp_path / "seen").read_text() == "postgres://given/one redis://given/0\n"


def test_without_programs_and_without_the_right_to_install_them_the_run_fails_and_says_what_to_do():
    script = """
import sys
from tests.services import binaries, run
binaries._find_postgres_bin = lambda: None
binaries.APT_INSTALL = "false"
sys.exit(run.main(["--", "echo", "begun"]))
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEST_")}
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "apt-get install postgresql" in ended.stderr
    assert "begun" not in ended.stdout


def test_the_database_sorts_as_people_do_so_that_code_point_order_must_be_asked_for(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        words = connection.execute(
            "SELECT w FROM unnest(ARRAY['b', 'B', 'a', 'A']) AS w ORDER BY w"
        ).fetchall()
    assert [word for (word,) in words] == ["a", "A", "b", "B"]


@pytest.mark.parametrize(("durable", "fsync"), [(False, "off"), (True, "on")])
def test_only_a_durable_database_waits_for_the_disk(durable, fsync):
    with postgres(durable=durable) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == (fsync,)


def test_a_spacious_database_has_the_memory_that_large_tables_want():
    with postgres(settings=SPACIOUS) as url, psycopg.connect(url) as connection:
        said = {name: connection.execute(f"SHOW {name}").fetchone() for name in SPACIOUS}
    assert said == {name: (value,) for name, value in SPACIOUS.items()}


def test_the_command_can_ask_for_a_durable_and_spacious_database(tmp_path):
    script = f"""
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    said = [connection.execute(f"SHOW {{name}}").fetchone()[0] for name in ("fsync", "shared_buffers")]
open("{tmp_path}/said", "w").write(" ".join(said))
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEST_")}
    options = ["--durable", "--spacious", "--", sys.executable, "-c", script]
    subprocess.run(
        [sys.executable, "-m", "tests.services.run", *options], cwd=PROJECT_ROOT, env=environment, check=True
    )
    assert (tmp_path / "said").read_text() == "on 6GB"


def test_redis_keeps_its_queue_on_disk_and_never_drops_keys(redis_url):
    with contextlib.closing(redis_client.Redis.from_url(redis_url)) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_private_folder_is_gone_afterwards():
    with private_folder() as folder:
        (folder / "file").touch()
    assert not folder.exists()
