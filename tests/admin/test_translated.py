"""No page of the admin says anything that is not translated.

Whatever gettext gives is put in brackets; what is left outside of them on a page, and is nobody's data, was
written into the page in English for good.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import django as django_itself
import pytest
from django.utils.translation import gettext, ngettext, trans_real

from tests.admin.every_page import PageOfOurs, asker_of, pages
from tests.catalogues import po_file, read

LANGUAGE = "ar"
"""Not English, in which what is not asked of a catalogue reads right by chance."""

NOT_WORDS = re.compile(r"%%|%(?:\(\w+\))?[-+#0-9.]*[sdifr]|\{\w*\}|<[^<>]+>|\n")
"""What a text has in it beside words: places for facts, and HTML."""
BRACKETED = re.compile(r"⟦[^⟦⟧]*(?:⟧|…)")
"""Translated, or translated and cut short."""
LETTERS = re.compile(r"[^\W\d_]+")
SAID_BY_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt", "label"}
NO_WORDS_IN = {"data-suggest", "data-for", "data-within", "data-within-fixed", "data-check", "data-effect",
               "data-editing", "data-user", "data-saved", "data-progress", "data-admin-utc-offset",
               "data-model-name", "data-popup-response", "data-name", "data-action",
               "data-inline-type"}  # fmt: skip
NOT_SHOWN = {"script", "style", "code", "textarea"}
AS_IT_IS = {"code", "as-given"}
"""Classes of what is a code, or stands as a file or a person has it."""
VOID = {"input", "meta", "link", "br", "hr", "img", "col", "base"}

NAMES_OF_JSON = {"url", "value", "field", "code", "fills", "name", "prefix"}
"""What scripts are told beside words."""

DATA = re.compile(
    r"""
      \w+\.csv | https://\S+ | \w{2,6}\*{9,} | \b[\da-f]{32,64}\b        # files, addresses, hashes
    | \u2068'?\w+'?\u2069                                # what a sentence quotes: values of a column
    | (?:Region|Source)\ \w+ | Crisis\ n\d+              # rows of tests/factories.py
    | \b(?: (?:user|report)\ \S+ | \d+\ read             # what the audit log calls things
          | (?:departures|Battles)\ year | account(?=\ n\d) )\b
    | \b(?:import|build|conflict|verify|export)\ \w+\ \(\w+\)
    | \b(?: zz[\w.]*(?:\ [a-z]\b)? | [ner]\d+ | un(?:\ [a-z]\b)?   # typed; codes, references
          | (?:XX|YY|ZZ)[\w-]* | acled | md5_?\w*
          | anna | boris | officer | reviewer | somebody | uploader
          | country(?=":) | [\w-]+_FORMS              # keys; Django's hidden inputs
          | CSV | UTF-8 | UTC | MiB | P-code | SHA-256 | HMAC | JSON | ISO )\b
    """,
    # The last line is the same in all languages.
    re.VERBOSE,
)
"""What is on a page because it is in the database, or has no translation."""


def bracketed(text: str) -> str:
    """The text with its words in brackets, around whatever facts come into it."""
    found, at = [], 0
    for other in NOT_WORDS.finditer(text):
        found += [_in_brackets(text[at : other.start()]), other[0]]
        at = other.end()
    return "".join([*found, _in_brackets(text[at:])])


def _in_brackets(words: str) -> str:
    return f"⟦{words}⟧" if LETTERS.search(words) else words


def untranslated(text: str) -> str:
    """What of a text is neither in brackets nor data; empty where nothing is."""
    before = ""
    while before != text:
        before, text = text, BRACKETED.sub(" ", text)
    left = DATA.sub(" ", text)
    return " ".join(left.split()) if LETTERS.search(left) else ""


class Visible(HTMLParser):
    """Collects the texts that a page shows or tells to a screen reader."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_as_it_is = bool(AS_IT_IS & set(given.get("class", "").split()))
        in_its_own_language = "lang" in given and tag != "html"
        if self._hidden or tag in NOT_SHOWN or is_as_it_is or in_its_own_language:
            if tag not in VOID:
                self._hidden.append(tag)
            return
        for name, value in given.items():
            says = name in SAID_BY_ATTRIBUTES or (name.startswith("data-") and name not in NO_WORDS_IN)
            is_button = (
                tag == "input" and name == "value" and given.get("type") in {"submit", "button", "reset"}
            )
            if value.startswith("{"):
                self.texts += _texts_in(json.loads(value))
            elif says or is_button:
                self.texts.append(value)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def shown(html: str) -> list[str]:
    """The texts of a page."""
    page = Visible()
    page.feed(html)
    page.close()
    return page.texts


def texts_of(answer: Any) -> Iterator[str]:
    """The texts of a page, or of what a script is answered, of which some is HTML."""
    if answer["Content-Type"] != "application/json":
        return iter(shown(answer.content.decode()))
    return _texts_in(json.loads(answer.content))


def _texts_in(told: Any) -> Iterator[str]:
    match told:
        case dict():
            for name, part in told.items():
                if name not in NAMES_OF_JSON:
                    yield from _texts_in(part)
        case list():
            for part in told:
                yield from _texts_in(part)
        case str():
            yield from shown(told)


@contextmanager
def bracketing() -> Iterator[None]:
    """All that is translated stands in brackets, Django's own texts included."""

    known = messages()

    def in_brackets(translate: Callable[..., str], text_at: int) -> Callable[..., str]:
        def translated(*given: Any) -> str:
            text = str(translate(*given))
            # What no catalogue has is passed on as it is, and would be so for ever.
            return bracketed(text) if str(given[text_at]) in known or text.startswith("⟦") else text

        return translated

    with pytest.MonkeyPatch.context() as patch:
        for name, text_at in {"gettext": 0, "ngettext": 0, "pgettext": 1, "npgettext": 1}.items():
            # The functions of django.utils.translation ask these anew each time.
            function = in_brackets(getattr(trans_real, name), text_at)
            patch.setattr(f"django.utils.translation._trans.{name}", function)
        yield


@cache
def messages() -> frozenset[str]:
    """All texts that are in a catalogue, ours or Django's."""
    django = Path(django_itself.__file__).parent
    files = [
        po_file(LANGUAGE),
        *django.glob("conf/locale/en/**/*.po"),
        *django.glob("contrib/*/locale/en/**/*.po"),
    ]
    return frozenset(text for path in files for _context, text, _plural in read(path).messages)


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_all_that_a_page_says_is_translated(page: PageOfOurs) -> None:
    ask = asker_of(page, LANGUAGE)
    # What was stored before is not in brackets: a text that is stored in one language is found.
    with bracketing():
        answer = ask()
    assert answer.status_code in {200, 404}
    found = [text for text in map(untranslated, texts_of(answer)) if text]
    assert found == [], f"{page.name}: not translated"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("⟦Draft⟧", ""),
        ("Draft", "Draft"),
        ("⟦Version ⟧2⟦ of ⟧figure⟦ is recorded.⟧", "2 figure"),
        ("⟦asked by ⟦somebody⟧⟧: XX01, zztyped 12", ""),
        ("⟦a long text that was cut…", ""),
        ("⟦Home⟧ Overview", "Overview"),
        ("مسودة", "مسودة"),
        ("12 – 1,234.5 → ›", ""),
    ],
)
def test_what_stands_outside_the_brackets_is_found(text: str, left: str) -> None:
    assert untranslated(text) == left


