"""The order of a details result: what has ended is sorted once and kept, what moves is put in between."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.queries import filters

_LAST = "~"
"""Sorts after every instant."""


@dataclass
class Found:
    """What a query finds at one moment.

    Attributes:
        ended: whose course is over; what follows may still change their records.
        phases: of all of them added up (see `Conversation.phase`): with the same conversations and the same
            sum, their records are the same.
        moving: the others.
    """

    ended: list[Conversation] = field(default_factory=list)
    phases: int = 0
    moving: list[Conversation] = field(default_factory=list)


class Order:
    """The order that one query asks for.

    Args:
        body: its checked body; ``unordered`` is by start, as good as any.
        record: reads a conversation's record as of an instant.
    """

    def __init__(
        self, body: Mapping[str, Any], record: Callable[[Conversation, int], Mapping[str, Any]]
    ) -> None:
        direction = body.get("order")
        self._descending = direction == "desc"
        self._by = (
            "conversationStart" if direction == "unordered" else body.get("orderBy", "conversationStart")
        )
        self._record = record
        self._keys: dict[str, tuple[int, str]] = {}
        self._known = Found()
        self._sorted: list[Conversation] = []

    def of(self, found: Found, now_ms: int) -> list[Conversation]:
        """A result in order."""
        key = _by_start if self._by == "conversationStart" else self._key_at(now_ms)
        if found.phases != self._known.phases or found.ended != self._known.ended:
            self._sorted = sorted(found.ended, key=key)
            self._known = found
        everything = self._sorted
        if found.moving:
            everything = list(everything)
            for each in found.moving:
                bisect.insort(everything, each, key=key)
        return everything[::-1] if self._descending else everything

    def _key_at(self, now_ms: int) -> Callable[[Conversation], tuple[str, str]]:
        moving: dict[str, str] = {}

        def key(each: Conversation) -> tuple[str, str]:
            instant = moving.get(each.id)
            if instant is not None:
                return instant, each.id
            phase = each.phase(now_ms) if each.planned else None
            if phase is None:
                instant = moving[each.id] = self._instant(each, now_ms)
                return instant, each.id
            known = self._keys.get(each.id)
            if known is None or known[0] != phase:
                known = self._keys[each.id] = phase, self._instant(each, now_ms)
            return known[1], each.id

        return key

    def _instant(self, conversation: Conversation, now_ms: int) -> str:
        """What a conversation is sorted by; without an end, last."""
        record = self._record(conversation, now_ms)
        if self._by == "conversationEnd":
            return str(record.get(self._by, _LAST))
        found = [str(row.segment.get(self._by, _LAST)) for row in filters.rows(record)]
        return min(found, default=_LAST) if self._by == "segmentStart" else max(found, default=_LAST)


def _by_start(conversation: Conversation) -> tuple[int, str]:
    return conversation.started_ms, conversation.id
