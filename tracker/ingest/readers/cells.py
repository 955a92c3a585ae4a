"""What the text of one cell means; where it means nothing, a ValueError says what was expected."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tracker.ingest.readers.spreadsheets import restored
from tracker.sentences import Month
from tracker.sentences import sentence as _
from tracker.sentences import sentences as ngettext
from tracker.vocabulary import MOST_PEOPLE

FIRST_YEAR, LAST_YEAR = 1900, 2100

_CODE = re.compile(r"[^\s,|]+")
_DIGITS = re.compile(r"[0-9]+")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SIZE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,17})?")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)

T = TypeVar("T")
Parser = Callable[[str], T]


def text(longest: int) -> Parser[str]:
    """Any text of up to so many characters, without the apostrophe that made it inert for spreadsheets."""

    def parse(cell: str) -> str:
        words = restored(cell).replace("\r\n", "\n")
        if len(words) > longest:
            raise ValueError(
                ngettext(
                    "the text has %(count)s character; at most %(longest)s fit",
                    "the text has %(count)s characters; at most %(longest)s fit",
                    len(words),
                    longest=longest,
                )
            )
        return words

    return parse


def line_of_text(longest: int) -> Parser[str]:
    """Text as of `text`, but without line breaks and tabs: names and references."""
    parse_text = text(longest)

    def parse(cell: str) -> str:
        words = parse_text(cell)
        if any(mark in words for mark in "\n\r\t"):
            raise ValueError(_("expected one line of text, without line breaks or tabs"))
        return words

    return parse


def plain_lines(longest: int) -> Callable[[Sequence[str]], bool]:
    """Whether `line_of_text` leaves every one of these cells, which are stripped, as it is."""

    def plain(cells: Sequence[str]) -> bool:
        together = "".join(cells)
        return max(map(len, cells), default=0) <= longest and not any(mark in together for mark in "'\n\r\t")

    return plain


def code(longest: int) -> Parser[str]:
    """A code or P-code: one word, without commas and vertical bars, which separate codes elsewhere."""
    parse_text = text(longest)

    def parse(cell: str) -> str:
        word = parse_text(cell)
        if not _CODE.fullmatch(word):
            raise ValueError(_("a code has no spaces, commas or vertical bars in it"))
        return word

    return parse


def codes(longest: int) -> Parser[str]:
    """Codes with spaces between, each once, in order."""
    parse_text = text(longest)

    def parse(cell: str) -> str:
        words = parse_text(cell).split()
        for word in words:
            if not _CODE.fullmatch(word):
                raise ValueError(_("expected codes with spaces between them, and no commas or vertical bars"))
        return " ".join(sorted(set(words)))

    return parse


def one_of(words: Iterable[str]) -> Parser[str]:
    known = tuple(words)

    def parse(cell: str) -> str:
        if cell not in known:
            raise ValueError(_("expected %(words)s or %(last)s", words=known[:-1], last=known[-1]))
        return cell

    return parse


def number(cell: str) -> int:
    """A count of people, households or fatalities, 0 to 1,000,000,000."""
    if not _DIGITS.fullmatch(cell):
        if cell.startswith("-") and _DIGITS.fullmatch(cell[1:]):
            raise ValueError(_("the number is negative; counts begin at 0"))
        raise ValueError(_("expected a whole number in plain digits, such as 12500"))
    digits = cell.lstrip("0") or "0"
    if len(digits) > len(str(MOST_PEOPLE)) or int(digits) > MOST_PEOPLE:
        raise ValueError(_("the number is above %(most)s, more than any count of people", most=MOST_PEOPLE))
    return int(digits)


EMPTY, UNCLEAR = -1, -2
"""In place of a number: the cell says nothing; it needs the closer look of `number`."""


def numbers(cells: Sequence[str]) -> NDArray[np.int64]:
    """What `number` makes of each cell, EMPTY or UNCLEAR."""
    most_digits = len(str(MOST_PEOPLE))
    together = "".join(cells)
    are_digits = not together or (together.isascii() and together.isdigit())
    if not are_digits or max(map(len, cells), default=0) > most_digits:
        cells = [cell if _plain(cell, most_digits) else str(UNCLEAR) for cell in cells]
    found = np.fromiter(map(int, [cell or str(EMPTY) for cell in cells]), np.int64, len(cells))
    return np.where(found > MOST_PEOPLE, UNCLEAR, found)


def _plain(cell: str, most_digits: int) -> bool:
    return not cell or (cell.isascii() and cell.isdigit() and len(cell) <= most_digits)


def number_between(least: int, most: int) -> Parser[int]:
    def parse(cell: str) -> int:
        if not _DIGITS.fullmatch(cell) or len(cell) > len(str(most)) or not least <= int(cell) <= most:
            raise ValueError(_("expected a whole number from %(least)s to %(most)s", least=least, most=most))
        return int(cell)

    return parse


def yes_or_no(cell: str) -> bool:
    if cell not in ("0", "1"):
        raise ValueError(_("expected 1 (yes) or 0 (no)"))
    return cell == "1"


@lru_cache(maxsize=10_000)
def day(cell: str) -> date:
    """A day as YYYY-MM-DD."""
    found = _DAY.fullmatch(cell)
    if not found:
        raise ValueError(_("expected a date as YYYY-MM-DD, such as 2024-12-06"))
    year, month, of_month = (int(part) for part in found.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        first, last = str(FIRST_YEAR), str(LAST_YEAR)
        raise ValueError(_("expected a year from %(first)s to %(last)s", first=first, last=last))
    if not 1 <= month <= 12:
        raise ValueError(_("this is no day of the calendar: there is no month %(month)s", month=month))
    days = monthrange(year, month)[1]
    if not 1 <= of_month <= days:
        raise ValueError(
            _(
                "this is no day of the calendar: %(month)s has days 1 to %(last)s",
                month=Month(year, month),
                last=days,
            )
        )
    return date(year, month, of_month)


def household_size(cell: str) -> Decimal:
    """Average people in a household, above 0, with up to three decimals."""
    if not _SIZE.fullmatch(cell) or not Decimal(cell):
        raise ValueError(_("expected people in a household, above 0, with up to three decimals, such as 5.2"))
    return Decimal(cell)


def degrees(most: int) -> Parser[float]:
    """Degrees of latitude (most 90) or longitude (most 180), WGS 84."""

    def parse(cell: str) -> float:
        if not _DEGREES.fullmatch(cell) or abs(float(cell)) > most:
            raise ValueError(
                _("expected degrees from %(least)s to %(most)s, such as 36.206013", least=-most, most=most)
            )
        return float(cell) + 0.0  # no negative zero

    return parse


def web_address(longest: int) -> Parser[str]:
    """An address that a reader may follow: http or https, nothing else."""
    parse_text = text(longest)

    def parse(cell: str) -> str:
        address = parse_text(cell)
        if not _ADDRESS.fullmatch(address):
            raise ValueError(_("expected a web address that begins with http:// or https://"))
        return address

    return parse
