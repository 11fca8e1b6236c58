"""Frames to CSV and Parquet files and back. It chooses no columns and computes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from gcanalytics.errors import QueryError
from gcanalytics.frames import schema

_FORMULA = r"^([=+\-@\t\r])"
"""Starts of a text that a spreadsheet would take for a formula (OWASP, CSV injection)."""
_BATCH = 16_384
_BLOCK = 4 * _BATCH
_TABLES = (*schema.API_TABLES, *schema.COMPUTED_TABLES)


def to_csv(frame: pd.DataFrame, path: str | os.PathLike[str], *, excel: bool = False) -> Path:
    """Write a frame as CSV in UTF-8; times are ISO-8601 in UTC with ``Z``, lists are JSON text.

    An empty field is a missing value; an empty text is ``""``. The file appears whole or not at all.
    An index that is more than a row number is written as columns, too.

    Args:
        frame: any frame.
        path: the file; a name that ends in ``.gz`` is compressed.
        excel: make it safe to open in a spreadsheet: a text that would be taken for a formula gets an
            apostrophe before it, and the file begins with a byte order mark.

    Returns:
        The path.

    Raises:
        QueryError: it is no frame.
        OSError: the file cannot be written.
    """
    _check(frame, "to_csv")
    plain = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    return write_csv(_filled(frame if plain else frame.reset_index()), path, excel=excel)


def write_csv(table: Any, path: str | os.PathLike[str], *, excel: bool = False) -> Path:
    """The same for an Arrow table."""
    target = Path(path)
    with _whole_file(target) as unfinished, pa.OSFile(str(unfinished), "wb") as file:
        compressed = target.suffix == ".gz"
        with pa.CompressedOutputStream(file, "gzip") if compressed else file as out:
            if excel:
                out.write(b"\xef\xbb\xbf")
            for i, texts in enumerate(_blocks(table, excel=excel)):
                options = pa_csv.WriteOptions(batch_size=_BATCH, include_header=i == 0)
                pa_csv.write_csv(texts, out, options)
    return target


def _blocks(table: Any, *, excel: bool) -> Iterator[Any]:
    """The table as CSV has it, block by block; while one is written a thread makes the next."""
    names = [_safe(name) if excel else name for name in table.column_names]

    def made(start: int) -> Any:
        columns = table.slice(start, _BLOCK).columns
        return pa.table([_csv_column(column, excel=excel) for column in columns], names=names)

    with ThreadPoolExecutor(1) as thread:
        ahead = thread.submit(made, 0)
        for start in range(_BLOCK, table.num_rows, _BLOCK):
            block, ahead = ahead.result(), thread.submit(made, start)
            yield block
        yield ahead.result()


def read_csv(path: str | os.PathLike[str], *, table: str | None = None) -> pd.DataFrame:
    """Read a CSV file that ``to_csv`` wrote, with the dtypes of the contract.

    Args:
        path: the file.
        table: the table it holds (``legs``, ``segments`` ...); the file's name tells, if not given. The
            columns of any other file get the dtypes that their values suggest.

    Raises:
        QueryError: there is no such table.
        OSError: the file cannot be read.
    """
    if table is not None and table not in _TABLES:
        raise QueryError(f"There is no table {table!r}; there are {', '.join(_TABLES)}.")
    name = table or Path(path).name.split(".")[0]
    kinds = {column.name: column.kind for column in schema.columns(name)} if name in _TABLES else {}
    types = {label: _csv_type(kind) for label, kind in kinds.items()}
    options = pa_csv.ConvertOptions(
        column_types={label: csv_type for label, csv_type in types.items() if csv_type is not None},
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    found = pa_csv.read_csv(
        path, convert_options=options, parse_options=pa_csv.ParseOptions(newlines_in_values=True)
    )
    columns = [
        _read_column(column, kinds.get(label))
        for label, column in zip(found.column_names, found.columns, strict=True)
    ]
    return schema.frame_of(pa.table(columns, names=found.column_names), kinds)


def to_parquet(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame as Parquet; ``read_parquet`` gives it back with the same dtypes.

    Args:
        frame: any frame.
        path: the file; it appears whole or not at all.

    Raises:
        QueryError: it is no frame.
        OSError: the file cannot be written.
    """
    _check(frame, "to_parquet")
    return write_parquet(_arrow_of(frame, keep_index=True), path)


