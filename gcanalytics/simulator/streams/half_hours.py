"""What conversations have emitted in the running half hour and in the one before, for the statistics topics.

Analytics topics carry intervals of 30 minutes (the platform's page on analytics notifications). The half hour
before is kept, because a value can be dated back, and because its last change may not have been told yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

HALF_HOUR_MS: Final = 30 * 60_000
UNTOLD_MS: Final = 48 * HALF_HOUR_MS
"""How long news waits: a simulator that is faster than its own statistics falls behind, not out of memory."""

Key = tuple[str, str]
"""Whose numbers: id of a queue or user, and media type."""
Value = tuple[str, int]
"""Name of a metric and what was emitted."""


class Untold(NamedTuple):
    """A half hour that has changed since it was told: its start (ms), and its values by metric."""

    start_ms: int
    values: dict[str, list[int]]


class HalfHours:
    """Values by key, half hour and conversation, and which of them are news."""

    def __init__(self) -> None:
        self._latest_ms = 0
        self._values: dict[tuple[Key, int], dict[str, list[Value]]] = {}
        self._news: dict[Key, set[int]] = {}

    def clear(self, now_ms: int) -> None:
        """Start anew in the half hour of ``now_ms``; what is dated before it is nobody's news."""
        self._latest_ms = start_of(now_ms)
        self._values.clear()
        self._news.clear()

    def advance(self, now_ms: int) -> None:
        """Let time pass: what was told is forgotten with the half hour after it."""
        if start_of(now_ms) <= self._latest_ms:
            return
        self._latest_ms = start_of(now_ms)
        for key, start_ms in list(self._values):
            news = self._news.get(key, set())
            age_ms = self._latest_ms - start_ms
            if age_ms > HALF_HOUR_MS and (start_ms not in news or age_ms > UNTOLD_MS):
                del self._values[key, start_ms]
                news.discard(start_ms)

    def put(
        self, conversation_id: str, emitted: Iterable[tuple[Key, int, Value]], *, since_ms: int
    ) -> set[Key]:
        """Replace what a conversation has emitted, by key and time (ms).

        Args:
            conversation_id: whose values these are; what it had before is replaced.
            emitted: key, emit time and value; times before ``since_ms`` do not count.
            since_ms: start of the first half hour that is followed.

        Returns:
            The keys for which something has changed.
        """
        oldest_ms = max(self._latest_ms - HALF_HOUR_MS, since_ms)
        found: dict[tuple[Key, int], list[Value]] = {}
        for key, at_ms, value in emitted:
            if at_ms >= oldest_ms:
                found.setdefault((key, start_of(at_ms)), []).append(value)
        changed = set()
        for place, values in found.items():
            known = self._values.setdefault(place, {})
            if known.get(conversation_id) != values:
                known[conversation_id] = values
                self._news.setdefault(place[0], set()).add(place[1])
                changed.add(place[0])
        return changed

    def take(self, key: Key) -> Untold | None:
        """The oldest half hour of a key that is news, which it no longer is then; None without any."""
        news = self._news.get(key)
        if not news:
            return None
        start_ms = min(news)
        news.discard(start_ms)
        values: dict[str, list[int]] = {}
        for emitted in self._values[key, start_ms].values():
            for name, value in emitted:
                values.setdefault(name, []).append(value)
        return Untold(start_ms, values)

    def waiting(self, key: Key) -> bool:
        """Whether a key has news."""
        return bool(self._news.get(key))


def start_of(at_ms: int) -> int:
    """Start of the half hour of an instant, milliseconds."""
    return at_ms - at_ms % HALF_HOUR_MS


def stats_of(name: str, values: list[int]) -> dict[str, float]:
    """Times have count, sum, min and max (a recorded half hour), all else a count alone, as in aggregates."""
    if name.startswith("t"):
        return {"count": len(values), "sum": sum(values), "min": min(values), "max": max(values)}
    return {"count": sum(values)}


def metrics_of(values: dict[str, list[int]]) -> list[dict[str, Any]]:
    """The entries of ``metrics``, by name."""
    return [{"metric": name, "stats": stats_of(name, values[name])} for name in sorted(values)]
