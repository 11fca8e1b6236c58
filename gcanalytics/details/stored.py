"""Tables that stay in their files until they are asked for; of a part of the time, if wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gcanalytics.details.days import DAY_MS, day_of
from gcanalytics.frames import schema
from gcanalytics.frames.computed_tables import ComputedTables
from gcanalytics.frames.settling import Nulls
from gcanalytics.frames.tables import Tables

Span = tuple[int, int]
"""The first instant, and the first after the last, in milliseconds since the epoch."""


class StoredTables(Mapping[str, Any]):
    """The Arrow tables of the API of one folder, each read when it is first asked for.

    Args:
        folder: as ``to_parquet`` or a pull to Parquet wrote it.
        span: only conversations that started in it; None for all.
    """

    def __init__(self, folder: Path, span: Span | None = None) -> None:
        self._folder = folder
        self._span = span
        self._read: dict[str, Any] = {}
        self._wanted: Any = None

    def __getitem__(self, table: str) -> Any:
        if table not in self._read:
            if table not in schema.API_TABLES:
                raise KeyError(table)
            self._read[table] = self.read(table)
        return self._read[table]

    def __iter__(self) -> Iterator[str]:
        return iter(schema.API_TABLES)

    def __len__(self) -> int:
        return len(schema.API_TABLES)

    def rows(self, table: str) -> int:
        """How many rows a table has, without reading it where that can be."""
        if table in self._read or self._span is not None:
            return int(self[table].num_rows)
        return sum(pq.read_metadata(path).num_rows for path in self.files(table))

    def files(self, table: str) -> list[Path]:
        """The files of a table that may hold what is wanted, in the order of their rows."""
        home = self._folder / f"{table}.parquet"
        if not home.is_dir():
            return [home] if home.exists() else []
        files = sorted(home.glob("*.parquet"))
        if self._span is None:
            return files
        first, last = self._span[0] // DAY_MS, (self._span[1] - 1) // DAY_MS
        return [path for path in files if path.stem == "none" or first <= day_of(path.stem) <= last] or files[
            :1
        ]

    def has_whole(self, table: str) -> bool:
        """Whether a table was written day by day, with all columns that it has now."""
        if not (self._folder / f"{table}.parquet").is_dir():
            return False
        wanted = {column.name for column in schema.columns(table)}
        return all(wanted <= set(pq.read_schema(path).names) for path in self.files(table))

    def read(self, table: str) -> Any:
        """Any table, computed ones too."""
        found = pa.concat_tables([_filled(path, table) for path in self.files(table)])
        if self._span is None:
            return found
        if table == "conversations":
            at = found.column("conversationStart").cast(pa.int64())
            inside = pc.and_(pc.greater_equal(at, self._span[0]), pc.less(at, self._span[1]))
            return found.filter(inside)
        if self._wanted is None:
            self._wanted = self["conversations"].column("conversationId").combine_chunks()
        return found.filter(pc.is_in(found.column("conversationId"), value_set=self._wanted))


def _filled(path: Path, table: str) -> Any:
    """A file's table with all columns of the contract; those without a value are not read from it."""
    types = {column.name: schema.ARROW_TYPES[column.kind] for column in schema.columns(table)}
    with pq.ParquetFile(path) as file:
        own = {field.name: field.type for field in file.schema_arrow}
        empty = _without_values(file)
        found = file.read([name for name in own if name not in empty], use_pandas_metadata=False)
    nulls = Nulls(found.num_rows)
    known = list(types)
    made = {}
    # Unknown columns stand before the last two, extra_json and in_scope, in tables of the API.
    tail = known[-2:] if table in schema.API_TABLES else []
    for name in [*known[: len(known) - len(tail)], *(name for name in own if name not in types), *tail]:
        there = name in own and name not in empty
        made[name] = found.column(name) if there else nulls.of(own.get(name, types.get(name)))
    return pa.table(made)


def _without_values(file: Any) -> set[str]:
    """Columns of a file in which every row group says that it has nulls alone."""
    filled: set[str] = set()
    metadata = file.metadata
    for group in range(metadata.num_row_groups):
        each = metadata.row_group(group)
        for place in range(each.num_columns):
            column = each.column(place)
            told = column.statistics
            # Of lists the statistics tell not whether they are empty or missing.
            listed = ".list." in column.path_in_schema
            if listed or told is None or not told.has_null_count or told.null_count < column.num_values:
                filled.add(column.path_in_schema.partition(".list.")[0])
    return {field.name for field in file.schema_arrow} - filled if metadata.num_rows else set()


class StoredComputed:
    """The computed tables of a folder: read where they were written day by day, else computed.

    Args:
        stored: the tables that they were made from.
        tables: the same with names and scope.
    """

    def __init__(self, stored: StoredTables, tables: Tables) -> None:
        self._stored = stored
        self._computed = ComputedTables(tables)
        self._read: dict[str, Any] = {}

    def __getattr__(self, table: str) -> Any:
        if table not in schema.COMPUTED_TABLES:
            raise AttributeError(table)
        if table not in self._read:
            there = self._stored.has_whole(table)
            self._read[table] = self._stored.read(table) if there else getattr(self._computed, table)
        return self._read[table]
