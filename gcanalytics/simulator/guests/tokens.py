"""JSON Web Tokens of guests: signed here, checked here (HS256). No other algorithm is accepted."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import Any


class GuestTokens:
    """Signs and checks the tokens of one platform.

    Args:
        secret: the signing key; None makes one that lives as long as this object.
    """

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(32)

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact token of these claims."""
        head = _text(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        signed = f"{head}.{_text(json.dumps(claims).encode())}"
        return f"{signed}.{_text(self._digest(signed))}"

    def claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that was signed here; None for anything else."""
        signed, _, signature = token.rpartition(".")
        head, _, body = signed.partition(".")
        try:
            genuine = hmac.compare_digest(_bytes(signature), self._digest(signed))
            if not genuine or json.loads(_bytes(head)).get("alg") != "HS256":
                return None
            claims = json.loads(_bytes(body))
        except (ValueError, binascii.Error, AttributeError):
            return None
        return claims if isinstance(claims, dict) else None

    def _digest(self, signed: str) -> bytes:
        return hmac.new(self._secret, signed.encode(), hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
