"""Business time of the simulated contact center:
it starts anywhere and can run faster than the machine's time."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Business time in milliseconds since the epoch, and real time for lives and rate limits.

    Args:
        start_ms: business time at this moment.
        speed: business seconds for each real second.
        real: a monotonic clock in seconds; tests give their own.
    """

    def __init__(
        self, start_ms: int, *, speed: float = 1.0, real: Callable[[], float] = time.monotonic
    ) -> None:
        if speed <= 0:
            raise ValueError(f"speed is {speed}; it must be above zero")
        self.start_ms = start_ms
        self.speed = speed
        self.real = real
        self._started = real()

    def now_ms(self) -> int:
        """Business time now, in milliseconds since the epoch, UTC."""
        return self.start_ms + int((self.real() - self._started) * 1000 * self.speed)
