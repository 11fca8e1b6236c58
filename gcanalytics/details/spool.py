"""Pages of any number into one Parquet file a table and UTC day, in bounded memory.

Pages become tables in portions that wait on disk. When a UTC day is complete its portions are joined: of
copies the best stays, conversations stand by their starts. Copies start alike, so days are independent; that
is checked in the end all the same. Which days are complete, and what a pull is, others know (``dataset``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gcanalytics.details.days import DAY_MS, UNDATED, DayFiles
from gcanalytics.frames import schema
from gcanalytics.frames.assembly import within
from gcanalytics.frames.computed_tables import ComputedTables
from gcanalytics.frames.conversations import Builder, PageSummary
from gcanalytics.frames.copies import Copies
from gcanalytics.frames.gathering import chosen, joined
from gcanalytics.frames.names import Names
from gcanalytics.frames.piles import inexact
from gcanalytics.frames.scope import Scope
from gcanalytics.frames.settling import Shape, common_shape
from gcanalytics.frames.tables import Tables

PORTION_BYTES = 6_000_000
"""JSON that is decoded before its tables go to disk."""
BATCH_BYTES = 12_000_000
"""Tables, as they are in memory, of which one row group is made."""


@dataclass
class _Portion:
    """Conversations of one day that are out of memory.

    Attributes:
        number: counts on as pages come; 0 for what was in files before.
        copies: of its conversations, those outside the interval among them.
        inside: numpy, which of them are in its tables; in their order.
        path: where its tables wait; None for those that are read from a day's files.
        read: gives the tables.
        schemas: of the tables.
        inexact: (table, column) of whole numbers that no float64 is equal to.
        bytes: of the tables in memory, columns without a value not counted.
    """

    number: int
    copies: Copies
    inside: Any
    path: Path | None
    read: Callable[[], Mapping[str, Any]]
    schemas: Mapping[str, Any]
    inexact: frozenset[tuple[str, str]]
    bytes: int


class Spool:
    """Takes pages, gives day files.

    Args:
        folder: where the tables' folders are; portions wait in one beside them.
        names: names for ids, for the computed tables.
        scope: what the pages were asked for.
        start_ms: keep only conversations that started at or after it, in milliseconds since the epoch.
        end_ms: keep only conversations that started before it.
        portion_bytes: see ``PORTION_BYTES``.
        batch_bytes: see ``BATCH_BYTES``.

    Attributes:
        files: the day files.
        duplicates: copies left out of the days that are written.
        outside_interval: conversations of these days that were left out.
    """

    def __init__(
        self,
        folder: Path,
        *,
        names: Names | None = None,
        scope: Scope | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        portion_bytes: int = PORTION_BYTES,
        batch_bytes: int = BATCH_BYTES,
    ) -> None:
        self.files = DayFiles(folder)
        self.duplicates = 0
        self.outside_interval = 0
        self._names = names or Names.empty()
        self._scope = scope or Scope()
        self._span = start_ms, end_ms
        self._portion_bytes, self._batch_bytes = portion_bytes, batch_bytes
        self._builder = Builder()
        self._pending = 0
        self._open: dict[int, list[_Portion]] = {}
        self._made = 0

    def add(self, page: bytes | dict[str, Any] | list[Any]) -> PageSummary:
        """Take a page.

        Raises:
            ApiError: the page is no JSON, or JSON of another shape.
            OSError: the disk is full.
        """
        summary = self._builder.add(page)
        self._pending += len(page) if isinstance(page, bytes) else 6_000 * max(1, len(summary.ids))
        if self._pending >= self._portion_bytes:
            self._set_aside()
        return summary

    def close(self, days: Iterable[int]) -> None:
        """Write the files of days of which no page is to come; they are numbered from the epoch on.

        What came late for a day before them, and what has no day, is written too, so that nothing of what
        was read until now is only in this process.
        """
        self._set_aside()
        last = max(days)
        closing = [day for day in self._open if day <= last or day == UNDATED]
        self._reopen(set(closing).intersection(self.files.days))
        self._close(closing)

    def finish(self) -> None:
        """Write all that is left, and give each table one shape in all files."""
        self._set_aside()
        self._reopen(self.files.days_with_copies(self._open))
        self._close(list(self._open))
        self.files.settle()

    def _reopen(self, days: Iterable[int]) -> None:
        for day in days:
            self._open[day] = [*self._filed(day), *self._open.get(day, ())]

    def _set_aside(self) -> None:
        """The pages so far out of memory, a portion a day."""
        if not self._pending:
            return
        self._pending = 0
        tables = self._builder.build(scope=self._scope)
        self.duplicates += tables.duplicates
        copies = Copies.of(tables.arrow)
        inside = within(copies.starts, *self._span)
        starts = copies.starts.cast(pa.int64())
        days = pc.if_else(starts.is_valid(), pc.fill_null(starts, 0), UNDATED * DAY_MS).to_numpy() // DAY_MS
        for day in np.unique(days).tolist():
            rows = np.flatnonzero(days == day)
            whole = len(rows) == len(days) and bool(inside.all())
            kept = rows[inside[rows]]
            arrow = tables.arrow if whole else _only(tables.arrow, kept)
            self._open.setdefault(day, []).append(self._portion(arrow, copies.take(rows), inside[rows]))

    def _portion(self, arrow: Mapping[str, Any], copies: Copies, inside: Any) -> _Portion:
        self._made += 1
        path = self.files.waiting / f"{self._made}.arrow"
        if inside.any():
            _write(arrow, path)
        return _Portion(self._made, copies, inside, path, lambda: _read(path), *_facts(arrow))

    def _filed(self, day: int) -> Iterator[_Portion]:
        """A day's files as a portion, for copies that came late."""
        if day in self.files.days:
            arrow = self.files.read(day)
            copies, inside = Copies.of(arrow), np.ones(arrow["conversations"].num_rows, dtype=bool)
            yield _Portion(0, copies, inside, None, lambda: self.files.read(day), *_facts(arrow))

    def _close(self, days: Iterable[int]) -> None:
        """Write days; of copies in several of them one stays."""
        closing = [(day, portion) for day in sorted(days) for portion in self._open.pop(day)]
        if not closing:
            return
        closing.sort(key=lambda each: each[1].number)  # the later copy stays, whatever its day
        copies = Copies.joined([portion.copies for _, portion in closing])
        inside = np.concatenate([portion.inside for _, portion in closing])
        stay = copies.stay
        self.duplicates += int((~stay).sum())
        self.outside_interval += int((stay & ~inside).sum())
        order = copies.in_order(stay & inside)
        sizes = [len(portion.inside) for _, portion in closing]
        source = np.repeat(np.arange(len(closing)), sizes)
        row = np.concatenate([np.cumsum(portion.inside) - 1 for _, portion in closing])
        days_of = np.array([day for day, _ in closing])[source]
        portions = [portion for _, portion in closing]
        for day in dict.fromkeys(day for day, _ in closing):
            wanted = order[days_of[order] == day]
            # Also those of which nothing stays: their columns are columns of the pull.
            shapes = _shapes([portion for own, portion in closing if own == day])
            self._write_day(day, shapes, portions, source[wanted], row[wanted])
        for portion in portions:
            if portion.path is not None:
                portion.path.unlink(missing_ok=True)

    def _write_day(
        self, day: int, shapes: Mapping[str, Shape], portions: list[_Portion], source: Any, row: Any
    ) -> None:
        weight = np.array([each.bytes / max(1, each.inside.sum()) for each in portions])[source]
        batch = _batches(source, weight, self._batch_bytes)
        with self.files.writing(day, shapes) as write:
            for number in np.unique(batch):
                places = np.flatnonzero(batch == number)
                parts = []
                for i in np.unique(source[places]):
                    own = places[source[places] == i]
                    # Rows that stand in the portion's order need no sorting afterwards.
                    parts.append(chosen(portions[i].read(), row[own], own))
                write(self._computed_too(joined(parts, shapes)))

    def _computed_too(self, arrow: dict[str, Any]) -> dict[str, Any]:
        """With the tables that are computed of them; these are of single conversations, so of any batch."""
        computed = ComputedTables(Tables(arrow, names=self._names, scope=self._scope))
        return {**arrow, **{table: getattr(computed, table) for table in schema.COMPUTED_TABLES}}