def write_parquet(table: Any, path: str | os.PathLike[str]) -> Path:
    """The same for an Arrow table. The file appears whole or not at all."""
    target = Path(path)
    with _whole_file(target) as unfinished:
        pq.write_table(table, unfinished, compression="zstd")
    return target


def read_parquet(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a Parquet file that ``to_parquet`` wrote: the same dtypes, and lists are lists.

    Args:
        path: the file.

    Raises:
        QueryError: it is no Parquet file.
        OSError: the file cannot be read.
    """
    try:
        found = pq.read_table(path)
    except pa.ArrowInvalid as wrong:
        raise QueryError(f"{os.fspath(path)!r} is no Parquet file, or a broken one: {wrong}") from None
    # Without the mapping pandas 2 would make text that Python holds.
    frame = found.to_pandas(types_mapper={pa.string(): schema.TEXT, pa.large_string(): schema.TEXT}.get)
    for label, column in zip(found.column_names, found.columns, strict=True):
        if label in frame and pa.types.is_list(column.type):
            frame[label] = pd.Series(column.to_pylist(), index=frame.index, dtype=object)
    return frame


def _check(frame: Any, name: str) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise QueryError(
            f"{name} writes a DataFrame, not {type(frame).__name__}.",
            hint=f"Give a table, such as d.legs; d.{name}(folder) writes all tables of a pull.",
        )


@contextmanager
def _whole_file(target: Path) -> Iterator[Path]:
    """A path beside the target that takes its place in the end, or vanishes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _filled(frame: pd.DataFrame) -> Any:
    """A frame as an Arrow table; columns of lists or of nothing are not left to Arrow's guess."""
    known = {i: _listed(frame.iloc[:, i]) for i, dtype in enumerate(frame.dtypes) if str(dtype) == "object"}
    known = {i: made for i, made in known.items() if made is not None}
    places = range(frame.shape[1])
    others = iter(_arrow_of(frame.iloc[:, [i for i in places if i not in known]]).columns)
    columns = [known[i] if i in known else next(others) for i in places]
    return pa.table(columns, names=[str(name) for name in frame.columns])


def _listed(column: Any) -> Any:
    """A column of lists of text, or of nothing, as an Arrow array; ``None`` for any other."""
    values = column.tolist()
    kinds = set(map(type, values))
    if list not in kinds and column.isna().all():
        return pa.nulls(len(column))
    if not kinds <= {list, type(None)}:
        return None
    try:
        return pa.array(values, pa.list_(pa.string()))
    except (pa.ArrowException, TypeError):
        return None


def _arrow_of(frame: pd.DataFrame, *, keep_index: bool = False) -> Any:
    """A frame as an Arrow table; object columns that Arrow has no type for become JSON text."""
    try:
        return pa.Table.from_pandas(frame, preserve_index=None if keep_index else False)
    except (pa.ArrowException, TypeError):
        odd = {label: frame[label].map(_json) for label in frame if str(frame[label].dtype) == "object"}
        return pa.Table.from_pandas(frame.assign(**odd), preserve_index=None if keep_index else False)


def _json(value: Any) -> Any:
    if isinstance(value, str) or value is None:
        return value
    return json.dumps(value, default=str, ensure_ascii=False)


def _csv_column(column: Any, *, excel: bool) -> Any:
    kind = column.type
    if column.null_count == len(column):
        return pa.nulls(len(column))
    if pa.types.is_timestamp(kind):
        return _iso(column)
    if pa.types.is_nested(kind):
        return _json_texts(column)
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    if excel and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return pc.replace_substring_regex(column, _FORMULA, r"'\1")
    if pa.types.is_duration(kind):
        return column.cast(pa.int64())
    return column


def _iso(column: Any) -> Any:
    """2026-11-18T10:00:00.123Z for times with a zone, the same without Z for those without."""
    if column.type == _INSTANT and len(column):
        made = _iso_milliseconds(column)
        if made is not None:
            return made
    naive = column.cast(pa.int64()).cast(pa.timestamp(column.type.unit))
    text = pc.binary_replace_slice(naive.cast(pa.string()), start=10, stop=11, replacement="T")
    return pc.binary_join_element_wise(text, "Z", "") if column.type.tz else text


_INSTANT = pa.timestamp("ms", "UTC")
_DAY_MS, _MINUTE_MS, _MANY_DAYS = 86_400_000, 60_000, 400
_MINUTES = np.array([f"T{i // 60:02d}:{i % 60:02d}" for i in range(1440)], dtype="S6")


@cache
def _within_a_minute() -> Any:
    """``:SS.mmmZ`` for each millisecond of a minute, as words of eight bytes."""
    texts = [f":{i // 1000:02d}.{i % 1000:03d}Z" for i in range(_MINUTE_MS)]
    return np.array(texts, dtype="S8").view(np.uint64)


def _iso_milliseconds(column: Any) -> Any:
    """The same, four times as fast: each text is three words of eight bytes out of two tables of texts.

    ``None`` where the times are more than a year apart, for which the first table would be large.
    """
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    times = column.cast(pa.int64()).fill_null(pc.min(column).cast(pa.int64())).to_numpy()
    first, last = int(times.min()) // _DAY_MS, int(times.max()) // _DAY_MS
    if last - first > _MANY_DAYS or not -700_000 < first < 2_900_000:
        return None
    dates = np.datetime_as_string(np.arange(first, last + 1).astype("datetime64[D]")).astype("S10")
    table = np.empty((len(dates), 1440, 16), dtype=np.uint8)
    table[:, :, :10] = dates.view(np.uint8).reshape(-1, 1, 10)
    table[:, :, 10:] = _MINUTES.view(np.uint8).reshape(1, 1440, 6)
    minutes, rest = np.divmod(times - first * _DAY_MS, _MINUTE_MS)
    text = np.empty((len(times), 3), dtype=np.uint64)
    text[:, :2] = table.reshape(-1, 16).view(np.uint64)[minutes]
    text[:, 2] = _within_a_minute()[rest]
    ends = np.arange(len(times) + 1, dtype=np.int64) * 24
    made = pa.LargeStringArray.from_buffers(len(times), pa.py_buffer(ends), pa.py_buffer(text))
    return pc.if_else(column.is_valid(), made, None) if column.null_count else made


def _json_texts(column: Any) -> Any:
    """Each list as JSON text."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    there = column.is_valid().to_numpy(zero_copy_only=False)
    lists = column.drop_null()
    texts = _joined_lists(lists)
    if texts is None:
        texts = pa.array([_json_text(each) for each in lists.to_pylist()], pa.string())
    return texts if there.all() else texts.take(pa.array(np.cumsum(there) - 1, mask=~there))


def _joined_lists(lists: Any) -> Any:
    """The same for lists of whole numbers or of texts that JSON writes as they are; ``None`` for others."""
    if not pa.types.is_list(lists.type) or lists.flatten().null_count:
        return None
    kind, mark = lists.type.value_type, ""
    if pa.types.is_string(kind):
        if pc.any(pc.match_substring_regex(pc.unique(lists.flatten()), r'["\\\x00-\x1f]')).as_py():
            return None
        mark = '"'
    elif not pa.types.is_integer(kind):
        return None
    joined = pc.binary_join(lists.cast(pa.list_(pa.string())), f"{mark},{mark}")
    inside = pc.binary_join_element_wise(f"[{mark}", joined, f"{mark}]", "")
    return pc.if_else(pc.equal(pc.list_value_length(lists), 0), "[]", inside)


def _json_text(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _csv_type(kind: str) -> Any:
    """The type to read a column of a kind as; ``None`` to let the values tell."""
    if kind == "measure":
        return None
    return pa.string() if kind in {"texts", "integers"} else schema.ARROW_TYPES[kind]


def _read_column(column: Any, kind: str | None) -> Any:
    if kind in {"texts", "integers"}:
        lists = [None if text is None else json.loads(text) for text in column.to_pylist()]
        return pa.array(lists, schema.ARROW_TYPES[kind])
    if kind == "measure" and pa.types.is_null(column.type):
        return column.cast(pa.int64())
    if kind is None and pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("ms", column.type.tz), safe=False)
    if kind is None and (pa.types.is_string(column.type) or pa.types.is_null(column.type)):
        return column.cast(pa.large_string())
    return column
