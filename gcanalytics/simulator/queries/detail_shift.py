"""Records that leave and enter a details result while it is paged (setting ``records_shift``)."""

from __future__ import annotations

import random
from collections.abc import Sequence

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.queries.intervals import DAY_MS

_MOVING_MS = 2 * DAY_MS
"""How old a conversation can be whose record still leaves and enters results."""


class Shifts:
    """What is missing from one query's result, page by page.

    On the platform, records that are being written leave and enter a result while it is paged. Here a few of
    the last two days, drawn by seed, are absent for a stretch of pages of a query's first walk: the result
    moves by one at the stretch's start (a record is lost between two pages) and back at its end (one comes
    twice), and totalHits follows. The last page and each later walk see all.

    Args:
        seed: the text that the draws come from: the simulator's seed and the query.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._walks: dict[int, int] = {}
        self._stretches: dict[int, list[tuple[str, int, int]]] = {}

    def absent(self, found: Sequence[Conversation], size: int, number: int, now_ms: int) -> list[int]:
        """Positions that are missing from a result while a page is read; sorted.

        Args:
            found: the whole result, in order.
            size: records a page; each size is a walk of its own.
            number: of the page, from 1; the first one begins a walk.
            now_ms: business time.
        """
        if number == 1:
            self._walks[size] = self._walks.get(size, 0) + 1
        if self._walks.get(size, 1) > 1:
            return []
        stretches = self._stretches.get(size)
        if stretches is None:
            stretches = self._stretches[size] = self._drawn(found, size, now_ms)
        gone = {each for each, first, last in stretches if first <= number <= last}
        return [i for i, each in enumerate(found) if each.id in gone] if gone else []

    def _drawn(self, found: Sequence[Conversation], size: int, now_ms: int) -> list[tuple[str, int, int]]:
        """Which records are absent from which page to which; one for each 25 pages, and one more."""
        pages = -(-len(found) // size)
        moving = [each.id for each in found if each.started_ms >= now_ms - _MOVING_MS]
        if pages < 3 or not moving:
            return []
        draw = random.Random(f"{self._seed}/{size}")
        stretches = []
        for _ in range(min(8, 1 + pages // 25)):
            first = draw.randint(1, pages - 1)
            stretches.append((draw.choice(moving), first, draw.randint(first, pages - 1)))
        return stretches


def without(
    found: Sequence[Conversation], absent: Sequence[int], first: int, last: int
) -> list[Conversation]:
    """A slice of a result from which some positions are missing, ``absent`` sorted."""
    start, stop = first, last
    for position in absent:
        start += position <= start
        stop += position <= stop
    gone = set(absent)
    return [found[i] for i in range(start, min(stop, len(found))) if i not in gone]
