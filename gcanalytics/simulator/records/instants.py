"""Instants in the platform's spelling."""

from __future__ import annotations

from datetime import UTC, datetime

_minutes: dict[int, str] = {}


def iso(ms: int) -> str:
    """An instant in the platform's spelling: ``2026-11-18T10:00:00.123Z``.

    Args:
        ms: milliseconds since the epoch, UTC.
    """
    seconds, rest = divmod(ms, 1000)
    minute, second = divmod(seconds, 60)
    text = _minutes.get(minute)
    if text is None:
        if len(_minutes) > 100_000:
            _minutes.clear()
        text = _minutes[minute] = datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:")
    return f"{text}{second:02d}.{rest:03d}Z"
