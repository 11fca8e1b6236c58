"""Who may ask and how often: OAuth client credentials, bearer tokens, the rate limit of a token."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.rest.oauth_clients import OAuthClient
from gcanalytics.simulator.settings import Settings

RATE_WINDOW_S = 60.0


@dataclass
class Token:
    """A bearer token and its minute of requests.

    Attributes:
        value: what stands behind ``Bearer``.
        client: whose it is.
        expires: real time of its end, in the clock's seconds.
        count: requests of the running window.
    """

    value: str = field(repr=False)
    client: OAuthClient
    expires: float
    window_ends: float = float("-inf")
    count: int = 0

    def rate_headers(self, now: float, allowed: int) -> dict[str, str]:
        """The three ``inin-ratelimit-*`` headers, on every answer to a token."""
        return {
            "inin-ratelimit-count": str(self.count),
            "inin-ratelimit-allowed": str(allowed),
            "inin-ratelimit-reset": str(self.reset_s(now)),
        }

    def reset_s(self, now: float) -> int:
        """Whole seconds to the next window; a little above 60 at its start, as recorded (61)."""
        # A trifle more, so that no rounding of floats lets somebody come back a moment too early.
        return int(max(0.0, self.window_ends - now) + 1e-6) + 1


class Access:
    """Issues tokens, knows them again and counts their requests.

    Args:
        clients: the OAuth clients that exist.
        settings: token life, the code of an expired token and the rate limit.
        real: a monotonic clock in real seconds.
    """

    def __init__(self, clients: list[OAuthClient], settings: Settings, real: Callable[[], float]) -> None:
        self.clients = {client.id: client for client in clients}
        self.settings = settings
        self._real = real
        self._tokens: dict[str, Token] = {}
        self._ended_with: dict[str, Token] = {}

    def issue(self, client: OAuthClient) -> Token:
        """A new token; it ends after the setting ``token_life_s``."""
        token = Token(secrets.token_urlsafe(48), client, self._real() + self.settings.token_life_s)
        self._tokens[token.value] = token
        return token

    def end_tokens(self) -> None:
        """Every token ends now, as at an administrator's hand."""
        for token in (*self._tokens.values(), *self._ended_with.values()):
            token.expires = float("-inf")

    def end_also(self, token: Token) -> None:
        """A token that opens nothing here, a guest's, ends with the others."""
        self._ended_with[token.value] = token

    def forget(self, token: Token) -> None:
        """A guest's token is no longer known."""
        self._ended_with.pop(token.value, None)

    def token(self, authorization: str | None) -> Token:
        """The token of an ``Authorization`` header.

        Raises:
            answers.Refusal: 401 without a bearer token, for an unknown and for an expired one.
        """
        scheme, _, value = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not value.strip():
            raise answers.refusal("authentication.required")
        token = self._tokens.get(value.strip())
        if token is None:
            raise answers.refusal("bad.credentials")
        if self._real() >= token.expires:
            raise answers.refusal(self.settings.expired_token_code)
        return token

    def count(self, token: Token) -> None:
        """Counts a request of a token.

        Raises:
            answers.Refusal: the normalised 429 (announced for 2021-11-10) above the minute's allowance.
        """
        now = self._real()
        if now >= token.window_ends:
            token.window_ends, token.count = now + RATE_WINDOW_S, 0
        if token.count >= self.settings.rate_per_minute:
            seconds = token.reset_s(now)
            raise answers.Refusal(
                429,
                "too.many.requests.retry.after",
                f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds",
                headers={"Retry-After": str(seconds)},
            )
        token.count += 1

    def rate_headers(self, token: Token) -> dict[str, str]:
        """The rate limit as it stands for a token."""
        return token.rate_headers(self._real(), self.settings.rate_per_minute)

    def client(self, authorization: str | None, form: Mapping[str, str]) -> OAuthClient:
        """The OAuth client of a token request: Basic header, or the form's own two fields.

        Raises:
            OAuthRefusal: 400 ``invalid_client`` in the two recorded wordings.
        """
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, value = (authorization or "").partition(" ")
        if scheme.lower() == "basic":
            try:
                text = base64.b64decode(value.strip(), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                text = ""
            client_id, _, secret = text.partition(":")
        client = self.clients.get(client_id)
        if client is None:
            raise OAuthRefusal("invalid_client", "client not found")
        if not secrets.compare_digest(client.secret.encode(), secret.encode()):
            raise OAuthRefusal("invalid_client", "authentication failed")
        return client


class OAuthRefusal(Exception):
    """The login host says no: HTTP 400 and a body of OAuth's shape, not of the platform's (recorded)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description

    def response(self) -> web.Response:
        """The answer: status 400 with the description twice, as recorded."""
        body = {
            "error": self.error,
            "description": self.description,
            "error_description": self.description,
        }
        return answers.json_response(body, status=400)