def test_facts_and_tags_stay_outside_the_brackets() -> None:
    assert (
        bracketed("Version %(version)s of <b>%(thing)s</b>.")
        == "⟦Version ⟧%(version)s⟦ of ⟧<b>%(thing)s</b>."
    )
    assert bracketed("%d %%") == "%d %%"


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<p>one <b>two</b></p>", ["one ", "two"]),
        ("<script>no</script><style>no</style><code>no <i>no</i></code>", []),
        ('<input type="text" value="no" placeholder="one" aria-label="two">', ["one", "two"]),
        ('<input type="submit" value="one"><option label="two">three</option>', ["one", "two", "three"]),
        ('<ul data-none="one" data-check="/no/"></ul><img alt="two" title="three">', ["one", "two", "three"]),
        ('<bdi class="code">no</bdi> <textarea placeholder="no">no</textarea>', [" "]),
    ],
)
def test_texts_are_collected_wherever_they_stand(html: str, texts: list[str]) -> None:
    assert shown(html) == texts


def test_only_what_a_catalogue_has_is_in_brackets() -> None:
    with bracketing():
        assert gettext("Overview").startswith("⟦")
        assert gettext("zz: no catalogue has this") == "zz: no catalogue has this"
        assert ngettext("%(count)s build due.", "%(count)s builds due.", 1).startswith("%(count)s⟦")
