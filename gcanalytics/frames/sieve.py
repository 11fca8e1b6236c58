"""Sets aside what no struct can hold, as JSON text, so that the rest of a page decodes. Rarely needed."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from typing import Any

from .nodes import Node


class Sieve:
    """Goes through conversations in the order of the page.

    Attributes:
        odd: table to place among the page's objects of that kind, to the JSON text of what was set aside.
    """

    def __init__(self, root: Node) -> None:
        self._root = root
        self._counts: Counter[str] = Counter()
        self.odd: dict[str, dict[int, str]] = defaultdict(dict)

    def conversation(self, found: Any) -> dict[str, Any]:
        """One conversation without what is odd; an empty one if it has no id to hang rows on."""
        if isinstance(found, dict) and isinstance(found.get("conversationId"), str):
            clean = self._object(found, self._root)
            if "conversationId" in clean:
                return clean
            place = self._counts["conversations"] - 1
        else:
            place = self._place("conversations")
        self.odd["conversations"][place] = _text(found)
        return {}

    def _place(self, table: str) -> int:
        self._counts[table] += 1
        return self._counts[table] - 1

    def _object(self, found: dict[str, Any], node: Node) -> dict[str, Any]:
        place = self._place(node.table)
        odd = {
            key: value for key, value in found.items() if value is not None and not _sound(key, value, node)
        }
        if odd:
            self.odd[node.table][place] = _text(odd)
        clean = {key: value for key, value in found.items() if value is not None and key not in odd}
        for key, value in clean.items():
            if key in node.lists:
                clean[key] = [self._object(each, node.lists[key]) for each in value]
            elif key in node.single:
                clean[key] = self._object(value, node.single[key])
        return clean


def _sound(key: str, value: Any, node: Node) -> bool:
    if key in node.lists:
        return isinstance(value, list) and all(isinstance(each, dict) for each in value)
    if key in node.single or key in node.maps:
        if not isinstance(value, dict):
            return False
        return key in node.single or _readable(value)
    return _readable(value) and node.takes(key, value)


def _readable(value: Any) -> bool:
    """Whether msgspec reads back what the standard library has read: no lone surrogate, no infinity."""
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_readable(key) and _readable(each) for key, each in value.items())
    if isinstance(value, list):
        return all(_readable(each) for each in value)
    return True


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
