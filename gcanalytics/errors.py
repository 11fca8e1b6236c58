"""The errors of gcanalytics: one root, and a name for each thing a caller may want to do next.

    GenesysError
    ├── ConfigurationError     region, credentials, proxy or certificate are missing or wrong   (ValueError)
    ├── QueryError             an argument is wrong; found before any request                   (ValueError)
    │   └── UnknownName        a queue, user, metric ... that does not exist, with the nearest  (LookupError)
    ├── ApiError               the platform answered, and the answer is no (or makes no sense)
    │   ├── AuthenticationError    the credentials or the token were refused
    │   ├── PermissionDenied       the OAuth client lacks a permission
    │   └── RateLimited            still 429 after the retry budget
    ├── ConnectionFailed       no answer: name, proxy, TLS, timeout, reset
    │   └── DeliveryUnknown    a write was sent and its fate is unknown
    ├── IncompletePull         the platform cannot give the whole result
    └── NotInThisPull          a table that this source cannot fill                           (AttributeError)

No text here ever holds a token, a secret or a message body of a customer.
"""

from __future__ import annotations

import difflib
import numbers
from collections.abc import Iterable
from typing import Any, TypeGuard

_FEW = 12  # so many names are told where none is near


class GenesysError(Exception):
    """Root of every error that leaves this package.

    Attributes:
        status: HTTP status, or None where no answer came.
        method: HTTP method, or None.
        path: path of the request without host or query, or None.
        correlation_id: the platform's ``ININ-Correlation-Id``, to give to Genesys support.
        code: the platform's error code (``bad.request``), or None.
        server_message: the platform's own words, or None.
        hint: what to do next, or None.
        response: the platform's whole answer, a :class:`gcanalytics.ApiResponse` (reason, headers, raw text)
            without any token; None where none came.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        method: str | None = None,
        path: str | None = None,
        correlation_id: str | None = None,
        code: str | None = None,
        server_message: str | None = None,
        hint: str | None = None,
        response: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.method = method
        self.path = path
        self.correlation_id = correlation_id
        self.code = code
        self.server_message = server_message
        self.hint = hint
        self.response = response

    def __str__(self) -> str:
        """The message, then where it happened, then what to do."""
        where = " ".join(str(part) for part in (self.method, self.path) if part)
        facts = [
            where,
            f"status {self.status}" if self.status is not None else "",
            f"code {self.code}" if self.code else "",
            f"correlation id {self.correlation_id}" if self.correlation_id else "",
        ]
        text = self.message
        said = "; ".join(fact for fact in facts if fact)
        if said:
            text += f" [{said}]"
        if self.server_message and self.server_message not in self.message:
            text += f"\nThe platform said: {self.server_message}"
        if self.hint:
            text += f"\n{self.hint}"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with every attribute, so that an error survives a process pool."""
        return (type(self)._restored, (type(self), self.message, self.__dict__.copy()))

    @staticmethod
    def _restored(kind: type[GenesysError], message: str, state: dict[str, object]) -> GenesysError:
        error = kind.__new__(kind)
        Exception.__init__(error, message)
        error.__dict__.update(state)
        return error


class ConfigurationError(GenesysError, ValueError):
    """Region, credentials, proxy or certificate settings are missing or wrong."""


class QueryError(GenesysError, ValueError):
    """An argument is wrong; raised before any request is sent."""


class UnknownName(QueryError, LookupError):
    """A name that does not exist, with the names nearest to it, or all of them where they are few.

    Attributes:
        name: what was asked for.
        nearest: up to five existing names, the likeliest first.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], *, hint: str | None = None) -> None:
        every = list(dict.fromkeys(each for each in known if each))
        self.name = name
        self.nearest = nearest(str(name), every)
        said = ""
        if self.nearest:
            said = f" Did you mean {', '.join(map(repr, self.nearest))}?"
        elif 0 < len(every) <= _FEW:
            said = f" There {'is' if len(every) == 1 else 'are'} {', '.join(map(repr, every))}."
        super().__init__(f"There is no {kind} {name!r}.{said}", hint=hint)


class ApiError(GenesysError):
    """The platform answered, and the answer is an error or cannot be understood."""


class AuthenticationError(ApiError):
    """The credentials or the token were refused."""


class PermissionDenied(ApiError):
    """The OAuth client's roles lack a permission that this call needs."""


class RateLimited(ApiError):
    """The platform still answered 429 when the retry budget was used up."""


class ConnectionFailed(GenesysError):
    """No answer came: unknown host, proxy, TLS, timeout or a cut connection."""


class DeliveryUnknown(ConnectionFailed):
    """A write was sent, no usable answer came, and it may or may not have been executed."""


class IncompletePull(GenesysError):
    """The platform cannot give the whole result of this query or list; says which day, or how many.

    Attributes:
        found: the entities that a list did give; empty for everything else.
    """

    def __init__(self, message: str, *, found: Iterable[Any] = (), **facts: Any) -> None:
        super().__init__(message, **facts)
        self.found = list(found)


class NotInThisPull(GenesysError, AttributeError):
    """A table that the source of this pull cannot fill; says which source can."""


def nearest(name: str, known: Iterable[str], *, limit: int = 5) -> list[str]:
    """The existing names most like ``name``, the likeliest first, compared without case."""
    by_folded: dict[str, str] = {}
    for candidate in known:
        by_folded.setdefault(candidate.casefold(), candidate)
    close = difflib.get_close_matches(name.casefold(), by_folded, n=limit, cutoff=0.5)
    inside = [folded for folded in by_folded if name and name.casefold() in folded and folded not in close]
    return [by_folded[folded] for folded in [*close, *sorted(inside)][:limit]]


def is_number(value: object) -> TypeGuard[float]:
    """Whether an argument is a number, Python's or NumPy's; True and False are none."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether an argument is a whole number, Python's or NumPy's; 2.0, True and False are none."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
