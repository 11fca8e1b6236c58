"""JSON pages in, rows of fields out: structs that grow with the fields that the pages have.

No tables here (``conversations``), no Arrow (``arrays``); what a struct cannot hold is set aside (``sieve``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from gcanalytics.errors import ApiError

from .nodes import Node, conversation_node
from .sieve import Sieve


@dataclass
class Level:
    """The objects of one kind in some conversations, in their order.

    Attributes:
        node: their kind.
        size: how many there are.
        fields: field (the API's key) to its values, one for each object; ``None`` where absent.
        verbatim: the same for fields that are kept as text.
        parents: place of the parent among the objects of the level above.
        numbers: place in the parent's list.
        ends: where the objects of each page end.
        odd: place of an object to the JSON text of those of its fields that could not be decoded.
    """

    node: Node
    size: int
    fields: dict[str, tuple[Any, ...]]
    verbatim: dict[str, tuple[msgspec.Raw, ...]]
    parents: Any
    numbers: Any
    ends: Any
    odd: dict[int, str]


@dataclass
class Page:
    """One decoded page.

    Attributes:
        conversations: its conversations, as structs of one type; the next page's may be wider.
        odd: table to place among the page's objects of that kind, to the JSON text of what no struct holds.
        total_hits: the platform's approximate count, where the page has one.
        has_conversations: whether the key is there; the page past the last lacks it.
    """

    conversations: list[Any]
    odd: dict[str, dict[int, str]]
    total_hits: int | None
    has_conversations: bool

    @property
    def ids(self) -> list[str]:
        """``conversationId`` of each conversation that has one."""
        return [each.conversationId for each in self.conversations if each.conversationId is not None]


class Decoder:
    """Decodes pages one after the other and remembers the fields that it has met.

    A page with a field not met before is decoded a second time with a wider struct; a page with a value
    that no struct can hold (a text where a list of objects belongs, a number that is none) is sieved first.
    """

    def __init__(self) -> None:
        self._root = conversation_node()
        self._compile()

    def _compile(self) -> None:
        self._root.compile()
        page = msgspec.defstruct(
            "Page",
            [
                ("conversations", list[self._root.struct] | None | msgspec.UnsetType, msgspec.UNSET),  # type: ignore[name-defined]
                ("totalHits", Any, None),
                ("conversationId", Any, msgspec.UNSET),
            ],
            gc=False,
        )
        self._decoder = msgspec.json.Decoder(page)

    def read(self, content: bytes) -> Page:
        """Decode one page, a list of conversations, or one conversation.

        Raises:
            ApiError: the content is no JSON object or list.
        """
        if content.lstrip()[:1] == b"[":
            content = b'{"conversations":' + content + b"}"
        page = self._decode(content) or self._decode_wider(content)
        if page is None:
            return self._read_oddly(content)
        if page.conversations is msgspec.UNSET and page.conversationId is not msgspec.UNSET:
            return self.read(b'{"conversations":[' + content + b"]}")
        return self._page(page, {})

    def _decode(self, content: bytes) -> Any:
        """The page, or ``None`` where it has a field or a value that the structs cannot hold."""
        try:
            page: Any = self._decoder.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return page if _has_ids(page.conversations) else None

    def _decode_wider(self, content: bytes) -> Any:
        """The same with wider structs, if there is a field that was not met before."""
        try:
            found = msgspec.json.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        conversations = found.get("conversations") if isinstance(found, dict) else None
        return self._decode(content) if self._learn(conversations) else None

    def _learn(self, conversations: Any) -> bool:
        if not isinstance(conversations, list):
            return False
        grown = sum(self._root.learn(each) for each in conversations) > 0
        if grown:
            self._compile()
        return grown

    def _read_oddly(self, content: bytes) -> Page:
        """The way of a page with values that no struct can hold: they are set aside first."""
        found = _loads(content)
        conversations = found.get("conversations", [found] if "conversationId" in found else None)
        if not isinstance(conversations, list):
            return Page([], {}, _count(found.get("totalHits")), conversations is not None)
        sieve = Sieve(self._root)
        clean = [sieve.conversation(each) for each in conversations]
        self._compile()
        text = json.dumps({"conversations": clean, "totalHits": _count(found.get("totalHits"))})
        return self._page(self._decoder.decode(text.encode()), sieve.odd)

    def _page(self, page: Any, odd: dict[str, dict[int, str]]) -> Page:
        there = isinstance(page.conversations, list)
        return Page(page.conversations if there else [], odd, _count(page.totalHits), there)

    def levels(self, pages: list[Page]) -> dict[str, Level]:
        """The objects in some pages with structs of one type, by table; ``flow`` is one of its own.

        Only the first page may have oddities: their places count from there.
        """
        levels: dict[str, Level] = {}
        conversations = list(chain.from_iterable(page.conversations for page in pages))
        nowhere = np.zeros(len(conversations), dtype=np.int32)
        ends = np.cumsum([len(page.conversations) for page in pages])
        _flatten(self._root, conversations, (nowhere, nowhere, ends), pages[0].odd, levels)
        return levels


def _flatten(
    node: Node,
    objects: list[Any],
    places: tuple[Any, Any, Any],
    odd: dict[str, dict[int, str]],
    levels: dict[str, Level],
) -> None:
    """Turn objects into columns of values, and do the same with all objects below them."""
    columns = list(zip(*map(msgspec.structs.astuple, objects), strict=True))
    if not columns:
        columns = [()] * len(node.struct.__struct_fields__)
    below = len(node.lists) + len(node.single) + len(node.maps)
    fields: dict[str, tuple[Any, ...]] = {}
    verbatim: dict[str, tuple[Any, ...]] = {}
    # Objects that were decoded before their struct grew lack the leaves that were learned last.
    for leaf, values in zip(node.leaves, columns[below:], strict=False):
        (verbatim if leaf in node.verbatim else fields)[leaf] = values
    for key, values in zip(node.maps, columns[below - len(node.maps) : below], strict=True):
        fields[key] = values
    levels[node.table] = Level(node, len(objects), fields, verbatim, *places, odd.get(node.table, {}))
    for child, values in zip(node.lists.values(), columns, strict=False):
        found, parents, numbers = _children(values)
        _flatten(child, found, (parents, numbers, np.searchsorted(parents, places[2])), odd, levels)
    for child, values in zip(node.single.values(), columns[len(node.lists) :], strict=False):
        there = [i for i, value in enumerate(values) if value is not None]
        found, parents = [values[i] for i in there], np.array(there, dtype=np.int32)
        numbers = np.zeros(len(there), dtype=np.int32)
        _flatten(child, found, (parents, numbers, np.searchsorted(parents, places[2])), odd, levels)


def _children(lists: tuple[Any, ...]) -> tuple[list[Any], Any, Any]:
    """The elements of many lists one after the other, with place of their list and place in it."""
    if None in lists:
        lists = tuple(each or () for each in lists)
    sizes = np.fromiter(map(len, lists), dtype=np.int32, count=len(lists))
    ends = np.cumsum(sizes, dtype=np.int32)
    parents = np.repeat(np.arange(len(lists), dtype=np.int32), sizes)
    total = int(ends[-1]) if len(lists) else 0
    numbers = np.arange(total, dtype=np.int32) - np.repeat(ends - sizes, sizes)
    return list(chain.from_iterable(lists)), parents, numbers


def _has_ids(conversations: Any) -> bool:
    """Whether each conversation has an id that is a text; the others are kept whole, as text."""
    if not conversations:
        return True
    if not hasattr(conversations[0], "conversationId"):
        return False
    return {type(each.conversationId) for each in conversations} == {str}


def _loads(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise ApiError("The page is no JSON.", hint="It may have been cut; ask for it again.") from exc
    if not isinstance(found, dict):
        raise ApiError(f"The page is a JSON {type(found).__name__}, not an object with conversations.")
    return found


def _count(value: Any) -> int | None:
    return value if type(value) is int else None
