"""One shape for a table that was made in parts: the columns of all, each of one type in all of them.

The same rules as ``Pile`` has for pages: whole numbers and fractions become float64 if that changes none;
a column unknown to the contract whose parts disagree otherwise becomes text in ``extra_json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import schema
from .piles import inexact, text_of

_NUMBERS = {pa.int64(), pa.float64()}


@dataclass(frozen=True)
class Shape:
    """What a table is to be in all its parts.

    Attributes:
        schema: columns and their types.
        moved: columns whose values become text, in every part.
    """

    schema: Any
    moved: frozenset[str] = frozenset()


def common_shape(table: str, schemas: Iterable[Any], is_inexact: Callable[[str], bool]) -> Shape:
    """The shape for parts with these schemas, in the order of the parts.

    Args:
        table: the table's name.
        schemas: Arrow schemas, each with all columns of the contract.
        is_inexact: whether any part holds whole numbers in this column that no float64 is equal to.
    """
    types: dict[str, dict[Any, None]] = {}
    for each in schemas:
        for field in each:
            types.setdefault(field.name, {})[field.type] = None
    known = [column.name for column in schema.columns(table)]
    moved = set()
    fields = []
    for label in [*known[:-2], *(label for label in types if label not in known), *known[-2:]]:
        found = types[label]
        numbers = found.keys() == _NUMBERS
        if len(found) > 1 and label not in known and not (numbers and not is_inexact(label)):
            moved.add(label)
        fields.append(pa.field(label, pa.float64() if pa.float64() in found else next(iter(found))))
    return Shape(pa.schema(fields), frozenset(moved))


def fitted(part: Any, shape: Shape) -> Any:
    """A part in that shape; columns that it lacks are empty."""
    if part.schema.equals(shape.schema) and not shape.moved:
        return part
    empty = Nulls(part.num_rows)
    extra = _Extra(part, empty)
    columns = []
    for field in shape.schema:
        place = part.schema.get_field_index(field.name)
        column = empty.of(field.type) if place < 0 else part.column(place)
        if field.name in shape.moved:
            extra.take(field.name, column, column.is_valid())
            column = empty.of(field.type)
        elif column.type != field.type:
            losing = inexact(column)
            extra.take(field.name, column, losing)
            column = pc.if_else(losing, pa.scalar(None, column.type), column).cast(field.type)
        columns.append(column)
    made = pa.table(columns, schema=shape.schema)
    return made.set_column(made.schema.get_field_index("extra_json"), "extra_json", extra.column)


class Nulls:
    """Columns without a value, one for each type: most columns of the contract are of them."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._made: dict[Any, Any] = {}

    def of(self, arrow_type: Any) -> Any:
        """The column of a type."""
        if arrow_type not in self._made:
            self._made[arrow_type] = pa.nulls(self._rows, arrow_type)
        return self._made[arrow_type]


class _Extra:
    """The texts of a part, to which fields are added."""

    def __init__(self, part: Any, empty: Nulls) -> None:
        place = part.schema.get_field_index("extra_json")
        self.column = empty.of(schema.ARROW_TYPES["text"]) if place < 0 else part.column(place)

    def take(self, label: str, column: Any, rows: Any) -> None:
        """Add a field to some rows."""
        places = np.flatnonzero(pc.fill_null(rows, False).to_numpy(zero_copy_only=False))
        if not len(places):
            return
        texts = self.column.to_pylist()
        for row, value in zip(places.tolist(), column.take(pa.array(places)).to_pylist(), strict=True):
            texts[row] = _with_field(texts[row], label, text_of(value))
        self.column = pa.array(texts, schema.ARROW_TYPES["text"])


def _with_field(text: str | None, label: str, value: str) -> str:
    """A JSON object's text with one field more; the others stay as they were written."""
    found = _fields(text or "{}")
    inside, _, key = label.rpartition(".")
    target = _fields(found[inside]) if inside in found else {}
    (target if inside else found)[key] = value
    if inside:
        found[inside] = _object(target)
    return _object(found)


def _fields(text: str) -> dict[str, str]:
    decoded = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return {key: bytes(raw).decode() for key, raw in decoded.items()}


def _object(fields: dict[str, str]) -> str:
    return "{" + ",".join(f"{text_of(key)}:{value}" for key, value in fields.items()) + "}"
