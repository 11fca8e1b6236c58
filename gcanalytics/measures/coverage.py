"""What a pull can know: which interval was asked for, how far before it was pulled too, and when.

Reads these facts from keywords or from ``frame.attrs``; decides which buckets are complete. No counting here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gcanalytics.errors import QueryError
from gcanalytics.measures.buckets import zone
from gcanalytics.measures.reach import NO_TIME

_NUMBER = re.compile(r"\s*[+-]?[\d.]+\s*")


@dataclass(frozen=True)
class Coverage:
    """The facts about a pull that decide whether a bucket is complete.

    Attributes:
        start: begin of the interval asked for, aware; None where nothing is known.
        end: its end, exclusive.
        pad: how far before ``start`` conversations were pulled too; zero for none.
        pulled_at: when the pull was made; what happened later is not in it. None where not known.
        short_by: how many conversations the platform counted and did not give; they may belong anywhere.
    """

    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None
    pad: pd.Timedelta = NO_TIME
    pulled_at: pd.Timestamp | None = None
    short_by: int = 0

    @property
    def known(self) -> bool:
        """Whether the interval of the pull is known at all."""
        return self.start is not None

    def complete(self, buckets: pd.DataFrame, reach: Any) -> Any:
        """Which buckets no conversation outside the pull can touch, as a nullable boolean Series.

        A conversation that started before the pull may still put its numbers into the pull's first buckets;
        one that started after it cannot reach back. So a bucket is complete if it lies wholly in the
        interval, ended before the pull was made, and begins late enough: ``reach`` after the start of what
        was pulled, the pad included (so a pad that e-mails of the pull outlast does not do for the first
        buckets). None is in a pull that is short of conversations.

        Args:
            buckets: with ``start`` and ``end``.
            reach: how long after the start of its conversation a number may be counted, a ``timedelta`` for
                each bucket.
        """
        if self.start is None or self.end is None:
            return pd.Series(pd.NA, index=buckets.index, dtype="boolean")
        if self.short_by:
            return pd.Series(False, index=buckets.index, dtype="boolean")
        begin = self.start + (reach - self.pad).clip(lower=NO_TIME)
        end = self.end if self.pulled_at is None else min(self.end, self.pulled_at)
        return ((buckets["start"] >= begin) & (buckets["end"] <= end)).astype("boolean")


def coverage(attrs: Any, *, interval: Any = None, pad: Any = None, tz: str = "UTC") -> Coverage:
    """The coverage that ``frame.attrs`` tells, and keywords where it does not.

    Args:
        attrs: of the frame; ``interval`` (ISO text), ``pad_s`` (seconds), ``pulled_at`` and ``short_by`` are
            read.
        interval: see `bounds`; taken as the pulled interval where the frame does not tell one.
        pad: a ``Timedelta`` or its text (``"1D"``); wins over the frame's.
        tz: zone of naive times.
    """
    known = bounds(attrs.get("interval"), tz) or bounds(interval, tz)
    start, end = known if known else (None, None)
    margin = pd.Timedelta(seconds=float(attrs.get("pad_s") or 0)) if pad is None else width(pad)
    pulled = attrs.get("pulled_at")
    moment = _aware(pulled, tz) if pulled is not None else None
    return Coverage(start, end, margin, moment, int(attrs.get("short_by") or 0))


def width(value: Any) -> pd.Timedelta:
    """A margin as a ``Timedelta``.

    Raises:
        QueryError: it is no length of time, or a bare number.
    """
    # pandas takes a number without a unit for nanoseconds: the margin would be there and be nothing.
    bare = isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value))
    try:
        margin = pd.NaT if bare else pd.Timedelta(value)
    except (ValueError, TypeError):
        margin = pd.NaT
    if margin is pd.NaT or margin < NO_TIME:
        raise QueryError(f"pad={value!r} is no length of time; write for example '1D' or '6h'")
    return margin


def bounds(value: Any, tz: str) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Start and exclusive end of an interval, as aware timestamps; None for None.

    Args:
        value: ISO text ``"start/end"``, a pair of times, a ``pd.Interval`` closed left, or anything with
            ``start`` and ``end``. A naive time is one of ``tz``.
        tz: zone of naive times.

    Raises:
        QueryError: no interval, or one that is empty or reversed.
    """
    if value is None:
        return None
    pair = _pair(value)
    try:
        start, end = (_aware(one, zone(tz)) for one in pair)
    except (ValueError, TypeError) as problem:
        raise QueryError(f"interval={value!r} is no interval of time: {problem}") from None
    if not start < end:
        raise QueryError(f"interval={value!r} is empty or reversed")
    return start, end


def _pair(value: Any) -> tuple[Any, Any]:
    if isinstance(value, pd.Interval):
        if value.closed != "left":
            raise QueryError(f"interval={value!r} must be closed on the left (closed='left')")
        return value.left, value.right
    if isinstance(value, str) and value.count("/") == 1:
        start, end = value.split("/")
        return start, end
    if isinstance(value, tuple | list) and len(value) == 2:
        return value[0], value[1]
    if hasattr(value, "start") and hasattr(value, "end"):
        return value.start, value.end
    raise QueryError(f"interval={value!r}: write 'start/end' in ISO form, or give a pair of times")


def _aware(value: Any, tz: str) -> pd.Timestamp:
    stamp = pd.Timestamp(value)
    if stamp is pd.NaT:
        raise ValueError("a time is missing")
    return stamp.tz_localize(tz) if stamp.tzinfo is None else stamp
