"""The catalogues of French and Arabic have all that is said, and say it rightly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.catalogues import Catalogue, Key, compiled, extracted, faults, po_file, read, read_compiled

LANGUAGES = {"fr": {2, 3}, "ar": {6}}
"""How many plural forms each may have; French has a third for millions since CLDR 38."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> set[Key]:
    """Whatever the program says, as it is now."""
    return extracted(tmp_path_factory.mktemp("messages"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_all_that_is_said_and_nothing_else(language: str, said: set[Key]) -> None:
    known = set(read(po_file(language)).messages)
    assert sorted(said - known) == [], "not in the catalogue: run makemessages"
    assert sorted(known - said) == [], "nobody says it any more"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    catalogue = read(po_file(language))
    assert faults(catalogue) == []
    assert catalogue.forms in LANGUAGES[language]
    assert catalogue.header["Language"] == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    written = po_file(language)
    assert read_compiled(written.with_suffix(".mo")) == compiled(read(written)), "run compilemessages"


def test_messages_are_found_in_code_templates_and_stored_sentences(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    (sources / "templates").mkdir(parents=True)
    (sources / "said.py").write_text(
        "from tracker.sentences import sentence as _, sentences as ngettext\n"
        '_("%(a)s is stored", a=1)\nngettext("one", "many", 2)\npgettext_lazy("where", "what")\n"not this"\n'
    )
    (sources / "templates/page.html").write_text(
        '{% load i18n %}{% translate "a word" %}'
        "{% blocktranslate trimmed %}\n  a text\n{% endblocktranslate %}"
    )
    assert extracted(tmp_path, sources) == {
        ("", "%(a)s is stored", ""), ("", "one", "many"), ("where", "what", ""), ("", "a word", ""),
        ("", "a text", ""),
    }  # fmt: skip


HEADER = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals={forms}; plural={plural};\\n"\n\n'
ARABIC = (6, "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5")
TWO = (2, "n > 1")


def catalogue(folder: Path, text: str, forms: tuple[int, str] = TWO) -> Catalogue:
    path = folder / "some.po"
    path.write_text(HEADER.format(forms=forms[0], plural=forms[1]) + text, encoding="utf-8")
    return read(path)


def in_forms(*translations: str) -> str:
    lines = (f'msgstr[{number}] "{text}"\n' for number, text in enumerate(translations))
    return 'msgid "%(count)s row of %(who)s"\nmsgid_plural "%(count)s rows of %(who)s"\n' + "".join(lines)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('msgid "a"\nmsgstr ""\n', "not translated"),
        ('msgid "a"\nmsgstr " "\n', "not translated"),
        ('#, fuzzy\nmsgid "a"\nmsgstr "b"\n', "fuzzy"),
        ('#~ msgid "a"\n#~ msgstr "b"\n', "obsolete"),
        ('msgid "a %(b)s"\nmsgstr "c"\n', "placeholders"),
        ('msgid "a %(b)s"\nmsgstr "c %(d)s"\n', "placeholders"),
        ('msgid "a"\nmsgstr "b %(c)s"\n', "placeholders"),
        ('msgid "a"\nmsgstr "b "\n', "other space"),
        ('msgid "a\\n"\nmsgstr "b"\n', "other space"),
        (in_forms("%(count)s b %(who)s"), "has 1 forms"),
        (in_forms("b %(who)s", "%(count)s c %(who)s"), "placeholders"),
        (in_forms("%(count)s b %(who)s", "%(count)s c"), "placeholders"),
    ],
)
def test_each_fault_of_a_translation_is_found(text: str, fault: str, tmp_path: Path) -> None:
    found = faults(catalogue(tmp_path, text))
    assert len(found) == 1
    assert fault in found[0]


def test_what_is_right_has_no_fault(tmp_path: Path) -> None:
    right = in_forms("%(count)s b %(who)s", "%(count)s c %(who)s")
    assert faults(catalogue(tmp_path, f'msgctxt "x"\nmsgid "a"\n" %%"\nmsgstr "b"\n" %%"\n\n{right}')) == []


def test_a_form_for_one_number_alone_may_say_it_in_words(tmp_path: Path) -> None:
    words = ["none of %(who)s", "one of %(who)s", "two of %(who)s", *["%(count)s of %(who)s"] * 3]
    assert faults(catalogue(tmp_path, in_forms(*words), ARABIC)) == []
    words[3] = "few of %(who)s"
    assert len(faults(catalogue(tmp_path, in_forms(*words), ARABIC))) == 1


def test_the_form_of_one_may_leave_the_number_out_where_english_does(tmp_path: Path) -> None:
    text = 'msgid "the row"\nmsgid_plural "the %(count)s rows"\nmsgstr[0] "b"\nmsgstr[1] "c %(count)s"\n'
    assert faults(catalogue(tmp_path, text)) == []


def test_another_compiled_catalogue_than_the_written_one_is_found(tmp_path: Path) -> None:
    stored = read_compiled(po_file("fr").with_suffix(".mo"))
    other = compiled(catalogue(tmp_path, 'msgid "a"\nmsgstr "b"\n'))
    assert other == {"a": "b"}
    assert stored != other
