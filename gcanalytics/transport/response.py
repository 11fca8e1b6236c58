"""One answer of the platform, as it came, with its parts within reach. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import msgspec

from gcanalytics.errors import ApiError

# Of the official SDK's ErrorBody, and of the token endpoint's answers recorded by a public Go client.
_ERROR_FIELDS = frozenset(
    {
        "message", "code", "status", "entityId", "entityName", "messageWithParams", "messageParams",
        "contextId", "details", "errors", "limit", "error", "error_description", "description",
    }
)  # fmt: skip
_LONGEST_ERROR = 1 << 16


class Headers(Mapping[str, str]):
    """Response headers, found whatever the case of their names."""

    def __init__(self, items: Mapping[str, str] | None = None) -> None:
        self._items = dict(items or {})
        self._folded = {name.casefold(): value for name, value in self._items.items()}

    def __getitem__(self, name: str) -> str:
        return self._folded[name.casefold()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Headers({sorted(self._items)})"


@dataclass(frozen=True, repr=False)
class ApiResponse:
    """An answer: status, headers and body.

    Attributes:
        status: HTTP status.
        reason: the words beside the status, such as ``OK``.
        headers: response headers; names in any case.
        method: the request's method.
        path: the request's path without host and query.
        content: the body's bytes, decompressed.
        elapsed_s: seconds from the request to the whole answer.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    method: str
    path: str
    content: bytes = b""
    elapsed_s: float = 0.0

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 are replaced."""
        return self.content.decode("utf-8", errors="replace")

    @property
    def data(self) -> Any:
        """The body's JSON, decoded; None for an empty body.

        Raises:
            ApiError: the body is no JSON.
        """
        if not self.content:
            return None
        try:
            return msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self.error(f"The platform answered {self.described()}, not JSON.") from None

    @property
    def correlation_id(self) -> str | None:
        """The platform's ``ININ-Correlation-Id``, to give to Genesys support."""
        return self.headers.get("inin-correlation-id")

    def header(self, name: str) -> str | None:
        """A header by its name in any case, or None."""
        return self.headers.get(name)

    def is_json(self) -> bool:
        """Whether the body is one whole JSON text; looks at all of it, builds nothing."""
        try:
            msgspec.json.decode(self.content, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return True

    def is_error_body(self) -> bool:
        """Whether the body is an ErrorBody (or the token endpoint's error), whatever the status says."""
        if len(self.content) > _LONGEST_ERROR or self.content.lstrip()[:1] != b"{":
            return False
        try:
            body = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return body.keys() <= _ERROR_FIELDS and not body.keys().isdisjoint({"message", "error", "errors"})

    def described(self) -> str:
        """The kind of body in words: nothing, HTML, half a JSON text, text."""
        start = self.content.lstrip()[:200].lower()
        if not start:
            return "with an empty body"
        if start.startswith((b"<!doctype", b"<html", b"<head", b"<body")):
            return "with HTML"
        if self.is_error_body():
            return "with an error in its body"
        if start[:1] in {b"{", b"["}:
            return "as JSON" if self.is_json() else f"with a broken JSON text of {len(self.content)} bytes"
        return f"with {self.headers.get('content-type', 'a body')} of {len(self.content)} bytes"

    def without(self, secrets: Iterable[str]) -> Self:
        """The same answer, whose body and headers repeat none of some texts, plain or as JSON has them."""
        content, headers = self.content, dict(self.headers)
        for secret in filter(None, secrets):
            quoted = msgspec.json.encode(secret).decode()[1:-1]
            for form in {secret, quoted, quoted.replace("/", r"\/")}:
                content = content.replace(form.encode(), "…".encode())
            headers = {name: value.replace(secret, "…") for name, value in headers.items()}
        if content == self.content and headers == dict(self.headers):
            return self
        return replace(self, content=content, headers=Headers(headers))

    def error(self, message: str, *, kind: type[ApiError] = ApiError, **facts: Any) -> ApiError:
        """An error of ours that carries this answer, and where and how it came."""
        return kind(
            message,
            status=self.status,
            method=self.method,
            path=self.path,
            correlation_id=self.correlation_id,
            response=self,
            **facts,
        )

    def __repr__(self) -> str:
        size = len(self.content)
        return f"<ApiResponse {self.status} {self.reason} for {self.method} {self.path}, {size} bytes>"
