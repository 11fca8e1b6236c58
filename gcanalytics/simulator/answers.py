"""Answers of the platform's shape: its error body, its texts,
its JSON. Decides nothing about when to say no."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import msgspec
from aiohttp import web

CORRELATION: ContextVar[str] = ContextVar("correlation")
"""Id of the request being answered, the ``ININ-Correlation-Id`` of its answer."""

# Codes and texts of the platform's OpenAPI (``x-inin-error-codes``); 405 is not in it.
TEXTS: dict[str, tuple[int, str]] = {
    "bad.request": (400, "The request could not be understood by the server due to malformed syntax."),
    "invalid.date": (
        400,
        "Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ",
    ),
    "authentication.required": (
        401,
        "No authentication bearer token specified in authorization header.",
    ),
    "bad.credentials": (401, "Invalid login credentials."),
    "credentials.expired": (401, "The supplied credentials are expired and cannot be used."),
    "not.authorized": (403, "You are not authorized to perform the requested action."),
    "not.found": (404, "The requested resource was not found."),
    "method.not.allowed": (405, "The requested method is not allowed."),
    "client.timeout": (
        408,
        "The client did not produce a request within the server timeout limit. This can be caused by a slow "
        "network connection and/or large payloads.",
    ),
    "request.conflict": (409, "The request conflicts with the current state of the target resource."),
    "unsupported.media.type": (
        415,
        "Unsupported Media Type - Unsupported or incorrect media type, such as an incorrect Content-Type "
        "value in the header.",
    ),
    "internal.server.error": (
        500,
        "The server encountered an unexpected condition which prevented it from fulfilling the request.",
    ),
    "service.unavailable": (
        503,
        "Service Unavailable - The server is currently unavailable (because it is overloaded or down for "
        "maintenance).",
    ),
    "request.timeout": (504, "The request timed out."),
}
_encoder = msgspec.json.Encoder()


class Refusal(Exception):
    """The platform says no; the server's outer frame turns it into the answer.

    Args:
        status: HTTP status.
        code: the platform's error code, as ``bad.request``.
        message: the platform's words.
        headers: further headers of the answer.
        params: values of the message, under ``messageParams`` of the body.

    Attributes:
        field: path of the field of the request that is wrong, or "".
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.params = dict(params or {})
        self.field = ""

    def response(self) -> web.Response:
        """The answer in the platform's error shape; ``field`` stands in its details."""
        body = error_body(self.status, self.code, self.message, self.params)
        if self.field:
            body["details"] = [{"errorCode": self.code, "fieldName": self.field}]
        return json_response(body, status=self.status, headers=self.headers)


def refusal(code: str, *, headers: Mapping[str, str] | None = None) -> Refusal:
    """The refusal with the platform's standard text of a code of `TEXTS`."""
    status, message = TEXTS[code]
    return Refusal(status, code, message, headers=headers)


def bad_request(message: str) -> Refusal:
    """400 ``bad.request`` in the words given."""
    return Refusal(400, "bad.request", message)


def missing(field: str) -> Refusal:
    """400 ``bad.request`` with the field that is missing or empty in the details."""
    refused = refusal("bad.request")
    refused.field = field
    return refused


def invalid_parameter(value: str, name: str, allowable: str) -> Refusal:
    """400 ``invalid.query.param.value``, of a parameter of the query string."""
    text = f"Value [{value}] is not valid for parameter [{name}]. Allowable values are: {allowable}"
    return Refusal(400, "invalid.query.param.value", text, params={"value": value, "parameter": name})


def invalid_property(name: str, kind: str) -> Refusal:
    """400 ``invalid.property``, of a field that an object of a body does not have."""
    text = f"Value [{name}] is not a valid property for object [{kind}]"
    return Refusal(400, "invalid.property", text, params={"value": name, "object": kind})


def invalid_value(value: object, kind: str, allowable: str) -> Refusal:
    """400 ``invalid.value`` in the platform's words (recorded in a public Go client)."""
    text = f"Value [{value}] is not valid for field type [{kind}]. Allowable values are: {allowable}"
    return Refusal(400, "invalid.value", text, params={"value": str(value), "fieldType": kind})


def error_body(
    status: int, code: str, message: str, params: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The platform's ErrorBody; ``contextId`` is the request's correlation id."""
    body: dict[str, Any] = {"message": message, "code": code, "status": status}
    if params:
        body["messageParams"] = dict(params)
    body["contextId"] = CORRELATION.get("") or str(uuid.uuid4())
    return body | {"details": [], "errors": []}


def error_response(
    status: int,
    code: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> web.Response:
    """An answer of the platform's error shape."""
    return json_response(error_body(status, code, message, params), status=status, headers=headers)


def json_response(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """An answer of JSON; ``bytes`` are taken as JSON that is ready."""
    encoded = body if isinstance(body, bytes) else _encoder.encode(body)
    return web.Response(body=encoded, status=status, headers=headers, content_type="application/json")
