"""The bearer token: one for all threads, renewed before its end and once after a refusal.

OAuth client credentials: ``POST <login>/oauth/token`` with Basic authorization and the form
``grant_type=client_credentials`` (the official SDK does the same). There is no refresh token for this
grant, and the official SDK never renews it.
"""

from __future__ import annotations

import base64
import dataclasses
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from gcanalytics.errors import ApiError, AuthenticationError
from gcanalytics.transport.response import ApiResponse

_TOKEN_PATH = "/oauth/token"
_DEFAULT_LIFE_S = 86_400.0  # the SDK's OAuthClient: 24 hours where no validity is configured


class Auth(Protocol):
    """What gives a request its ``Authorization`` header."""

    def header(self, stop: threading.Event | None = None) -> str | None:
        """The header's value now, None for no header; may fetch a token, until ``stop`` is set."""

    def renew(self, refused: str) -> bool:
        """Take note that the platform refused ``refused``; whether another value is there now."""

    def secrets(self) -> list[str]:
        """Texts that must stand in no message."""


class NoAuth:
    """No ``Authorization`` header at all: the token endpoint, the guest chat's creation."""

    def header(self, stop: threading.Event | None = None) -> str | None:  # noqa: ARG002 - as above
        """None."""
        return None

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - the protocol's argument
        """False: there is nothing to renew."""
        return False

    def secrets(self) -> list[str]:
        """None."""
        return []


class StaticToken:
    """A token made elsewhere (an access token, a guest's JWT), which cannot be renewed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def header(self, stop: threading.Event | None = None) -> str | None:  # noqa: ARG002 - as above
        """``Bearer`` and the token."""
        return f"Bearer {self._token}"

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - the protocol's argument
        """False: another token is not to be had."""
        return False

    def secrets(self) -> list[str]:
        """The token."""
        return [self._token]

    def __repr__(self) -> str:
        return "StaticToken(…)"


class TokenRequest(Protocol):
    """What fetches a token: :meth:`gcanalytics.transport.rest.Rest.request` of the login host."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str],
        headers: Mapping[str, str],
        repeatable: bool,
        stop: threading.Event | None,
    ) -> ApiResponse:
        """Send the form and return the answer; ``stop`` wakes its waits."""


class ClientCredentials:
    """Tokens of an OAuth client of type Client Credentials.

    Thread-safe: one thread fetches, the others wait for its token.

    Args:
        client_id: the client's id.
        client_secret: its secret.
        request: sends to the login host, with retries and without a token.
        clock: monotonic seconds.
    """

    def __init__(
        self, client_id: str, client_secret: str, *, request: TokenRequest, clock: Callable[[], float]
    ) -> None:
        self._basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode("ascii")
        self._secret = client_secret
        self._request = request
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at = 0.0

    def header(self, stop: threading.Event | None = None) -> str | None:
        """``Bearer`` and a token that has some life left.

        Args:
            stop: ends the wait for a token when set.

        Raises:
            AuthenticationError: the platform refuses the client.
            ApiError, ConnectionFailed: no token came.
        """
        with self._lock:
            if self._token is None or self._clock() >= self._renew_at:
                self._fetch(stop)
            return f"Bearer {self._token}"

    def renew(self, refused: str) -> bool:
        """Forget the token that was refused, unless another thread already did; True."""
        with self._lock:
            if self._token is not None and refused == f"Bearer {self._token}":
                self._token = None
        return True

    def secrets(self) -> list[str]:
        """Secret, Basic value and token."""
        return [text for text in (self._secret, self._basic, self._token) if text]

    def __repr__(self) -> str:
        return "ClientCredentials(…)"

    def _fetch(self, stop: threading.Event | None) -> None:
        started = self._clock()
        try:
            answer = self._request(
                "POST",
                _TOKEN_PATH,
                form={"grant_type": "client_credentials"},
                headers={"Authorization": f"Basic {self._basic}"},
                repeatable=True,
                stop=stop,
            )
        except ApiError as refusal:
            if refusal.status in {400, 401, 403}:
                raise self._refused(refusal) from None
            if refusal.response is not None:  # half a token is a token
                refusal.response = dataclasses.replace(refusal.response, content=b"")
            raise
        token, life_s = _token_of(answer)
        self._token = token
        # A tenth of the life, a minute at most: far from the end for every life the platform allows
        # (5 minutes to 48 hours), and never so early that a short life in a test renews at each request.
        self._renew_at = started + life_s - min(60.0, life_s / 10)

    def _refused(self, refusal: ApiError) -> AuthenticationError:
        said = refusal.server_message
        for secret in self.secrets():
            said = said.replace(secret, "…") if said else said
        return AuthenticationError(
            "The platform refused the OAuth client's id or secret.",
            status=refusal.status,
            method=refusal.method,
            path=refusal.path,
            correlation_id=refusal.correlation_id,
            code=refusal.code,
            server_message=said,
            response=refusal.response and refusal.response.without(self.secrets()),
            hint="Check the client id, the secret and the region (a client exists in one region only); the"
            " client must be of type Client Credentials.",
        )


def _token_of(answer: ApiResponse) -> tuple[str, float]:
    """The token and its life in seconds."""
    body: Any = answer.data
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        # What is no usable token may be one all the same: the error carries no body.
        raise dataclasses.replace(answer, content=b"").error("The login server's answer holds no token.")
    life = body.get("expires_in")
    usable = isinstance(life, int | float) and not isinstance(life, bool) and life > 0
    return token, float(life) if usable else _DEFAULT_LIFE_S
