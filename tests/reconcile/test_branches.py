"""The tests beside this one reach every branch of the rules.

Compiled loops cannot be watched; so these tests are run once more, in a process of their own, as the plain
Python that the loops are written in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT_ROOT = Path(__file__).parents[2]
RULES = "tracker/reconcile"
TESTS = (
    "test_cube.py",
    "test_examples.py",
    "test_figures.py",
    "test_ordering.py",
    "test_outcomes.py",
    "test_periods.py",
    "test_spreading.py",
    "test_promises.py::test_the_engine_and_the_plain_reference_agree_on_all_of_them[0]",
    "test_promises.py::test_outcomes_are_those_of_the_plain_reference",
)


@pytest.mark.timeout(300)
def test_every_branch_of_the_rules_is_reached(tmp_path: Path) -> None:
    data, answer = tmp_path / "coverage", tmp_path / "coverage.json"
    tests = [f"tests/reconcile/{name}" for name in TESTS]
    watched = ("run", "--branch", f"--source={RULES}", f"--data-file={data}")
    _coverage(*watched, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    _coverage("json", f"--data-file={data}", "-o", str(answer))
    found = json.loads(answer.read_text("utf-8"))
    assert found["files"].keys() == {str(path.relative_to(PROJECT_ROOT)) for path in _rules()}
    assert {name: _missed(file) for name, file in found["files"].items() if _missed(file)} == {}
    assert found["totals"]["num_branches"] > 0
    assert found["totals"]["excluded_lines"] == 0


def _rules() -> list[Path]:
    return sorted((PROJECT_ROOT / RULES).glob("*.py"))


def _missed(file: dict[str, Any]) -> dict[str, Any]:
    """Lines that were never run, and steps from line to line that were never taken."""
    missed = {"lines": file["missing_lines"], "branches": file["missing_branches"]}
    return {kind: places for kind, places in missed.items() if places}


def _coverage(*arguments: str) -> None:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "HYPOTHESIS_PROFILE": "steady"}
    done = subprocess.run(
        [sys.executable, "-m", "coverage", *arguments],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
