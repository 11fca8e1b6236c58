"""An answer of the platform together with what was read from it. Sends nothing."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from gcanalytics.transport.response import ApiResponse

T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class ChatResponse(ApiResponse, Generic[T]):
    """An :class:`~gcanalytics.ApiResponse` whose body has been read.

    Status code and description are ``status`` and ``reason``; ``headers`` has every header, ``header(name)``
    one in any case; ``correlation_id`` is for Genesys support, ``text`` the body as it came.

    Attributes:
        body: the body as a typed value; None where the platform answers with none.
    """

    body: T = field(kw_only=True)

    @classmethod
    def of(cls, answer: ApiResponse, body: T) -> ChatResponse[T]:
        """The same answer, read."""
        known: dict[str, Any] = {
            each.name: getattr(answer, each.name) for each in dataclasses.fields(ApiResponse)
        }
        return cls(**known, body=body)
