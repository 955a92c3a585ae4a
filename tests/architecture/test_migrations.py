"""The migrations say what the models say."""

import io
import re
from pathlib import Path

import pytest
from django.core.management import call_command

import tracker.migrations


@pytest.mark.django_db
def test_no_model_has_drifted_from_its_migrations():
    said = io.StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


def test_every_migration_has_a_name_that_says_what_it_does():
    names = [path.stem for path in Path(tracker.migrations.__path__[0]).glob("0*.py")]
    assert names
    assert [name for name in names if "_auto_" in name or not re.fullmatch(r"\d{4}_[a-z0-9_]+", name)] == []
