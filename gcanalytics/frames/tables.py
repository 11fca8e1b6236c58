"""The tables of one pull in Arrow, and how one becomes a DataFrame. It decodes and computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from . import schema
from .names import Names
from .schema import ARROW_TYPES as TYPES
from .scope import Scope

NEVER = np.iinfo(np.int64).max
"""The time, in milliseconds since the epoch, of what has not happened."""


@dataclass
class Tables:
    """All tables of the API of one pull.

    Attributes:
        arrow: table name to ``pyarrow.Table``: the contract's columns, those unknown to it, ``extra_json``
            and ``in_scope``. Conversations stand by their starts, then their ids; children in the order of
            their parents.
        duplicates: copies of conversations that were left out.
        outside_interval: conversations that started outside the interval and were left out.
        names: names for ids.
        scope: what the pull asked for.
    """

    arrow: Mapping[str, Any]
    duplicates: int = 0
    outside_interval: int = 0
    names: Names = field(default_factory=Names)
    scope: Scope = field(default_factory=Scope)

    @classmethod
    def empty(cls) -> Tables:
        """All tables with all their columns and no row."""
        return cls({name: empty_table(name) for name in schema.API_TABLES})

    def frame(self, table: str) -> pd.DataFrame:
        """One table as a DataFrame with the dtypes of the contract."""
        return to_frame(self.arrow[table], table)

    def rows(self, table: str) -> int:
        """How many rows a table has; one that is in a file need not be read for that."""
        count = getattr(self.arrow, "rows", None)
        return int(count(table) if count is not None else self.arrow[table].num_rows)

    @property
    def longest_s(self) -> float:
        """How long the longest conversation that has ended lasted, in seconds; 0 where none has."""
        conversations = self.arrow["conversations"]
        start, end = (
            conversations.column(name).cast(pa.int64()) for name in ("conversationStart", "conversationEnd")
        )
        return float(pc.max(pc.subtract(end, start)).as_py() or 0) / 1000

    @property
    def still_moving(self) -> int:
        """Conversations without an end: their records may still change."""
        return int(self.arrow["conversations"].column("conversationEnd").null_count)


def empty_table(table: str) -> Any:
    """An Arrow table with the contract's columns and no row."""
    return pa.table({column.name: pa.array([], TYPES[column.kind]) for column in schema.columns(table)})


def computed_table(name: str, values: Mapping[str, Any]) -> Any:
    """An Arrow table of computed columns, in the order and with the types of the contract.

    Args:
        name: the table.
        values: a value for each column: an Arrow array, a list, or a numpy array, in which an instant is
            int64 milliseconds (``NEVER`` = none), a missing ordinal is negative, a missing number is NaN.
    """
    return pa.table(
        {column.name: _typed(values[column.name], column.kind) for column in schema.columns(name)}
    )


def _typed(values: Any, kind: str) -> Any:
    if not isinstance(values, np.ndarray):
        return values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, TYPES[kind])
    if kind == "instant":
        return pa.array(values, mask=values == NEVER).cast(TYPES[kind])
    if kind == "optional_ordinal":
        return pa.array(values, mask=values < 0)
    return pa.array(values, TYPES[kind], mask=np.isnan(values) if kind == "number" else None)


def to_frame(table: Any, name: str) -> pd.DataFrame:
    """An Arrow table as a DataFrame; columns unknown to the contract get the dtype of their values."""
    kinds = {column.name: column.kind for column in schema.columns(name)}
    return schema.frame_of(table, kinds)
