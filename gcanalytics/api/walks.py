"""One query's result on its way: what was asked for, what came, which pages are due next. Sends nothing."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from gcanalytics.api.intervals import Interval
from gcanalytics.errors import GenesysError

Outcome = bytes | GenesysError


@dataclass(eq=False)
class Walk:
    """One query's result on its way: what was asked for, what came, what is due next.

    ``next`` and ``due`` count the pages of the present round; their numbers are the same, or those in
    ``mending``: a round that asks only for the pages where the result has moved.
    """

    interval: Interval
    parent_hits: int | None = None  # of the interval that this one is a half of
    hits_first: int | None = None
    hits_last: int | None = None
    next: int = 1
    due: int = 1
    round: int = 1
    walks: int = 1
    mending: list[int] | None = None
    thorough: bool = False  # this round is read to its end although no id is missing
    ready: dict[int, Outcome] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    ids_of_round: set[str] = field(default_factory=set)
    hits_of_round: list[int | None] = field(default_factory=list)
    asked_again: set[int] = field(default_factory=set)

    @property
    def missing(self) -> int:
        """How many ids fewer than ``totalHits`` there are.

        The highest of a whole round counts: where a record has left the result by the last page, the lower
        count there would excuse another one that never came.
        """
        counts = [] if self.mending is not None else self._counts()
        # A page of known ids told a count too, though it is no page of the round until it is asked again.
        return max(0, max([self.hits_last or 0, *counts]) - len(self.ids))

    @property
    def is_settled(self) -> bool:
        """Whether this round has nothing left to find: the result is walked again for what is missing, and
        nothing is any more.
        """
        return self.round > 1 and self.mending is None and not self.thorough and not self.missing

    def is_whole_at(self, last_page: int, reach: int) -> bool:
        """Whether the last page that can be asked for has come, and the platform counts none behind it.

        Args:
            last_page: its number.
            reach: results up to its end.
        """
        if self.mending is not None or self.due <= last_page or self.hits_last is None:
            return False
        return self.hits_last <= reach and len(self.ids) <= max(self._counts())

    def _counts(self) -> list[int]:
        """``totalHits`` of the round's pages; without any, the last known."""
        return [one for one in self.hits_of_round if one is not None] or [self.hits_last or 0]

    def _fell(self) -> list[int]:
        """Pages before which ``totalHits`` fell."""
        known = [(number, one) for number, one in enumerate(self.hits_of_round, start=1) if one is not None]
        return [number for (_, before), (number, now) in itertools.pairwise(known) if now < before]

    def number(self, place: int) -> int:
        """Number of the page at a place of the round."""
        return place if self.mending is None else self.mending[place - 1]

    def wants(self, page_size: int, last_page: int, ahead: int = 1) -> bool:
        """Whether another page is worth a request now: one past what ``totalHits`` promises, no further.

        Args:
            page_size: conversations a page.
            last_page: the last that the platform gives.
            ahead: pages to ask for before the first has come.
        """
        if self.next == 1:
            return True
        if self.mending is not None:  # its first page tells the present totalHits
            return self.due > 1 and self.next <= len(self.mending)
        if self.hits_first is None:
            return self.next <= max(self.due, ahead)
        promised = -(-max(self.hits_first, self.hits_last or 0) // page_size) + 1
        return self.next <= min(max(promised, self.due), last_page)

    def moved(self) -> list[int]:
        """Pages to ask for again, the likeliest first: page 1, which tells the present ``totalHits``; those
        before which it fell, and their predecessors; where ids are missing, all that were read while it was
        another.

        Where a record leaves a result, those behind it move up, and one gets from the page that is read next
        to the page that was read before. The ids may be as many as ``totalHits`` then and still lack it.
        """
        fell = self._fell()
        other = [
            number
            for number, one in enumerate(self.hits_of_round, start=1)
            if self.missing and one not in (None, self.hits_last)
        ]
        moved = dict.fromkeys([1, *fell, *(number - 1 for number in fell), *other])
        return list(moved) if fell or other else []

    def again(self, mending: list[int] | None) -> None:
        """Begin another round, keeping what came."""
        self.thorough = not self.missing
        self.round += 1
        self.walks += mending is None
        self.next = self.due = 1
        self.mending = mending
        self.ready.clear()
        self.ids_of_round.clear()
        self.hits_of_round.clear()
        self.asked_again.clear()
