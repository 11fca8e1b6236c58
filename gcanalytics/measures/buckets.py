"""Buckets of local time: which frequency, where each begins and ends, safe over changes of clocks.

Knows nothing of contact centers. A bucket is half-open and begins on the local clock; at a change of clocks
an hour that comes twice gives two buckets, and a day may have 23 or 25 hours.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
import pandas as pd

from gcanalytics.errors import QueryError, UnknownName

HOUR = 60
DAY = 24 * HOUR
_ISO = re.compile(
    r"P(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?"
)
_WORDS = re.compile(r"(?P<count>\d*)\s*(?P<unit>min|t|h|d|w|ms|m)", re.IGNORECASE)
_UNITS = {"min": 1, "t": 1, "h": HOUR, "d": DAY}


@dataclass(frozen=True)
class Freq:
    """The width of a bucket: some minutes of a day, a day, a week (from Monday) or a calendar month.

    Attributes:
        text: as the caller wrote it, for titles.
        minutes: width on the local clock where it is a day or less, else 0.
        calendar: ``"week"``, ``"month"`` or None.
    """

    text: str
    minutes: int = 0
    calendar: str | None = None

    @classmethod
    def parse(cls, value: str | pd.Timedelta) -> Freq:
        """Read ``"30min"``, ``"1h"``, ``"D"``, ``"W"``, ``"MS"``, ``"PT30M"``, ``"P1D"`` or a ``Timedelta``.

        Raises:
            QueryError: no width of time, or one that does not divide an hour (below one) or a day.
        """
        if isinstance(value, pd.Timedelta):
            minutes, calendar = value.total_seconds() / 60, None
        else:
            minutes, calendar = _minutes(str(value).strip())
        whole = HOUR if minutes <= HOUR else DAY
        if calendar is None and (minutes <= 0 or minutes != int(minutes) or whole % minutes):
            raise QueryError(
                f"{value!r} is no width of a bucket: take minutes that divide an hour, hours that "
                "divide a day, 'D', 'W' or 'MS' (or the same as an ISO duration, such as 'PT30M')"
            )
        return cls(str(value) if isinstance(value, str) else f"{int(minutes)}min", int(minutes), calendar)

    @property
    def iso(self) -> str:
        """The same as the ISO-8601 duration that the platform's ``granularity`` takes."""
        if self.calendar:
            return "P1W" if self.calendar == "week" else "P1M"
        if self.minutes == DAY:
            return "P1D"
        return f"PT{self.minutes // HOUR}H" if self.minutes % HOUR == 0 else f"PT{self.minutes}M"

    @property
    def label(self) -> str:
        """The width in words, for titles: ``30 min``, ``hour``, ``2 h``, ``day``, ``week``, ``month``."""
        if self.calendar:
            return self.calendar
        if self.minutes in {HOUR, DAY}:
            return "hour" if self.minutes == HOUR else "day"
        return f"{self.minutes} min" if self.minutes % HOUR else f"{self.minutes // HOUR} h"


def _minutes(text: str) -> tuple[float, str | None]:
    iso = _ISO.fullmatch(text.upper()) if text[:1] in {"P", "p"} else None
    if iso:
        part = {name: int(digits or 0) for name, digits in iso.groupdict().items()}
        clock = part["days"] * DAY + part["hours"] * HOUR + part["minutes"]
        if part["months"] or part["weeks"]:
            single = not clock and part["months"] + part["weeks"] == 1
            return (0, ("month" if part["months"] else "week") if single else None)
        return (clock, None)
    words = _WORDS.fullmatch(text)
    if not words:
        return (0, None)
    count, unit = int(words["count"] or 1), words["unit"].lower()
    if unit in {"w", "ms", "m"}:
        return (0, ("week" if unit == "w" else "month") if count == 1 else None)
    return (count * _UNITS[unit], None)


def zone(tz: str | dt.tzinfo) -> str:
    """The name of a time zone of the tz database, given by name or as a ``ZoneInfo``.

    Raises:
        UnknownName: it is none; with the nearest.
    """
    name = str(tz)  # of a ZoneInfo its key
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownName(
            "time zone", name, available_timezones(), hint="Give a name such as 'Europe/Warsaw' or 'UTC'."
        ) from None
    return name


def floor(at: Any, freq: Freq, tz: str) -> Any:
    """The start of each instant's bucket, as instants shown in ``tz``; NaT stays NaT.

    Args:
        at: Series of aware timestamps.
        freq: width of the buckets.
        tz: name of the zone whose clock cuts the buckets.
    """
    local = at.dt.tz_convert(tz)
    wall = local.dt.tz_localize(None)
    if 0 < freq.minutes <= HOUR:
        # Minutes are taken off the instant itself: a wall-clock hour that comes twice stays two hours.
        return local - (wall - wall.dt.floor(f"{freq.minutes}min"))
    return _localized(_wall_floor(wall, freq), tz)


def _wall_floor(wall: Any, freq: Freq) -> Any:
    if freq.minutes:
        return wall.dt.floor(f"{freq.minutes}min")
    day = wall.dt.floor("D")
    back = wall.dt.day_of_week if freq.calendar == "week" else wall.dt.day - 1
    return day - pd.to_timedelta(back, unit="D")


def _localized(wall: Any, tz: str) -> Any:
    # A midnight that comes twice begins at its first coming; one that is skipped begins when the clock does.
    first = np.ones(len(wall), dtype=bool)
    return wall.dt.tz_localize(tz, ambiguous=first, nonexistent="shift_forward")


def spanning(first: pd.Timestamp, last: pd.Timestamp, freq: Freq, tz: str) -> pd.DataFrame:
    """All buckets from the one of ``first`` to the one of ``last``, with ``start`` and ``end``.

    Args:
        first: an aware instant.
        last: an aware instant, not before ``first``.
        freq: width of the buckets.
        tz: name of the zone whose clock cuts the buckets.
    """
    step = pd.Timedelta(
        minutes=min(freq.minutes, 15) if 0 < freq.minutes <= HOUR else min(freq.minutes or DAY, 2 * HOUR)
    )
    beyond = pd.Timedelta(days={"week": 8, "month": 32}.get(freq.calendar or "", 2))
    ticks = pd.Series(pd.date_range(first, last + beyond, freq=step)).dt.as_unit("ms")
    starts = floor(ticks, freq, tz).drop_duplicates(ignore_index=True)
    frame = pd.DataFrame({"start": starts, "end": starts.shift(-1)})
    return frame[frame["start"] <= last].reset_index(drop=True)
