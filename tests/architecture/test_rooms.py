"""The rooms import downwards only, the rules and readers are pure, and the web process starts light."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]
PURE = ["tracker/reconcile", "tracker/ingest/readers"]
HEAVY = {"geopandas", "shapely", "pyogrio", "pyproj", "pandas", "pyarrow", "numba", "openpyxl"}


def contracts_kept(folder: Path) -> tuple[bool, str]:
    command: list[Path | str] = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return found.returncode == 0, found.stdout


def test_the_contracts_of_the_rooms_are_kept():
    kept, report = contracts_kept(PROJECT_ROOT)
    assert kept, report


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the code, to be built over."""
    copy = tmp_path_factory.mktemp("house")
    for name in ["config", "tracker"]:
        shutil.copytree(PROJECT_ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT_ROOT / "pyproject.toml", copy)
    return copy


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("tracker/models/upward.py", "import tracker.figures", "Imports point down"),
        ("tracker/ingest/sideways.py", "import tracker.figures", "rooms on one line"),
        ("tracker/cellar/__init__.py", "", "tracker.cellar"),
        ("tracker/figures/settings.py", "import config.env", "know nothing of config"),
        ("tracker/reconcile/impure.py", "from django.utils import timezone", "are pure"),
        ("tracker/ingest/readers/impure.py", "import tracker.models", "reach no table"),
        ("tracker/api/maps.py", "import shapely", "Only geo imports"),
        (
            "tracker/figures/circle.py",
            "import tracker.figures.circle_closed",
            "No circles",
        ),
    ],
)
def test_a_forbidden_import_breaks_its_contract(house, file, line, contract):
    added = house / file
    closing = added.with_name("circle_closed.py")
    added.parent.mkdir(exist_ok=True)
    try:
        added.write_text(line + "\n")
        if "circle" in added.name:
            closing.write_text("import tracker.figures.circle\n")
        kept, report = contracts_kept(house)
        assert not kept
        broken = [
            each for each in report.splitlines() if "BROKEN" in each or "Missing" in each or "cellar" in each
        ]
        assert contract in "\n".join(broken)
    finally:
        added.unlink()
        closing.unlink(missing_ok=True)
        if added.name == "__init__.py":
            added.parent.rmdir()


@pytest.mark.parametrize("room", PURE)
def test_the_rules_and_the_readers_do_not_look_at_the_clock(room):
    asked = [
        f"{path.name}:{node.lineno}"
        for path in (PROJECT_ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow", "localtime", "gmtime"}
    ]
    assert asked == []


def modules_after(script: str) -> set[str]:
    script += (
        "\nimport json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    return set(json.loads(found.stdout.splitlines()[-1]))


def test_nothing_in_the_web_process_imports_geopandas_and_its_kin_at_start():
    start = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
import config.wsgi
from django.core import checks
checks.run_checks()
"""
    assert modules_after(start) & HEAVY == set()
    assert modules_after(start + "import tracker.geo.boundaries") & HEAVY, "the test sees what is imported"
