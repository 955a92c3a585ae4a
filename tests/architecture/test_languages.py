"""Texts are translated where they are shown, for whoever reads them, and nowhere else."""

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import override

from tracker.admin.site import site

PROJECT_ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((PROJECT_ROOT / "tracker").rglob("*.py"))
AT_ONCE = {"gettext", "ngettext", "pgettext", "npgettext"}
SWITCHES = {"activate", "deactivate", "deactivate_all", "override"}
FORMATS = ["DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATE_FORMAT", "DECIMAL_SEPARATOR", "THOUSAND_SEPARATOR"]


def imported(tree: ast.Module) -> dict[str, str]:
    """What the names that come from Django's translation are called there."""
    return {
        name.asname or name.name: name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
    }


def run_on_import(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a module that run when it is imported: all but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            defaults = [default for default in (*child.args.defaults, *child.args.kw_defaults) if default]
            for early in (*defaults, *getattr(child, "decorator_list", ())):
                yield early
                yield from run_on_import(early)
        else:
            yield child
            yield from run_on_import(child)


def translated_on_import(source: str) -> list[int]:
    """The lines on which a text is translated once and for all."""
    tree = ast.parse(source)
    names = {own for own, theirs in imported(tree).items() if theirs in AT_ONCE}
    return [
        node.lineno
        for node in run_on_import(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]


@pytest.mark.once
def test_no_text_is_translated_when_its_module_is_imported():
    found = {
        str(path.relative_to(PROJECT_ROOT)): lines
        for path in MODULES
        if (lines := translated_on_import(path.read_text()))
    }
    assert found == {}


@pytest.mark.once
@pytest.mark.parametrize(
    "early", ["A = _('a')", "class A:\n    a = _('a')", "def f(a=_('a')): ...", "@d(_('a'))\ndef f(): ..."]
)
def test_a_text_that_is_translated_on_import_is_found(early):
    start = "from django.utils.translation import gettext as _\n"
    assert translated_on_import(start + early)
    assert not translated_on_import(start + "def f():\n    return _('a')")
    assert not translated_on_import(start.replace("gettext", "gettext_lazy") + early)


@pytest.mark.once
def test_only_the_admin_ever_speaks_another_language():
    switching = {
        path.relative_to(PROJECT_ROOT / "tracker").parts[0]
        for path in MODULES
        if SWITCHES & set(imported(ast.parse(path.read_text())).values())
    }
    # Sentences are kept in the language that they are written in, whoever makes them.
    assert switching <= {"admin", "sentences.py"}


@pytest.mark.once
def test_commands_and_workers_speak_english_whatever_the_machine_speaks():
    script = """
import json, django
django.setup()
from config.celery import app
from django.core.management import load_command_class
from django.utils.translation import get_language
from tracker.vocabulary import Status
print(json.dumps([get_language(), str(Status.DRAFT.label)]))
"""
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings.test", "REDIS_URL": "redis://127.0.0.1:1",
        "LANG": "ar_SY.UTF-8", "LANGUAGE": "ar", "LC_ALL": "ar_SY.UTF-8",
    }  # fmt: skip
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert json.loads(said.stdout) == ["en", "draft"]


@pytest.mark.parametrize("model", list(site._registry), ids=lambda model: model._meta.label)
def test_the_admins_tables_and_columns_have_names_that_can_be_translated(model):
    opts = model._meta
    own = [field for field in opts.concrete_fields if not field.auto_created]
    fixed = [field.name for field in own if not isinstance(field.verbose_name, Promise)]
    helped = [field.name for field in own if field.help_text and not isinstance(field.help_text, Promise)]
    named = isinstance(opts.verbose_name, Promise) and isinstance(opts.verbose_name_plural, Promise)
    assert (named, fixed, helped) == (True, [], [])


@pytest.mark.parametrize("model", list(site._registry), ids=lambda model: model._meta.label)
def test_all_that_can_be_chosen_has_a_name_that_can_be_translated(model):
    fixed = [
        (field.name, label)
        for field in model._meta.concrete_fields
        for _value, label in field.choices or ()
        if not isinstance(label, Promise)
    ]
    assert fixed == []


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
def test_each_language_has_formats_of_ours_that_take_a_browsers_days(language):
    ours = importlib.import_module(f"{settings.FORMAT_MODULE_PATH}.{language}.formats")
    with override(language):
        assert get_format("DATE_INPUT_FORMATS")[0] == "%Y-%m-%d"
        for name in FORMATS:
            assert get_format(name) == getattr(ours, name, get_format(name))
