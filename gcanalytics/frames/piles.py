"""The rows of one table, chunk upon chunk, until they are made into one Arrow table. It decodes nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import arrays, schema

_WHOLE = "whole"
LONG_BYTES = 1_000_000
"""Columns of texts beyond it stay in their chunks: to join them in new memory costs a pull an eighth."""


class Pile:
    """Columns of one table in chunks of one or more pages, and the JSON text of all that is in no column.

    Attributes:
        table: the table's name.
        sizes: rows of each chunk.
        parents: for each chunk the place of each row's parent among the rows of the parent's table there.
        numbers: for each chunk the place of each row in its parent's list.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        self.sizes: list[int] = []
        self.parents: list[Any] = []
        self.numbers: list[Any] = []
        self._chunks: dict[str, dict[int, Any]] = defaultdict(dict)
        self._texts: dict[int, list[tuple[str, str]]] = defaultdict(list)
        self._start = 0
        self._ends: list[int] = []
        self._inner: tuple[Any, Any] | None = None
        self._columns = {column.source: column for column in schema.api_fields(table)}
        self._reserved = {column.name for column in schema.columns(table)}

    def begin(self, parents: Any, numbers: Any, ends: Any) -> None:
        """Open the next chunk.

        Args:
            parents: see the attribute.
            numbers: see the attribute.
            ends: where the rows of each of its pages end.
        """
        self._start += self.sizes[-1] if self.sizes else 0
        self._ends = [int(end) for end in ends]
        self._inner = None
        self.sizes.append(len(parents))
        self.parents.append(parents)
        self.numbers.append(numbers)

    def add(self, key: str, values: Sequence[Any], *, inside: str = "", rows: Any = None) -> None:
        """Add one field of the open chunk; what fits no column is kept as text.

        Args:
            key: the field's key.
            values: its values.
            inside: key of the object that the field stands in, if not in the row's own.
            rows: the rows that the values belong to; all of them, if not given.
        """
        # Columns named with a dot are fields inside another object; a key that has one stays text.
        label = f"{inside}.{key}" if inside else key
        known = self._columns.get(label) if "." not in key else None
        if known:
            made, strays = arrays.array(values, known.kind)
            if made is not None:
                spread = made if rows is None else made.take(self._spread(rows))
                self._chunks[known.name][self._start] = spread
        elif label in self._reserved or "." in key:
            strays = [i for i, value in enumerate(values) if value is not None]
        else:
            strays = self._add_unknown(label, values, rows)
        for i in strays:
            self.keep(i if rows is None else int(rows[i]), key, text_of(values[i]), inside=inside)

    def _add_unknown(self, label: str, values: Sequence[Any], rows: Any) -> list[int]:
        """Add a field that the contract does not have; its type is judged page by page, however many come."""
        strays: list[int] = []
        first = start = 0
        lasts = self._ends if rows is None else np.searchsorted(rows, self._ends).tolist()
        for last, end in zip(lasts, self._ends, strict=True):
            made, odd = arrays.unknown(values[first:last])
            strays += [first + i for i in odd]
            if made is not None:
                own = made if rows is None else made.take(_places(rows[first:last] - start, end - start))
                self._chunks[label][self._start + start] = own
            first, start = last, end
        return strays

    def _spread(self, rows: Any) -> Any:
        """For each row of the open chunk its place among some rows; fields of an inner object share it."""
        if self._inner is None or self._inner[0] is not rows:
            self._inner = rows, _places(rows, self.sizes[-1])
        return self._inner[1]

    def keep(self, row: int, key: str, text: str, *, inside: str = "") -> None:
        """Keep one field of a row of the open chunk as the JSON text that it was."""
        self._texts[self._start + row].append((inside, f"{text_of(key)}:{text}"))

    def keep_all(self, row: int, text: str, *, inside: str = "") -> None:
        """Keep all fields of a JSON object, or a value that is no object, as the text that it was."""
        whole = text[:1] != "{"
        self._texts[self._start + row].append((_WHOLE, text) if whole else (inside, text[1:-1]))

    def table_of(self, leading: dict[str, Any], kept: Any) -> dict[str, Any]:
        """All columns of the kept rows, those of the contract first; the pile is empty after it.

        Args:
            leading: the key columns, of kept rows only.
            kept: the rows to keep in the order wanted, an Arrow array, or ``None`` for all as they are.

        Returns:
            Arrow arrays; long texts are chunked ones, but in conversations, of which rows are often picked.
        """
        self._settle()
        columns = dict(leading)
        absent: dict[Any, Any] = {}
        rows = sum(self.sizes)
        known = {column.name: column.kind for column in schema.api_fields(self.table)}
        for label in [*known, *(label for label in self._chunks if label not in known)]:
            chunks = self._chunks.pop(label, {})
            arrow_type = self._type(chunks, known.get(label))
            if chunks:
                made = _chunked(chunks, rows, arrow_type)
                long = arrow_type == _TEXT and made.nbytes > LONG_BYTES
                if not long or kept is not None or self.table == "conversations":
                    made = made.combine_chunks()
                columns[label] = made if kept is None else made.take(kept)
                continue
            if arrow_type not in absent:
                absent[arrow_type] = pa.nulls(rows if kept is None else len(kept), arrow_type)
            columns[label] = absent[arrow_type]
        extra = self._extra(rows)
        columns["extra_json"] = extra if kept is None else extra.take(kept)
        return columns

    def _type(self, chunks: dict[int, Any], kind: str | None) -> Any:
        if kind and kind != "measure":
            return schema.ARROW_TYPES[kind]
        types = dict.fromkeys(chunk.type for chunk in chunks.values())
        return pa.float64() if pa.float64() in types else next(iter(types), schema.ARROW_TYPES["measure"])

    def _settle(self) -> None:
        """Give each column one type over all chunks; what does not fit it becomes text."""
        for label, chunks in list(self._chunks.items()):
            types = {chunk.type for chunk in chunks.values()}
            losing = {start: inexact(chunk) for start, chunk in chunks.items()} if types == _NUMBERS else {}
            if len(types) < 2 or (losing and not any(pc.any(each).as_py() for each in losing.values())):
                continue
            if label in self._reserved:
                for start, rows in losing.items():
                    self._move(label, start, rows)
            else:
                for start, chunk in list(chunks.items()):
                    self._move(label, start, chunk.is_valid())

    def _move(self, label: str, start: int, rows: Any) -> None:
        """Move some rows of one chunk to the texts."""
        chunk = self._chunks[label][start]
        inside, _, key = label.rpartition(".")
        for row in np.flatnonzero(rows.fill_null(False)):
            text = text_of(chunk[int(row)].as_py())
            self._texts[start + int(row)].append((inside, f"{text_of(key)}:{text}"))
        self._chunks[label][start] = pc.if_else(rows, pa.scalar(None, chunk.type), chunk)

    def _extra(self, rows: int) -> Any:
        if not self._texts:
            return pa.nulls(rows, schema.ARROW_TYPES["text"])
        texts: list[str | None] = [None] * rows
        for row, fragments in self._texts.items():
            texts[row] = _object_of(fragments)
        self._texts.clear()
        return pa.array(texts, schema.ARROW_TYPES["text"])


