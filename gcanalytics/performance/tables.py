"""What the tables of performance share: names for ids, checked words, rows for buckets without a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from gcanalytics.api.intervals import Interval
from gcanalytics.api.vocabulary import check_names
from gcanalytics.frames.names import Names
from gcanalytics.frames.schema import TEXT
from gcanalytics.measures.buckets import Freq, spanning

if TYPE_CHECKING:
    from gcanalytics.directory import Directory

Values = str | Sequence[str] | None


def with_all_buckets(
    table: pd.DataFrame,
    span: Interval,
    width: Freq,
    tz: str,
    now: dt.datetime,
    *,
    keys: list[str],
    counted: list[str],
    also: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """A row of zeros for each bucket that the platform left out because nothing happened in it.

    Args:
        table: has ``start`` and ``end``, in UTC.
        span: the interval asked for.
        width: of the buckets.
        tz: zone whose clock cuts them.
        now: what has not begun by then gets no row.
        keys: each combination of these columns gets all buckets.
        counted: columns that are zero where nothing happened; the others are NA.
        also: combinations of ``keys`` that get all buckets although the table has none of them.
    """
    known_keys = pd.concat([table[keys], *([] if also is None else [also[keys]])]).drop_duplicates()
    if known_keys.empty or now <= span.start:
        return table
    first, last = pd.Timestamp(span.start), pd.Timestamp(min(span.end, now)) - pd.Timedelta(milliseconds=1)
    ours = spanning(first.tz_convert("UTC"), last.tz_convert("UTC"), width, tz)
    ours = ours.apply(lambda moments: moments.dt.tz_convert("UTC"))
    ours.loc[0, "start"] = max(ours.loc[0, "start"], first)
    ours["end"] = ours["end"].clip(upper=pd.Timestamp(span.end))
    known = set(zip(ours["start"], ours["end"], strict=True))
    if not set(zip(table["start"], table["end"], strict=True)) <= known:
        return table  # the platform cut other buckets than our clock would: nothing can be said of the others
    grid = known_keys.merge(ours[["start"]].astype(table["start"].dtype), how="cross")
    full = grid.merge(table, how="left", on=[*keys, "start"])
    ends = ours.set_index("start")["end"]
    full["end"] = full["end"].fillna(full["start"].map(ends)).astype(table["end"].dtype)
    full[counted] = full[counted].fillna(0)
    return full


def called(ids: Any, names: Mapping[str, str]) -> Any:
    """The names of ids as text; an id without a name stands for itself, and NA for none."""
    return pd.Series([None if pd.isna(one) else names.get(one, one) for one in ids], ids.index, dtype=TEXT)


def with_names(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The table with ``queue`` and ``agent`` behind ``queueId`` and ``userId``."""
    for column, name, known in (("queueId", "queue", names.queues), ("userId", "agent", names.users)):
        if column in table.columns:
            table.insert(int(table.columns.get_loc(column)) + 1, name, called(table[column], known))
    return table


def granularity_of(value: str | pd.Timedelta | None, *, strict: bool) -> str | None:
    """The ISO duration of a bucket; None for one bucket."""
    if value is None:
        return None
    return str(value) if isinstance(value, str) and not strict else Freq.parse(value).iso


def queue_ids(directory: Directory, queue: Values) -> list[str] | None:
    """Ids of queues by names or ids; None for all."""
    return None if queue is None else directory.queue_ids(queue)


def user_ids(directory: Directory, user: Values) -> list[str] | None:
    """Ids of users by names, e-mail addresses or ids; None for all."""
    return None if user is None else directory.user_ids(user)


def media_types(media_type: Values, *, strict: bool | None = None) -> list[str] | None:
    """Media types in the platform's spelling; None for all. ``strict`` as for ``check_names``."""
    return None if media_type is None else check_names("media type", media_type, strict=strict)
