"""Pages of conversations to Arrow tables, some at a time; in the end duplicates and strangers go."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import schema
from .assembly import assemble
from .collector import held
from .decode import Decoder, Level, Page
from .names import Names
from .piles import Pile, text_of
from .scope import Scope
from .tables import Tables

CHUNK_BYTES = 3_000_000
"""JSON of which columns are made at once; made of a page alone, half of what they cost would be calls."""


@dataclass(frozen=True)
class PageSummary:
    """What one page held.

    Attributes:
        ids: its conversations' ids, in order; a conversation without an id is missing here.
        total_hits: the platform's approximate count of all results, where the page says it.
        has_conversations: whether it has a list of conversations; the page past the last has none.
    """

    ids: list[str]
    total_hits: int | None
    has_conversations: bool


class Builder:
    """Takes pages in the order of the result and makes one set of tables of them.

    ``add`` may be called from several threads, one at a time decodes. A builder is used once: ``build``
    empties it while it goes, so that the pages' columns and the tables never stand side by side.

    Args:
        chunk_bytes: see ``CHUNK_BYTES``; it changes no value of a table. The order of columns that the
            contract does not know may be another.
    """

    def __init__(self, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._chunk_bytes = chunk_bytes
        self._waiting: list[Page] = []
        self._waiting_bytes = 0
        self._decoder = Decoder()
        self._piles = {table: Pile(table) for table in schema.API_TABLES}
        self._lock = threading.Lock()

    def add(self, page: bytes | dict[str, Any] | list[Any]) -> PageSummary:
        """Decode one page: a response of the platform, a list of conversations, or one conversation.

        Raises:
            ApiError: the page is no JSON, or JSON of another shape.
        """
        content = page if isinstance(page, bytes) else json.dumps(page).encode()
        with self._lock, held():
            decoded = self._decoder.read(content)
            summary = PageSummary(decoded.ids, decoded.total_hits, decoded.has_conversations)
            if decoded.conversations:
                self._collect(decoded, len(content))
            del decoded  # else the collector, on again, would walk over all of it
        return summary

    def _collect(self, page: Page, size: int) -> None:
        """Let a page wait for more; one of wider structs, or with oddities, does not join those before."""
        others = self._waiting
        if others and (page.odd or type(others[0].conversations[0]) is not type(page.conversations[0])):
            self._flush()
        self._waiting.append(page)
        self._waiting_bytes += size
        if self._waiting_bytes >= self._chunk_bytes:
            self._flush()

    def _flush(self) -> None:
        """Make columns of the pages that wait."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if waiting:
            self._take(self._decoder.levels(waiting))

    def _take(self, levels: dict[str, Level]) -> None:
        flow = levels["flow"]
        for table, level in levels.items():
            if table == "flow":
                continue
            parents = flow.parents[level.parents] if table == "flow_outcomes" else level.parents
            pile = self._piles[table]
            pile.begin(parents, level.numbers, level.ends)
            _add_level(pile, level)
        self._take_flows(flow, levels["flow_outcomes"])
        self._take_attributes(levels["participants"])

    def _take_flows(self, flow: Level, outcomes: Level) -> None:
        """A session's flow is columns of the session; an empty one is kept as text, for it is not none."""
        pile, rows = self._piles["sessions"], flow.parents
        if not flow.size:
            return
        _add_level(pile, flow, inside="flow", rows=rows)
        filled = set(outcomes.parents.tolist()) | set(flow.odd)
        values = [*flow.fields.values()]
        for i in range(flow.size):
            if i not in filled and all(each[i] in (None, []) for each in values) and not _has_text(flow, i):
                pile.keep_all(int(rows[i]), "{}", inside="flow")

    def _take_attributes(self, participants: Level) -> None:
        parents: list[int] = []
        names: list[str] = []
        values: list[Any] = []
        pile = self._piles["participants"]
        for i, attributes in enumerate(participants.fields["attributes"]):
            if attributes is None:
                continue
            if not isinstance(attributes, dict):
                if attributes != []:
                    pile.keep(i, "attributes", text_of(attributes))
                continue
            found = {name: value for name, value in attributes.items() if value is not None and value != []}
            if not found:
                pile.keep(i, "attributes", "{}")
            names += found
            values += found.values()
            parents += [i] * len(found)
        pile = self._piles["attributes"]
        numbers = np.zeros(len(names), dtype=np.int32)
        pile.begin(np.array(parents, dtype=np.int32), numbers, [len(names)])
        if names:
            pile.add("name", names)
            pile.add("value", values)

    def build(
        self,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        scope: Scope | None = None,
        names: Names | None = None,
    ) -> Tables:
        """All tables of all pages added.

        Of copies of one conversation the one with ``conversationEnd`` stays, then the one with more segments
        and metrics, then the later.

        Args:
            start_ms: keep only conversations that started at or after it, in milliseconds since the epoch.
            end_ms: keep only conversations that started before it.
            scope: what the pull asked for; rows that it does not cover get ``in_scope=False``.
            names: names for ids, for the computed tables.
        """
        scope, names = scope or Scope(), names or Names.empty()
        with self._lock, held():
            self._flush()
            piles, self._piles = self._piles, {table: Pile(table) for table in schema.API_TABLES}
        with held():
            return assemble(piles, start_ms=start_ms, end_ms=end_ms, scope=scope, names=names)


def _has_text(level: Level, i: int) -> bool:
    return any(bytes(values[i]) not in _NOTHING for values in level.verbatim.values())


_NOTHING = {b"", b"null", b"[]"}


def _add_level(pile: Pile, level: Level, *, inside: str = "", rows: Any = None) -> None:
    for key, values in level.fields.items():
        if key not in level.node.maps and level.size:
            pile.add(key, values, inside=inside, rows=rows)
    for key, texts in level.verbatim.items():
        for i, raw in enumerate(texts):
            text = bytes(raw)
            if text not in _NOTHING:
                pile.keep(i if rows is None else int(rows[i]), key, text.decode(), inside=inside)
    for i, odd in level.odd.items():
        pile.keep_all(i if rows is None else int(rows[i]), odd, inside=inside)
