"""How names of places sound: Arabic and Latin letters alike, whoever wrote them down."""

from __future__ import annotations

import re

from tracker.ingest.names import plain

_HEARD = str.maketrans(
    {
        "ب": "b", "پ": "b", "ت": "t", "ث": "t", "ج": "g", "ح": "h", "خ": "h", "د": "d", "ذ": "d", "ر": "r",
        "ز": "z", "ژ": "g", "س": "s", "ش": "C", "چ": "C", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "غ": "g",
        "گ": "g", "ف": "f", "ڤ": "f", "ق": "k", "ك": "k", "ک": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h",
        "ا": "a", "ٱ": "a", "ء": "a", "ع": "a", "و": "a", "ي": "a", "ی": "a",
        "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i",
    }
)  # fmt: skip
"""Letters by what a plain Latin spelling makes of them; C is the sound of `sh`."""

_SPELLINGS = (
    (re.compile("tch|sch|ch|sh"), "C"),
    (re.compile("kh"), "h"),
    (re.compile("dj|gh|j"), "g"),
    (re.compile("dh"), "d"),
    (re.compile("th"), "t"),
    (re.compile("ph|v"), "f"),
    (re.compile("c(?=[eiy])"), "s"),
    (re.compile("ck|[cq]"), "k"),
    (re.compile("x"), "ks"),
    (re.compile("p"), "b"),
    (re.compile("(?<=[aeiouy])h$"), ""),
    (re.compile(r"(.)\1"), r"\1"),
    (re.compile("[aeiouwy]"), ""),
)
"""Ways to spell one sound, in the order in which they are read; at the end the vowels go."""

_ARTICLE = re.compile("(?:[ae](?:[dlnrstz]|sh)|the|l[ae]s?|d[eu]s?|ال)$")
_FUSED_ARTICLE = re.compile(r"[ae](?:l(?=[^aeiouwyl]..)|(?=([dnrstz])\1))|ال(?=..)")


def sound(name: str) -> str:
    """The consonants by which a name is heard, word by word; articles are left out.

    `Deir-ez-Zor`, `Dayr az Zawr`, `Deir Ezzor` and `دير الزور` are all `dr zr`.
    """
    words = plain(name).split()
    words = [word for word in words if not _ARTICLE.match(word)] or words
    return " ".join(filter(None, map(_consonants, words)))


def _consonants(word: str) -> str:
    article = _FUSED_ARTICLE.match(word)
    heard = word[article.end() :] if article else word
    heard = heard.removesuffix("ه").translate(_HEARD)
    for spelling, said in _SPELLINGS:
        heard = spelling.sub(said, heard)
    return heard
