"""Numbers, and days in digits, as the person's language writes them: shown, and read where they are typed.

What is typed is read exactly or refused. `1.234` is a thousand and more to one reader and little more than
one to another, so a separator counts for what the active language means by it, and for nothing else.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import get_format, number_format
from django.utils.translation import gettext_lazy as _

_DIGITS = {ord(digit): str(place % 10) for place, digit in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
# What Arabic writes for thousands and for the decimal point; no language means anything else by them.
_ARABIC_GROUP, _ARABIC_POINT = "\u066c", "\u066b"
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2009\u202f"), " ")
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2066\u2067\u2068\u2069"), "")
"""Marks of direction, which stand unseen around a number that was copied."""
_EXAMPLE = Decimal("5.2")
_MINUS = {ord("\u2212"): "-"}


def in_groups(number: int | Decimal) -> str:
    """The number as the active language writes it, in groups of thousands."""
    return number_format(number, force_grouping=True)


def whole_number(typed: str) -> int:
    """The whole number that was typed; ValueError where it is none, or could be another."""
    return int(_plain(typed, point=False))


def decimal_number(typed: str) -> Decimal:
    """The number that was typed, with a decimal part or without; ValueError where it is none."""
    return Decimal(_plain(typed, point=True))


def _plain(typed: str, *, point: bool) -> str:
    """The same number in ASCII, without groups and with a point; ValueError where it is not one number."""
    text = typed.translate(_MARKS | _SPACES | _MINUS | _DIGITS).strip()
    groups = {" ", _ARABIC_GROUP, get_format("THOUSAND_SEPARATOR").translate(_SPACES)}
    whole = "|".join([r"\d+", *(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+" for group in sorted(groups))])
    points = re.escape(get_format("DECIMAL_SEPARATOR") + _ARABIC_POINT)
    part = rf"(?:[{points}](?P<part>\d+))?" if point else ""
    found = re.fullmatch(rf"(?P<sign>-?)(?P<whole>{whole}){part}", text, re.ASCII)
    if found is None:
        raise ValueError(typed)
    digits = re.sub(r"\D", "", found["whole"])
    return found["sign"] + digits + (f".{found['part']}" if point and found["part"] else "")


class NumberInput(forms.TextInput):
    """An input of text: one of numbers takes no other digits than 0 to 9, and drops what it does not know."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "dir": "ltr", **(attrs or {})})


class WholeNumberInput(NumberInput):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "class": "vBigIntegerField", **(attrs or {})})


class DecimalInput(NumberInput):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "class": "vIntegerField", **(attrs or {})})


class WholeNumberField(forms.IntegerField):
    widget = WholeNumberInput
    default_error_messages = {
        "invalid": _("Enter a whole number, such as 1200, with separators of thousands or without.")
    }

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values or isinstance(value, int):
            return super().to_python(value)
        try:
            number = whole_number(str(value))
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return super().to_python(number)


class DecimalNumberField(forms.DecimalField):
    widget = DecimalInput
    default_error_messages = {"invalid": _("Enter a number, such as %(example)s.")}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # as Django's own
        if value in self.empty_values or isinstance(value, int | Decimal):
            return super().to_python(value)
        try:
            number = decimal_number(str(value))
        except ValueError:
            example = {"example": number_format(_EXAMPLE)}
            raise ValidationError(self.error_messages["invalid"], code="invalid", params=example) from None
        return super().to_python(number)


class DayField(forms.DateField):
    def to_python(self, value: Any) -> date | None:
        return super().to_python(value.translate(_MARKS | _DIGITS) if isinstance(value, str) else value)


def _whole(model_field: type[models.Field[Any, Any]]) -> dict[type[models.Field[Any, Any]], dict[str, Any]]:
    return {model_field: {"form_class": WholeNumberField, "widget": WholeNumberInput}}


NUMBERS_TYPED: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    **_whole(models.BigIntegerField),
    **_whole(models.PositiveSmallIntegerField),
    models.DateField: {"form_class": DayField},
    models.DecimalField: {"form_class": DecimalNumberField, "widget": DecimalInput, "localize": True},
}
"""For `formfield_overrides`: columns of numbers and days, typed in any digits."""
