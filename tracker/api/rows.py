"""The rows as the docs describe them. They are written from the columns, without passing through these."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import models
from rest_framework import serializers


# The two base classes have no docstring: the docs would show it for every row without one of its own.
class TableRow(serializers.ModelSerializer):
    # An address may be empty, which is no URI.
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.URLField: serializers.CharField,
    }

    def get_fields(self) -> dict[str, Any]:
        return read_only(super().get_fields())


class ReadOnlyRow(serializers.Serializer):
    def get_fields(self) -> dict[str, Any]:
        return read_only(super().get_fields())


def read_only(fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields; what is only read is always there, and the docs say so."""
    for field in fields.values():
        field.read_only = True
    return fields


@cache
def column_names(row: type[TableRow | ReadOnlyRow]) -> tuple[str, ...]:
    """The names of a row's fields, in order."""
    return tuple(row().get_fields())


def served(row: type[TableRow | ReadOnlyRow], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Of `facts` what the row has fields for, in their order."""
    return {name: facts[name] for name in column_names(row) if name in facts}
