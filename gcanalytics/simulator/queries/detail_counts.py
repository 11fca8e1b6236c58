"""Counts beside the pages of a details query, its ``aggregations``: terms of a dimension, ranges of a metric.

What is counted is conversations: one that names a queue in ten segments counts once for it. The platform's
documentation shows requests alone; that its index holds whole conversations speaks for this reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gcanalytics.simulator import answers
from gcanalytics.simulator.queries import filters

DEFAULT_SIZE = 10
"""Terms of a count that asks for no size (inferred; the official example asks for 10)."""

Seen = frozenset[Any]
"""What one conversation has of a dimension (its terms) or of a metric (its one value)."""


class Count:
    """One count of a query.

    Args:
        each: an entry of ``aggregations``, checked against the contract.

    Raises:
        answers.Refusal: 400 for a dimension or metric that does not exist, no range or a size below 1.
    """

    def __init__(self, each: Mapping[str, Any]) -> None:
        self._terms = each["type"] == "termFrequency"
        self._about = "dimension" if self._terms else "metric"
        name = each.get(self._about)
        if name is None or not (self._terms or each.get("ranges")):
            raise answers.refusal("bad.request")
        self._name: str = name
        self._size = each.get("size", DEFAULT_SIZE)
        if self._size < 1:
            raise answers.invalid_value(self._size, "size", "1 and above")
        self._ranges: list[dict[str, float]] = each.get("ranges", [])
        self._values = filters.dimension_values(name) if self._terms else filters.metric_values(name)

    def seen(self, record: Mapping[str, Any]) -> Seen:
        """What a conversation's record brings to the count."""
        found = {value for value in self._values(record) if value is not None}
        return frozenset(map(filters.term, found)) if self._terms else frozenset(found)

    def result(self, conversations: Iterable[Seen]) -> dict[str, Any]:
        """The count as the response has it; ``count`` is how many conversations had anything to count."""
        found = [each for each in conversations if each]
        entries = self._by_term(found) if self._terms else self._by_range(found)
        kind = "termFrequency" if self._terms else "numericRange"
        return {"type": kind, self._about: self._name, "count": len(found), "results": entries}

    def _by_term(self, found: Sequence[Seen]) -> list[dict[str, Any]]:
        counts = Counter(term for each in found for term in each)
        most = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[: self._size]
        return [{"count": count, "value": term} for term, count in most]

    def _by_range(self, found: Sequence[Seen]) -> list[dict[str, Any]]:
        values = [value for each in found for value in each]
        return [{"count": sum(map(_within(bounds), values)), **bounds} for bounds in self._ranges]


def _within(bounds: Mapping[str, float]) -> Callable[[float], bool]:
    least, limit = bounds.get("gte", float("-inf")), bounds.get("lt", float("inf"))
    return lambda value: least <= value < limit
