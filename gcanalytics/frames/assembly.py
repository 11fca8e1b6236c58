"""Piles of pages to one set of tables: whose child each row is, which copy stays, the order, the scope."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import schema
from .copies import best, in_order
from .names import Names
from .piles import Pile
from .scope import Scope
from .tables import Tables

PARENTS: dict[str, str] = {
    "participants": "conversations",
    "sessions": "participants",
    "segments": "sessions",
    "metrics": "sessions",
    "media_endpoint_stats": "sessions",
    "flow_outcomes": "sessions",
    "attributes": "participants",
    "evaluations": "conversations",
    "surveys": "conversations",
    "resolutions": "conversations",
}
"""The table in which each table's rows have their parent, parents before children."""


def assemble(
    piles: dict[str, Pile], *, start_ms: int | None, end_ms: int | None, scope: Scope, names: Names
) -> Tables:
    """Make the tables; the piles are empty after it.

    Conversations stand in the order of their starts, then their ids; children in that of their parents. A
    conversation that has no ``conversationStart`` is kept whatever the interval, after the others.
    """
    parents = {table: _over_all_pages(piles, table) for table in PARENTS}
    columns = {"conversations": piles["conversations"].table_of({}, None)}
    first = _first_copies(columns["conversations"], parents)
    inside = within(columns["conversations"]["conversationStart"], start_ms, end_ms)
    found = columns["conversations"]
    order = in_order(found["conversationId"], found["conversationStart"], first & inside)
    family = _Family(order, len(first))
    rows = family.rows_of("conversations")
    if rows is not None:
        columns["conversations"] = {
            name: column.take(rows) for name, column in columns["conversations"].items()
        }
    for table in PARENTS:
        pile = piles.pop(table)
        keys = family.adopt(table, parents.pop(table), pile, columns["conversations"]["conversationId"])
        columns[table] = pile.table_of(keys, family.rows_of(table))
    covered = _covered(columns, family.parents, scope)
    return Tables(
        {
            table: pa.table({**columns.pop(table), "in_scope": pa.array(covered[table])})
            for table in schema.API_TABLES
        },
        duplicates=int((~first).sum()),
        outside_interval=int((first & ~inside).sum()),
        names=names,
        scope=scope,
    )


class _Family:
    """Which rows of each table stay and in which order, whose children they are, and their keys.

    Args:
        conversations: rows of the conversations that stay, in their order.
        count: how many there are, also those that do not stay.
    """

    def __init__(self, conversations: Any, count: int) -> None:
        self._rows = {"conversations": conversations}
        self._places = {"conversations": _places(conversations, count)}
        self._conversation = {"conversations": np.arange(len(conversations))}
        self._numbers: dict[str, list[Any]] = {"conversations": []}
        self.parents: dict[str, Any] = {}

    def adopt(self, table: str, parents: Any, pile: Pile, ids: Any) -> dict[str, Any]:
        """Keep the rows whose parent is kept, in the order of the parents; their key columns."""
        above = PARENTS[table]
        places = self._places[above][parents]
        rows = np.flatnonzero(places >= 0)
        own = places[rows]
        if (own[1:] < own[:-1]).any():
            order = np.argsort(own, kind="stable")
            rows, own = rows[order], own[order]
        self._rows[table], self._places[table] = rows, _places(rows, len(places))
        self.parents[table] = own
        self._conversation[table] = conversation = self._conversation[above][own]
        numbers = np.concatenate([*pile.numbers, np.zeros(0, dtype=np.int32)])[rows].astype(np.int64)
        self._numbers[table] = [each[own] for each in self._numbers[above]] + [numbers]
        keys = dict.fromkeys(schema.KEYS[table])
        named = zip(list(keys)[1:], self._numbers[table], strict=False)
        return {
            "conversationId": ids.take(pa.array(conversation)),
            **{name: pa.array(each) for name, each in named},
        }

    def rows_of(self, table: str) -> Any:
        """The rows that stay, in their order, as an Arrow array; ``None`` where all do as they are."""
        rows = self._rows[table]
        as_they_are = len(rows) == len(self._places[table]) and bool((rows[1:] > rows[:-1]).all())
        return None if as_they_are else pa.array(rows)


