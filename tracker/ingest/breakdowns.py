"""A report's breakdown: people by sex and age, and whatever else a source counts beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SEXES = ("female", "male", "unknown")
AGES = ("0-4", "5-11", "12-17", "18-59", "60+", "unknown")
"""The age groups of UNHCR's statistics, and an age that is not known."""

Cells = dict[tuple[str, str], int]
"""People by sex and age."""


def split(breakdown: Any) -> tuple[Cells, dict[str, Any]]:
    """The cells of sex and age, and all else that the breakdown holds; neither counts for the other."""
    if not isinstance(breakdown, dict):
        return {}, {}
    cells: Cells = {}
    others = dict(breakdown)
    for sex in SEXES:
        ages = breakdown.get(sex)
        if not isinstance(ages, dict):
            continue
        cells |= {(sex, age): ages[age] for age in AGES if _is_people(ages.get(age))}
        kept = {age: number for age, number in ages.items() if (sex, age) not in cells}
        if kept or not ages:
            others[sex] = kept
        else:
            del others[sex]
    return cells, others


def joined(cells: Mapping[tuple[str, str], int], others: Mapping[str, Any]) -> dict[str, Any] | None:
    """The breakdown that `split` takes apart; None where it says nothing."""
    found = dict(others)
    for sex in SEXES:
        ages = {age: cells[sex, age] for age in AGES if (sex, age) in cells}
        if ages:
            more = found.get(sex)
            found[sex] = {**ages, **(more if isinstance(more, dict) else {})}
    return found or None


def people_broken_down(breakdown: Any) -> int:
    """People in the cells of sex and age; other categories may count the same people again."""
    cells, _ = split(breakdown)
    return sum(cells.values())


def _is_people(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0
