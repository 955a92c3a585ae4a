"""The containers, without an engine: what compose.yaml and the image name exists, and commands come up."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.services.process import free_port, server

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DOCKER = PROJECT_ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "displacement-tracker"}


def as_given(text: str) -> str:
    """`text` with the variables that have a default filled in."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def command_of(service: str) -> list[str]:
    """The service's command, to be run by this Python."""
    program, *options = map(as_given, SERVICES[service]["command"])
    return [sys.executable, *([] if program == "python" else ["-m", program]), *options]


@contextlib.contextmanager
def running(command, environment, tmp_path, *, until):
    log = tmp_path / "log"
    ready = until if callable(until) else lambda: until.encode() in log.read_bytes()
    with server(
        command, log=log, is_ready=ready, stop=signal.SIGTERM, environment=environment, folder=PROJECT_ROOT
    ):
        yield


def test_there_is_a_web_server_a_worker_beat_a_database_a_broker_and_a_proxy():
    assert set(OURS) == {"migrate", "web", "worker", "beat"}
    assert set(SERVICES) - set(OURS) == {"db", "broker", "nginx"}


@pytest.mark.parametrize(("service", "sign"), [("worker", " ready."), ("beat", "beat: Starting...")])
def test_the_commands_of_worker_and_beat_come_up(service, sign, live_database, tmp_path):
    with running(command_of(service), live_database, tmp_path, until=sign):
        pass


def test_the_web_server_comes_up_and_its_health_check_tells_whether_it_answers(live_database, tmp_path):
    environment = live_database | {"BIND": f"127.0.0.1:{free_port()}"}

    def is_healthy() -> bool:
        check: list[Path | str] = [sys.executable, DOCKER / "healthcheck.py"]
        return subprocess.run(check, env=environment, stderr=subprocess.DEVNULL, check=False).returncode == 0

    assert not is_healthy()
    with running(command_of("web"), environment, tmp_path, until=is_healthy):
        pass


def test_the_database_address_is_made_of_the_password_file(tmp_path):
    script = (DOCKER / "entrypoint").read_text().replace("/run/secrets", str(tmp_path))
    (tmp_path / "database_password").write_text("secret")
    environment = {"PATH": os.environ["PATH"]}
    said = subprocess.run(
        ["sh", "-c", script, "entrypoint", "printenv", "DATABASE_URL"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "postgres://tracker:secret@db:5432/tracker\n"


def test_every_service_says_when_it_is_healthy_and_has_time_to_stop():
    image_checks = "HEALTHCHECK" in (DOCKER / "Dockerfile").read_text()
    for name, service in SERVICES.items():
        assert "healthcheck" in service or (service["image"] == "displacement-tracker" and image_checks), name
        assert "stop_grace_period" in service or name == "migrate", name


def test_what_services_refer_to_is_declared():
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DOCKER / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], (
                volume
            )


def test_the_broker_loses_nothing_and_drops_nothing():
    command = " ".join(SERVICES["broker"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "broker:/data" in SERVICES["broker"]["volumes"]


def test_only_the_proxy_is_open_to_the_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]


def test_the_proxy_overwrites_what_clients_claim_about_themselves():
    proxy = (DOCKER / "nginx/proxy.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in proxy
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in proxy
    assert "$proxy_add_x_forwarded_for" not in proxy


def test_the_image_holds_what_it_copies_and_runs_without_privileges():
    dockerfile = (DOCKER / "Dockerfile").read_text()
    allowed = (DOCKER / "Dockerfile.dockerignore").read_text().split()
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.M) for word in line.split()[:-1]
    ]
    assert {"config", "tracker", "manage.py", "requirements/base.txt"} <= set(copied)
    for path in copied:
        assert (PROJECT_ROOT / path).exists()
        assert f"!{path}" in allowed
    assert "--require-hashes" in dockerfile
    assert re.search(r"^USER tracker$", dockerfile, re.M)


def test_secrets_are_named_in_the_example_and_given_nowhere():
    example = (DOCKER / "env.example").read_text()
    for secret in COMPOSE["secrets"].values():
        assert re.search(rf"^{secret['environment']}=$", example, re.M)
