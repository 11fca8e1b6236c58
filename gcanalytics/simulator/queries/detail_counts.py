"""Counts beside the pages of a details query, its ``aggregations``: terms of a dimension, ranges of a metric.

What is counted is conversations: one that names a queue in ten segments counts once for it. The platform's
documentation shows requests alone; that its index holds whole conversations speaks for this reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.queries import filters
from gcanalytics.simulator.queries.detail_order import Found

DEFAULT_SIZE = 10
"""Terms of a count that asks for no size (inferred; the official example asks for 10)."""

MOST_COUNTS, MOST_RANGES = 100, 1000
"""Counts of a query and ranges of all its counts at most; the platform's limits are unknown, these keep the
simulator's answers finite."""

Seen = frozenset[Any]
"""What one conversation has of a dimension (its terms) or of a metric (its one value)."""


@dataclass
class Tally:
    """How many conversations had anything to count, and how many had each term, or a value in each range."""

    having: int = 0
    counts: Counter[Any] = field(default_factory=Counter)


def kind_of(each: Mapping[str, Any]) -> str:
    """The type of an aggregation, which "can usually be inferred" (official SDK): here from its subject.

    Raises:
        answers.Refusal: 400 where it has neither a type nor exactly one subject.
    """
    kind: str | None = each.get("type")
    if kind is None and ("dimension" in each) is not ("metric" in each):
        kind = "termFrequency" if "dimension" in each else "numericRange"
    if kind is None:
        raise answers.refusal("bad.request")
    return kind


class Count:
    """One count of a query.

    Args:
        each: an entry of ``aggregations``, checked against the contract.

    Raises:
        answers.Refusal: 400 for a dimension or metric that does not exist, no range or a size below 1.
    """

    def __init__(self, each: Mapping[str, Any]) -> None:
        self._terms = kind_of(each) == "termFrequency"
        self._about = "dimension" if self._terms else "metric"
        name = each.get(self._about)
        if name is None or not (self._terms or each.get("ranges")):
            raise answers.refusal("bad.request")
        self._name: str = name
        self._size = each.get("size", DEFAULT_SIZE)
        if self._size < 1:
            raise answers.invalid_value(self._size, "size", "1 and above")
        self._ranges: list[dict[str, float]] = each.get("ranges", [])
        self._within = [_within(bounds) for bounds in self._ranges]
        self._values = filters.dimension_values(name) if self._terms else filters.metric_values(name)

    def seen(self, record: Mapping[str, Any]) -> Seen:
        """What a conversation's record brings to the count."""
        found = {value for value in self._values(record) if value is not None}
        return frozenset(map(filters.term, found)) if self._terms else frozenset(found)

    def add(self, tally: Tally, seen: Seen) -> None:
        """Counts one conversation more."""
        tally.having += bool(seen)
        for each in seen:
            if self._terms:
                tally.counts[each] += 1
            else:
                tally.counts.update(i for i, within in enumerate(self._within) if within(each))

    def result(self, tally: Tally) -> dict[str, Any]:
        """The count as the response has it; ``count`` is how many conversations had anything to count."""
        if self._terms:
            most = sorted(tally.counts.items(), key=lambda entry: (-entry[1], entry[0]))[: self._size]
            entries = [{"count": count, "value": term} for term, count in most]
        else:
            entries = [{"count": tally.counts[i], **bounds} for i, bounds in enumerate(self._ranges)]
        kind = "termFrequency" if self._terms else "numericRange"
        return {"type": kind, self._about: self._name, "count": tally.having, "results": entries}


class Counts:
    """All counts of one query. What has ended is counted once and kept; what still moves is added each time.

    Args:
        bodies: the query's checked ``aggregations``.
        record: reads a conversation's record as of an instant.

    Raises:
        answers.Refusal: 400 as `Count` does.
    """

    def __init__(
        self, bodies: Sequence[Mapping[str, Any]], record: Callable[[Conversation, int], Mapping[str, Any]]
    ) -> None:
        if len(bodies) > MOST_COUNTS:
            raise answers.bad_request(f"A query may have no more than {MOST_COUNTS} aggregations.")
        if sum(len(each.get("ranges", ())) for each in bodies) > MOST_RANGES:
            raise answers.bad_request(f"A query may have no more than {MOST_RANGES} ranges.")
        self._counts = [Count(each) for each in bodies]
        self._record = record
        self._seen: dict[str, tuple[int | None, list[Seen]]] = {}
        self._known = Found()
        self._tallies = [Tally() for _ in self._counts]

    def of(self, found: Found, now_ms: int) -> list[dict[str, Any]]:
        """The counts over everything that a query finds."""
        if not self._counts:
            return []
        if found.phases != self._known.phases or found.ended != self._known.ended:
            self._tallies = [Tally() for _ in self._counts]
            self._add(self._tallies, found.ended, now_ms)
            self._known = found
        tallies = [Tally(each.having, each.counts.copy()) for each in self._tallies]
        self._add(tallies, found.moving, now_ms)
        return [count.result(tally) for count, tally in zip(self._counts, tallies, strict=True)]

    def _add(self, tallies: Sequence[Tally], conversations: Iterable[Conversation], now_ms: int) -> None:
        for each in conversations:
            for count, tally, seen in zip(self._counts, tallies, self._seen_in(each, now_ms), strict=True):
                count.add(tally, seen)

    def _seen_in(self, conversation: Conversation, now_ms: int) -> list[Seen]:
        phase = conversation.phase(now_ms) if conversation.planned else None
        known = self._seen.get(conversation.id)
        if known is None or phase is None or known[0] != phase:
            record = self._record(conversation, now_ms)
            known = self._seen[conversation.id] = phase, [count.seen(record) for count in self._counts]
        return known[1]


def _within(bounds: Mapping[str, float]) -> Callable[[float], bool]:
    least, limit = bounds.get("gte", float("-inf")), bounds.get("lt", float("inf"))
    return lambda value: least <= value < limit
