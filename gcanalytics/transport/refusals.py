"""The error of ours that an answer means, whatever its shape. Decides nothing about sending again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from gcanalytics.errors import (
    ApiError,
    AuthenticationError,
    DeliveryUnknown,
    GenesysError,
    PermissionDenied,
    RateLimited,
)
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.retry import Trouble

_ERROR_KINDS: Mapping[int, type[ApiError]] = {
    401: AuthenticationError,
    403: PermissionDenied,
    429: RateLimited,
}
_HINTS: Mapping[int, str] = {
    401: "The token is not (or no longer) valid; connect again with fresh credentials.",
    403: "Give the OAuth client a role with the permission that the platform names.",
    429: "The budget for retries is used up; ask later, or for less at a time.",
}
_LONGEST_SAID = 1000


def refusal(answer: ApiResponse, trouble: Trouble, secrets: Sequence[str], base_url: str) -> ApiError:
    """The error that an answer means.

    Args:
        answer: anything but a success.
        trouble: what is wrong with it.
        secrets: texts that must not stand in the error, though the platform repeats them.
        base_url: where it came from, to say of a redirect.
    """
    answer = answer.without(secrets)
    if trouble is Trouble.GARBLED and not answer.is_error_body():
        return answer.error(
            f"The platform answered {answer.described()}, where one JSON text was due.",
            hint="A proxy or gateway in between may have answered in its place.",
        )
    if 300 <= answer.status < 400:
        host = urlsplit(answer.header("location") or "").hostname or "another place"
        return answer.error(
            f"{base_url} redirects to {host}, and the token does not go there.",
            hint="Check the region; a proxy's log-in page looks like this too.",
        )
    code, said = _said(answer)
    if said:
        for secret in secrets:
            said = said.replace(secret, "…")
        said = said[:_LONGEST_SAID]
    words = f"{answer.status} {answer.reason}".strip()
    body = "" if said and trouble is not Trouble.GARBLED else f" {answer.described()}"
    return answer.error(
        f"The platform answered {words}{body}.",
        kind=_ERROR_KINDS.get(answer.status, ApiError),
        code=code,
        server_message=said,
        hint=_HINTS.get(answer.status),
    )


def _said(answer: ApiResponse) -> tuple[str | None, str | None]:
    """The platform's code and words: its ErrorBody, or the token endpoint's other shape."""
    try:
        body = answer.data
    except ApiError:
        return None, None
    if not isinstance(body, dict):
        return None, None
    code = body.get("code") or body.get("error")
    said = body.get("message") or body.get("error_description") or body.get("description")
    return (
        code if isinstance(code, str) else None,
        said if isinstance(said, str) else None,
    )


def fate_unknown(error: GenesysError) -> DeliveryUnknown:
    """The same error of a request that must not be executed twice, and may have been executed once."""
    return DeliveryUnknown(
        f"{error.message} The request may or may not have been executed.",
        status=error.status,
        method=error.method,
        path=error.path,
        correlation_id=error.correlation_id,
        code=error.code,
        server_message=error.server_message,
        hint="Look whether it was done before sending it again.",
        response=error.response,
    )
