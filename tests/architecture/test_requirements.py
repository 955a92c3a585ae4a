"""What runs is what was tested: every version is locked, by hash, and the same in both lists."""

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"


def locked(name: str) -> dict[str, list[str]]:
    """Name, version and condition of each requirement, with its hashes."""
    text = re.sub(r" *#.*", "", (REQUIREMENTS / f"{name}.txt").read_text()).replace("\\\n", "")
    lines = [line.split("--hash=") for line in text.splitlines() if line.strip()]
    return {" ".join(line[0].split()): [each.strip() for each in line[1:]] for line in lines}


def test_the_product_runs_on_the_versions_that_are_tested():
    assert locked("base").items() <= locked("dev").items()


@pytest.mark.parametrize("name", ["base", "dev"])
def test_every_requirement_has_one_version_and_hashes(name):
    for requirement, hashes in locked(name).items():
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", requirement), requirement
        assert hashes
        assert all(each.startswith("sha256:") for each in hashes), requirement


@pytest.mark.parametrize("name", ["base", "dev"])
def test_every_direct_requirement_has_a_floor_and_is_locked(name):
    packages = {re.split(r"[\[=]", requirement)[0] for requirement in locked(name)}
    for line in (REQUIREMENTS / f"{name}.in").read_text().splitlines():
        if line and not line.startswith(("#", "-r")):
            assert ">=" in line, line
            assert re.split(r"[\[>]", line)[0] in packages, line
