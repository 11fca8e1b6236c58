"""Whether and when to send a request again, as one pure decision. Sends nothing and waits for nothing."""

from __future__ import annotations

import email.utils
import enum
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from gcanalytics.errors import ConfigurationError, is_number


class Trouble(enum.Enum):
    """What went wrong with one attempt, by what it says about the request's fate."""

    NOT_EXECUTED = "the platform refused to execute it now"  # 429, 503 with Retry-After
    UNREACHABLE = "no connection came about"  # refused, no such host, connect timeout: nothing was sent
    LOST = "the answer was lost"  # timeout, reset, cut body: executed or not
    GATEWAY = "a gateway gave up"  # 502, 503 without Retry-After, 504, 408: executed or not
    GARBLED = "the answer makes no sense"  # 2xx with HTML, nothing or half a JSON text
    FINAL = "asking again would not help"


def trouble_of_status(status: int, *, retry_after: bool) -> Trouble | None:
    """The trouble that an HTTP status means, or None for a success.

    429 and 503 with Retry-After say that nothing was executed (the platform's rate limiter and its
    gateway). 408, 502, 504 and a bare 503 come from something that does not know. All else is the
    platform's own word.
    """
    if 200 <= status < 300:
        return None
    if status == 429 or (status == 503 and retry_after):
        return Trouble.NOT_EXECUTED
    if status in {408, 502, 503, 504}:
        return Trouble.GATEWAY
    return Trouble.FINAL


@dataclass(frozen=True)
class RetryPolicy:
    """How long to keep trying.

    Attributes:
        max_time_s: budget in seconds from the first trouble of a request to its last attempt; 0 = no
            second attempt.
        first_wait_s: wait before the second attempt where the platform names none; doubles each time.
        longest_wait_s: bound of that doubling. A ``Retry-After`` is obeyed whatever its length, or
            the request fails at once if the budget does not reach so far.
        unreachable_attempts: attempts at most where no connection comes about.
        garbled_attempts: attempts at most where the answer makes no sense.

    Raises:
        ConfigurationError: one of them is no number, or below 0.
    """

    max_time_s: float = 300.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    unreachable_attempts: int = 4
    garbled_attempts: int = 4

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not is_number(value) or not value >= 0:
                raise ConfigurationError(f"{name}={value!r}: a RetryPolicy has numbers from 0 up.")

    @classmethod
    def off(cls) -> RetryPolicy:
        """One attempt, whatever comes."""
        return cls(max_time_s=0.0)

    def wait_s(
        self,
        trouble: Trouble,
        *,
        repeatable: bool,
        attempt: int,
        elapsed_s: float,
        retry_after_s: float | None = None,
        limit_reset_s: float | None = None,
        jitter: float = 1.0,
    ) -> float | None:
        """Seconds to wait before the next attempt, or None to give up.

        Args:
            trouble: what went wrong.
            repeatable: whether executing the request twice does no harm.
            attempt: how many attempts there were, from 1.
            elapsed_s: seconds since the first trouble of this request.
            retry_after_s: what the platform asked for, in seconds; a 0 is believed once.
            limit_reset_s: after a 429, seconds until the rate limit's window ends; counts where the
                platform asked for nothing.
            jitter: 0.5 to 1, so that threads that failed together do not come back together.
        """
        if self.max_time_s <= 0 or not self._may_repeat(trouble, repeatable=repeatable, attempt=attempt):
            return None
        asked = limit_reset_s if retry_after_s is None else retry_after_s
        if asked is not None and (asked > 0 or attempt == 1):
            wait = max(0.0, asked)
        else:  # "in 0 seconds", said again and again, would be hammered
            wait = min(self.longest_wait_s, self.first_wait_s * 2.0 ** min(attempt - 1, 30)) * jitter
        return wait if elapsed_s + wait <= self.max_time_s else None

    def _may_repeat(self, trouble: Trouble, *, repeatable: bool, attempt: int) -> bool:
        match trouble:
            case Trouble.FINAL:
                return False
            case Trouble.NOT_EXECUTED:
                return True
            case Trouble.UNREACHABLE:
                return attempt < self.unreachable_attempts
            case Trouble.GARBLED:
                return repeatable and attempt < self.garbled_attempts
            case _:
                return repeatable


def retry_after_s(headers: Mapping[str, str], *, now: Callable[[], float]) -> float | None:
    """Seconds that an answer asks to wait, or None.

    ``Retry-After``, in seconds or as an HTTP date.

    Args:
        headers: response headers, whose ``get`` finds names in any case.
        now: seconds since the epoch, for the date form.
    """
    asked = (headers.get("retry-after") or "").strip()
    if asked:
        try:
            return max(0.0, float(asked))
        except ValueError:
            pass
        try:
            return max(0.0, email.utils.parsedate_to_datetime(asked).timestamp() - now())
        except (ValueError, TypeError, OverflowError):
            return None
    return None


def limit_reset_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until the rate limit's window ends, from ``inin-ratelimit-reset``, or None.

    The official examples wait so long after a 429 without ``Retry-After``.
    """
    try:
        seconds = float(headers.get("inin-ratelimit-reset") or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < 3600 else None
