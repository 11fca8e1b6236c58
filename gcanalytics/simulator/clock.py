"""Business time of the simulated contact center:
it starts anywhere, can run faster than the machine's time, and can stand still."""

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
        self._base_ms = start_ms
        self._since = real()
        self._held_ms: int | None = None

    def now_ms(self) -> int:
        """Business time now, in milliseconds since the epoch, UTC."""
        held_ms = self._held_ms
        if held_ms is not None:
            return held_ms
        return self._base_ms + int((self.real() - self._since) * 1000 * self.speed)

    def over_ms(self) -> int:
        """The last millisecond to which nothing is added any more.

        What happens at a guest's word happens in the one behind it. While the clock stands, its present is
        over: all that is known of it can be told.
        """
        held_ms = self._held_ms
        return self.now_ms() - 1 if held_ms is None else held_ms

    @property
    def is_held(self) -> bool:
        """Whether business time stands still."""
        return self._held_ms is not None

    def hold(self) -> None:
        """Let business time stand still; real time goes on. A second call does nothing."""
        self._held_ms = self.now_ms()

    def go_on(self) -> None:
        """Let business time go on from where it stands. Without effect where it runs."""
        if self._held_ms is not None:
            self._base_ms, self._since = self._held_ms + 1, self.real()
            self._held_ms = None
