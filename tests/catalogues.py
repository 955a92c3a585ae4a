"""Catalogues of translations as tests read them: what is in one, and what is wrong with it."""

from __future__ import annotations

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.services import binaries

TRACKER = Path(__file__).resolve().parents[1] / "tracker"
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[sd]|%[sd]|\{\w*\}")
SPACE = " \t\n"
MOST_TRIED = 1000
"""Numbers that are tried to find out for which of them a plural form is."""

Key = tuple[str, str, str]
"""Context, text and plural text of a message."""


@dataclass
class Message:
    context: str = ""
    text: str = ""
    plural: str = ""
    translations: dict[int, str] = field(default_factory=dict)
    is_fuzzy: bool = False

    @property
    def key(self) -> Key:
        return self.context, self.text, self.plural


@dataclass
class Catalogue:
    messages: dict[Key, Message]
    obsolete: int
    """Messages that are kept although nothing says them any more."""
    header: dict[str, str]

    @property
    def forms(self) -> int:
        """How many plural forms the language has."""
        return int(self._plural_forms()[1])

    def numbers_of(self, form: int) -> list[int]:
        """The first numbers for which a plural form is."""
        chosen = gettext.c2py(self._plural_forms()[2])
        return [number for number in range(MOST_TRIED) if chosen(number) == form]

    def _plural_forms(self) -> re.Match[str]:
        found = re.match(r"nplurals=(\d+); plural=(.+?);?$", self.header["Plural-Forms"])
        assert found is not None
        return found


def po_file(language: str) -> Path:
    return TRACKER / "locale" / language / "LC_MESSAGES" / "django.po"


def extracted(folder: Path, sources: Path = TRACKER) -> set[Key]:
    """All messages of the program, found anew in a copy of it below `folder`."""
    binaries.gettext_tools()
    copy = folder / "tracker"
    shutil.copytree(sources, copy, ignore=shutil.ignore_patterns("locale", "__pycache__", "static"))
    (copy / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "fr", "--no-location"]
    without_settings = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(command, cwd=copy, check=True, capture_output=True, env=without_settings)
    return set(read(copy / "locale/fr/LC_MESSAGES/django.po").messages)


def read(path: Path) -> Catalogue:
    """What is in a file of the form PO."""
    text = path.read_text(encoding="utf-8")
    messages = {message.key: message for message in _messages(text)}
    head = messages.pop(("", "", "")).translations[0]
    header = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    obsolete = len(re.findall(r"^#~ msgid ", text, re.MULTILINE))
    return Catalogue(messages, obsolete, header)


def _messages(text: str) -> Iterator[Message]:
    for block in re.split(r"\n\s*\n", text.strip()):
        message, said = Message(), ""
        parts: dict[str, str] = {}
        for line in block.splitlines():
            if line.startswith("#,") and "fuzzy" in line:
                message.is_fuzzy = True
            elif found := re.match(r'(msg\w+(?:\[\d+\])?) (".*")$', line):
                said = found[1]
                parts[said] = ast.literal_eval(found[2])
            elif line.startswith('"'):
                parts[said] += ast.literal_eval(line)
        if "msgid" not in parts:
            continue
        message.context, message.text = parts.get("msgctxt", ""), parts["msgid"]
        message.plural = parts.get("msgid_plural", "")
        for name, translation in parts.items():
            if name.startswith("msgstr"):
                message.translations[int(re.sub(r"\D", "", name) or 0)] = translation
        yield message


def compiled(catalogue: Catalogue) -> dict[str | tuple[str, int], str]:
    """The translations by their keys in the form MO."""
    found: dict[str | tuple[str, int], str] = {}
    for message in catalogue.messages.values():
        name = f"{message.context}\x04{message.text}" if message.context else message.text
        for form, translation in message.translations.items():
            if translation and not message.is_fuzzy:
                found[(name, form) if message.plural else name] = translation
    return found


def read_compiled(path: Path) -> dict[str | tuple[str, int], str]:
    """The translations in a file of the form MO."""
    with path.open("rb") as file:
        found = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]  # there is no other way in
    found.pop("", None)
    return found


def faults(catalogue: Catalogue) -> list[str]:
    """What is wrong with the messages of a catalogue, each in a line."""
    messages = catalogue.messages.values()
    found = [f"{fault}: {one.text!r}" for one in messages for fault in _faults(one, catalogue)]
    return [*found, *(["there are obsolete messages"] if catalogue.obsolete else [])]


def _faults(message: Message, catalogue: Catalogue) -> Iterator[str]:
    if message.is_fuzzy:
        yield "fuzzy"
    forms = set(range(catalogue.forms)) if message.plural else {0}
    if set(message.translations) != forms:
        yield f"has {len(message.translations)} forms, and not {len(forms)}"
    for form, translation in message.translations.items():
        if not translation.strip():
            yield "not translated"
            continue
        if _ends(translation) != _ends(message.text):
            yield "begins or ends with other space"
        wanted = _placeholders(message.plural or message.text)
        given = _placeholders(translation)
        may_lack = _may_lack(message, catalogue.numbers_of(form)) if message.plural else set()
        if not set(wanted) - may_lack <= set(given) or not set(given) <= set(wanted):
            yield f"has the placeholders {given}, and not {wanted}"


def _may_lack(message: Message, numbers: list[int]) -> set[str]:
    """The placeholders that the form for these numbers may do without.

    That of one number alone may say it in words, as Arabic does of two; that of 1 may do as English does.
    """
    in_english = (
        set(_placeholders(message.plural)) - set(_placeholders(message.text)) if 1 in numbers else set()
    )
    return in_english | (NUMBERS if len(numbers) == 1 else set())


NUMBERS = {"%(count)s", "%(counter)s", "%(number)s", "%(rows)s", "%(series)s", "%(shown)s", "%(households)s"}
"""Placeholders by which messages name the number that decides on their form."""


def _placeholders(text: str) -> list[str]:
    return sorted(name for name in PLACEHOLDER.findall(text) if name != "%%")


def _ends(text: str) -> tuple[str, str]:
    """The white space before and after a text; French has spaces of its own before colons."""
    return text[: len(text) - len(text.lstrip(SPACE))], text[len(text.rstrip(SPACE)) :]
