"""The one way in which all measures count: rows to keys and buckets, and there only sums.

A measure names its parts (which rows, when each counts, what it adds); rates are made from the sums
afterwards, so that a percentage is never averaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.frames import schema
from gcanalytics.measures.buckets import Freq, floor, spanning, zone
from gcanalytics.measures.coverage import Coverage, bounds, coverage
from gcanalytics.measures.reach import NO_TIME, Reach

By = str | Sequence[str] | None
EACH = ("queue", "mediaType")
"""By what measures group unasked: an e-mail waits for hours, so a mean over media is the wait of none."""

# A name is grouped together with its id: two queues or agents of one name stay two rows.
_IDS = {"queue": "queueId", "agent": "userId", "wrap_up": "wrapUpCode"}
_MOST_ROWS = 5_000_000
_ALWAYS = {"yes", "ordinal", "texts"}  # kinds of columns that have a value in every row
_MARKS = {"legs": {"conversationId", "outcome"}, "handlings": {"conversationId", "result", "transfer"}}
"""Columns that tell a table from the others, and without which nothing can be counted."""


@dataclass(frozen=True)
class Part:
    """Some rows of a frame, the column that says when each counts, and what each adds.

    Attributes:
        rows: the rows that count.
        at: name of the timestamp column.
        adds: column of the result: name of the column to sum, or None to count rows.
    """

    rows: pd.DataFrame
    at: str
    adds: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Grouping:
    """By what, how wide and over which time a measure counts; the same words for every measure.

    Attributes:
        keys: columns to group by.
        freq: width of the buckets, None for no buckets.
        tz: zone whose clock cuts the buckets.
        interval: only numbers of this time are counted, None for all.
        covered: the facts about the pull.
    """

    keys: tuple[str, ...]
    freq: Freq | None
    tz: str
    interval: tuple[pd.Timestamp, pd.Timestamp] | None
    covered: Coverage

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        by: By,
        *,
        freq: str | pd.Timedelta | None = None,
        tz: str | None = None,
        interval: Any = None,
        pad: Any = None,
    ) -> Grouping:
        """Check what the caller asked for against the frame.

        Raises:
            UnknownName: ``by`` names no column, or ``tz`` no zone.
            QueryError: ``by`` names a column of lists; ``freq``, ``interval`` or ``pad`` cannot be read.
        """
        keys = _keys(by)
        for key in keys:
            if key not in frame.columns:
                raise UnknownName("column to group by", str(key), [str(name) for name in frame.columns])
            if str(frame[key].dtype) == "object" and list in set(map(type, frame[key])):
                raise QueryError(f"by={key!r} cannot be grouped by: each of its values is a list")
        name = zone(tz or str(frame.attrs.get("tz") or "UTC"))
        covered = coverage(frame.attrs, interval=interval, pad=pad, tz=name)
        # The margin of a padded pull is there to make its interval whole; it is not asked for itself.
        padded = (covered.start, covered.end) if covered.pad > NO_TIME and covered.start is not None else None
        return cls(
            keys=keys,
            freq=None if freq is None else Freq.parse(freq),
            tz=name,
            interval=bounds(interval, name) or padded,
            covered=covered,
        )

    def columns(self, frame: pd.DataFrame) -> list[str]:
        """The columns that rows are grouped by: the keys, and the ids of those that are names."""
        ids = [_IDS[key] for key in self.keys if key in _IDS and _IDS[key] in frame.columns]
        return list(dict.fromkeys([*self.keys, *ids]))


def _keys(by: Any) -> tuple[Any, ...]:
    if by is None or isinstance(by, str):
        return () if by is None else (by,)
    if not isinstance(by, Iterable):
        raise QueryError(f"by={by!r:.80}: name a column, a list of columns, or None for one total")
    keys = tuple(by)
    if any(not isinstance(key, str) for key in keys):
        raise QueryError(f"by={by!r:.80}: name a column, a list of columns, or None for one total")
    return tuple(dict.fromkeys(keys))


def completed(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The frame with the contract's columns that it lacks, empty: a compact pull leaves out empty columns.

    Raises:
        QueryError: it is no frame, or a frame of another table.
    """
    if not isinstance(frame, pd.DataFrame):
        raise QueryError(f"{type(frame).__name__} is no DataFrame; give the {table} of a pull: d.{table}")
    columns = schema.columns(table)
    marks = _MARKS.get(table, set())
    lacking = [column for column in columns if column.name not in frame.columns]
    missing = [column.name for column in lacking if column.kind in _ALWAYS or column.name in marks]
    if not marks <= set(frame.columns):
        raise QueryError(
            f"This frame has no {', '.join(missing)}: it is not the {table} of a pull.",
            hint=f"Give d.{table}, or rows of it with all their columns.",
        )
    empty = [column for column in lacking if column.kind not in _ALWAYS]
    if not empty:
        return frame
    return frame.assign(
        **{column.name: pd.Series([None] * len(frame), frame.index, column.dtype) for column in empty}
    )


