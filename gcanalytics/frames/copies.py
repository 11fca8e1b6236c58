"""Copies of one conversation: which of them stays. Pages repeat conversations while records move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def best(ids: Any, ended: Any, richness: Any) -> Any:
    """Which copies stay: one of each id, and all that have none.

    The copy with an end stays, then the one with more segments and metrics, then the later.

    Args:
        ids: an Arrow array, copies in the order in which they came.
        ended: numpy, whether a copy has a ``conversationEnd``.
        richness: numpy, its number of segments and metrics.
    """
    keep = np.ones(len(ids), dtype=bool)
    if pc.count_distinct(ids).as_py() == len(ids) - ids.null_count:
        return keep
    array = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    codes = array.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    order = np.lexsort((np.arange(len(codes)), richness, ended, codes))
    ranked = codes[order]
    beaten = np.append(ranked[1:] == ranked[:-1], False) & (ranked >= 0)
    keep[order[beaten]] = False
    return keep


@dataclass(frozen=True)
class Copies:
    """What tells copies apart and orders them, an entry a copy.

    Attributes:
        ids: conversationId, Arrow.
        starts: conversationStart, Arrow.
        ended: numpy, whether it has a ``conversationEnd``.
        richness: numpy, its number of segments and metrics.
    """

    ids: Any
    starts: Any
    ended: Any
    richness: Any

    @classmethod
    def of(cls, arrow: Mapping[str, Any]) -> Self:
        """Those of finished tables, in which each conversation stands once."""
        conversations = arrow["conversations"]
        ids, starts, ends = (
            _flat(conversations.column(name))
            for name in ("conversationId", "conversationStart", "conversationEnd")
        )
        richness = np.zeros(len(ids), dtype=np.int64)
        for table in ("segments", "metrics"):
            richness += np.bincount(owners(arrow, table), minlength=len(ids))
        return cls(ids, starts, ends.is_valid().to_numpy(zero_copy_only=False), richness)

    @classmethod
    def joined(cls, parts: list[Copies]) -> Self:
        """Several, one after the other."""
        return cls(
            _flat(pa.chunked_array([part.ids for part in parts], pa.large_string())),
            _flat(pa.chunked_array([part.starts for part in parts], pa.timestamp("ms", "UTC"))),
            np.concatenate([np.zeros(0, dtype=bool), *(part.ended for part in parts)]),
            np.concatenate([np.zeros(0, dtype=np.int64), *(part.richness for part in parts)]),
        )

    def take(self, rows: Any) -> Self:
        """Some of them."""
        places = pa.array(rows)
        ids, starts = self.ids.take(places), self.starts.take(places)
        return type(self)(ids, starts, self.ended[rows], self.richness[rows])

    @property
    def stay(self) -> Any:
        """Which of them stay, numpy."""
        return best(self.ids, self.ended, self.richness)

    def in_order(self, kept: Any) -> Any:
        """Rows of the kept ones by start, then id; those without are last, in the order they came."""
        return in_order(self.ids, self.starts, kept)


def in_order(ids: Any, starts: Any, kept: Any) -> Any:
    """Rows of the kept conversations by start, then id; those without are last, in the order they came."""
    # A page that was asked again comes late, and platforms need not agree on the order of one millisecond.
    keys = pa.table({"at": starts, "id": ids})
    order = pc.sort_indices(keys, sort_keys=[("at", "ascending"), ("id", "ascending")]).to_numpy()
    return order[kept[order]]


def owners(arrow: Mapping[str, Any], table: str) -> Any:
    """For each row of a table the row of its conversation (numpy int64), in finished tables."""
    if table == "conversations":
        return np.arange(arrow[table].num_rows)
    ids = _flat(arrow["conversations"].column("conversationId"))
    rows = pc.index_in(_flat(arrow[table].column("conversationId")), value_set=ids)
    return rows.to_numpy().astype(np.int64)


def _flat(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
