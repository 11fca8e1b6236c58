"""What a guest may use of the platform: a token that can be replaced, and the SDK's rules of asking again."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from gcanalytics.transport.retry import RetryPolicy, Trouble

_RETRY_AFTER_S = 3.0  # RetryAfterDefaultMs = 3000
_FIRST = 5  # so many times a gateway's error is met with the wait above
_BACK_OFF_S = 300.0  # BackOffIntervalMs = 300000
_LONGEST_POWER = 3


class GuestToken:
    """The JWT of one chat, as ``Authorization: Bearer``; another one may take its place at any time."""

    def __init__(self, jwt: str) -> None:
        self._known = [jwt]

    def replace(self, jwt: str) -> None:
        """Use another one from the next request on."""
        self._known.append(jwt)

    def header(self, stop: threading.Event | None = None) -> str | None:  # noqa: ARG002 - as in Auth
        """``Bearer`` and the token."""
        return f"Bearer {self._known[-1]}"

    def renew(self, refused: str) -> bool:
        """Whether the token was replaced since; a guest can ask for none."""
        return refused != self.header()

    def secrets(self) -> list[str]:
        """Every token so far."""
        return list(self._known)

    def __repr__(self) -> str:
        return "GuestToken(…)"


@dataclass(frozen=True)
class SdkPace(RetryPolicy):
    """The rules by which the guest chat SDK for .NET asks again (its ``ApiClient.RetryConfiguration``).

    Only 429, 502, 503 and 504 are met with another attempt, as long as fewer than ``max_time_s`` seconds have
    passed, so that the last wait may reach beyond them. The wait is ``Retry-After``, else 3 s; a gateway's
    error after the fifth is met with 3 s in the first five minutes, 9 s in the next five, 27 s after.

    Two things are kinder than there: what may have been executed is not sent again unless that does no
    harm, and a ``Retry-After`` is obeyed for ever. The other fields of :class:`RetryPolicy` do not count.
    """

    def wait_s(
        self,
        trouble: Trouble,
        *,
        repeatable: bool,
        attempt: int,
        elapsed_s: float,
        retry_after_s: float | None = None,
        limit_reset_s: float | None = None,  # noqa: ARG002 - the SDK does not read it
        jitter: float = 1.0,  # noqa: ARG002 - the SDK waits exactly so long
    ) -> float | None:
        """Seconds to wait before the next attempt, or None to give up."""
        passing = trouble is Trouble.NOT_EXECUTED or (trouble is Trouble.GATEWAY and repeatable)
        if not passing or elapsed_s >= self.max_time_s:
            return None
        if retry_after_s is not None:
            return max(0.0, retry_after_s)
        if trouble is Trouble.NOT_EXECUTED or attempt <= _FIRST:
            return _RETRY_AFTER_S
        return 3.0 ** min(_LONGEST_POWER, int(elapsed_s // _BACK_OFF_S) + 1)
