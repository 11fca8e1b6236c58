"""One Parquet file a table and UTC day: ``<table>.parquet/<day>.parquet``, written whole or not at all."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gcanalytics.frames import schema
from gcanalytics.frames.piles import inexact
from gcanalytics.frames.settling import Shape, common_shape, fitted
from gcanalytics.frames.tables import empty_table

DAY_MS = 86_400_000
UNDATED = 1 << 30
"""The day of conversations without ``conversationStart``; it is the last."""
TABLES = (*schema.API_TABLES, *schema.COMPUTED_TABLES)
_EPOCH = dt.date(1970, 1, 1)
_NONE = "none"
_UNFINISHED = ".part"


def day_name(day: int) -> str:
    """``2026-11-01`` of a number of days since the epoch; names sort as days do."""
    return "undated" if day == UNDATED else (_EPOCH + dt.timedelta(days=day)).isoformat()


def day_of(name: str) -> int:
    """The number of days since the epoch of a name."""
    return UNDATED if name == "undated" else (dt.date.fromisoformat(name) - _EPOCH).days


class DayFiles:
    """The files of one folder.

    A table has a file for each day on which it has rows, or had columns of its own in copies that were left
    out; and one without rows if it has no other.

    Args:
        folder: the folder; nothing is made until something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waiting = folder / ".waiting"

    @property
    def days(self) -> list[int]:
        """Days of which there are conversations, in their order."""
        return sorted(day_of(path.stem) for path in self._files("conversations") if path.stem != _NONE)

    def path(self, table: str, day: int) -> Path:
        """Where a table's rows of a day are."""
        return self._home(table) / f"{day_name(day)}.parquet"

    def _home(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def _files(self, table: str) -> list[Path]:
        return sorted(self._home(table).glob("*.parquet"))

    @contextmanager
    def writing(self, day: int, shapes: Mapping[str, Shape]) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """Gives a function that adds a row group to each table; the files appear when all are written."""
        rows = dict.fromkeys(TABLES, 0)
        schemas = {table: empty_table(table).schema for table in TABLES}
        usual = dict(schemas)
        schemas.update({table: shape.schema for table, shape in shapes.items()})
        unfinished = {table: self.path(table, day).with_suffix(_UNFINISHED) for table in TABLES}
        with ExitStack() as stack:
            writers = {}
            for table, path in unfinished.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                writers[table] = stack.enter_context(
                    pq.ParquetWriter(path, schemas[table], compression="zstd")
                )

            def write(arrow: Mapping[str, Any]) -> None:
                for table, writer in writers.items():
                    rows[table] += arrow[table].num_rows
                    writer.write_table(arrow[table])

            yield write
        for table, path in unfinished.items():
            target = self.path(table, day)
            if rows[table] or not schemas[table].equals(usual[table]):
                path.replace(target)
            else:
                path.unlink()
                target.unlink(missing_ok=True)

    def read(self, day: int) -> dict[str, Any]:
        """All tables of the API of a day."""
        made = {}
        for table in schema.API_TABLES:
            path = self.path(table, day)
            made[table] = pq.ParquetFile(path).read() if path.exists() else empty_table(table)
        return made

    def keep_only(self, days: Collection[int]) -> None:
        """Take away all files but those of some days: what an interrupted writer left behind."""
        wanted = {day_name(day) for day in days}
        shutil.rmtree(self.waiting, ignore_errors=True)
        for table in TABLES:
            for path in self._home(table).glob("*"):
                if path.suffix == _UNFINISHED or (path.suffix == ".parquet" and path.stem not in wanted):
                    path.unlink()

    def days_with_copies(self, more: Collection[int]) -> list[int]:
        """Days that share a conversation with another, and those among ``more`` that have files already."""
        days = self.days
        hashes = [
            _hashes(pq.read_table(self.path("conversations", day), columns=["conversationId"]))
            for day in days
        ]
        all_of_them = np.sort(np.concatenate([np.zeros(0, np.uint64), *hashes]))
        shared = np.unique(all_of_them[1:][all_of_them[1:] == all_of_them[:-1]])
        found = {day for day, each in zip(days, hashes, strict=True) if np.isin(each, shared).any()}
        return sorted(found | (set(days) & set(more)))

    def settle(self) -> None:
        """Give each table the same columns in all files, and a file to those that have no row."""
        for table in TABLES:
            files = self._files(table)
            with_rows = [path for path in files if path.stem != _NONE]
            none = self._home(table) / f"{_NONE}.parquet"
            if not with_rows:
                none.parent.mkdir(parents=True, exist_ok=True)
                pq.write_table(empty_table(table), none)
                continue
            none.unlink(missing_ok=True)
            schemas = [pq.read_schema(path) for path in with_rows]
            shape = common_shape(table, schemas, partial(_any_inexact, with_rows))
            for path, own in zip(with_rows, schemas, strict=True):
                if not own.equals(shape.schema) or shape.moved:
                    _reshape(path, shape)
        shutil.rmtree(self.waiting, ignore_errors=True)


def _reshape(path: Path, shape: Shape) -> None:
    """Write a file anew, a row group at a time."""
    unfinished = path.with_suffix(_UNFINISHED)
    with pq.ParquetFile(path) as file, pq.ParquetWriter(unfinished, shape.schema, compression="zstd") as out:
        for group in range(file.num_row_groups):
            out.write_table(fitted(file.read_row_group(group), shape))
    unfinished.replace(path)


def _any_inexact(files: list[Path], label: str) -> bool:
    for path in files:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups if label in file.schema_arrow.names else 0):
                column = file.read_row_group(group, columns=[label]).column(label)
                if pc.any(inexact(column)).as_py():
                    return True
    return False


def _hashes(table: Any) -> Any:
    """A number for each id, equal for equal ids; nearly always other for others."""
    ids = table.column("conversationId").drop_null()
    return pd.util.hash_array(np.array(ids.to_pylist(), dtype=object), categorize=False)