def _places(rows: Any, count: int) -> Any:
    """For each of ``count`` rows its place among the rows that stay, -1 for those that do not."""
    places = np.full(count, -1, dtype=np.int64)
    places[rows] = np.arange(len(rows))
    return places


def _over_all_pages(piles: dict[str, Pile], table: str) -> Any:
    sizes = piles[PARENTS[table]].sizes
    starts = np.cumsum([0, *sizes])[: len(sizes)]
    shifted = [parents + start for parents, start in zip(piles[table].parents, starts, strict=True)]
    return np.concatenate([np.zeros(0, dtype=np.int64), *shifted])


def _first_copies(conversations: dict[str, Any], parents: dict[str, Any]) -> Any:
    """Which conversations to keep: one of each id, and all that have none."""
    ids = conversations["conversationId"]
    richness = np.zeros(len(ids), dtype=np.int64)
    of_session = parents["participants"][parents["sessions"]]
    for table in ("segments", "metrics"):
        richness += np.bincount(of_session[parents[table]], minlength=len(ids))
    ended = conversations["conversationEnd"].is_valid().to_numpy(zero_copy_only=False)
    return best(ids, ended, richness)


def within(starts: Any, start_ms: int | None, end_ms: int | None) -> Any:
    """Which instants lie in an interval (numpy); those that are not there do."""
    at = starts.cast(pa.int64())
    inside = np.ones(len(at), dtype=bool)
    if start_ms is not None:
        inside &= _truth(pc.greater_equal(at, start_ms))
    if end_ms is not None:
        inside &= _truth(pc.less(at, end_ms))
    return inside


def _truth(mask: Any) -> Any:
    """A mask as numpy, where null is true."""
    return mask.fill_null(True).to_numpy(zero_copy_only=False)


def _covered(columns: dict[str, dict[str, Any]], parents: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Which rows the pull's own filters match, for each table.

    A segment must match by itself: its queue, its session's medium and direction, its participant's user,
    for the platform wants keyword filters to hold in one and the same segment. What is above a segment is
    in scope if any segment is; what hangs beside it, if its parent is.
    """
    session, participant = parents["sessions"], "participants"
    sessions = (
        _among(columns["sessions"]["mediaType"], scope.media_types)
        & _among(columns["sessions"]["direction"], scope.directions)
        & _among(columns[participant]["userId"], scope.user_ids)[session]
    )
    segments = _among(columns["segments"]["queueId"], scope.queue_ids) & sessions[parents["segments"]]
    if scope.queue_ids is not None:
        sessions = _any(segments, parents["segments"], len(sessions))
    participants = _any(sessions, session, len(columns[participant]["userId"]))
    if scope.queue_ids is scope.media_types is scope.directions is None:
        participants = _among(columns[participant]["userId"], scope.user_ids)
    count = len(columns["conversations"]["conversationId"])
    conversations = (
        _any(participants, parents[participant], count) if not scope.is_everything else np.ones(count, bool)
    )
    covered = {"conversations": conversations, "participants": participants, "sessions": sessions}
    for table, above in PARENTS.items():
        covered.setdefault(table, segments if table == "segments" else covered[above][parents[table]])
    return covered


def _among(column: Any, wanted: frozenset[str] | None) -> Any:
    if wanted is None:
        return np.ones(len(column), dtype=bool)
    values = pa.array(sorted(wanted), column.type)
    return pc.is_in(column, value_set=values).to_numpy(zero_copy_only=False)


def _any(rows: Any, parents: Any, count: int) -> Any:
    """For each parent, whether any of its rows is true."""
    found = np.zeros(count, dtype=bool)
    found[parents[rows]] = True
    return found
