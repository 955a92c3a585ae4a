"""Sentences are English texts that know what they were made from."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date
from decimal import Decimal

import pytest
from django.utils.functional import lazy
from django.utils.translation import get_language, override

from tests.french import in_french
from tracker.errors import BadValue, LayoutChanged
from tracker.ingest.entry import Refused
from tracker.sentences import (
    Month,
    Sentence,
    all_of,
    as_json,
    as_text,
    from_json,
    from_text,
    in_language,
    sentence,
    sentences,
)


def rows_of(count: int) -> Sentence:
    return sentences("%(count)s row of %(file)s", "%(count)s rows of %(file)s", count, file="a.csv")


MANY_FACTS = sentence(
    "%(text)s %(number)s %(size)s %(day)s %(month)s %(list)s %(why)s",
    text="un",
    number=1234567,
    size=Decimal("5.25"),
    day=date(2024, 12, 8),
    month=Month(2024, 2),
    list=["XX01", sentence("line %(line)s", line="1200")],
    why=sentence("the file is empty"),
)
SENTENCES = [MANY_FACTS, sentence("the file is empty"), sentence("50% of it"), rows_of(1), rows_of(2000)]


def test_a_sentence_is_its_english_text() -> None:
    assert MANY_FACTS == "un 1,234,567 5.25 2024-12-08 February 2024 XX01, line 1200 the file is empty"
    assert [rows_of(0), rows_of(1), rows_of(2000)] == [
        "0 rows of a.csv",
        "1 row of a.csv",
        "2,000 rows of a.csv",
    ]
    assert sentence("50% of it") == "50% of it"


@pytest.mark.parametrize("said", SENTENCES)
def test_a_sentence_comes_back_from_where_it_was_stored(said: Sentence) -> None:
    stored = [from_json(json.loads(json.dumps(as_json(said)))), from_text(as_text(said))]
    for again in [*stored, copy.deepcopy(said), pickle.loads(pickle.dumps(said))]:  # noqa: S301 (our own)
        assert isinstance(again, Sentence)
        assert again == said
        assert (again.pattern, dict(again.facts), again.plural) == (said.pattern, said.facts, said.plural)


@pytest.mark.parametrize("said", ["", "line 2: the file is empty", '{"column"'])
def test_text_that_was_stored_before_reads_as_it_is(said: str) -> None:
    assert [from_json(as_json(said)), from_text(as_text(said)), in_language(said)] == [said] * 3


def test_a_sentence_is_what_an_error_says() -> None:
    why = sentence("the file is empty")
    fault = BadValue("value", "x", why)
    for error in (ValueError(why), LayoutChanged(why, 1200), fault, Refused([fault, fault])):
        assert isinstance(str(error), Sentence)
    assert str(ValueError(why)) == "the file is empty"
    assert str(LayoutChanged(why, 1200)) == "line 1200: the file is empty"
    assert str(Refused([fault, fault])) == "value: 'x': the file is empty; value: 'x': the file is empty"


def test_a_sentence_is_told_in_the_active_language_with_its_facts_as_that_writes_them() -> None:
    catalogue = {
        "line %(line)s": "ligne %(line)s",
        "the file is empty": "le fichier est vide",
        "%(text)s %(number)s %(size)s %(day)s %(month)s %(list)s %(why)s":
            "%(why)s : %(list)s, %(month)s, %(day)s, %(size)s, %(number)s, %(text)s",
    }  # fmt: skip
    with in_french(catalogue):
        told = in_language(MANY_FACTS).replace("\u202f", " ").replace("\xa0", " ")
        assert told == (
            "le fichier est vide : XX01, ligne 1200, février 2024, 8 décembre 2024, 5,25, 1 234 567, un"
        )
    assert in_language(MANY_FACTS) == MANY_FACTS


def test_the_number_of_things_chooses_the_form() -> None:
    forms = {
        "%(count)s row of %(file)s": "%(count)s ligne de %(file)s",
        "%(count)s rows of %(file)s": "%(count)s lignes de %(file)s",
    }
    with in_french(forms):
        assert [in_language(rows_of(0)), in_language(rows_of(1)), in_language(rows_of(2))] == [
            "0 ligne de a.csv",
            "1 ligne de a.csv",
            "2 lignes de a.csv",
        ]


def test_a_text_that_is_no_sentence_is_looked_up_as_it_is() -> None:
    with in_french({"say why": "dites pourquoi"}):
        assert [in_language("say why"), in_language("Nobody knows."), in_language("")] == [
            "dites pourquoi",
            "Nobody knows.",
            "",
        ]


def test_codes_and_numbers_are_ordered_by_themselves_where_the_text_runs_from_right_to_left() -> None:
    said = sentence("from %(least)s in %(code)s: %(why)s", least=-90, code="XX01", why=sentence("empty"))
    with override("ar"):
        assert in_language(said) == "from \u2068-90\u2069 in \u2068XX01\u2069: empty"


def test_a_word_of_the_vocabulary_is_kept_in_english_whoever_made_the_sentence() -> None:
    with in_french({"reports": "rapports"}):
        said = sentence("expected %(what)s", what=lazy(_reports, str)())
        assert (str(said), in_language(said)) == ("expected reports", "expected rapports")


def _reports() -> str:
    return "rapports" if get_language() == "fr" else "reports"


def test_several_sentences_are_one() -> None:
    parts = [sentence("a column has no name"), "the file is empty"]
    assert all_of(parts) == "a column has no name; the file is empty"
    assert [all_of(parts[:1]), all_of([])] == ["a column has no name", ""]
    with in_french({"%(first)s; %(next)s": "%(first)s ; %(next)s", "a column has no name": "sans nom"}):
        assert in_language(all_of(parts)) == "sans nom ; the file is empty"
