"""What the second hand's reading of the ledger is written into; see `ledger_facts`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gcanalytics.simulator.business.ledger import Event


@dataclass
class Stretch:
    """A party's time of one kind; ``end`` None while it lasts."""

    kind: str
    start: int
    end: int | None = None
    queue: str | None = None
    disconnect: str | None = None
    wrap_up: str | None = None
    error: str | None = None
    skill: str | None = None
    language: str | None = None

    @property
    def length(self) -> int:
        """Its length; 0 while it lasts."""
        return 0 if self.end is None else self.end - self.start

    note: str | None = None
    sip: int | None = None


@dataclass
class Party:
    """A party's part over one medium: who calls back has one for the callback and one for each call.

    ``facts`` are by the name of the dimension, what was measured is (name, when, how much); ``number`` is the
    ledger's, ``line`` of a call when it was connected and ended.
    """

    purpose: str
    media: str
    facts: dict[str, Any] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)
    measured: list[tuple[str, int, int]] = field(default_factory=list)
    number: int = 0
    line: tuple[int | None, int | None] | None = None


@dataclass
class Facts:
    """A conversation at an instant: its own facts by dimension, when it ended, its parties, and what followed
    (evaluations, surveys and resolutions, each by dimension)."""

    id: str
    started: int
    ended: int | None
    own: dict[str, Any]
    parties: list[Party]
    followed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def rows(self) -> Iterator[tuple[Party, Stretch]]:
        """Each stretch of each party."""
        for party in self.parties:
            for stretch in party.stretches:
                yield party, stretch

    def total(self, metric: str) -> int | None:
        """The sum of a metric, None where nothing was measured."""
        if metric == "tConversationDuration":
            return None if self.ended is None else self.ended - self.started
        values = [value for party in self.parties for name, _, value in party.measured if name == metric]
        return sum(values) if values else None


def first(events: list[Event], *kinds: str) -> Event | None:
    return next((event for event in events if event.kind in kinds), None)


def chain(marks: list[tuple[str, Event | None]], end: Event | None) -> list[Stretch]:
    """Stretches that follow one another; each ends where the next begins."""
    there = [(kind, event.at_ms) for kind, event in marks if event is not None]
    ends = [*[start for _, start in there[1:]], end.at_ms if end else None]
    return [Stretch(kind, start, last) for (kind, start), last in zip(there, ends, strict=True)]
