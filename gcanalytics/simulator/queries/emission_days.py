"""What conversations emitted, by metric and UTC day of their start, ready for the aggregates to add up."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import Any, Final

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.timeline import LONGEST_DAYS, Timeline
from gcanalytics.simulator.queries.intervals import DAY_MS, Interval
from gcanalytics.simulator.records.rules import emissions
from gcanalytics.simulator.settings import Settings

Dims = dict[str, Any]
Packed = tuple[Any, ...]
"""Dimensions as they are kept: their names (one tuple for all that have the same), then their values."""
OWN: Final = frozenset(
    {
        *("conversationId", "sessionId", "ani", "remote", "participantName", "peerId"),
        *("externalContactId", "externalTag"),
        *("journeyActionId", "journeyCustomerId", "journeyCustomerSessionId"),
    }
)
"""Dimensions that each conversation has to itself: few queries ask for them, and they cost most memory."""
_DAYS_KEPT: Final = {False: 40, True: 4}
"""Days kept without and with the dimensions of `OWN`."""
_LATE_ARRIVALS_MS = 3_600_000
_RECENT_MS = 10 * DAY_MS
"""Whoever adds up days of this age is likely to ask for their conversations too."""


class Column:
    """The values of one metric: when, how much, with which (packed) dimensions."""

    __slots__ = ("at_ms", "dims", "values")

    def __init__(self) -> None:
        self.at_ms = array("q")
        self.values = array("q")
        self.dims: list[Packed] = []

    def add(self, at_ms: int, value: int, dims: Packed) -> None:
        """Appends a value."""
        self.at_ms.append(at_ms)
        self.values.append(value)
        self.dims.append(dims)


def unpacked(dims: Packed) -> Dims:
    """Dimensions by name; a list of values stays a tuple."""
    return dict(zip(dims[0], dims[1:], strict=True))


class _Day:
    """Emissions of brief or lasting conversations of one UTC day; of those that are over added up once."""

    def __init__(self) -> None:
        self.over: dict[str, Column] = {}
        self.pending: list[Conversation] = []
        self.known: set[str] = set()
        self.whole = False


class EmissionDays:
    """Emissions by day, kept for the days that were asked for last.

    Args:
        timeline: where conversations come from.
        settings: what the emission rules depend on.

    Not thread-safe: one thread asks (`platform.Platform.run`).
    """

    def __init__(self, timeline: Timeline, settings: Settings) -> None:
        self._timeline = timeline
        self._settings = settings
        self._days: dict[tuple[bool, bool], OrderedDict[int, _Day]] = {
            (own, lasting): OrderedDict() for own in (False, True) for lasting in (False, True)
        }
        self._shared: dict[Any, Any] = {}

    def columns(
        self, interval: Interval, metrics: Collection[str], now_ms: int, *, own: bool = False
    ) -> Iterator[tuple[str, Column]]:
        """Columns of metrics that can hold values of an interval; they hold others too.

        Args:
            interval: of emit times.
            metrics: names; ``nConnected``, ``tTalk`` ...
            now_ms: business time; nothing later is in them.
            own: with the dimensions of `OWN`; without them, values of equal dimensions share one tuple.
        """
        days = interval.utc_days()
        oldest = self._timeline.floor_ms // DAY_MS
        for number in range(max(days.start - LONGEST_DAYS, oldest), days.stop):
            if number * DAY_MS > now_ms:
                break
            # Of earlier days than the one before only what may last so long can reach into the interval.
            for lasting in (False, True) if number >= days.start - 1 else (True,):
                day = self._day(number, now_ms, own, lasting)
                moving: dict[str, Column] = {}
                self._collect(day.pending, now_ms, moving, own)
                for metric in metrics:
                    for columns in (day.over, moving):
                        if metric in columns:
                            yield metric, columns[metric]

    def _day(self, number: int, now_ms: int, own: bool, lasting: bool) -> _Day:
        days = self._days[own, lasting]
        day = days.get(number)
        if day is None:
            day = days[number] = _Day()
        days.move_to_end(number)
        if len(days) > _DAYS_KEPT[own] + LONGEST_DAYS * lasting:
            days.popitem(last=False)
        if not day.whole:
            start_ms, end_ms = number * DAY_MS, (number + 1) * DAY_MS
            of_day = self._timeline.lasting if lasting else self._timeline.brief
            keep = end_ms > now_ms - _RECENT_MS
            started = of_day(start_ms, min(end_ms, now_ms + 1), keep=keep)
            new = [each for each in started if each.id not in day.known]
            day.pending += new
            day.known.update(each.id for each in new)
            day.whole = now_ms >= end_ms + _LATE_ARRIVALS_MS
            if day.whole:
                day.known.clear()
        # A late wrap-up emits nothing, so what is closed has emitted everything.
        over = [each for each in day.pending if each.planned and each.closed_ms <= now_ms]
        if over:
            day.pending = [each for each in day.pending if not (each.planned and each.closed_ms <= now_ms)]
            self._collect(over, now_ms, day.over, own)
        return day

    def _collect(
        self, conversations: list[Conversation], now_ms: int, columns: dict[str, Column], own: bool
    ) -> None:
        for conversation in conversations:
            # Emissions of a session share their dimensions.
            packed: dict[int, Packed] = {}
            for emission in emissions(conversation, now_ms, self._settings):
                dims = packed.get(id(emission.dims))
                if dims is None:
                    dims = packed[id(emission.dims)] = self._packed(emission.dims, own)
                column = columns.get(emission.metric)
                if column is None:
                    column = columns[emission.metric] = Column()
                column.add(emission.at_ms, emission.value, dims)

    def _packed(self, dims: Dims, own: bool) -> Packed:
        """A fifth of the dictionary's memory; names are shared, without the dimensions of `OWN` all is."""
        if not own:
            dims = {name: value for name, value in dims.items() if name not in OWN}
        names = tuple(dims)
        names = self._shared.setdefault(names, names)
        packed = (names, *[tuple(each) if type(each) is list else each for each in dims.values()])
        return packed if own else self._shared.setdefault(packed, packed)