def in_scope(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The rows that the pull's filter covers, and how many it does not."""
    if "in_scope" not in frame.columns:
        return frame, 0
    inside = frame["in_scope"].astype(bool)
    return frame[inside], int((~inside).sum())


def tally(parts: Sequence[Part], grouping: Grouping, *, reach: Reach | None = None) -> pd.DataFrame:
    """The sums of all parts: one row a key (and bucket), sorted by keys, then ``start``.

    Counts are int64, sums float64. With a ``freq``: ``start`` and ``end`` of the bucket in the zone, all
    buckets in between filled with zeros, and ``complete``. Rows without a time are in no bucket;
    ``attrs["untimed"]`` says how many; ``attrs["interval"]`` is the interval asked for, if known. Without
    keys and ``freq``: exactly one row.

    Args:
        parts: what is counted; the first part's rows tell the keys' dtypes.
        grouping: by what, how wide, over which time.
        reach: how long after the start of their conversations the numbers may be counted; wanted with
            ``freq``.
    """
    groups = grouping.columns(parts[0].rows)
    rows = pd.concat([_rows(part, parts, groups) for part in parts], ignore_index=True)
    untimed = 0
    if grouping.freq or grouping.interval:
        untimed = int(rows["at"].isna().sum())
        rows = rows[rows["at"].notna()]
    if grouping.interval:
        start, end = grouping.interval
        rows = rows[(rows["at"] >= start) & (rows["at"] < end)]
    if grouping.freq:
        result = _by_bucket(rows, groups, grouping, grouping.freq, reach or Reach({}))
    else:
        result = _sums(rows, groups)
    result = result[[*grouping.keys, *[name for name in result.columns if name not in groups]]]
    result.attrs = {"tz": grouping.tz, "untimed": untimed, "interval": shown(grouping)}
    return result


def shown(grouping: Grouping) -> str | None:
    """The interval that the numbers are about, as ISO text; None where it is not known."""
    start, end = grouping.interval or (grouping.covered.start, grouping.covered.end)
    return f"{start.isoformat()}/{end.isoformat()}" if start is not None and end is not None else None


def _rows(part: Part, parts: Sequence[Part], groups: list[str]) -> pd.DataFrame:
    """The part as columns: keys, ``at`` and every sum of all parts, zero where this part adds nothing."""
    made = {name: part.rows[name].array for name in groups}
    made["at"] = part.rows[part.at].array
    kinds = {name: column for other in parts for name, column in other.adds.items()}
    for name, column in kinds.items():
        if name not in part.adds:
            made[name] = 0 if column is None else 0.0
        elif column is None:
            made[name] = 1
        else:
            made[name] = part.rows[column].astype("float64").fillna(0.0).array
    frame = pd.DataFrame(made, index=range(len(part.rows)))
    whole = [name for name, column in kinds.items() if column is None]
    return frame.astype({name: "int64" if name in whole else "float64" for name in kinds})


def _sums(rows: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    numbers = rows.drop(columns="at")
    if groups:
        sums = numbers.groupby(groups, dropna=False, sort=True, as_index=False).sum()
    else:
        sums = pd.DataFrame({name: [column.sum()] for name, column in numbers.items()})
    # Seconds of whole milliseconds, without the binary fractions that adding them up leaves.
    seconds = [name for name, column in sums.items() if name not in groups and str(column.dtype) == "float64"]
    return sums.round(dict.fromkeys(seconds, 3))


def _by_bucket(
    rows: pd.DataFrame, groups: list[str], grouping: Grouping, freq: Freq, reach: Reach
) -> pd.DataFrame:
    rows = rows.assign(start=floor(rows["at"], freq, grouping.tz))
    sums = _sums(rows, [*groups, "start"])
    buckets = _buckets(sums, grouping, freq)
    combinations = sums[groups].drop_duplicates() if groups else pd.DataFrame(index=[0])
    if len(combinations) * len(buckets) > _MOST_ROWS:
        raise QueryError(
            f"freq={freq.text!r} gives {len(combinations) * len(buckets):,} rows; take a wider one"
        )
    full = combinations.merge(buckets, how="cross")
    # Grouped by anything but the medium: an e-mail that is not in the pull may belong to any queue or agent.
    each = full["mediaType"] if "mediaType" in groups else pd.Series(None, full.index, "object")
    full = full.assign(complete=grouping.covered.complete(full, reach.each(each)))
    result = full.merge(sums, how="left", on=[*groups, "start"])
    kinds = {name: sums[name].dtype for name in sums.columns if name not in {*groups, "start"}}
    result = result.fillna(dict.fromkeys(kinds, 0)).astype(kinds)
    return result.sort_values([*groups, "start"], ignore_index=True, kind="stable")


def _buckets(sums: pd.DataFrame, grouping: Grouping, freq: Freq) -> pd.DataFrame:
    moments = [] if sums.empty else [sums["start"].min(), sums["start"].max()]
    covered = grouping.covered
    known = grouping.interval or ((covered.start, covered.end) if covered.start is not None else None)
    if known:
        moments += [known[0], known[1] - pd.Timedelta(milliseconds=1)]
    if not moments:
        empty = pd.Series([], dtype=f"datetime64[ms, {grouping.tz}]")
        return pd.DataFrame({"start": empty, "end": empty})
    moments = [moment.tz_convert("UTC") for moment in moments]
    return spanning(min(moments), max(moments), freq, grouping.tz)


def ratio(numerator: Any, denominator: Any) -> Any:
    """The quotient as ``Float64``, NA where there is no denominator."""
    below = denominator.astype("Float64")
    return numerator.astype("Float64") / below.mask(below == 0)
