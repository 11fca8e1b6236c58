"""Interactions: a row for each conversation, from its legs, handlings and transfers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .sessions import Sessions, first_texts, named
from .tables import Tables, computed_table

_HAD_IT = ("answered", "direct", "outbound")
_MILLISECONDS = 3
"""Decimals of seconds: adding up leaves binary fractions beyond them."""


def interactions(tables: Tables, sessions: Sessions, legs: Any, handlings: Any, transfers: Any) -> Any:
    """A row for each conversation, in the order of the conversations table, as an Arrow table.

    Args:
        tables: the tables of the pull.
        sessions: facts of its sessions.
        legs: its legs, an Arrow table; only those of the customer count here, not those of consults.
        handlings: its handlings, an Arrow table.
        transfers: its transfers, an Arrow table.
    """
    conversations = tables.arrow["conversations"]
    ids, count = conversations.column("conversationId").combine_chunks(), conversations.num_rows
    legs = legs.filter(pc.equal(legs.column("kind"), "customer"))
    # First and last are those in time: a record's participants need not stand in it.
    legs = legs.take(pc.sort_indices(legs.column("offered_at")))
    handlings = handlings.take(pc.sort_indices(handlings.column("connected_at")))
    of_leg, of_handling, of_transfer = (_rows(each, ids) for each in (legs, handlings, transfers))
    # An outbound call that reached nobody is nobody's.
    had_it = pc.and_(
        pc.is_in(handlings.column("result"), value_set=pa.array(_HAD_IT, pa.large_string())),
        pc.is_valid(handlings.column("connected_at")),
    ).to_numpy()
    offers = np.bincount(of_leg, minlength=count)
    answered, abandoned = _outcomes(count, of_leg, legs, of_handling[had_it])
    queues = _gathered(count, of_leg, legs.column("queueId").to_pylist())
    handled_in = _gathered(count, of_handling, handlings.column("queueId").to_pylist())
    passed = [legs_in or elsewhere or [None] for legs_in, elsewhere in zip(queues, handled_in, strict=True)]
    first, last = [each[0] for each in passed], [each[-1] for each in passed]
    agents = handlings.column("agent").filter(pa.array(had_it)).to_pylist()
    wait = np.nan_to_num(legs.column("wait_s").to_numpy())
    return computed_table(
        "interactions",
        {
            "conversationId": ids,
            "mediaType": first_texts(sessions.conversation, sessions.arrow.column("mediaType"), count),
            "direction": conversations.column("originatingDirection"),
            "started_at": conversations.column("conversationStart"),
            "ended_at": conversations.column("conversationEnd"),
            "first_queueId": first,
            "first_queue": named(first, tables.names.queues),
            "last_queueId": last,
            "last_queue": named(last, tables.names.queues),
            "agents": [list(dict.fromkeys(each)) for each in _gathered(count, of_handling[had_it], agents)],
            "offers": offers,
            "answered": answered,
            "abandoned": abandoned,
            "wait_s": np.bincount(of_leg, weights=wait, minlength=count).round(_MILLISECONDS),
            **{
                name: _summed(count, of_handling, handlings.column(name))
                for name in ("talk_s", "hold_s", "acw_s")
            },
            "handle_s": _summed_or_none(count, of_handling, handlings.column("handle_s")),
            "transfers": np.bincount(of_transfer, minlength=count),
            "wrap_ups": _gathered(count, of_handling, handlings.column("wrap_up").to_pylist()),
            "in_scope": conversations.column("in_scope"),
        },
    )


def _rows(table: Any, ids: Any) -> Any:
    """The conversation's row for each row of a table."""
    return pc.index_in(table.column("conversationId"), value_set=ids).to_numpy().astype(np.int64)


def _outcomes(count: int, of_leg: Any, legs: Any, of_had: Any) -> tuple[Any, Any]:
    """Answered: any leg was, or without a leg an agent had it. Abandoned: the last leg was."""
    answered, abandoned = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    answered[of_had] = True
    answered[of_leg] = False
    outcome = np.array(legs.column("outcome").to_pylist(), dtype=object)
    answered[of_leg[outcome == "answered"]] = True
    abandoned[of_leg] = outcome == "abandoned"  # of several legs of one conversation the last one stays
    return answered, abandoned


def _gathered(count: int, rows: Any, texts: Iterable[str | None]) -> list[list[str | None]]:
    """All texts of each conversation in their order, without the missing ones."""
    found: list[list[str | None]] = [[] for _ in range(count)]
    for row, text in zip(rows.tolist(), texts, strict=True):
        if text is not None:
            found[row].append(text)
    return found


def _summed(count: int, rows: Any, column: Any) -> Any:
    return np.bincount(rows, weights=column.to_numpy(), minlength=count).astype(float).round(_MILLISECONDS)


def _summed_or_none(count: int, rows: Any, column: Any) -> Any:
    """Sums, NaN for a conversation that has no value."""
    there = column.is_valid().to_numpy()
    sums = _summed(count, rows[there], column.filter(column.is_valid()))
    sums[np.bincount(rows[there], minlength=count) == 0] = np.nan
    return sums
