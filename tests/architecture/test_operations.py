"""docs/operations.md lists every variable of the environment, with the default that the code has."""

import ast
import re
from pathlib import Path

import yaml

PROJECT_ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (PROJECT_ROOT / "docs/operations.md").read_text()
READERS = {"get"} | {
    function.name
    for function in ast.parse((PROJECT_ROOT / "config/env.py").read_text()).body
    if isinstance(function, ast.FunctionDef)
}


def read_in_config() -> dict[str, object]:
    """Each variable that config/ reads, with its default where that is written as a plain value."""
    found: dict[str, object] = {}
    for path in (PROJECT_ROOT / "config").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and call.args and name_of(call.func) in READERS:
                variable = call.args[0]
                if isinstance(variable, ast.Constant) and re.fullmatch("[A-Z][A-Z_]+", str(variable.value)):
                    defaults = [each.value for each in call.keywords if each.arg == "default"]
                    plain = [each.value for each in defaults if isinstance(each, ast.Constant)]
                    found.setdefault(str(variable.value), plain[0] if plain else None)
    return found


def name_of(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def listed() -> dict[str, str]:
    """The rows of the table of variables: name and default."""
    section = OPERATIONS.partition("## Environment")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", section, re.M))


def test_every_variable_that_the_code_reads_is_listed_and_no_other():
    assert set(listed()) == set(read_in_config())


def test_the_defaults_listed_are_those_of_the_code():
    rows = listed()
    for name, default in read_in_config().items():
        if isinstance(default, bool):
            assert rows[name].strip(" `") == str(int(default)), name
        elif default not in (None, ""):
            assert rows[name].strip(" `") == str(default), name


def test_what_compose_sets_is_listed():
    services = yaml.safe_load((PROJECT_ROOT / "docker/compose.yaml").read_text())["services"]
    ours = {name for each in services.values() if "build" in each for name in each["environment"]}
    foreign = {"REMAP_SIGTERM"}  # Celery's own
    assert ours - foreign <= set(listed())
