"""Values of one column of some pages to an Arrow array, with the places of those that do not fit its kind.

Arrow itself would turn 12.5 into 12 and true into 1.0 without a word; here such a value is a stray.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .schema import ARROW_TYPES as TYPES

_EXACT = 2**53
_INT64 = 2**63

Array = Any  # pyarrow publishes no types
Result = tuple[Array | None, list[int]]
"""An array, or ``None`` where every value is null; places of the values that stay as JSON text."""


def array(values: Sequence[Any], kind: str) -> Result:
    """The column as an Arrow array; a value of the wrong type is null in it and its place is returned.

    An instant that is finer than a millisecond stands in the array cut to it, and is returned as well.
    """
    if is_empty(values):
        return None, []
    made, strays = _MAKERS[kind](values)
    if made is not None and made.null_count == len(made):
        made = None
    return made, strays


def is_empty(values: Sequence[Any]) -> bool:
    """Whether there is no value; most columns have none, and most others are seen at once."""
    return not values or (values[0] is None and not any(values) and values.count(None) == len(values))


def unknown(values: Sequence[Any]) -> Result:
    """A column that the contract does not have: scalars of one type, or all of them are strays."""
    kinds = set(map(type, values))
    kinds.discard(type(None))
    nested = kinds & {list, dict}
    strays: list[int] = []
    if nested:
        strays = [i for i, value in enumerate(values) if type(value) in nested and value != []]
        values = [None if type(value) in nested else value for value in values]
        kinds -= nested
    for types, kind in _SCALARS:
        if kinds and kinds <= types:
            made, odd = array(values, kind)
            # An integer beyond int64 makes the whole chunk's column text: one column, one type.
            if not odd:
                return made, strays
    return None, [i for i, value in enumerate(values) if value is not None] + strays


def _texts(values: Sequence[Any]) -> Result:
    try:
        return pa.array(values, TYPES["text"]), []
    except (pa.ArrowException, TypeError):
        return _picked(values, lambda value: value if type(value) is str else None, "text")


def _instants(values: Sequence[Any]) -> Result:
    try:
        texts = _stamps(values)
        return pc.cast(pa.array(values, pa.string()) if texts is None else texts, TYPES["instant"]), []
    except (pa.ArrowException, TypeError):
        parsed = [_instant(value) for value in values]
    strays = [i for i, (_, exact) in enumerate(parsed) if not exact]
    return pa.array([at for at, _ in parsed], pa.int64()).cast(TYPES["instant"]), strays


_STAMP = len("2026-11-18T10:00:00.000Z")


def _stamps(values: Sequence[Any]) -> Array | None:
    """Texts cut into instants with milliseconds, as an Arrow array; ``None`` where they have not that length.

    Nearly every column of instants is of such, and to join them is faster than Arrow's own way. Texts of
    other lengths that together have the right one are cut at wrong places: a line's end then stands within a
    row, for there are as many of them as rows, and that row is no instant.
    """
    try:
        joined = "\n".join(values) + "\n"
    except TypeError:
        return None
    if len(joined) != len(values) * (_STAMP + 1) or not joined.isascii():
        return None
    rows = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(-1, _STAMP + 1)
    ends = np.arange(len(values) + 1, dtype=np.int32) * _STAMP
    texts = np.ascontiguousarray(rows[:, :_STAMP])
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(ends), pa.py_buffer(texts))


def _instant(value: Any) -> tuple[int | None, bool]:
    """Milliseconds since the epoch, and whether that is the whole truth; a zone-less time is read as UTC."""
    if value is None:
        return None, True
    if type(value) is not str or value[10:11] not in {"T", " "}:
        return None, False
    try:
        at = datetime.fromisoformat(value)
        since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH
    except (ValueError, OverflowError):
        return None, False
    milliseconds = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    return milliseconds, _WHOLE_MILLISECONDS.fullmatch(value) is not None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3}0*)?)?(Z|[+-]\d\d:\d\d)")


def _flags(values: Sequence[Any]) -> Result:
    if set(map(type, values)) <= {bool, type(None)}:
        return pa.array(values, TYPES["flag"]), []
    return _picked(values, lambda value: value if type(value) is bool else None, "flag")


def _integers(values: Sequence[Any]) -> Result:
    if set(map(type, values)) <= {int, type(None)}:
        try:
            return pa.array(values, TYPES["integer"]), []
        except OverflowError:
            pass
    return _picked(values, _integer, "integer")


def _integer(value: Any) -> int | None:
    whole = type(value) is int or (type(value) is float and value.is_integer())
    return int(value) if whole and -_INT64 <= value < _INT64 else None


def _numbers(values: Sequence[Any]) -> Result:
    if set(map(type, values)) <= {float, type(None)}:
        return pa.array(values, TYPES["number"]), []
    return _picked(values, _number, "number")


def _number(value: Any) -> float | None:
    exact = type(value) is float or (type(value) is int and -_EXACT <= value <= _EXACT)
    return float(value) if exact else None


def _measures(values: Sequence[Any]) -> Result:
    """int64 where every number is whole, float64 otherwise."""
    made, strays = _integers(values)
    if any(type(values[i]) is float for i in strays):
        return _numbers(values)
    return made, strays


def _lists(kind: str, element: type) -> Callable[[Sequence[Any]], Result]:
    def fitting(value: Any) -> Any:
        if type(value) is not list or any(type(each) is not element for each in value if each is not None):
            return None
        inside = element is not int or all(-_INT64 <= each < _INT64 for each in value if each is not None)
        return value if inside else None

    def make(values: Sequence[Any]) -> Result:
        # Arrow takes a text for the list of its letters and cuts fractions, but takes no number for a text.
        if set(map(type, values)) <= {list, type(None)} and (element is str or elements(values)):
            try:
                return pa.array(values, TYPES[kind]), []
            except (pa.ArrowException, TypeError, OverflowError):
                pass
        return _picked(values, fitting, kind)

    def elements(values: Sequence[Any]) -> bool:
        return set(map(type, chain.from_iterable(filter(None, values)))) <= {element, type(None)}

    return make


def _picked(values: Sequence[Any], fitting: Callable[[Any], Any], kind: str) -> Result:
    """The slow lane: each value by itself."""
    fit = [None if value is None else fitting(value) for value in values]
    strays = [i for i, value in enumerate(fit) if value is None and values[i] is not None]
    return pa.array(fit, TYPES[kind]), strays


_MAKERS: dict[str, Callable[[Sequence[Any]], Result]] = {
    "text": _texts,
    "instant": _instants,
    "flag": _flags,
    "integer": _integers,
    "number": _numbers,
    "measure": _measures,
    "texts": _lists("texts", str),
    "integers": _lists("integers", int),
}
_SCALARS: list[tuple[set[type], str]] = [
    ({str}, "text"),
    ({bool}, "flag"),
    ({int}, "integer"),
    ({int, float}, "number"),
]
