"""Which column of a boundary release holds what, by the naming conventions of docs/sources.md#boundaries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.errors import LayoutChanged

DEEPEST = 4
LANGUAGES = ("en", "ar", "fr")
LOCAL = "local"
"""Any other language; `Columns.names` also has "reference", a name in plain Latin letters."""


@dataclass(frozen=True)
class Columns:
    """The columns of one layer, all of whose features are regions of one level."""

    level: int
    pcode: str
    parents: tuple[str, ...]
    """Columns with the P-codes of the regions that contain it, the nearest level first."""
    names: tuple[tuple[str, str], ...]
    """Language (`en`, `ar`, `fr`, `local` or `reference`) and column; the first that is filled counts."""


def find_columns(columns: Sequence[str], first: Mapping[str, str], *, level: int | None = None) -> Columns:
    """The columns by the convention that the layer follows.

    Parameters
    ----------
    columns : names of all columns; upper and lower case do not matter
    first : the cells of the first feature by column: some releases name their level or languages there
    level : where given, the level that the features are taken to be of

    Raises
    ------
    LayoutChanged : no convention fits, or none of its columns has P-codes for the level
    """
    exact = {name.lower(): name for name in columns}
    stated = {name.lower(): value.strip() for name, value in first.items()}
    pcodes = _pcode_columns(exact)
    if "pcode" in exact:
        own = level if level is not None else max(pcodes, default=-1) + 1
        pcodes[own] = exact["pcode"]
        names = _plain_names(exact)
    elif pcodes:
        own = level if level is not None else max(pcodes)
        names = _level_names(exact, stated, own)
    elif "shapename" in exact:
        return _geoboundaries(exact, stated, level)
    else:
        raise LayoutChanged(
            "no column with P-codes was found; expected PCODE, ADM1_PCODE, admin1Pcode or adm1_pcode "
            "(for the level in question), or shapeISO as geoBoundaries has it"
        )
    if own > DEEPEST:
        raise LayoutChanged(f"the features would be of level {own}; the deepest there is is {DEEPEST}")
    if own not in pcodes:
        others = ", ".join(str(other) for other in sorted(pcodes))
        raise LayoutChanged(f"there is no column with P-codes of level {own}, only of {others}")
    if not names:
        raise LayoutChanged(f"there is no column with names of level {own}")
    parents = tuple(pcodes[above] for above in sorted(pcodes, reverse=True) if above < own)
    if own > 0 and not parents:
        raise LayoutChanged(f"no column has the P-code of the region that contains one of level {own}")
    return Columns(own, pcodes[own], parents, tuple(names))


def _pcode_columns(exact: Mapping[str, str]) -> dict[int, str]:
    # Shapefiles cut names after ten letters: admin1Pcod.
    found = {}
    for name, column in exact.items():
        if match := re.fullmatch(r"adm(?:in)?([0-5])_?pcode?", name):
            found[int(match[1])] = column
    return found


def _plain_names(exact: Mapping[str, str]) -> list[tuple[str, str]]:
    found = [
        (_language(match[1]), column)
        for name, column in exact.items()
        if (match := re.fullmatch(r"name_([a-z]{2})", name))
    ]
    return found + [("reference", exact[name]) for name in ("nam_en_ref", "name_ref") if name in exact]


def _level_names(exact: Mapping[str, str], stated: Mapping[str, str], level: int) -> list[tuple[str, str]]:
    found = []
    for name, column in exact.items():
        if not (match := re.match(rf"adm(?:in)?{level}_?(.+)", name)):
            continue
        rest = match[1]
        if named := re.fullmatch(r"(?:name_)?([a-z]{2})", rest):
            found.append((_language(named[1]), column))
        elif named := re.fullmatch(r"name([1-3]?)", rest):
            # The standard of 2025 names the language of each column in another: lang, lang1 …
            language = stated.get(f"lang{named[1]}", "") if "lang" in exact else "en"
            found.append((_language(language or "en"), column))
        elif re.fullmatch(r"ref(?:n(?:ame)?)?", rest):
            found.append(("reference", column))
    return found


def _geoboundaries(exact: Mapping[str, str], stated: Mapping[str, str], level: int | None) -> Columns:
    kind = re.fullmatch(r"ADM([0-4])", stated.get("shapetype", ""))
    own = level if level is not None else int(kind[1]) if kind else None
    if own is None:
        raise LayoutChanged("shapeType does not say the level (ADM0 to ADM4); give it with --level")
    if not stated.get("shapeiso"):
        raise LayoutChanged(
            "geoBoundaries gives no P-codes, and here no shapeISO in their place; take the COD-AB release"
        )
    if own > 1 or (own == 1 and "shapegroup" not in exact):
        raise LayoutChanged(
            f"geoBoundaries does not say what contains a region of level {own}; take the COD-AB release"
        )
    parents = (exact["shapegroup"],) if own else ()
    return Columns(own, exact["shapeiso"], parents, (("en", exact["shapename"]),))


def _language(code: str) -> str:
    return code if code in LANGUAGES else LOCAL
