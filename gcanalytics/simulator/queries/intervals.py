"""Intervals and ISO periods of requests, in milliseconds since the epoch."""

from __future__ import annotations

import calendar
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from gcanalytics.simulator import answers

DAY_MS = 86_400_000
_LAST_YEAR = 9000
_MOST_DAYS = 365_000
_DIGITS = r"\d{1,15}"
_PERIOD = re.compile(
    rf"P(?=.)(?:(?P<years>{_DIGITS})Y)?(?:(?P<months>{_DIGITS})M)?(?:(?P<weeks>{_DIGITS})W)?"
    rf"(?:(?P<days>{_DIGITS})D)?(?:T(?=.)(?:(?P<hours>{_DIGITS})H)?(?:(?P<minutes>{_DIGITS})M)?"
    rf"(?:(?P<seconds>{_DIGITS})S)?)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Period:
    """An ISO-8601 period: calendar part and clock part."""

    months: int
    days: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Period | None:
        """``P1D``, ``PT30M``, ``P1M`` ...; None where it is no period or has no length."""
        match = _PERIOD.fullmatch(text)
        if match is None:
            return None
        part = {name: int(value or 0) for name, value in match.groupdict().items()}
        period = cls(
            part["years"] * 12 + part["months"],
            part["weeks"] * 7 + part["days"],
            part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"],
        )
        return period if period.months or period.days or period.seconds else None

    def after(self, moment: datetime, times: int) -> datetime:
        """The moment so many periods later, by the wall clock of its zone for months and days.

        Raises:
            OverflowError: it is beyond the calendar.
        """
        year, month = divmod(moment.year * 12 + moment.month - 1 + self.months * times, 12)
        if (
            year > _LAST_YEAR
            or abs(self.days * times) > _MOST_DAYS
            or self.seconds * times > _MOST_DAYS * 86_400
        ):
            raise OverflowError("beyond the calendar")
        # The 31st of a shorter month is its last day.
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        shifted = moment.replace(year=year, month=month + 1, day=day) + timedelta(days=self.days * times)
        return (shifted.astimezone(UTC) + timedelta(seconds=self.seconds * times)).astimezone(moment.tzinfo)


@dataclass(frozen=True)
class Interval:
    """A half-open interval, ``start_ms`` to ``end_ms``."""

    start_ms: int
    end_ms: int

    @classmethod
    def parse(cls, text: str) -> Interval:
        """An interval ``start/end``; each with ``Z``, an offset, or neither (read as UTC); the end may be a
        period.

        Raises:
            answers.Refusal: 400 ``invalid.date`` for no dates, ``bad.request`` for an end not after its
            start.
        """
        first, separator, last = text.partition("/")
        start, end = _moment(first), _moment(last)
        period = Period.parse(last)
        if start is not None and end is None and period is not None:
            with contextlib.suppress(OverflowError, ValueError):
                end = period.after(start, 1)
        if not separator or start is None or end is None:
            raise answers.refusal("invalid.date")
        if end <= start:
            raise answers.bad_request("The end of the interval must be after its start.")
        return cls(_ms(start), _ms(end))

    @property
    def length_ms(self) -> int:
        """Its length."""
        return self.end_ms - self.start_ms

    def utc_days(self) -> range:
        """The UTC days that it touches, as numbers since the epoch."""
        return range(self.start_ms // DAY_MS, -(-self.end_ms // DAY_MS))

    def buckets(self, period: Period | None, zone: tzinfo) -> Iterator[Interval]:
        """Its parts of a period's length, counted from its start;
        the last one may be cut. Without a period, itself."""
        if period is None:
            yield self
            return
        origin = datetime.fromtimestamp(self.start_ms / 1000, UTC).astimezone(zone)
        start_ms, number = self.start_ms, 0
        while start_ms < self.end_ms:
            number += 1
            try:
                end_ms = min(_ms(period.after(origin, number)), self.end_ms)
            except OverflowError:
                end_ms = self.end_ms
            yield Interval(start_ms, end_ms)
            start_ms = end_ms


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        moment.astimezone(UTC)  # 0001-01-01T00:00+14:00 is outside the calendar there
    except (ValueError, OverflowError):
        return None
    return moment


def _ms(moment: datetime) -> int:
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86400 + delta.seconds) * 1000 + delta.microseconds // 1000
