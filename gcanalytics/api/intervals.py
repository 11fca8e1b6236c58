"""Intervals of time: from what people write to two instants, and cut into days. Knows no query.

Half-open everywhere: the start belongs to the interval, the end does not. Local days are calendar days
of their time zone, whatever the clocks do in them.
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gcanalytics.errors import QueryError, nearest

UTC = dt.UTC
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
_MS = dt.timedelta(milliseconds=1)
_DAY = dt.timedelta(days=1)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DURATION = re.compile(
    r"P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_OFFSET = re.compile(r"UTC([+-])([01]\d|2[0-3]):([0-5]\d)")  # how a datetime.timezone calls itself
_LAST = re.compile(r"last (\d+) (day|hour|week)s?")
_FORMS = (
    'Write "yesterday", "2026-11-09" (that whole local day), "2026-11-01/2026-11-08" (the end does not belong'
    ' to it), "2026-11-09/P7D", "last 7 days", a date, or a pair of dates or times.'
)


@dataclass(frozen=True)
class Interval:
    """A half-open span of time.

    Attributes:
        start: its first instant, aware, in UTC.
        end: the first instant after it, aware, in UTC.
    """

    start: dt.datetime
    end: dt.datetime

    @classmethod
    def parse(cls, value: Any, *, tz: str | dt.tzinfo = "UTC", now: dt.datetime | None = None) -> Interval:
        """The interval that ``value`` means.

        Args:
            value: one of

                - ``"today"``, ``"yesterday"``: that local day, from midnight to midnight;
                - ``"last 7 days"``, ``"last 2 weeks"``: so many whole local days before today;
                  ``"last 24 hours"``: up to now;
                - ``"2026-11-09"`` or a ``date``: that whole local day;
                - ``"2026-11-01/2026-11-08"``: two ISO dates or times, the end exclusive;
                - ``"2026-11-09/P7D"``, ``"P1W/2026-11-09"``, ``"2026-11-09T08:00/PT30M"``: with an ISO
                  duration; days, weeks, months and years are the calendar's, hours the clock's;
                - a pair of dates, times or texts, with the same meaning; the second may be a
                  ``timedelta``, which is elapsed time;
                - a ``pandas.Interval`` closed on the left, a ``pandas.Period``, another ``Interval``.

                A time without an offset is one of ``tz``; one that the clocks pass twice means the
                first, one that they skip is as far behind the gap as it was in it.
            tz: name of a time zone (``"Europe/Warsaw"``) or a ``tzinfo``.
            now: the present, aware; the machine's clock by default.

        Raises:
            QueryError: no interval, an open, empty or reversed one, or no such time zone.
        """
        if isinstance(value, Interval):
            return value
        zone = time_zone(tz)
        present = (now or dt.datetime.now(UTC)).astimezone(zone)
        start, end = _Reader(value, zone, present).bounds()
        first, last = _whole_ms(start), _whole_ms(end)
        if last < first:
            raise QueryError(
                f"The interval {_shown(value)} is reversed: it ends before it starts.", hint=_FORMS
            )
        if last == first:
            raise QueryError(
                f"The interval {_shown(value)} is empty: its end does not belong to it.", hint=_FORMS
            )
        return cls(first, last)

    @property
    def start_ms(self) -> int:
        """The start in milliseconds since 1970-01-01, UTC."""
        return (self.start - _EPOCH) // _MS

    @property
    def end_ms(self) -> int:
        """The end in milliseconds since 1970-01-01, UTC."""
        return (self.end - _EPOCH) // _MS

    @property
    def duration(self) -> dt.timedelta:
        """Elapsed time."""
        return self.end - self.start

    def iso(self) -> str:
        """``2026-11-01T00:00:00.000Z/2026-11-08T00:00:00.000Z``, as the platform writes it."""
        return f"{instant(self.start)}/{instant(self.end)}"

    def utc_days(self) -> list[Interval]:
        """The same, cut at every UTC midnight.

        The platform keeps conversations in daily UTC indexes by their start, and a query answers with
        all of a touched day (Genesys' page on the detail query).
        """
        cuts = [self.start]
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        while midnight < self.end:
            cuts.append(midnight)
            midnight += _DAY
        return [Interval(a, b) for a, b in zip(cuts, [*cuts[1:], self.end], strict=True)]

    def chunks(self, days: int) -> list[Interval]:
        """The same, cut at UTC midnights into pieces that touch ``days`` UTC days at most."""
        pieces = self.utc_days()
        groups = [pieces[i : i + days] for i in range(0, len(pieces), days)]
        return [Interval(group[0].start, group[-1].end) for group in groups]

    def halves(self) -> tuple[Interval, Interval]:
        """Two pieces of equal length, cut at a whole millisecond."""
        middle = _EPOCH + (self.start_ms + self.end_ms) // 2 * _MS
        return Interval(self.start, middle), Interval(middle, self.end)

    def padded(self, before: dt.timedelta) -> Interval:
        """The same with a margin in front."""
        return Interval(_whole_ms(self.start - before), self.end)


def instant(moment: dt.datetime) -> str:
    """``2026-11-01T00:00:00.000Z``: an instant as the platform writes it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def time_zone(tz: str | dt.tzinfo) -> dt.tzinfo:
    """The time zone of a name, or the zone itself.

    Raises:
        QueryError: no such zone; says which are nearest.
    """
    if isinstance(tz, dt.tzinfo):
        return tz
    if isinstance(tz, str) and (offset := _OFFSET.fullmatch(tz)):
        length = dt.timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return dt.timezone(length if offset[1] == "+" else -length)
    try:
        return zoneinfo.ZoneInfo(tz)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        known = sorted(zoneinfo.available_timezones())
        guesses = ", ".join(nearest(str(tz), known)) or "Europe/Warsaw, America/New_York, UTC"
        raise QueryError(f"There is no time zone {tz!r}. Nearest: {guesses}.") from None


def zone_name(tz: str | dt.tzinfo) -> str:
    """The name of a time zone in the tz database, which the platform and pandas know it by.

    A fixed offset of whole hours is one of the database's own (``Etc/GMT-2`` is two hours *ahead* of UTC).

    Raises:
        QueryError: no such zone, or one that has no name there.
    """
    zone = time_zone(tz)
    if isinstance(zone, dt.timezone):
        hours, rest = divmod(zone.utcoffset(None), dt.timedelta(hours=1))
        if not rest and -12 <= hours <= 14:
            return f"Etc/GMT{-hours:+d}" if hours else "UTC"
    elif str(tz) in zoneinfo.available_timezones():
        return str(tz)
    raise QueryError(
        f"The time zone {tz!r} has no name in the tz database.",
        hint="Give a name such as 'Asia/Kolkata', or a zoneinfo.ZoneInfo.",
    )


def parse_duration(text: str) -> Duration:
    """An ISO 8601 duration such as ``P7D`` or ``PT30M``.

    Raises:
        QueryError: it is none, or is no time at all.
    """
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None:
        raise QueryError(
            f"{text!r} is no ISO duration, such as P7D (days), PT30M (minutes) or P1M (a month)."
        )
    parts = {name: float(value) for name, value in found.groupdict().items() if value}
    if not any(parts.values()):
        raise QueryError(f"The duration {text!r} is no time at all.")
    return Duration(
        months=int(parts.get("months", 0) + 12 * parts.get("years", 0)),
        days=int(parts.get("days", 0) + 7 * parts.get("weeks", 0)),
        seconds=parts.get("hours", 0) * 3600 + parts.get("minutes", 0) * 60 + parts.get("seconds", 0),
    )


@dataclass(frozen=True)
class Duration:
    """A length of time: months and days of the calendar, seconds of the clock."""

    months: int = 0
    days: int = 0
    seconds: float = 0.0

    def after(self, moment: dt.datetime, zone: dt.tzinfo, *, sign: int = 1) -> dt.datetime:
        """The instant this far after ``moment`` (before it with ``sign=-1``), counted in ``zone``."""
        local = moment.astimezone(zone)
        month = local.year * 12 + local.month - 1 + sign * self.months
        year, month = divmod(month, 12)
        day = min(local.day, calendar.monthrange(year, month + 1)[1])
        date = dt.date(year, month + 1, day) + sign * self.days * _DAY
        if date != local.date():
            naive = dt.datetime.combine(date, local.time().replace(tzinfo=None, fold=0))
            moment = _day_start(date, zone) if naive.time() == dt.time() else _localized(naive, zone)
        return moment.astimezone(UTC) + sign * dt.timedelta(seconds=self.seconds)


class _Reader:
    """Reads one value as an interval of one time zone, at one present."""

    def __init__(self, value: Any, zone: dt.tzinfo, present: dt.datetime) -> None:
        self.value = value
        self.zone = zone
        self.present = present

    def bounds(self) -> tuple[dt.datetime, dt.datetime]:
        value = self.value
        try:
            if isinstance(value, str):
                return self._of_text(value.strip())
            if hasattr(value, "left") and hasattr(value, "closed"):
                return self._of_pandas_interval(value)
            if hasattr(value, "start_time") and hasattr(value, "freqstr"):
                return self._moment(value.start_time), self._moment((value + 1).start_time)
            if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
                return self._day(value)
            if isinstance(value, tuple | list) and len(value) == 2:
                return self._of_pair(*value)
        except (OverflowError, ValueError) as wrong:
            if isinstance(wrong, QueryError):
                raise
            raise QueryError(f"The interval {_shown(value)} makes no sense: {wrong}.", hint=_FORMS) from None
        raise self._wrong("is no interval")

    def _wrong(self, words: str) -> QueryError:
        return QueryError(f"{_shown(self.value)} {words}.", hint=_FORMS)

    def _day(self, date: dt.date, days: int = 1) -> tuple[dt.datetime, dt.datetime]:
        return _day_start(date, self.zone), _day_start(date + days * _DAY, self.zone)

    def _of_text(self, text: str) -> tuple[dt.datetime, dt.datetime]:
        words = " ".join(text.casefold().split())
        today = self.present.date()
        if words == "today":
            return self._day(today)
        if words == "yesterday":
            return self._day(today - _DAY)
        if last := _LAST.fullmatch(words):
            count = int(last[1])
            if last[2] == "hour":
                return self.present - dt.timedelta(hours=count), self.present
            days = count * (7 if last[2] == "week" else 1)
            return self._day(today - days * _DAY, days)
        if _DATE.fullmatch(text):
            return self._day(dt.date.fromisoformat(text))
        if text.count("/") != 1:
            raise self._wrong("is no interval")
        start, _, end = (part.strip() for part in text.partition("/"))
        return self._of_pair(start, end)

    def _of_pair(self, first: Any, second: Any) -> tuple[dt.datetime, dt.datetime]:
        if any(_is_nothing(part) for part in (first, second)):
            raise self._wrong("is open; it needs a start and an end")
        if _is_duration(first):
            if _is_duration(second):
                raise self._wrong("has two durations and no date")
            end = self._moment(second)
            return parse_duration(first).after(end, self.zone, sign=-1), end
        start = self._moment(first)
        if _is_duration(second):
            return start, parse_duration(second).after(start, self.zone)
        if isinstance(second, dt.timedelta):
            return start, start + second
        return start, self._moment(second)

    def _of_pandas_interval(self, value: Any) -> tuple[dt.datetime, dt.datetime]:
        if value.closed != "left":
            raise self._wrong(f"is closed {value.closed!r}; make it with closed='left'")
        return self._moment(value.left), self._moment(value.right)

    def _moment(self, value: Any) -> dt.datetime:
        """An instant in UTC: of a text, a date (its midnight), a time, a numpy time."""
        if isinstance(value, str):
            return self._moment_of_text(value)
        if hasattr(value, "astype") and hasattr(value, "dtype"):  # numpy.datetime64; NaT gives None
            value = value.astype("datetime64[us]").item()
        if isinstance(value, dt.datetime) and value == value:  # NaT is a datetime that equals nothing
            if value.tzinfo is None:
                return _localized(value, self.zone)
            exact = getattr(value, "to_pydatetime", None)
            return (exact(warn=False) if exact else value).astimezone(UTC)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return _day_start(value, self.zone)
        raise QueryError(f"{_shown(value)} is no date and no time.", hint=_FORMS)

    def _moment_of_text(self, text: str) -> dt.datetime:
        words = text.strip().casefold()
        if words in {"today", "yesterday"}:
            return self._of_text(words)[0]
        if words == "now":
            return self.present.astimezone(UTC)
        try:
            if _DATE.fullmatch(text.strip()):
                return _day_start(dt.date.fromisoformat(text.strip()), self.zone)
            moment = dt.datetime.fromisoformat(text.strip())
        except ValueError:
            raise QueryError(f"{text!r} is no ISO date or time.", hint=_FORMS) from None
        if not _DATE.match(text.strip()):  # fromisoformat also takes 20261109 and 2026-W46-1
            raise QueryError(f"{text!r} is not written like 2026-11-09 or 2026-11-09T08:00.", hint=_FORMS)
        return _localized(moment, self.zone) if moment.tzinfo is None else moment.astimezone(UTC)


def _is_nothing(value: Any) -> bool:
    return value is None or value is Ellipsis or (isinstance(value, str) and value.strip() in {"", ".."})


def _is_duration(value: Any) -> bool:
    return isinstance(value, str) and value.strip()[:1] in {"P", "p"}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _localized(naive: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    exact: Callable[..., dt.datetime] | None = getattr(naive, "to_pydatetime", None)
    plain = exact(warn=False) if exact else naive
    return plain.replace(tzinfo=zone).astimezone(UTC)


@functools.lru_cache(maxsize=1024)
def _day_start(date: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first instant of a local day; where the clocks skip midnight, the first after the gap."""
    naive = dt.datetime.combine(date, dt.time())
    start = naive.replace(tzinfo=zone).astimezone(UTC)
    if start.astimezone(zone).replace(tzinfo=None) == naive:
        return start
    # Midnight is in a gap. The offset before it puts `start` behind the gap, the offset after it in front.
    before = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while start - before > dt.timedelta(seconds=1):
        middle = before + (start - before) // 2
        if middle.astimezone(zone).date() < date:
            before = middle
        else:
            start = middle
    return start.replace(microsecond=0)


def _whole_ms(moment: dt.datetime) -> dt.datetime:
    """The instant in UTC, rounded up to a whole millisecond.

    The platform's instants are whole milliseconds, so rounding up leaves the same ones inside.
    """
    moment = moment.astimezone(UTC)
    return _EPOCH - (_EPOCH - moment) // _MS * _MS
