"""The API's one error shape: RFC 9457 problem documents, built here alone."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from rest_framework import exceptions, serializers

from tracker.errors import TrackerError

PROBLEM = "application/problem+json"
LONGEST_ECHO = 200
logger = logging.getLogger("tracker.api")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one parameter, and what would be right."""

    parameter: str
    value: str | None
    message: str
    expected: str

    def as_dict(self) -> dict[str, str | None]:
        value = None if self.value is None else printable(self.value)
        return {
            "parameter": self.parameter,
            "value": value,
            "message": self.message,
            "expected": self.expected,
        }


class InvalidParameters(TrackerError):
    """The request names something that is not there, or says it in a way that cannot be read."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("; ".join(f"{fault.parameter}: {fault.message}" for fault in self.faults))


class NotFound(TrackerError):
    """Nothing is at this address."""


class FaultRow(serializers.Serializer):
    """What is wrong with one parameter."""

    parameter = serializers.CharField(help_text="Name of the parameter.")
    value = serializers.CharField(allow_null=True, help_text="What was given; null where it is missing.")
    message = serializers.CharField(help_text="What is wrong with it.")
    expected = serializers.CharField(help_text="What would be right.")


class Problem(serializers.Serializer):
    """An error, as RFC 9457 has it."""

    type = serializers.CharField(help_text="`about:blank`: `code` tells the kinds apart.")
    title = serializers.CharField(help_text="The HTTP status in words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What happened, for a person.")
    code = serializers.CharField(
        help_text="What happened, for a program: `invalid_parameters`, `not_found` …"
    )
    # DRF takes the fields off the class, so this one does not hide the serializer's own `errors`.
    errors = FaultRow(  # type: ignore[assignment]
        many=True, help_text="One entry for each parameter at fault."
    )


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer that tells of an error."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [fault.as_dict() for fault in faults],
    }
    response = HttpResponse(orjson.dumps(body), status=status, content_type=PROBLEM, headers=headers)
    response["Cache-Control"] = "no-store"
    return response


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """The problem document for whatever a view raised. What nobody foresaw is logged and not shown."""
    match error:
        case InvalidParameters():
            return problem(400, "invalid_parameters", f"{error}.", faults=error.faults)
        case NotFound():
            return problem(404, "not_found", str(error))
        case Http404():
            return problem(404, "not_found", "Nothing is at this address.")
        case PermissionDenied():
            return problem(403, "permission_denied", "You may not do this.")
        case SuspiciousOperation():
            return problem(400, "bad_request", "The request cannot be taken as it is.")
        case exceptions.APIException():
            headers = {"Retry-After": f"{wait:.0f}"} if (wait := getattr(error, "wait", None)) else None
            return problem(error.status_code, error.default_code, str(error.detail), headers=headers)
    request = context.get("request")
    logger.error("%s %s failed", *((request.method, request.path) if request else ("", "")), exc_info=error)
    return problem(500, "server_error", "Something went wrong here; it has been logged.")


def printable(text: str) -> str:
    """`text` so that it can be written as UTF-8 JSON and read, and is not overlong."""
    shown = "".join(
        mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text[:LONGEST_ECHO]
    )
    return shown + ("…" if len(text) > LONGEST_ECHO else "")
