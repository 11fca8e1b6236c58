"""The rows of one table, page upon page, until they are made into one Arrow table. It decodes nothing."""

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


class Pile:
    """Columns of one table in chunks, a chunk a page, and the JSON text of all that is in no column.

    Attributes:
        table: the table's name.
        sizes: rows of each page.
        parents: for each page the place of each row's parent among the rows of the parent's table there.
        numbers: for each page the place of each row in its parent's list.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        self.sizes: list[int] = []
        self.parents: list[Any] = []
        self.numbers: list[Any] = []
        self._chunks: dict[str, dict[int, Any]] = defaultdict(dict)
        self._texts: dict[int, list[tuple[str, str]]] = defaultdict(list)
        self._start = 0
        self._inner: tuple[Any, Any] | None = None
        self._columns = {column.source: column for column in schema.api_fields(table)}
        self._reserved = {column.name for column in schema.columns(table)}

    def begin(self, size: int, parents: Any, numbers: Any) -> None:
        """Open the next page."""
        self._start += self.sizes[-1] if self.sizes else 0
        self._inner = None
        self.sizes.append(size)
        self.parents.append(parents)
        self.numbers.append(numbers)

    def add(self, key: str, values: Sequence[Any], *, inside: str = "", rows: Any = None) -> None:
        """Add one field of the open page; what fits no column is kept as text.

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
            label = known.name
            made, strays = arrays.array(values, known.kind)
        elif label in self._reserved or "." in key:
            made, strays = None, [i for i, value in enumerate(values) if value is not None]
        else:
            made, strays = arrays.unknown(values)
        for i in strays:
            self.keep(i if rows is None else int(rows[i]), key, text_of(values[i]), inside=inside)
        if made is None:
            return
        if rows is not None:
            made = made.take(self._spread(rows))
        self._chunks[label][len(self.sizes) - 1] = made

    def _spread(self, rows: Any) -> Any:
        """For each row of the open page its place among some rows; all fields of an inner object share it."""
        if self._inner is None or self._inner[0] is not rows:
            places = np.full(self.sizes[-1], -1, dtype=np.int64)
            places[rows] = np.arange(len(rows))
            self._inner = rows, pa.array(places, mask=places < 0)
        return self._inner[1]

    def keep(self, row: int, key: str, text: str, *, inside: str = "") -> None:
        """Keep one field of a row of the open page as the JSON text that it was."""
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
                made = self._joined(chunks, arrow_type)
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

    def _joined(self, chunks: dict[int, Any], arrow_type: Any) -> Any:
        parts = [
            _as(chunks[page], arrow_type) if page in chunks else pa.nulls(size, arrow_type)
            for page, size in enumerate(self.sizes)
        ]
        return pa.chunked_array(parts, arrow_type).combine_chunks()

    def _settle(self) -> None:
        """Give each column one type over all pages; what does not fit it becomes text."""
        for label, chunks in list(self._chunks.items()):
            types = {chunk.type for chunk in chunks.values()}
            losing = {page: inexact(chunk) for page, chunk in chunks.items()} if types == _NUMBERS else {}
            if len(types) < 2 or (losing and not any(pc.any(each).as_py() for each in losing.values())):
                continue
            if label in self._reserved:
                for page, rows in losing.items():
                    self._move(label, page, rows)
            else:
                for page, chunk in list(chunks.items()):
                    self._move(label, page, chunk.is_valid())

    def _move(self, label: str, page: int, rows: Any) -> None:
        """Move some rows of one chunk to the texts."""
        chunk = self._chunks[label][page]
        start = sum(self.sizes[:page])
        inside, _, key = label.rpartition(".")
        for row in np.flatnonzero(rows.fill_null(False)):
            text = text_of(chunk[int(row)].as_py())
            self._texts[start + int(row)].append((inside, f"{text_of(key)}:{text}"))
        self._chunks[label][page] = pc.if_else(rows, pa.scalar(None, chunk.type), chunk)

    def _extra(self, rows: int) -> Any:
        if not self._texts:
            return pa.nulls(rows, schema.ARROW_TYPES["text"])
        texts: list[str | None] = [None] * rows
        for row, fragments in self._texts.items():
            texts[row] = _object_of(fragments)
        self._texts.clear()
        return pa.array(texts, schema.ARROW_TYPES["text"])


_NUMBERS = {pa.int64(), pa.float64()}


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
