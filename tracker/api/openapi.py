"""The OpenAPI description of a view, from what the view declares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from tracker.api.errors import PROBLEM, Problem
from tracker.api.parameters import Parameter
from tracker.api.renderers import CSVRenderer, GeoJSONRenderer, RowRenderer
from tracker.api.views import ListView, ReadView

PAGE_ADDRESS = {"type": ["string", "null"], "description": "Address of the page; null where there is none."}
FAULTS = {
    HTTPStatus.BAD_REQUEST: "A parameter is unknown or cannot be taken; `errors` names it.",
    HTTPStatus.NOT_FOUND: "Nothing is at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This can only be read.",
    HTTPStatus.NOT_ACCEPTABLE: "The answer cannot be had in a form that the Accept header names.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here; it has been logged.",
}


class ReadSchema(AutoSchema):
    """Describes a `ReadView`."""

    @property
    def described_view(self) -> ReadView:
        return cast(ReadView, self.view)

    def is_excluded(self) -> bool:
        return not hasattr(self.view, "row")

    def get_operation_id(self) -> str:
        return "_".join(part.strip("{}") for part in self._path_parts())

    def get_tags(self) -> list[str]:
        return self._path_parts()[:1]

    def _path_parts(self) -> list[str]:
        """What follows /api/v1/."""
        return self.path.strip("/").split("/")[2:] or ["root"]

    def get_summary(self) -> str:
        return self._about()[0]

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        return "\n".join(self._about()).strip()

    def get_override_parameters(self) -> list[Any]:
        return [described(parameter) for parameter in self.described_view.all_parameters()]

    def get_response_serializers(self) -> Any:
        answers: dict[Any, Any] = {}
        for form in self.described_view.formats:
            answers[200, str(form.media_type)] = OpenApiResponse(
                self._content(form), description="The answer."
            )
        answers[304] = OpenApiResponse(description="Unchanged since the ETag sent in If-None-Match.")
        for status, reason in FAULTS.items():
            answers[int(status), PROBLEM] = OpenApiResponse(Problem, description=reason)
        return answers

    def _about(self) -> list[str]:
        return [line.strip() for line in (type(self.described_view).__doc__ or "").strip().splitlines()]

    def _content(self, form: type[RowRenderer]) -> Any:
        view = self.described_view
        if issubclass(form, CSVRenderer):
            return OpenApiTypes.STR
        if not isinstance(view, ListView):
            # The JSON form comes first and has registered the row.
            return a_feature([view.row]) if issubclass(form, GeoJSONRenderer) else view.row
        rows = [view.row, *([view.other_row] if view.other_row else [])]
        if issubclass(form, GeoJSONRenderer):
            return features(rows)
        pages = [page_of(row) for row in rows]
        if len(pages) == 1:
            return pages[0]
        return {"anyOf": [self.resolve_serializer(page, "response").ref for page in pages]}


def described(parameter: Parameter) -> OpenApiParameter:
    schema = dict(parameter.schema)
    hint = "" if "enum" in schema else f" Expected: {parameter.expected}."
    return OpenApiParameter(
        name=parameter.name,
        type={"type": "array", "items": schema} if parameter.many else schema,
        required=parameter.required,
        description=parameter.description + hint,
        allow_blank=parameter.may_be_empty,
    )


@cache
def page_of(row: type[serializers.Serializer]) -> serializers.Serializer:
    """A page of rows; the same for the same kind of row, as a component of the description must be."""
    return inline_serializer(
        f"{row.__name__}Page",
        {
            "count": serializers.IntegerField(
                required=False, help_text="Rows on all pages; there where `count=1` asks for it."
            ),
            "next": serializers.CharField(
                allow_null=True, read_only=True, help_text="Address of the next page; null on the last."
            ),
            "previous": serializers.CharField(
                allow_null=True, read_only=True, help_text="Address of the page before; null on the first."
            ),
            "results": row(many=True, read_only=True),
        },
    )


def features(rows: Sequence[type[serializers.Serializer]]) -> dict[str, Any]:
    """A page of rows, each of one of these kinds, as a GeoJSON FeatureCollection."""
    return {
        "type": "object",
        "required": ["type", "features", "next", "previous"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "count": {"type": "integer"},
            "next": PAGE_ADDRESS,
            "previous": PAGE_ADDRESS,
            "features": {"type": "array", "items": a_feature(rows)},
        },
    }


def a_feature(rows: Sequence[type[serializers.Serializer]]) -> dict[str, Any]:
    """One row as a GeoJSON Feature."""
    kinds = [{"$ref": f"#/components/schemas/{row.__name__}"} for row in rows]
    return {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "geometry": {
                "type": ["object", "null"],
                "description": "GeoJSON geometry; null where it is unknown.",
            },
            "properties": kinds[0] if len(kinds) == 1 else {"anyOf": kinds},
        },
    }
