"""Instants in the platform's spelling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

_SECONDS: Final = [f"{second:02d}." for second in range(60)]
_MILLISECONDS: Final = [f"{ms:03d}Z" for ms in range(1000)]
_MOST_MINUTES: Final = 100_000
_MOST_TEXTS: Final = 200
"""A record has fifty instants: so few texts stay in the processor's nearest memory."""
_minutes: dict[int, str] = {}


class _Texts(dict[int, str]):
    """Instants that were written last; each stands in its record about twice."""

    def __missing__(self, ms: int) -> str:
        minute, rest = divmod(ms, 60_000)
        text = _minutes.get(minute)
        if text is None:
            if len(_minutes) > _MOST_MINUTES:
                _minutes.clear()
            text = _minutes[minute] = datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:")
        if len(self) > _MOST_TEXTS:
            self.clear()
        second, rest = divmod(rest, 1000)
        found = self[ms] = f"{text}{_SECONDS[second]}{_MILLISECONDS[rest]}"
        return found


iso: Final[Callable[[int], str]] = _Texts().__getitem__
"""An instant (milliseconds since the epoch, UTC) in the platform's spelling: ``2026-11-18T10:00:00.123Z``."""
