"""The column contract: every column of every details table as data, and its dtypes in pandas and Arrow.

Columns from the API keep the API's spelling (columns.json, generated from the official SDK's models);
columns that we compute are snake_case with their unit (``computed``). No rows here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from . import computed

PANDAS_3 = int(pd.__version__.split(".")[0]) >= 3
TEXT: Any = pd.Series([], dtype="str" if PANDAS_3 else "string[pyarrow]").dtype
"""The dtype of text: ``str`` on pandas 3, ``string[pyarrow]`` on pandas 2."""

INSTANT: Any = pd.DatetimeTZDtype("ms", "UTC")
"""The dtype of a point in time: ``datetime64[ms, UTC]``."""

DTYPES: dict[str, Any] = {
    "text": TEXT,
    "instant": INSTANT,
    "flag": pd.BooleanDtype(),
    "integer": pd.Int64Dtype(),
    "number": pd.Float64Dtype(),
    "measure": pd.Series([], dtype="int64").dtype,
    "texts": pd.Series([], dtype="object").dtype,
    "integers": pd.Series([], dtype="object").dtype,
    "ordinal": pd.Series([], dtype="int64").dtype,
    "optional_ordinal": pd.Int64Dtype(),
    "seconds": pd.Series([], dtype="float64").dtype,
    "yes": pd.Series([], dtype="bool").dtype,
}
"""The dtype of each kind of column. A ``measure`` is int64, or float64 where a pull has fractions."""

ARROW_TYPES: dict[str, Any] = {
    "text": pa.large_string(),
    "instant": pa.timestamp("ms", "UTC"),
    "flag": pa.bool_(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "measure": pa.int64(),
    "texts": pa.list_(pa.string()),
    "integers": pa.list_(pa.int64()),
    "ordinal": pa.int64(),
    "optional_ordinal": pa.int64(),
    "seconds": pa.float64(),
    "yes": pa.bool_(),
}
"""The Arrow type of each kind of column; a ``measure`` is float64 where a pull has fractions."""

KEYS: dict[str, tuple[str, ...]] = {
    "conversations": (),
    "participants": ("conversationId", "participant_no"),
    "sessions": ("conversationId", "participant_no", "session_no"),
    "segments": ("conversationId", "participant_no", "session_no", "segment_no"),
    "metrics": ("conversationId", "participant_no", "session_no", "metric_no"),
    "media_endpoint_stats": ("conversationId", "participant_no", "session_no", "stat_no"),
    "evaluations": ("conversationId", "evaluation_no"),
    "surveys": ("conversationId", "survey_no"),
    "resolutions": ("conversationId", "resolution_no"),
    "flow_outcomes": ("conversationId", "participant_no", "session_no", "outcome_no"),
    "attributes": ("conversationId", "participant_no"),
}
"""The key of each table of the API; the ``*_no`` are places in the record's lists, from 0."""

API_TABLES: tuple[str, ...] = tuple(KEYS)
COMPUTED_TABLES: tuple[str, ...] = tuple(computed.TABLES)


@dataclass(frozen=True)
class Column:
    """One column of one table.

    Attributes:
        table: the table's name.
        name: the column's name.
        kind: a key of ``DTYPES``.
        unit: ``s``, ``ms`` ... or an empty text.
        source: path of the value in its JSON object, an empty text for computed columns.
        note: what it means, in a line.
    """

    table: str
    name: str
    kind: str
    unit: str = ""
    source: str = ""
    note: str = ""

    @property
    def dtype(self) -> Any:
        """The column's dtype in pandas."""
        return DTYPES[self.kind]


def _key_columns(table: str) -> list[Column]:
    return [
        Column(table, name, "ordinal" if name.endswith("_no") else "text", note="key") for name in KEYS[table]
    ]


def _tail_columns(table: str) -> list[Column]:
    return [
        Column(table, "extra_json", "text", note="unknown, nested or mistyped fields, verbatim"),
        Column(table, "in_scope", "yes", note="whether the pull's own filters match this row"),
    ]


@cache
def _api_fields() -> dict[str, tuple[Column, ...]]:
    text = resources.files(__package__).joinpath("columns.json").read_text(encoding="utf-8")
    fields = {
        table: tuple(Column(table, source=entry.pop("source", entry["name"]), **entry) for entry in entries)
        for table, entries in json.loads(text).items()
    }
    fields["attributes"] = (
        Column("attributes", "name", "text", source="name", note="key of the participant's attribute"),
        Column("attributes", "value", "text", source="value", note="its value, cut at 1024 characters"),
    )
    return fields


def api_fields(table: str) -> tuple[Column, ...]:
    """The columns of one table that stand for a field of the API, without keys."""
    return _api_fields()[table]


@cache
def columns(table: str) -> tuple[Column, ...]:
    """All columns of one table in their order.

    Raises:
        KeyError: the contract has no such table.
    """
    if table in computed.TABLES:
        return tuple(_parse(table, line) for line in computed.TABLES[table].splitlines() if line)
    known = _key_columns(table)
    return (*known, *api_fields(table), *_tail_columns(table))


def _parse(table: str, line: str) -> Column:
    name, kind, unit, note = line.split(" ", 3)
    return Column(table, name, kind, unit="" if unit == "-" else unit, note=note)


def empty_frame(table: str) -> pd.DataFrame:
    """The table with all its columns, typed, and no row."""
    return pd.DataFrame({column.name: pd.Series([], dtype=column.dtype) for column in columns(table)})


def frame_of(table: Any, kinds: Mapping[str, str]) -> pd.DataFrame:
    """An Arrow table as a DataFrame.

    Args:
        table: the Arrow table.
        kinds: kind of each column; a column without one gets the kind that its Arrow type suggests.
    """
    series = {
        label: _series(column, kinds.get(label) or _kind_of(column.type))
        for label, column in zip(table.column_names, table.columns, strict=True)
    }
    return pd.DataFrame(series, index=pd.RangeIndex(table.num_rows), copy=False)


def _kind_of(arrow_type: Any) -> str:
    for kind in ("text", "flag", "integer", "number", "instant"):
        if arrow_type == ARROW_TYPES[kind]:
            return kind
    return "texts"


def _series(column: Any, kind: str) -> Any:
    """One Arrow column with the dtype of its kind."""
    if kind == "measure":
        kinds = ("integer", "number") if column.null_count else ("ordinal", "seconds")
        kind = kinds[0] if pa.types.is_integer(column.type) else kinds[1]
    if kind == "instant":
        milliseconds = column.cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
        return pd.Series(milliseconds.view("datetime64[ms]"), copy=False).dt.tz_localize("UTC")
    if kind in {"texts", "integers"}:
        return pd.Series(column.to_pylist(), dtype=object)
    dtype = DTYPES[kind]
    return dtype.__from_arrow__(column) if hasattr(dtype, "__from_arrow__") else column.to_numpy()
