"""When changed statistics may be told: "at most one per second", as the platform's page on them says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gcanalytics.simulator.streams.half_hours import Key

PERIOD_S: Final = 1.0
"""Least time between two frames of the same group, real seconds."""


class Pace:
    """Keys that have changed, and when each was told last."""

    def __init__(self) -> None:
        self._touched: set[Key] = set()
        self._told_at: dict[Key, float] = {}

    def touch(self, keys: Iterable[Key]) -> None:
        """Take note of changes."""
        self._touched.update(keys)

    def due(self, real: float) -> list[Key]:
        """The touched keys that may be told now, sorted; they count as told at ``real`` seconds."""
        found = sorted(
            key for key in self._touched if real - self._told_at.get(key, float("-inf")) >= PERIOD_S
        )
        self._touched.difference_update(found)
        self._told_at.update(dict.fromkeys(found, real))
        return found

    def clear(self) -> None:
        """Forget the changes."""
        self._touched.clear()