def _batches(source: Any, weight: Any, most: int) -> Any:
    """Of which row group each row is (numpy): about ``most`` bytes each, cut between portions if possible.

    A portion that lies in two row groups is read twice, and its rows are picked out one by one.

    Args:
        source: numpy, the portion of each row.
        weight: numpy, its bytes.
        most: bytes of a row group, up to twice as many where a portion is whole in it.
    """
    batch = np.cumsum(weight).astype(np.int64) // most
    starts = np.append(True, source[1:] != source[:-1])[: len(source)]
    run = np.cumsum(starts) - 1
    short = np.bincount(run, weight) <= most
    return np.where(short[run], batch[starts][run], batch)


def _only(arrow: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    return {table: found for table, (found, _) in chosen(arrow, rows, np.arange(len(rows))).items()}


def _facts(arrow: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[tuple[str, str]], int]:
    schemas = {table: arrow[table].schema for table in schema.API_TABLES}
    large = set()
    for table, each in schemas.items():
        known = {column.name: column.kind for column in schema.columns(table)}
        for field in each:
            whole = field.type == pa.int64() and known.get(field.name, "measure") == "measure"
            if whole and pc.any(inexact(arrow[table].column(field.name))).as_py():
                large.add((table, field.name))
    weight = sum(_filled(arrow[table], table).nbytes for table in schema.API_TABLES)
    return schemas, frozenset(large), weight


def _shapes(portions: list[_Portion]) -> dict[str, Shape]:
    large = {each for portion in portions for each in portion.inexact}
    return {
        table: common_shape(
            table,
            [portion.schemas[table] for portion in portions],
            lambda label, table=table: (table, label) in large,  # type: ignore[misc]
        )
        for table in schema.API_TABLES
    }


def _write(arrow: Mapping[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(str(path), "wb") as file:
        for table in schema.API_TABLES:
            found = _filled(arrow[table], table)
            with pa.ipc.new_stream(file, found.schema, options=options) as stream:
                stream.write_table(found)


def _filled(found: Any, table: str) -> Any:
    """A table without the columns that have no value; its keys stay."""
    keys = {"conversationId", *schema.KEYS[table]}
    wanted = [
        name
        for name, column in zip(found.column_names, found.columns, strict=True)
        if name in keys or column.null_count < found.num_rows
    ]
    return found.select(wanted)


def _read(path: Path) -> dict[str, Any]:
    with pa.OSFile(str(path), "rb") as file:
        return {table: pa.ipc.open_stream(file).read_all() for table in schema.API_TABLES}