_NUMBERS = {pa.int64(), pa.float64()}
_TEXT = schema.ARROW_TYPES["text"]


def _places(rows: Any, count: int) -> Any:
    """For each of so many rows its place among some of them, null for the others (Arrow)."""
    places = np.full(count, -1, dtype=np.int64)
    places[rows] = np.arange(len(rows))
    return pa.array(places, mask=places < 0)


def _chunked(chunks: dict[int, Any], rows: int, arrow_type: Any) -> Any:
    """Arrays by their first row, in their order, as a column of so many rows, null where there is none."""
    parts, end = [], 0
    for start, chunk in chunks.items():
        if start > end:
            parts.append(pa.nulls(start - end, arrow_type))
        parts.append(_as(chunk, arrow_type))
        end = start + len(chunk)
    if rows > end:
        parts.append(pa.nulls(rows - end, arrow_type))
    return pa.chunked_array(parts, arrow_type)


def _as(chunk: Any, arrow_type: Any) -> Any:
    """The chunk in a type; most are of it, and to ask for that is cheaper than to cast."""
    return chunk if chunk.type == arrow_type else chunk.cast(arrow_type)


def inexact(chunk: Any) -> Any:
    """Which of the numbers are whole, and none of the float64s."""
    if not pa.types.is_integer(chunk.type):
        return pa.array(np.zeros(len(chunk), dtype=bool))
    return pc.or_(pc.greater(chunk, 2**53), pc.less(chunk, -(2**53)))


def _object_of(fragments: list[tuple[str, str]]) -> str:
    if fragments[0][0] == _WHOLE:
        return fragments[0][1]
    own = [text for inside, text in fragments if not inside]
    for name in {inside: None for inside, _ in fragments if inside}:
        inner = ",".join(text for inside, text in fragments if inside == name and text)
        own.append(f"{text_of(name)}:{{{inner}}}")
    return "{" + ",".join(own) + "}"


def text_of(value: Any) -> str:
    """A value as compact JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
