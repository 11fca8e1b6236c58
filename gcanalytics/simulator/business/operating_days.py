"""Operating days: from the organisation's quiet hour to the next one, in local time."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


class OperatingDays:
    """Numbers the operating days of a place; a day's number is the ordinal of its local date."""

    def __init__(self, zone: ZoneInfo, quiet_hour: int) -> None:
        self._zone = zone
        self._quiet_hour = quiet_hour
        self.bounds = functools.lru_cache(maxsize=512)(self._bounds)

    def number_at(self, at_ms: int) -> int:
        """The operating day that this instant (milliseconds since the epoch, UTC) belongs to."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone)
        number = local.date().toordinal()
        return number if at_ms >= self.bounds(number)[0] else number - 1

    def _bounds(self, number: int) -> tuple[int, int]:
        """Start and end of a day in milliseconds since the epoch, UTC; 23 to 25 hours apart."""
        return self.at_hour(number, self._quiet_hour), self.at_hour(number + 1, self._quiet_hour)

    def at_hour(self, number: int, hour: float) -> int:
        """The instant of a local wall-clock hour of a day; hours above 24 are of the next morning."""
        days, hour = divmod(hour, 24)
        day = date.fromordinal(number) + timedelta(days=days)
        moment = datetime.combine(day, time(tzinfo=self._zone)) + timedelta(hours=hour)
        return round(moment.timestamp() * 1000)

    def clock(self, at_ms: int) -> tuple[int, float]:
        """Local weekday (Monday is 0) and hour with its fraction at an instant."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone)
        return local.weekday(), local.hour + local.minute / 60 + local.second / 3600
