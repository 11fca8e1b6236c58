"""Who is whose parent among the rows of finished tables, from their keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from . import schema

_BITS = 20  # a conversation with a million participants is none


def parents(arrow: Mapping[str, Any], table: str, above: str) -> Any:
    """For each row of ``table`` the row of its parent in ``above`` (numpy int64).

    Args:
        arrow: Arrow tables by name; rows of ``above`` are in the order of their keys.
        table: the child table.
        above: ``conversations``, ``participants`` or ``sessions``.
    """
    if above == "conversations":
        return _conversations(arrow, table)
    depth = len(schema.KEYS[above])
    keys = _keys(arrow, above, depth)
    return np.searchsorted(keys, _keys(arrow, table, depth))


def _conversations(arrow: Mapping[str, Any], table: str) -> Any:
    ids = arrow["conversations"].column("conversationId").combine_chunks()
    rows = pc.index_in(arrow[table].column("conversationId"), value_set=ids)
    return rows.to_numpy().astype(np.int64)


def _keys(arrow: Mapping[str, Any], table: str, depth: int) -> Any:
    """One number a row that orders and tells apart as the first ``depth`` key columns do."""
    key = _conversations(arrow, table)
    for name in ("participant_no", "session_no")[: depth - 1]:
        key = (key << _BITS) | arrow[table].column(name).to_numpy()
    return key
