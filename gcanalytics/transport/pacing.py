"""When the next request may go, from the platform's own count of requests. Decides; does not wait.

Every answer carries ``inin-ratelimit-count``, ``-allowed`` and ``-reset`` (seconds to the window's end,
slightly above 60 at its start: recorded in Genesys' developer blog, 2021-05-06). The limit counts per
token, so one Pacer is shared by all threads of a connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from gcanalytics.transport.retry import limit_reset_s

_RESERVED = 20  # one of so many requests of a window: 15 of the usual 300
_SAME_WINDOW_S = 5.0  # `reset` is in whole seconds and answers overtake one another; windows are 60 s apart


class Pacer:
    """Holds requests back when the platform's window is used up, before it must answer 429.

    Thread-safe. ``clock`` is monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._allowed: int | None = None
        self._count = 0
        self._ends = 0.0
        self._paused_until = 0.0

    def wait_s(self, *, patient: bool = False) -> float:
        """Seconds to wait before sending; 0.0 takes a place in the window, so send then.

        Args:
            patient: leaves the last few places of a window to requests that somebody waits for.
        """
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return self._paused_until - now
            if self._allowed is not None and now < self._ends:
                kept = self._allowed // _RESERVED if patient else 0
                if self._count >= self._allowed - kept:
                    return self._ends - now
            if now >= self._ends:
                self._count = 0
            self._count += 1
            return 0.0

    def saw(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer."""
        try:
            count = int(headers.get("inin-ratelimit-count") or "")
            allowed = int(headers.get("inin-ratelimit-allowed") or "")
        except ValueError:
            return
        reset = limit_reset_s(headers)
        if reset is None or allowed <= 0:
            return
        with self._lock:
            now = self._clock()
            ends = now + reset
            if now >= self._ends or ends > self._ends + _SAME_WINDOW_S:
                self._count, self._ends, self._allowed = count, ends, allowed
            elif ends > self._ends - _SAME_WINDOW_S:
                self._count = max(self._count, count)
                self._allowed = allowed

    def pause(self, seconds: float) -> None:
        """Hold all requests for so long: the platform has asked one of them to wait."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock() + seconds)
