"""The field in which a report's breakdown is entered: a table of sex and age, and what else there is."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracker.admin.numbers import whole_number
from tracker.admin.words import listed
from tracker.ingest.breakdowns import AGES, SEXES, joined, split
from tracker.vocabulary import MOST_PEOPLE

NAMES_OF_SEXES = {"female": _("Women and girls"), "male": _("Men and boys"), "unknown": _("Sex not known")}
NAMES_OF_AGES = {age: age.replace("-", "–") for age in AGES} | {"unknown": _("Age not known")}


class BreakdownInput(forms.Widget):
    """A table of numbers, `NAME-SEX-AGE`, and under the field's own name the other categories as JSON."""

    template_name = "admin/tracker/breakdown_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        typed = value if isinstance(value, Typed) else Typed.of(value)
        context["widget"] |= {
            "ages": [NAMES_OF_AGES[age] for age in AGES],
            "rows": [
                {
                    "name": NAMES_OF_SEXES[sex],
                    "cells": [
                        {
                            "name": _cell_name(name, sex, age),
                            "label": listed([str(NAMES_OF_SEXES[sex]), str(NAMES_OF_AGES[age])]),
                            "value": typed.cells.get((sex, age), ""),
                        }
                        for age in AGES
                    ],
                }
                for sex in SEXES
            ],
            "others": typed.others,
            "is_used": any(typed.cells.values()) or bool(typed.others),
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Typed:
        cells = {
            (sex, age): data.get(_cell_name(name, sex, age), "").strip() for sex in SEXES for age in AGES
        }
        return Typed(cells, data.get(name, "").strip())

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        names = [_cell_name(name, sex, age) for sex in SEXES for age in AGES]
        return not any(one in data for one in (name, *names))

    class Media:
        js = ("tracker/breakdown.js",)


class Typed:
    """What stands in the inputs, as text."""

    def __init__(self, cells: dict[tuple[str, str], str], others: str) -> None:
        self.cells = cells
        self.others = others

    @classmethod
    def of(cls, breakdown: Any) -> Typed:
        """The inputs that show a stored breakdown."""
        cells, others = split(breakdown)
        shown = json.dumps(others, ensure_ascii=False) if others else ""
        return cls({place: str(number) for place, number in cells.items()}, shown)


class BreakdownField(forms.Field):
    """People by sex and age as the report's JSON has them; None where nothing is entered."""

    widget = BreakdownInput

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        """`encoder` and `decoder` are what a column of JSON passes to its field."""
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> dict[str, Any] | None:
        if not isinstance(value, Typed):
            return value or None
        faults: list[str] = []
        cells = {}
        for place, typed in value.cells.items():
            if typed:
                try:
                    cells[place] = _people(typed)
                except ValueError:
                    faults.append(_fault(place, typed))
        others = _others(value.others, faults)
        if faults:
            raise ValidationError(faults)
        return joined(cells, others)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (initial or None)
        except ValidationError:
            return True


def _people(typed: str) -> int:
    """A whole number of people; ValueError where it is none."""
    number = whole_number(typed)
    if not 0 <= number <= MOST_PEOPLE:
        raise ValueError(typed)
    return number


def _others(typed: str, faults: list[str]) -> dict[str, Any]:
    if not typed:
        return {}
    try:
        others = json.loads(typed)
    except (ValueError, RecursionError):
        others = None
    if not isinstance(others, dict) or "\\u0000" in json.dumps(others):
        faults.append(
            gettext('Other categories: expected names with their numbers, such as {"disabled": 12}.')
        )
        return {}
    return others


def _fault(place: tuple[str, str], typed: str) -> str:
    words = {"sex": NAMES_OF_SEXES[place[0]], "age": NAMES_OF_AGES[place[1]], "typed": typed}
    return gettext("%(sex)s, %(age)s: “%(typed)s” is no whole number of people.") % words


def _cell_name(name: str, sex: str, age: str) -> str:
    return f"{name}-{sex}-{age}"
